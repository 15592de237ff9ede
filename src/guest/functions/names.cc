// Names of functions by the symbol tables of the files that are mapped, read where they lie. Which
// file an address is in is asked of /proc/self/maps: the dynamic linker's own list takes a lock
// that the thread which calls may be holding.
#include <elf.h>

#include "base/kernel.h"
#include "guest/functions/functions.h"

namespace hone::functions {

using namespace kernel;

namespace {

constexpr int kAtFdcwd = -100, kCloexec = 02000000;
constexpr uint64_t kFileBytesMax = uint64_t{1} << 36;

// A mapping of a file, and the file, whole. Kept for ever, since functions are met one by one.
struct Module {
  uintptr_t start, end;  // of the mapping
  uint64_t offset;       // of its first byte in the file
  const uint8_t* file;   // null: it could not be read
  uint64_t bytes;
  char name[256];
  uint32_t is_whole;  // 1: all of the above is written
};
Module modules[kModulesMax];
uint32_t modules_used;

// A part of the file; null when it reaches beyond.
template <class T>
const T* part(const Module& module, uint64_t at, uint64_t count = 1) {
  const bool fits = at <= module.bytes && count <= (module.bytes - at) / sizeof(T);
  return fits && at % alignof(T) == 0 ? (const T*)(module.file + at) : nullptr;
}

uint64_t hexadecimal(const char*& at) {
  uint64_t number = 0;
  for (;; ++at) {
    const char c = *at;
    const bool is_digit = c >= '0' && c <= '9', is_letter = c >= 'a' && c <= 'f';
    if (!is_digit && !is_letter) return number;
    number = number << 4 | (uint64_t)(is_digit ? c - '0' : c - 'a' + 10);
  }
}

void map_file(const char* path, Module& out) {
  const long fd = call(__NR_openat, kAtFdcwd, path, kCloexec, 0);
  if (failed(fd)) return;
  const long bytes = call(__NR_lseek, fd, 0L, 2);
  if (!failed(bytes) && bytes > 0 && (uint64_t)bytes < kFileBytesMax) {
    const long at = call(__NR_mmap, 0L, bytes, kProtRead, kMapPrivate, fd, 0L);
    if (!failed(at)) {
      out.file = (const uint8_t*)at;
      out.bytes = (uint64_t)bytes;
    }
  }
  call(__NR_close, fd);
}

// A line of maps: "start-end perms offset device inode   path". False: it is not of this address.
bool take_line(const char* line, uintptr_t address, Module& out) {
  const char* at = line;
  out.start = hexadecimal(at);
  if (*at != '-') return false;
  out.end = hexadecimal(++at);
  if (address < out.start || address >= out.end) return false;
  for (int field = 0; field < 2; ++field) {
    while (*at != '\0' && *at != ' ') ++at;
    while (*at == ' ') ++at;
    if (field == 0) continue;
    out.offset = hexadecimal(at);
  }
  while (*at != '\0' && *at != '/') ++at;
  if (*at != '/') return true;  // memory without a file
  const char* name = at;
  for (const char* each = at; *each != '\0'; ++each) {
    if (*each == '/') name = each + 1;
  }
  for (size_t i = 0; i + 1 < sizeof out.name && name[i] != '\0'; ++i) out.name[i] = name[i];
  map_file(at, out);
  return true;
}

// The mapping that the address is in; false: there is none.
bool find_mapping(uintptr_t address, Module& out) {
  const long fd = call(__NR_openat, kAtFdcwd, "/proc/self/maps", kCloexec, 0);
  if (failed(fd)) return false;
  char text[4096 + 512];  // a line is no longer than a path and what is before it
  size_t held = 0;
  bool found = false;
  while (!found) {
    const long more = call(__NR_read, fd, text + held, sizeof text - 1 - held);
    if (failed(more) || more <= 0) break;
    held += (size_t)more;
    text[held] = '\0';
    size_t line = 0;
    for (size_t i = 0; i < held && !found; ++i) {
      if (text[i] != '\n') continue;
      text[i] = '\0';
      found = take_line(text + line, address, out);
      line = i + 1;
    }
    if (line == 0 && held == sizeof text - 1) line = held;  // nothing that we can read
    held -= line;
    __builtin_memmove(text, text + line, held);
  }
  call(__NR_close, fd);
  return found;
}

// Where the file says that an address of the mapping is (its "svma"). False: it is no ELF file of
// this kind of machine, or damaged.
bool address_in_file(const Module& module, uintptr_t address, uint64_t& out) {
  const auto* const header = part<Elf64_Ehdr>(module, 0);
  if (!header || __builtin_memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_phentsize != sizeof(Elf64_Phdr)) {
    return false;
  }
  const auto* const segments = part<Elf64_Phdr>(module, header->e_phoff, header->e_phnum);
  const uint64_t offset = address - module.start + module.offset;
  for (uint32_t i = 0; segments && i < header->e_phnum; ++i) {
    const Elf64_Phdr& segment = segments[i];
    if (segment.p_type != PT_LOAD || offset < segment.p_offset ||
        offset - segment.p_offset >= segment.p_filesz) {
      continue;
    }
    out = offset - segment.p_offset + segment.p_vaddr;
    return true;
  }
  return false;
}

// A symbol that is exactly there; a nearer one would be a guess. Null: there is none.
const char* symbol_at(const Module& module, uint64_t value, uint32_t table_type) {
  const auto* const header = part<Elf64_Ehdr>(module, 0);
  if (header->e_shentsize != sizeof(Elf64_Shdr)) return nullptr;
  const auto* const sections = part<Elf64_Shdr>(module, header->e_shoff, header->e_shnum);
  for (uint32_t i = 0; sections && i < header->e_shnum; ++i) {
    const Elf64_Shdr& table = sections[i];
    if (table.sh_type != table_type || table.sh_link >= header->e_shnum) continue;
    const Elf64_Shdr& texts = sections[table.sh_link];
    const uint64_t count = table.sh_size / sizeof(Elf64_Sym);
    const auto* const symbols = part<Elf64_Sym>(module, table.sh_offset, count);
    const auto* const text = part<char>(module, texts.sh_offset, texts.sh_size);
    if (!symbols || !text || texts.sh_size == 0 || text[texts.sh_size - 1] != '\0') continue;
    for (uint64_t at = 0; at < count; ++at) {
      const Elf64_Sym& symbol = symbols[at];
      if (symbol.st_value == value && ELF64_ST_TYPE(symbol.st_info) == STT_FUNC &&
          symbol.st_name != 0 && symbol.st_name < texts.sh_size) {
        return text + symbol.st_name;
      }
    }
  }
  return nullptr;
}

const Module* module_of(uintptr_t address, Module& room) {
  const uint32_t used = __atomic_load_n(&modules_used, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; i < used && i < kModulesMax; ++i) {
    const Module& module = modules[i];
    if (__atomic_load_n(&module.is_whole, __ATOMIC_ACQUIRE) != 0 && address >= module.start &&
        address < module.end) {
      return &module;
    }
  }
  if (!find_mapping(address, room)) return nullptr;
  const uint32_t at = __atomic_fetch_add(&modules_used, 1u, __ATOMIC_ACQ_REL);
  if (at >= kModulesMax) {
    __atomic_store_n(&modules_used, kModulesMax, __ATOMIC_RELEASE);
    return &room;
  }
  modules[at] = room;
  __atomic_store_n(&modules[at].is_whole, 1u, __ATOMIC_RELEASE);
  return &modules[at];
}

size_t append(char* to, size_t at, const char* text) {
  while (*text != '\0' && at < kNameBytesMax) to[at++] = *text++;
  to[at] = '\0';
  return at;
}

}  // namespace

void name_of(uintptr_t address, Name& out) {
  Module room = {};
  const Module* const module = module_of(address, room);
  uint64_t value = address;
  out.text[0] = out.module[0] = '\0';
  out.is_symbol = false;
  if (module) __builtin_memcpy(out.module, module->name, sizeof out.module);
  const bool is_in_file = module && module->file && address_in_file(*module, address, value);
  const char* name = is_in_file ? symbol_at(*module, value, SHT_SYMTAB) : nullptr;
  if (is_in_file && !name) name = symbol_at(*module, value, SHT_DYNSYM);
  if (name) {
    append(out.text, 0, name);
    out.is_symbol = true;
  } else {
    char digits[19] = "0x";
    uint32_t at = 2;
    for (int shift = 60; shift >= 0; shift -= 4) {
      const uint64_t digit = value >> shift & 15;
      if (digit != 0 || at > 2 || shift == 0) digits[at++] = "0123456789abcdef"[digit];
    }
    digits[at] = '\0';
    const size_t length = is_in_file ? append(out.text, append(out.text, 0, out.module), "+") : 0;
    append(out.text, length, digits);
  }
  if (module == &room && room.file) call(__NR_munmap, room.file, room.bytes);
}

}  // namespace hone::functions
