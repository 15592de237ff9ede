#include "exchange/proto_buffer.h"

#include <algorithm>
#include <cstring>

#include "base/host/json_text.h"

namespace hone::exchange {

void ProtoBuffer::grow(size_t bytes) {
  bytes_.resize(std::max(2 * bytes_.size(), at_ + bytes));
}

void ProtoBuffer::put_fixed64(uint32_t field, uint64_t value) {
  make_room(kVarintBytes + sizeof value);
  append_varint(uint64_t{field} << 3 | 1);
  for (size_t i = 0; i < sizeof value; ++i) {
    bytes_[at_++] = static_cast<char>(value >> (8 * i));
  }
}

void ProtoBuffer::put_bytes(uint32_t field, std::string_view bytes) {
  make_room(2 * kVarintBytes + bytes.size());
  append_varint(uint64_t{field} << 3 | 2);
  append_varint(bytes.size());
  std::memcpy(bytes_.data() + at_, bytes.data(), bytes.size());
  at_ += bytes.size();
}

void ProtoBuffer::put_text(uint32_t field, std::string_view text) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::all_of(text.begin(), text.end(), is_ascii)) return put_bytes(field, text);
  std::string mended;
  base::append_mended(mended, text, [&](char c) { mended += c; });
  put_bytes(field, mended);
}

void ProtoBuffer::end_long(size_t begun) {
  const size_t bytes = at_ - begun;
  size_t more = 0;  // bytes of the length beyond the first
  for (size_t rest = bytes >> 7; rest != 0; rest >>= 7) ++more;
  make_room(more);
  std::memmove(bytes_.data() + begun + more, bytes_.data() + begun, bytes);
  at_ = begun - 1;
  append_varint(bytes);
  at_ += bytes;
}

}  // namespace hone::exchange
