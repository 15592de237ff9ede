// A reader over bytes that may be hostile. Guest-safe.
//
// Every read says whether there was enough: after the first read past the end, `ok()` is false,
// the position stays at the end and all further reads give zero. So a parser checks once a record
// rather than once a field.
//
//   ByteReader in(data, bytes);
//   uint32_t length = in.u32();
//   if (!in.ok()) return Err::kTruncated;
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace hone::base {

class ByteReader {
 public:
  constexpr ByteReader() = default;
  constexpr ByteReader(const void* data, size_t bytes)
      : begin_(static_cast<const uint8_t*>(data)), at_(begin_), end_(begin_ + bytes) {}

  bool ok() const { return ok_; }
  bool at_end() const { return at_ == end_; }
  size_t position() const { return static_cast<size_t>(at_ - begin_); }
  size_t remaining() const { return static_cast<size_t>(end_ - at_); }
  const uint8_t* cursor() const { return at_; }

  uint8_t u8() { return fixed<uint8_t>(); }
  uint16_t u16() { return fixed<uint16_t>(); }
  uint32_t u32() { return fixed<uint32_t>(); }
  uint64_t u64() { return fixed<uint64_t>(); }
  int16_t i16() { return fixed<int16_t>(); }
  int32_t i32() { return fixed<int32_t>(); }
  int64_t i64() { return fixed<int64_t>(); }

  // DWARF's variable-length numbers. Bits past 64 are dropped, as the DWARF readers do.
  uint64_t uleb() {
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      if (at_ == end_) return fail();
      const uint8_t byte = *at_++;
      if (shift < 64) value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (!(byte & 0x80)) return value;
    }
  }
  int64_t sleb() {
    uint64_t value = 0;
    unsigned shift = 0;
    for (;;) {
      if (at_ == end_) return static_cast<int64_t>(fail());
      const uint8_t byte = *at_++;
      if (shift < 64) value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      shift += 7;
      if (byte & 0x80) continue;
      if (shift < 64 && (byte & 0x40)) value |= ~uint64_t{0} << shift;
      return static_cast<int64_t>(value);
    }
  }

  // A pointer to `bytes` bytes inside the input, or nullptr (and !ok()) when there are too few.
  const uint8_t* take(size_t bytes) {
    if (remaining() < bytes) {
      fail();
      return nullptr;
    }
    const uint8_t* out = at_;
    at_ += bytes;
    return out;
  }
  void skip(size_t bytes) { take(bytes); }
  // A zero-ended string; nullptr when the end comes first.
  const char* c_string() {
    const void* zero = remaining() ? memchr(at_, 0, remaining()) : nullptr;
    if (!zero) {
      fail();
      return nullptr;
    }
    const char* out = reinterpret_cast<const char*>(at_);
    at_ = static_cast<const uint8_t*>(zero) + 1;
    return out;
  }

 private:
  template <class T>
  T fixed() {
    T value{};
    if (const uint8_t* from = take(sizeof(T))) memcpy(&value, from, sizeof(T));
    return value;
  }
  uint64_t fail() {
    ok_ = false;
    at_ = end_;
    return 0;
  }

  const uint8_t* begin_ = nullptr;
  const uint8_t* at_ = nullptr;
  const uint8_t* end_ = nullptr;
  bool ok_ = true;
};

}  // namespace hone::base
