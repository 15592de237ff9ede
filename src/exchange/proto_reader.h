// A message in the wire format of Protocol Buffers, read field by field, without a copy.
//
//   ProtoReader message(bytes);
//   while (message.next()) {
//     switch (message.field()) {
//       case 8: time = message.number(); break;
//       case 11: read_event(ProtoReader(message.bytes())); break;
//     }
//   }
//   if (!message.good()) ...  // it ends in the middle of a field, or is none
//
// Any bytes may be given: what is read lies within them, and every call of next() that gives true
// takes one byte at least. A field of another type than it is asked for reads as 0 or as empty, so
// that a file that contradicts its description cannot do more than leave something out. Fields that
// are not asked for are passed over. The message is not copied: it must outlive what is read of
// it. Groups, which the format's newer versions do not have, are refused.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace hone::exchange {

class ProtoReader {
 public:
  enum class State : uint8_t {
    kGood,
    kShort,  // the bytes end before the field does: of a window, more may help
    kBad,    // no field begins so
  };
  enum class Type : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

  ProtoReader() = default;
  explicit ProtoReader(std::string_view bytes)
      : begin_(bytes.data()), at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  // Goes to the next field. False at the end of the message and where it is damaged; state() says
  // which, and it stays so.
  bool next() {
    if (at_ == end_ || state_ != State::kGood) return false;
    const char* at = at_;
    uint64_t tag = 0;
    if (!varint(at, tag)) return false;
    field_ = static_cast<uint32_t>(tag >> 3);
    if (field_ == 0 || tag > kTagMost) return damaged();
    type_ = static_cast<Type>(tag & 7);
    switch (type_) {
      case Type::kVarint:
        if (!varint(at, number_)) return false;
        break;
      case Type::kBytes: {
        uint64_t size = 0;
        if (!varint(at, size)) return false;
        if (size > static_cast<uint64_t>(end_ - at)) return cut_short();
        bytes_ = std::string_view(at, size);
        at += size;
        break;
      }
      case Type::kFixed64:
        if (!fixed(at, 8)) return false;
        break;
      case Type::kFixed32:
        if (!fixed(at, 4)) return false;
        break;
      default:
        return damaged();
    }
    at_ = at;
    return true;
  }

  State state() const { return state_; }
  bool good() const { return state_ == State::kGood; }
  // How many bytes the fields took that were read so far: where the one stands that is not good.
  size_t taken() const { return static_cast<size_t>(at_ - begin_); }

  // Of the field that next() went to:
  uint32_t field() const { return field_; }
  Type type() const { return type_; }
  bool is_bytes() const { return type_ == Type::kBytes; }
  // uint32, uint64, bool, enum, fixed32, fixed64.
  uint64_t number() const { return type_ == Type::kBytes ? 0 : number_; }
  // int32, int64, sfixed64. (Negative int32 are written as 64 bits.)
  int64_t integer() const { return static_cast<int64_t>(number()); }
  // sint32, sint64.
  int64_t zigzag() const { return from_zigzag(number()); }
  // double, float.
  double real() const {
    if (type_ == Type::kFixed64) return std::bit_cast<double>(number_);
    if (type_ == Type::kFixed32) return std::bit_cast<float>(static_cast<uint32_t>(number_));
    return 0;
  }
  // string, bytes, a message inside, packed numbers.
  std::string_view bytes() const { return type_ == Type::kBytes ? bytes_ : std::string_view(); }

  static int64_t from_zigzag(uint64_t raw) {
    return static_cast<int64_t>(raw >> 1) ^ -static_cast<int64_t>(raw & 1);
  }

 private:
  friend class ProtoNumbers;
  static constexpr uint64_t kTagMost = (uint64_t{1} << 32) - 1;  // fields end at 2^29

  bool damaged() {
    state_ = State::kBad;
    return false;
  }
  bool cut_short() {
    state_ = State::kShort;
    return false;
  }
  bool varint(const char*& at, uint64_t& out) {
    if (at != end_ && static_cast<unsigned char>(*at) < 0x80) {
      out = static_cast<unsigned char>(*at++);
      return true;
    }
    return long_varint(at, out);
  }
  // Most of these are times, of six to eight bytes.
  bool long_varint(const char*& at, uint64_t& out) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (at == end_) return cut_short();
      const auto byte = static_cast<unsigned char>(*at++);
      value |= uint64_t{byte & 0x7Fu} << shift;  // of a tenth byte one bit counts
      if (byte < 0x80) {
        out = value;
        return true;
      }
    }
    return damaged();
  }
  bool fixed(const char*& at, size_t bytes) {
    static_assert(std::endian::native == std::endian::little);
    if (static_cast<size_t>(end_ - at) < bytes) return cut_short();
    number_ = 0;
    std::memcpy(&number_, at, bytes);
    at += bytes;
    return true;
  }

  const char* begin_ = nullptr;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  std::string_view bytes_;
  uint64_t number_ = 0;
  uint32_t field_ = 0;
  Type type_ = Type::kVarint;
  State state_ = State::kGood;
};

// A field of repeated numbers, which writers give packed into one field or each in a field of its
// own, whatever the description says:
//
//   ProtoNumbers numbers(message);
//   while (numbers.next()) use(numbers.number());
//
// `type`: what stands in it when it is packed. A packed field that is cut ends before the number
// that is not whole, and good() is false then.
class ProtoNumbers {
 public:
  explicit ProtoNumbers(const ProtoReader& field,
                        ProtoReader::Type type = ProtoReader::Type::kVarint)
      : packed_(field.bytes()), type_(type) {
    if (field.is_bytes()) return;
    is_single_ = true;
    packed_.number_ = field.number();
  }

  bool next() {
    if (is_single_) {
      is_single_ = false;
      return true;
    }
    if (packed_.at_ == packed_.end_ || !packed_.good()) return false;
    const char* at = packed_.at_;
    const bool is_whole = type_ == ProtoReader::Type::kVarint ? packed_.varint(at, packed_.number_)
                          : type_ == ProtoReader::Type::kFixed64 ? packed_.fixed(at, 8)
                                                                 : packed_.fixed(at, 4);
    packed_.at_ = at;
    return is_whole;
  }
  uint64_t number() const { return packed_.number_; }
  int64_t integer() const { return static_cast<int64_t>(number()); }
  bool good() const { return packed_.good(); }

 private:
  ProtoReader packed_;
  ProtoReader::Type type_;
  bool is_single_ = false;
};

}  // namespace hone::exchange
