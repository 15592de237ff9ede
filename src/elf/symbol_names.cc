#include "elf/symbol_names.h"

#include <elf.h>

#include <cstring>
#include <span>

namespace hone::elf {
namespace {

void add_names(const Image& image, const SectionView& table, std::vector<FunctionName>& out) {
  if (table.link >= image.sections().size()) return;
  const SectionView& strings = image.sections()[table.link];
  if (strings.compressed) return;
  const size_t count = table.bytes.size() / sizeof(Elf64_Sym);
  for (size_t i = 1; i < count; ++i) {
    Elf64_Sym symbol{};
    std::memcpy(&symbol, table.bytes.data() + i * sizeof symbol, sizeof symbol);
    const unsigned type = ELF64_ST_TYPE(symbol.st_info);
    if (type != STT_FUNC && type != STT_GNU_IFUNC) continue;
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= image.sections().size()) continue;
    if (!(image.sections()[symbol.st_shndx].flags & SHF_EXECINSTR)) continue;
    if (symbol.st_name >= strings.bytes.size()) continue;
    const auto* text = reinterpret_cast<const char*>(strings.bytes.data()) + symbol.st_name;
    const std::string_view name{text, strnlen(text, strings.bytes.size() - symbol.st_name)};
    if (name.empty()) continue;
    out.push_back({.svma = Svma{symbol.st_value},
                   .bytes = symbol.st_size,
                   .name = name,
                   .is_indirect = type == STT_GNU_IFUNC});
  }
}

}  // namespace

std::vector<FunctionName> read_function_names(const Image& image) {
  std::vector<FunctionName> out;
  for (const SectionView& section : image.sections()) {
    if (section.compressed) continue;
    if (section.type == SHT_SYMTAB || section.type == SHT_DYNSYM) add_names(image, section, out);
  }
  return out;
}

}  // namespace hone::elf
