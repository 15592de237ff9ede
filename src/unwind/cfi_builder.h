// Writes .eh_frame bytes for tests, one call a field.
//
//   CfiBuilder cfi;
//   cfi.cie("zR", {0x0c, 7, 8, 0x90, 1});           // def_cfa rsp+8; ra at cfa-8
//   cfi.fde(0x1000, 0x20, {0x41, 0x0e, 16});        // advance 1; def_cfa_offset 16
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "unwind/compile.h"

namespace hone::unwind {

using Bytes = std::vector<uint8_t>;

class CfiBuilder {
 public:
  struct CieOptions {
    uint8_t version = 1;
    uint8_t code_align = 1;
    int8_t data_align = -8;
    uint8_t return_column = 16;
    uint8_t encoding = 0x1b;  // pcrel sdata4
    bool wide = false;        // 64-bit lengths
  };
  explicit CfiBuilder(bool is_debug_frame = false, uint64_t address = 0x100000)
      : is_debug_frame_(is_debug_frame), address_(address) {}

  void cie(const std::string& augmentation, const Bytes& program) {
    cie(augmentation, program, CieOptions{});
  }
  void cie(const std::string& augmentation, const Bytes& program, const CieOptions& options) {
    options_ = options;
    augmented_ = !augmentation.empty() && augmentation[0] == 'z';
    const size_t length_at = open(options.wide);
    cie_at_ = record_at_;
    if (is_debug_frame_ && options.wide)
      number(~uint64_t{0}, 8);
    else
      number(is_debug_frame_ ? 0xffffffff : 0, 4);
    byte(options.version);
    for (const char c : augmentation) byte(static_cast<uint8_t>(c));
    byte(0);
    if (options.version == 4) {
      byte(8);
      byte(0);
    }
    byte(options.code_align);
    byte(static_cast<uint8_t>(options.data_align & 0x7f));
    byte(options.return_column);
    if (augmented_) {
      Bytes data;
      for (const char c : augmentation) {
        if (c == 'R') data.push_back(options.encoding);
        if (c == 'L') data.push_back(0x1b);
        if (c == 'P') data.insert(data.end(), {0x9b, 1, 2, 3, 4});  // indirect, pcrel, sdata4
      }
      byte(static_cast<uint8_t>(data.size()));
      append(data);
    }
    append(program);
    close(length_at);
  }

  void fde(uint64_t start, uint64_t size, const Bytes& program) {
    const size_t length_at = open(options_.wide);
    if (is_debug_frame_)
      number(cie_at_, options_.wide ? 8 : 4);
    else
      number(bytes.size() - cie_at_, 4);
    pointer(start, options_.encoding);
    pointer(size, options_.encoding & 0x0f);
    if (augmented_) byte(0);
    append(program);
    close(length_at);
  }

  void append(const Bytes& more) { bytes.insert(bytes.end(), more.begin(), more.end()); }
  void terminator() { number(0, 4); }
  void byte(uint8_t b) { bytes.push_back(b); }
  void number(uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) byte(static_cast<uint8_t>(value >> (8 * i)));
  }
  FrameSection section() const {
    return {.bytes = bytes.data(),
            .size = bytes.size(),
            .address = Svma{address_},
            .text_address = Svma{kText},
            .data_address = Svma{kData},
            .is_debug_frame = is_debug_frame_};
  }

  static constexpr uint64_t kText = 0x400000, kData = 0x600000;
  Bytes bytes;

 private:
  size_t open(bool wide) {
    record_at_ = bytes.size();
    if (wide) number(0xffffffff, 4);
    number(0, wide ? 8 : 4);
    return bytes.size();
  }
  void close(size_t content_at) {
    const size_t length = bytes.size() - content_at;
    const size_t field = options_.wide ? content_at - 8 : content_at - 4;
    for (unsigned i = 0; i < 4; ++i) bytes[field + i] = static_cast<uint8_t>(length >> (8 * i));
  }
  void pointer(uint64_t value, uint8_t encoding) {
    switch (encoding & 0x70) {
      case 0x10:
        value -= address_ + bytes.size();
        break;
      case 0x20:
        value -= kText;
        break;
      case 0x30:
        value -= kData;
        break;
      case 0x50:
        while (bytes.size() % 8 != 0) byte(0);
        return number(value, 8);
      default:
        break;
    }
    switch (encoding & 0x0f) {
      case 0x01:
        for (; value >= 0x80; value >>= 7) byte(static_cast<uint8_t>(value | 0x80));
        return byte(static_cast<uint8_t>(value));
      case 0x02:
      case 0x0a:
        return number(value, 2);
      case 0x03:
      case 0x0b:
        return number(value, 4);
      default:
        return number(value, 8);
    }
  }

  bool is_debug_frame_;
  uint64_t address_;
  CieOptions options_;
  bool augmented_ = false;
  size_t cie_at_ = 0, record_at_ = 0;
};

}  // namespace hone::unwind
