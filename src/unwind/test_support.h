// For this room's tests, fuzzers and benchmarks: sections of an ELF file, compiled tables that own
// their memory, and the modules of the running process. No test framework in here.
#pragma once

#include <elf.h>
#include <link.h>
#include <pthread.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "unwind/compile.h"
#include "unwind/table.h"
#include "unwind/walk.h"

namespace hone::unwind {

// A 64-bit ELF file in memory and its sections by name. For files that are trusted.
class ElfFile {
 public:
  explicit ElfFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
    if (bytes_.size() < sizeof(Elf64_Ehdr)) return;
    const auto* header = reinterpret_cast<const Elf64_Ehdr*>(data());
    if (std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return;
    sections_ = reinterpret_cast<const Elf64_Shdr*>(data() + header->e_shoff);
    count_ = header->e_shnum;
    names_ = bytes_.data() + sections_[header->e_shstrndx].sh_offset;
    machine_ = header->e_machine;
  }
  bool ok() const { return count_ != 0; }
  Arch arch() const { return machine_ == EM_AARCH64 ? Arch::kAarch64 : Arch::kX86_64; }

  // `bytes` is null when there is no such section.
  FrameSection section(std::string_view name) const {
    FrameSection out;
    const Elf64_Shdr* header = header_of(name);
    if (!header || header->sh_type == SHT_NOBITS) return out;
    out.bytes = data() + header->sh_offset;
    out.size = header->sh_size;
    out.address = Svma{header->sh_addr};
    if (const Elf64_Shdr* text = header_of(".text")) out.text_address = Svma{text->sh_addr};
    out.is_debug_frame = name == ".debug_frame";
    return out;
  }
  const Elf64_Shdr* header_of(std::string_view name) const {
    for (size_t i = 0; i < count_; ++i)
      if (name == names_ + sections_[i].sh_name) return &sections_[i];
    return nullptr;
  }

 private:
  const uint8_t* data() const { return reinterpret_cast<const uint8_t*>(bytes_.data()); }

  std::vector<char> bytes_;
  const Elf64_Shdr* sections_ = nullptr;
  size_t count_ = 0;
  const char* names_ = nullptr;
  uint16_t machine_ = 0;
};

// A compiled table with the memory that it lies in.
struct OwnedTable {
  std::unique_ptr<uint8_t, decltype(&std::free)> memory{nullptr, &std::free};
  CompileResult result;
  TableView view;
  base::Err err = base::Err::kNotFound;
};
inline OwnedTable compile_owned(Arch arch, const FrameSection& first,
                                const FrameSection& second = {}) {
  OwnedTable out;
  const size_t bytes = compile_memory_bytes(first.size + second.size);
  out.memory.reset(static_cast<uint8_t*>(std::calloc(bytes, 1)));
  if (!out.memory) return out;
  out.err = compile(arch, first, second, out.memory.get(), bytes, &out.result);
  if (out.err == base::Err::kOk)
    out.err = parse_table(out.memory.get(), out.result.table_bytes, &out.view);
  return out;
}

// The tables of everything that is mapped into this process, from PT_GNU_EH_FRAME.
class OwnModules {
 public:
  OwnModules() {
    dl_iterate_phdr(
        [](dl_phdr_info* info, size_t, void* self) {
          static_cast<OwnModules*>(self)->add(*info);
          return 0;
        },
        this);
  }
  Modules modules() { return {.context = this, .lookup = &OwnModules::lookup, .generation = 1}; }
  size_t lookup_count() const { return lookup_count_; }
  const TableView* table_at(uint64_t address, uint64_t* bias) const {
    for (const Entry& entry : entries_) {
      if (address < entry.mapped.begin || address >= entry.mapped.end) continue;
      *bias = entry.mapped.bias;
      return &entry.mapped.table;
    }
    return nullptr;
  }

 private:
  struct Entry {
    OwnedTable table;
    MappedTable mapped;
  };

  void add(const dl_phdr_info& info) {
    const ElfW(Phdr)* eh = nullptr;
    const ElfW(Phdr)* code = nullptr;
    for (int i = 0; i < info.dlpi_phnum; ++i) {
      if (info.dlpi_phdr[i].p_type == PT_GNU_EH_FRAME) eh = &info.dlpi_phdr[i];
      if (info.dlpi_phdr[i].p_type == PT_LOAD && (info.dlpi_phdr[i].p_flags & PF_X))
        code = &info.dlpi_phdr[i];
    }
    if (!code) return;
    Entry entry;
    entry.mapped.bias = info.dlpi_addr;
    entry.mapped.begin = info.dlpi_addr + code->p_vaddr;
    entry.mapped.end = entry.mapped.begin + code->p_memsz;
    if (eh) entry.table = compile_owned(kNativeArch, eh_frame_of(info, *eh));
    entry.mapped.table = entry.table.view;
    entries_.push_back(std::move(entry));
  }
  // The header's second field is the place of .eh_frame, pc-relative in 4 bytes in practice; its
  // size is unknown: the end of the segment bounds it, the terminator ends it.
  static FrameSection eh_frame_of(const dl_phdr_info& info, const ElfW(Phdr) & eh) {
    FrameSection section;
    const auto* header = reinterpret_cast<const uint8_t*>(info.dlpi_addr + eh.p_vaddr);
    if (header[1] != 0x1b) return section;
    int32_t distance;
    std::memcpy(&distance, header + 4, 4);
    const uint64_t address = eh.p_vaddr + 4 + static_cast<uint64_t>(int64_t{distance});
    for (int i = 0; i < info.dlpi_phnum; ++i) {
      const ElfW(Phdr)& load = info.dlpi_phdr[i];
      if (load.p_type != PT_LOAD || address < load.p_vaddr ||
          address >= load.p_vaddr + load.p_filesz)
        continue;
      section.bytes = reinterpret_cast<const uint8_t*>(info.dlpi_addr + address);
      section.size = load.p_vaddr + load.p_filesz - address;
      section.address = Svma{address};
    }
    return section;
  }
  static bool lookup(void* self, uint64_t avma, MappedTable* out) {
    auto* modules = static_cast<OwnModules*>(self);
    ++modules->lookup_count_;
    for (const Entry& entry : modules->entries_) {
      if (avma < entry.mapped.begin || avma >= entry.mapped.end) continue;
      *out = entry.mapped;
      return true;
    }
    return false;
  }

  std::vector<Entry> entries_;
  size_t lookup_count_ = 0;
};

#if defined(__x86_64__)
inline Registers registers_from(const ucontext_t& context) {
  // glibc's order of gregs -> DWARF numbers.
  static constexpr int kGreg[17] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
                                    REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                    REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
  Registers out;
  for (unsigned i = 0; i < 17; ++i)
    out.set(i, static_cast<uint64_t>(context.uc_mcontext.gregs[kGreg[i]]));
  return out;
}
#endif

// The rest of this thread's stack, read in place.
inline StackMemory own_stack(uint64_t sp) {
  pthread_attr_t attr;
  void* start = nullptr;
  size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attr) != 0) return {};
  pthread_attr_getstack(&attr, &start, &size);
  pthread_attr_destroy(&attr);
  const uint64_t end = reinterpret_cast<uint64_t>(start) + size;
  return {.start = sp, .bytes = reinterpret_cast<const uint8_t*>(sp), .size = end - sp};
}

}  // namespace hone::unwind
