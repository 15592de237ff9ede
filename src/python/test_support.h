// For tests: a made-up memory in which objects of CPython are laid out by hand.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
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

  // Zeros, at a multiple of 8, in the test's own memory: a reader of processes may read them, too.
  uint64_t allocate(size_t bytes) {
    blocks_.push_back({std::make_unique<uint64_t[]>((bytes + 7) / 8), bytes});
    return blocks_.back().address();
  }
  template <class T>
  void put(uint64_t address, T value) {
    put_bytes(address, &value, sizeof value);
  }
  void put_bytes(uint64_t address, const void* bytes, size_t size) {
    if (block_of(address)) std::memcpy(reinterpret_cast<void*>(address), bytes, size);
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
  struct Block {
    std::unique_ptr<uint64_t[]> words;
    size_t size;
    uint64_t address() const { return reinterpret_cast<uint64_t>(words.get()); }
  };
  static bool read(void* context, uint64_t address, void* out, size_t size) {
    auto& self = *static_cast<TestMemory*>(context);
    const Block* block = self.block_of(address);
    if (!block || size > block->size - (address - block->address())) return false;
    std::memcpy(out, reinterpret_cast<const void*>(address), size);
    return true;
  }
  const Block* block_of(uint64_t address) const {
    for (const Block& block : blocks_) {
      if (address - block.address() < block.size) return &block;
    }
    return nullptr;
  }
  const Layout* layout_;
  std::vector<Block> blocks_;
};

}  // namespace hone::python
