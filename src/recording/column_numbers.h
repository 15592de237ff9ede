// The numbers of a column one after the other: how its body lays them out, and what they stand for.
// For decode.cc and bounds.cc.
//
//   ColumnBody body(column.layout, column.body, count);
//   Restorer restorer(column, first_row);
//   while (...) body.read(slice, kSlice) && restorer.restore(slice);
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "recording/codec.h"

namespace hone::recording {

inline uint64_t unzigzag(uint64_t value) {
  return (value >> 1) ^ (0 - (value & 1));
}

// Numbers are decoded so many at a time, and stay in the first cache until they are done.
inline constexpr size_t kSlice = 1024;

// The numbers of a body, as they stand there.
class ColumnBody {
 public:
  ColumnBody(Layout layout, std::span<const uint8_t> body, size_t count)
      : layout_(layout), at_(body.data()), end_(at_ + body.size()), count_(count) {
    base::ByteReader in(at_, body.size());
    if (layout == Layout::kConstant) {
      constant_ = in.uleb();
      is_sound_ = in.ok() && in.at_end();
    } else if (layout == Layout::kPlanes) {
      width_ = in.u8();
      at_ = in.cursor();
      is_sound_ = in.ok() && width_ <= 8 && in.remaining() == width_ * count;
    } else if (layout == Layout::kNibbles) {
      const size_t nibbles = (count + 1) / 2;
      is_sound_ = body.size() >= nibbles;
      large_ = at_ + std::min(nibbles, body.size());
    } else {
      is_sound_ = layout == Layout::kVarint;
    }
  }
  bool is_sound() const { return is_sound_; }
  uint64_t constant() const { return constant_; }  // of Layout::kConstant
  // The planes, of a sound one that has some, each `count` bytes: the lowest first.
  unsigned width() const { return width_; }
  std::span<const uint8_t> plane(unsigned byte) const { return {at_ + byte * count_, count_}; }
  // All numbers have been read, and nothing is left.
  bool is_done() const {
    return layout_ == Layout::kVarint ? at_ == end_ : layout_ != Layout::kNibbles || large_ == end_;
  }

  bool read(uint64_t* __restrict out, size_t count) {
    switch (layout_) {
      case Layout::kConstant:
        std::fill_n(out, count, constant_);
        return true;
      case Layout::kVarint:
        return read_varints(out, count);
      case Layout::kPlanes:
        read_planes(out, count);
        return true;
      case Layout::kNibbles:
        return read_nibbles(out, count);
    }
    return false;
  }

 private:
  bool read_varint(const uint8_t*& at, uint64_t& number) const {
    if (at == end_) return false;
    number = *at++;
    if (number < 0x80) return true;
    number &= 0x7f;
    for (unsigned shift = 7;; shift += 7) {
      if (at == end_ || shift > 63) return false;
      const uint8_t byte = *at++;
      number |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
  }

  bool read_varints(uint64_t* out, size_t count) {
    const uint8_t* at = at_;
    for (size_t i = 0; i < count; ++i) {
      if (!read_varint(at, out[i])) return false;
    }
    at_ = at;
    return true;
  }

  void read_planes(uint64_t* __restrict out, size_t count) {
    // Most have one to three: then it is one pass.
    const uint8_t* const __restrict a = at_;
    const uint8_t* const __restrict b = width_ > 1 ? a + count_ : a;
    const uint8_t* const __restrict c = width_ > 2 ? b + count_ : a;
    if (width_ == 0) {
      std::fill_n(out, count, 0);
    } else if (width_ == 1) {
      for (size_t i = 0; i < count; ++i) out[i] = a[i];
    } else if (width_ == 2) {
      for (size_t i = 0; i < count; ++i) out[i] = uint64_t{a[i]} | uint64_t{b[i]} << 8;
    } else {
      for (size_t i = 0; i < count; ++i) {
        out[i] = uint64_t{a[i]} | uint64_t{b[i]} << 8 | uint64_t{c[i]} << 16;
      }
    }
    for (unsigned byte = 3; byte < width_; ++byte) {
      const uint8_t* const __restrict from = a + byte * count_;
      for (size_t i = 0; i < count; ++i) out[i] |= uint64_t{from[i]} << (8 * byte);
    }
    if (width_ > 0) at_ += count;
  }

  // All slices but the last are of whole bytes.
  bool read_nibbles(uint64_t* __restrict out, size_t count) {
    static_assert(kSlice % 2 == 0);
    const uint8_t* const __restrict from = at_;
    for (size_t i = 0; i < count / 2; ++i) {
      out[2 * i] = from[i] & kNibbleMax;
      out[2 * i + 1] = from[i] >> 4;
    }
    if (count % 2 != 0) out[count - 1] = from[count / 2] & kNibbleMax;
    at_ += count / 2;
    if (large_ == end_) return std::find(out, out + count, kNibbleMax) == out + count;
    for (size_t i = 0; i < count; ++i) {
      if (out[i] != kNibbleMax) continue;
      uint64_t more = 0;
      if (!read_varint(large_, more)) return false;
      out[i] += more;
    }
    return true;
  }

  Layout layout_;
  const uint8_t* at_;
  const uint8_t* end_;
  const uint8_t* large_ = nullptr;  // of nibbles: what the large ones have more
  size_t count_;
  unsigned width_ = 0;
  uint64_t constant_ = 0;
  bool is_sound_ = false;
};

// The inverse of transform_into, in place, some numbers after the others.
class Restorer {
 public:
  Restorer(const EncodedColumn& column, uint64_t first_row)
      : transform_(column.transform),
        base_(column.base),
        scale_(column.scale),
        row_(first_row),
        state_(column.transform == Transform::kScaledDelta ? 0 : column.base) {}

  void restore(std::span<uint64_t> values) {
    uint64_t state = state_;
    switch (transform_) {
      case Transform::kNone:
        break;
      case Transform::kDelta:
        for (uint64_t& value : values) value = state += unzigzag(value);
        break;
      case Transform::kRowDistance:
        for (size_t i = 0; i < values.size(); ++i) values[i] = row_ + i + 1 - values[i];
        break;
      case Transform::kNewOrValue:
        for (uint64_t& value : values) {
          const uint64_t next = state + 1;
          if (value == 0) {
            value = state = next;
          } else if (value == next) {
            value = 0;
          } else {
            state = std::max(state, value);
          }
        }
        break;
      case Transform::kFromGreatest:
        for (uint64_t& value : values) {
          value = state + unzigzag(value);
          state = std::max(state, value);
        }
        break;
      case Transform::kScaled:
        for (uint64_t& value : values) value = base_ + scaled(value, scale_);
        break;
      case Transform::kScaledDelta:
        for (uint64_t& value : values) value = base_ + scaled(state += unzigzag(value), scale_);
        break;
    }
    state_ = state;
    row_ += values.size();
  }

 private:
  Transform transform_;
  uint64_t base_, scale_, row_, state_;
};

}  // namespace hone::recording
