// A message in the wire format of Protocol Buffers, made front to back.
//
//   ProtoBuffer message;
//   message.put(8, 1234);                  // a number
//   const size_t event = message.begin(11);  // a message inside it
//   message.put_text(23, "step");
//   message.end(event);
//   out.put(message.bytes());
//
// A message's length stands before it and takes one byte until it is known: what turns out longer
// than 127 bytes is moved. Field numbers are those of the format's .proto. Not thread-safe.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hone::exchange {

class ProtoBuffer {
 public:
  static constexpr size_t kVarintBytes = 10;  // no number takes more

  ProtoBuffer() : bytes_(kFirstBytes, '\0') {}

  // uint32, uint64, bool, enum; int32 and int64 as uint64_t.
  void put(uint32_t field, uint64_t value) {
    make_room(2 * kVarintBytes);
    append_varint(uint64_t{field} << 3);
    append_varint(value);
  }
  void put_fixed64(uint32_t field, uint64_t value);
  void put_real(uint32_t field, double value) {
    put_fixed64(field, std::bit_cast<uint64_t>(value));
  }
  // A string is UTF-8: broken text becomes U+FFFD, a byte each.
  void put_text(uint32_t field, std::string_view text);
  void put_bytes(uint32_t field, std::string_view bytes);

  // Of a message inside this one, or of packed numbers.
  size_t begin(uint32_t field) {
    make_room(kVarintBytes + 1);
    append_varint(uint64_t{field} << 3 | 2);
    return ++at_;
  }
  void put_packed(uint64_t value) {
    make_room(kVarintBytes);
    append_varint(value);
  }
  void end(size_t begun) {
    const size_t bytes = at_ - begun;
    if (bytes > 127) return end_long(begun);
    bytes_[begun - 1] = static_cast<char>(bytes);
  }

  // Until the next change.
  std::string_view bytes() const { return {bytes_.data(), at_}; }
  bool empty() const { return at_ == 0; }
  void clear() { at_ = 0; }

 private:
  static constexpr size_t kFirstBytes = 256;

  void make_room(size_t bytes) {
    if (bytes_.size() - at_ < bytes) grow(bytes);
  }
  void append_varint(uint64_t value) {
    char* to = bytes_.data() + at_;
    while (value >= 0x80) {
      *to++ = static_cast<char>(value | 0x80);
      value >>= 7;
    }
    *to++ = static_cast<char>(value);
    at_ = static_cast<size_t>(to - bytes_.data());
  }
  void grow(size_t bytes);
  void end_long(size_t begun);

  std::string bytes_;
  size_t at_ = 0;
};

}  // namespace hone::exchange
