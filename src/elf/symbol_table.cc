#include "elf/symbol_table.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <tuple>

namespace hone::elf {
namespace {

// How far back an enclosing symbol is looked for: assembly nests entry points, but not deeply.
constexpr size_t kNestedSymbolsMax = 64;

struct Candidate {
  Symbol symbol;
  uint8_t binding_rank = 0;  // 0 global, 1 weak, 2 local
  uint64_t section_end = 0;
};

size_t leading_underscores(std::string_view name) {
  return std::min(name.find_first_not_of('_'), name.size());
}

// Of several names of one address the first in this order stays: one with a size, then as
// symbol_table.h says; `malloc` before `__libc_malloc`; the rest only makes the choice stable.
bool comes_before(const Candidate& a, const Candidate& b) {
  if (a.symbol.svma != b.symbol.svma) return raw(a.symbol.svma) < raw(b.symbol.svma);
  const auto key = [](const Candidate& c) {
    return std::tuple(c.symbol.bytes == 0, c.binding_rank, c.symbol.from_dynsym,
                      leading_underscores(c.symbol.name), c.symbol.name.size(), c.symbol.name);
  };
  return key(a) < key(b);
}

std::string_view string_at(std::span<const uint8_t> strings, uint64_t at) {
  if (at >= strings.size()) return {};
  const auto* begin = reinterpret_cast<const char*>(strings.data()) + at;
  return {begin, strnlen(begin, strings.size() - at)};
}

std::span<const uint8_t> linked_strings(const Image& image, const SectionView& table) {
  if (table.link >= image.sections().size()) return {};
  const SectionView& strings = image.sections()[table.link];
  return strings.compressed ? std::span<const uint8_t>{} : strings.bytes;
}

uint8_t binding_rank(unsigned char info) {
  switch (ELF64_ST_BIND(info)) {
    case STB_GLOBAL:
    case STB_GNU_UNIQUE:
      return 0;
    case STB_WEAK:
      return 1;
    default:
      return 2;
  }
}

void add_functions(const Image& image, const SectionView& table, std::vector<Candidate>& out) {
  const auto strings = linked_strings(image, table);
  const size_t count = table.bytes.size() / sizeof(Elf64_Sym);
  for (size_t i = 1; i < count; ++i) {
    Elf64_Sym symbol{};
    std::memcpy(&symbol, table.bytes.data() + i * sizeof symbol, sizeof symbol);
    const unsigned type = ELF64_ST_TYPE(symbol.st_info);
    const bool function = type == STT_FUNC || type == STT_GNU_IFUNC;
    if (!function && !(type == STT_NOTYPE && symbol.st_size > 0)) continue;
    if (symbol.st_shndx == SHN_UNDEF) continue;
    uint64_t section_end = 0;
    if (symbol.st_shndx < image.sections().size()) {
      const SectionView& home = image.sections()[symbol.st_shndx];
      if (!(home.flags & SHF_EXECINSTR)) continue;
      section_end = raw(home.svma) + home.memory_bytes;
    } else if (!function || symbol.st_shndx != SHN_XINDEX) {
      continue;
    }
    const std::string_view name = string_at(strings, symbol.st_name);
    if (name.empty()) continue;
    Candidate candidate;
    candidate.symbol = {Svma{symbol.st_value}, symbol.st_size, name, table.type == SHT_DYNSYM};
    candidate.binding_rank = binding_rank(symbol.st_info);
    candidate.section_end = section_end;
    out.push_back(candidate);
  }
}

// The distance from `at` to `end`, 0 when `end` is not above it.
uint64_t distance(uint64_t at, uint64_t end) {
  return end > at ? end - at : 0;
}

bool covers(const Symbol& symbol, Svma address) {
  return raw(address) >= raw(symbol.svma) && raw(address) - raw(symbol.svma) < symbol.bytes;
}

}  // namespace

std::vector<Symbol> read_function_symbols(const Image& image) {
  std::vector<Candidate> candidates;
  bool has_symtab = false;
  for (const SectionView& section : image.sections()) {
    if (section.compressed) continue;
    if (section.type != SHT_SYMTAB && section.type != SHT_DYNSYM) continue;
    has_symtab |= section.type == SHT_SYMTAB && !section.bytes.empty();
    candidates.reserve(candidates.size() + section.bytes.size() / sizeof(Elf64_Sym) / 2);
    add_functions(image, section, candidates);
  }
  std::sort(candidates.begin(), candidates.end(), comes_before);
  const auto same = [](const Candidate& a, const Candidate& b) {
    return a.symbol.svma == b.symbol.svma;
  };
  candidates.erase(std::unique(candidates.begin(), candidates.end(), same), candidates.end());

  std::vector<Symbol> symbols;
  symbols.reserve(candidates.size());
  for (size_t i = 0; i < candidates.size(); ++i) {
    Symbol symbol = candidates[i].symbol;
    if (symbol.bytes == 0) {
      // With exports alone the next symbol says nothing about where this one ends.
      if (!has_symtab) continue;
      const uint64_t at = raw(symbol.svma);
      symbol.bytes = distance(at, candidates[i].section_end);
      if (i + 1 < candidates.size()) {
        const uint64_t next = raw(candidates[i + 1].symbol.svma);
        symbol.bytes = std::min(symbol.bytes, distance(at, next));
      }
      if (symbol.bytes == 0) continue;
    }
    symbols.push_back(symbol);
  }
  return symbols;
}

const Symbol* find_symbol(std::span<const Symbol> sorted, Svma address) {
  const auto after =
      std::upper_bound(sorted.begin(), sorted.end(), address,
                       [](Svma at, const Symbol& s) { return raw(at) < raw(s.svma); });
  const auto below = static_cast<size_t>(after - sorted.begin());
  for (size_t back = 1; back <= std::min(below, kNestedSymbolsMax); ++back) {
    const Symbol& symbol = sorted[below - back];
    if (covers(symbol, address)) return &symbol;
  }
  return nullptr;
}

std::vector<FunctionRange> read_function_ranges(const Image& image) {
  std::vector<FunctionRange> ranges;
  const auto add = [](void* context, Svma start, uint64_t size) {
    if (size == 0 || raw(start) == 0) return;
    static_cast<std::vector<FunctionRange>*>(context)->push_back({start, size});
  };
  const auto read = [&](const unwind::FrameSection& section) {
    if (!section.bytes) return;
    // What was read before an error is kept: partial bounds are better than none.
    (void)unwind::for_each_fde(image.arch(), section, &ranges, add);
  };
  read(image.eh_frame());
  read(image.debug_frame());
  const auto before = [](const FunctionRange& a, const FunctionRange& b) {
    return raw(a.start) < raw(b.start);
  };
  if (!std::is_sorted(ranges.begin(), ranges.end(), before)) {
    std::stable_sort(ranges.begin(), ranges.end(), before);
  }
  const auto same = [](const FunctionRange& a, const FunctionRange& b) {
    return a.start == b.start;
  };
  ranges.erase(std::unique(ranges.begin(), ranges.end(), same), ranges.end());
  return ranges;
}

const FunctionRange* find_range(std::span<const FunctionRange> sorted, Svma address) {
  const auto after = std::upper_bound(
      sorted.begin(), sorted.end(), address,
      [](Svma at, const FunctionRange& range) { return raw(at) < raw(range.start); });
  if (after == sorted.begin()) return nullptr;
  const FunctionRange& range = *(after - 1);
  return raw(address) - raw(range.start) < range.bytes ? &range : nullptr;
}

}  // namespace hone::elf
