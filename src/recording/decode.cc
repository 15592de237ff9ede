#include <zstd.h>

#include <algorithm>

#include "recording/codec.h"

namespace hone::recording {
namespace {

uint64_t unzigzag(uint64_t value) {
  return (value >> 1) ^ (0 - (value & 1));
}

bool read_varints(base::ByteReader& in, std::span<uint64_t> out) {
  const uint8_t* at = in.cursor();
  const uint8_t* end = at + in.remaining();
  for (uint64_t& value : out) {
    if (at == end) return false;
    uint64_t number = *at++;
    if (number >= 0x80) {
      number &= 0x7f;
      for (unsigned shift = 7;; shift += 7) {
        if (at == end || shift > 63) return false;
        const uint8_t byte = *at++;
        number |= static_cast<uint64_t>(byte & 0x7f) << shift;
        if (byte < 0x80) break;
      }
    }
    value = number;
  }
  return at == end;
}

bool read_planes(base::ByteReader& in, std::span<uint64_t> out) {
  const unsigned width = in.u8();
  if (width > 8 || in.remaining() != width * out.size()) return false;
  std::fill(out.begin(), out.end(), 0);
  for (unsigned byte = 0; byte < width; ++byte) {
    const uint8_t* from = in.take(out.size());
    for (size_t i = 0; i < out.size(); ++i) out[i] |= static_cast<uint64_t>(from[i]) << (8 * byte);
  }
  return true;
}

bool read_layout(Layout layout, base::ByteReader& in, std::span<uint64_t> out) {
  switch (layout) {
    case Layout::kConstant:
      std::fill(out.begin(), out.end(), in.uleb());
      return in.ok() && in.at_end();
    case Layout::kVarint:
      return read_varints(in, out);
    case Layout::kPlanes:
      return read_planes(in, out);
  }
  return false;
}

// The inverse of transform_into, in place.
bool restore(Transform transform, uint64_t base, uint64_t scale, uint64_t first_row,
             std::span<uint64_t> values) {
  uint64_t state = base;
  switch (transform) {
    case Transform::kNone:
      return true;
    case Transform::kDelta:
      for (uint64_t& value : values) value = state += unzigzag(value);
      return true;
    case Transform::kRowDistance:
      for (size_t i = 0; i < values.size(); ++i) values[i] = first_row + i + 1 - values[i];
      return true;
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
      return true;
    case Transform::kFromGreatest:
      for (uint64_t& value : values) {
        value = state + unzigzag(value);
        state = std::max(state, value);
      }
      return true;
    case Transform::kScaled:
      for (uint64_t& value : values) value = base + scaled(value, scale);
      return true;
    case Transform::kScaledDelta:
      state = 0;
      for (uint64_t& value : values) value = base + scaled(state += unzigzag(value), scale);
      return true;
  }
  return false;
}

}  // namespace

bool unpack(std::span<const uint8_t> stored, std::span<uint8_t> out) {
  return ZSTD_decompress(out.data(), out.size(), stored.data(), stored.size()) == out.size();
}

bool decode_numbers(base::ByteReader& in, uint64_t first_row, std::span<uint64_t> out) {
  const uint8_t tag = in.u8();
  const Transform transform{static_cast<uint8_t>(tag >> 4)};
  const uint64_t base = in.uleb();
  const uint64_t scale = is_scaled(transform) ? in.uleb() : 0;
  const uint64_t bytes = in.uleb();
  const uint8_t* body = in.take(static_cast<size_t>(bytes));
  if (!in.ok()) return false;
  base::ByteReader numbers(body, static_cast<size_t>(bytes));
  return read_layout(Layout{static_cast<uint8_t>(tag & 15)}, numbers, out) &&
         restore(transform, base, scale, first_row, out);
}

}  // namespace hone::recording
