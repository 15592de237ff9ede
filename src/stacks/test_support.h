// For tests: ELF files made by hand, with functions whose unwind rules and code bytes the test
// chooses, laid out as one linker or another would.
#pragma once

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/host/file.h"
#include "stacks/module.h"
#include "unwind/cfi_builder.h"

namespace hone::stacks {

// A folder that goes away with its files.
class TestFolder {
 public:
  TestFolder() {
    char name[] = "/tmp/hone-stacks-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~TestFolder() { (void)!std::system(("rm -rf '" + path_ + "'").c_str()); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// x86-64. Functions are 0x100 apart from text() on; those that are given a rule have an FDE.
class TestElf {
 public:
  struct Layout {
    uint64_t base = 0;              // of the first segment: 0 for PIE
    uint64_t text_offset = 0x1000;  // in the file
    uint64_t text_shift = 0;        // what lld adds to the address, to save the padding in the file
  };
  explicit TestElf(const Layout& layout)
      : layout_(layout),
        code_(kTextBytes, 0xcc),  // int3: no call ends before any address
        cfi_(false, layout.base + kFramesAt) {
    cfi_.cie("zR", {0x0c, 7, 8, 0x90, 1});
  }

  uint64_t text() const { return layout_.base + layout_.text_offset + layout_.text_shift; }
  // Addresses as linked.
  uint64_t function(const unwind::Bytes& program) {
    const uint64_t start = function_without_rule();
    cfi_.fde(start, 0x100, program);
    return start;
  }
  uint64_t function_without_rule() { return text() + 0x100 * function_count_++; }
  // Whether the functions that follow are signal trampolines, as the C library's.
  void signal_frames() { cfi_.cie("zRS", {0x0c, 7, 8, 0x90, 1}); }
  void ordinary_frames() { cfi_.cie("zR", {0x0c, 7, 8, 0x90, 1}); }
  // Puts a call that returns to `address`.
  void call_before(uint64_t address) { code_[address - text() - 5] = 0xe8; }
  void code(uint64_t address, const unwind::Bytes& bytes) {
    std::copy(bytes.begin(), bytes.end(), code_.begin() + static_cast<ptrdiff_t>(address - text()));
  }
  void entry(uint64_t address) { entry_ = address; }

  std::vector<uint8_t> bytes() {
    std::vector<uint8_t> out(layout_.text_offset + kTextBytes);
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = layout_.base ? ET_EXEC : ET_DYN;
    header.e_machine = EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_entry = entry_;
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 2;
    header.e_ehsize = sizeof header;
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = 4;
    header.e_shstrndx = 3;
    Elf64_Phdr segments[2] = {};
    segments[0] = {
        PT_LOAD, PF_R, 0, layout_.base, layout_.base, layout_.text_offset, layout_.text_offset,
        0x1000};
    segments[1] = {PT_LOAD, PF_R | PF_X, layout_.text_offset, text(),
                   text(),  kTextBytes,  kTextBytes,          0x1000};
    static constexpr char kNames[] = "\0.text\0.eh_frame\0.shstrtab";
    unwind::Bytes frames = cfi_.bytes;
    frames.resize(frames.size() + 4);  // the end mark
    Elf64_Shdr sections[4] = {};
    sections[1] = {1,
                   SHT_PROGBITS,
                   SHF_ALLOC | SHF_EXECINSTR,
                   text(),
                   layout_.text_offset,
                   kTextBytes,
                   0,
                   0,
                   16,
                   0};
    sections[2] = {
        7, SHT_PROGBITS, SHF_ALLOC, layout_.base + kFramesAt, kFramesAt, frames.size(), 0, 0, 8, 0};
    out.resize(out.size() + sizeof kNames);
    sections[3] = {17, SHT_STRTAB, 0, 0, out.size() - sizeof kNames, sizeof kNames, 0, 0, 1, 0};
    std::memcpy(out.data() + out.size() - sizeof kNames, kNames, sizeof kNames);
    out.resize((out.size() + 7) / 8 * 8);
    header.e_shoff = out.size();
    out.resize(out.size() + sizeof sections);
    std::memcpy(out.data() + header.e_shoff, sections, sizeof sections);
    std::memcpy(out.data(), &header, sizeof header);
    std::memcpy(out.data() + sizeof header, segments, sizeof segments);
    std::memcpy(out.data() + kFramesAt, frames.data(), frames.size());
    std::memcpy(out.data() + layout_.text_offset, code_.data(), code_.size());
    return out;
  }
  void write(const std::string& path) {
    const std::vector<uint8_t> all = bytes();
    (void)base::write_file_atomically(path, all);
  }

  static constexpr uint64_t kFramesAt = 0x200, kTextBytes = 0x1000;

 private:
  Layout layout_;
  std::vector<uint8_t> code_;
  unwind::CfiBuilder cfi_;
  uint64_t entry_ = 0;
  uint64_t function_count_ = 0;
};

inline FileIdentity identity_of(const std::string& path) {
  struct stat status {};
  (void)::stat(path.c_str(), &status);
  return {.device = status.st_dev, .inode = status.st_ino};
}
inline Module* open_module(ModuleStore& store, const std::string& path) {
  const std::string candidates[] = {path};
  return store.of_file(identity_of(path), path, candidates);
}

}  // namespace hone::stacks
