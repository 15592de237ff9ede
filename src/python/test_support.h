// For tests: a made-up memory in which objects of CPython are laid out by hand.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <string_view>
#include <vector>

#include "python/frames.h"

namespace hone::python {

class TestMemory {
 public:
  static constexpr uint64_t kCodeType = 0x7000;

  explicit TestMemory(uint64_t version) : layout_(layout_of(version)) {}

  Source source() {
    return {.layout = layout_,
            .memory = {.context = this, .read = &TestMemory::read},
            .code_type = kCodeType};
  }
  const Layout& layout() const { return *layout_; }

  uint64_t allocate(size_t bytes) {
    const uint64_t at = next_;
    next_ += (bytes + 15) / 16 * 16 + 16;
    blocks_[at].resize(bytes);
    return at;
  }
  template <class T>
  void put(uint64_t address, T value) {
    auto block = std::prev(blocks_.upper_bound(address));
    std::memcpy(block->second.data() + (address - block->first), &value, sizeof value);
  }
  void put_bytes(uint64_t address, const void* bytes, size_t size) {
    auto block = std::prev(blocks_.upper_bound(address));
    std::memcpy(block->second.data() + (address - block->first), bytes, size);
  }

  // `width` bytes a character; ASCII when it is 0.
  uint64_t text(std::u32string_view characters, uint32_t width = 0) {
    const bool ascii = width == 0;
    if (ascii) width = 1;
    const uint64_t header = ascii ? layout_->text_ascii : layout_->text_other;
    const uint64_t at = allocate(header + (characters.size() + 1) * width);
    put<uint64_t>(at + 16, characters.size());
    put<uint32_t>(at + 32, width << 2 | 1u << 5 | (ascii ? 1u << 6 : 0u));
    for (size_t i = 0; i < characters.size(); ++i) {
      const uint32_t c = characters[i];
      put_bytes(at + header + i * width, &c, width);
    }
    return at;
  }
  uint64_t bytes(const std::vector<uint8_t>& content) {
    const uint64_t at = allocate(32 + content.size());
    put<uint64_t>(at + 16, content.size());
    put_bytes(at + 32, content.data(), content.size());
    return at;
  }
  uint64_t code(uint64_t file, uint64_t name, uint32_t first_line, uint64_t lines,
                uint64_t units = 16) {
    const uint64_t at = allocate(layout_->code_bytecode + units * 2);
    put<uint64_t>(at + 8, kCodeType);
    put<uint64_t>(at + 16, units);
    put<uint64_t>(at + layout_->code_file, file);
    put<uint64_t>(at + layout_->code_qualified_name, name);
    put<uint64_t>(at + layout_->code_lines, lines);
    put<uint32_t>(at + layout_->code_first_line, first_line);
    return at;
  }
  struct FrameWords {
    uint64_t code, previous;
    uint64_t instruction = 0, globals = 0;
    bool entry = false;
  };
  uint64_t frame(const FrameWords& words) {
    const uint64_t at = allocate(96);
    put<uint64_t>(at + layout_->frame_code, words.code);
    put<uint64_t>(at + layout_->frame_previous, words.previous);
    put<uint64_t>(at + layout_->frame_instruction, words.instruction);
    put<uint64_t>(at + layout_->frame_globals, words.globals);
    if (layout_->frame_is_entry != kAbsent) {
      put<uint8_t>(at + layout_->frame_is_entry, words.entry);
    } else if (words.entry) {
      put<uint8_t>(at + layout_->frame_owner, layout_->owner_c_stack);
    }
    return at;
  }
  // {"__name__": value}, as modules keep their names.
  uint64_t globals(uint64_t value, bool texts_alone = true) {
    const uint64_t keys = allocate(32 + 8 + 5 * 24);
    put<uint8_t>(keys + 9, 3);
    put<uint8_t>(keys + 10, texts_alone ? 1 : 0);
    put<uint64_t>(keys + 24, 1);
    const uint64_t entry = keys + 32 + 8 + (texts_alone ? 0 : 8);
    put<uint64_t>(entry, text(U"__name__"));
    put<uint64_t>(entry + 8, value);
    const uint64_t dict = allocate(48);
    put<uint64_t>(dict + 32, keys);
    return dict;
  }

 private:
  static bool read(void* context, uint64_t address, void* out, size_t size) {
    auto& self = *static_cast<TestMemory*>(context);
    auto block = self.blocks_.upper_bound(address);
    if (block == self.blocks_.begin()) return false;
    --block;
    const uint64_t offset = address - block->first;
    if (offset > block->second.size() || size > block->second.size() - offset) return false;
    std::memcpy(out, block->second.data() + offset, size);
    return true;
  }
  const Layout* layout_;
  std::map<uint64_t, std::vector<uint8_t>> blocks_;
  uint64_t next_ = 0x10000;
};

}  // namespace hone::python
