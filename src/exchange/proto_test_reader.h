// Reads protocol buffers for the tests, by the description of the wire format alone.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hone::exchange {

struct ProtoField {
  uint32_t number = 0, wire = 0;
  uint64_t value = 0;      // of a number
  std::string_view bytes;  // of a text, or of a message inside
};

class ProtoMessage {
 public:
  explicit ProtoMessage(std::string_view bytes) {
    while (!bytes.empty() && is_whole_) {
      const uint64_t tag = varint(bytes);
      ProtoField field{static_cast<uint32_t>(tag >> 3), static_cast<uint32_t>(tag & 7), 0, {}};
      if (field.wire == 0) {
        field.value = varint(bytes);
      } else if (field.wire == 1) {
        take(bytes, 8, field.bytes);
        for (size_t i = field.bytes.size(); i-- > 0;) {
          field.value = field.value << 8 | static_cast<unsigned char>(field.bytes[i]);
        }
      } else if (field.wire == 2) {
        take(bytes, varint(bytes), field.bytes);
      } else {
        is_whole_ = false;
      }
      fields_.push_back(field);
    }
    EXPECT_TRUE(is_whole_) << "no message of protocol buffers";
  }

  const std::vector<ProtoField>& fields() const { return fields_; }
  bool has(uint32_t number) const {
    for (const ProtoField& field : fields_) {
      if (field.number == number) return true;
    }
    return false;
  }
  ProtoField get(uint32_t number) const {
    for (const ProtoField& field : fields_) {
      if (field.number == number) return field;
    }
    return {};
  }
  std::string text(uint32_t number) const { return std::string(get(number).bytes); }
  uint64_t number(uint32_t number) const { return get(number).value; }
  ProtoMessage message(uint32_t number) const { return ProtoMessage(get(number).bytes); }
  std::vector<ProtoMessage> all(uint32_t number) const {
    std::vector<ProtoMessage> out;
    for (const ProtoField& field : fields_) {
      if (field.number == number) out.emplace_back(field.bytes);
    }
    return out;
  }
  // Numbers that stand one behind the other in one field.
  std::vector<uint64_t> packed(uint32_t number) {
    std::vector<uint64_t> out;
    std::string_view bytes = get(number).bytes;
    while (!bytes.empty() && is_whole_) out.push_back(varint(bytes));
    return out;
  }

 private:
  uint64_t varint(std::string_view& bytes) {
    uint64_t out = 0;
    for (unsigned shift = 0; shift < 70 && !bytes.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      out |= uint64_t{byte & 0x7Fu} << (shift & 63);
      if (byte < 0x80) return out;
    }
    is_whole_ = false;
    return 0;
  }
  void take(std::string_view& bytes, uint64_t count, std::string_view& out) {
    if (count > bytes.size()) {
      is_whole_ = false;
      return;
    }
    out = bytes.substr(0, count);
    bytes.remove_prefix(count);
  }

  std::vector<ProtoField> fields_;
  bool is_whole_ = true;
};

}  // namespace hone::exchange
