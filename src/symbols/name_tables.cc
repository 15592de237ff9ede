#include "symbols/name_tables.h"

#include <algorithm>

namespace hone::symbols {
namespace {

constexpr size_t kMiniDebugBytesMax = size_t{256} << 20;
// How far back an entry may lie that ends behind those after it.
constexpr size_t kNestedMax = 64;

// Narrows a range around an address, step by step, to where tables give the answer that they give
// for the address.
class SameAnswer {
 public:
  explicit SameAnswer(Svma address) : address_(raw(address)) {}

  // `entries` are sorted; `found` is the one that holds the address, nullptr when none does.
  // `start` tells where an entry starts.
  template <class T, class Start>
  void narrow(const std::vector<T>& entries, const T* found, Start start) {
    const auto after =
        std::upper_bound(entries.begin(), entries.end(), address_,
                         [&](uint64_t at, const T& entry) { return at < raw(start(entry)); });
    if (after != entries.end()) end_ = std::min(end_, raw(start(*after)));
    const auto below = static_cast<size_t>(after - entries.begin());
    for (size_t back = 1; back <= std::min(below, kNestedMax); ++back) {
      const T& entry = entries[below - back];
      const uint64_t entry_begin = raw(start(entry)), entry_end = entry_begin + entry.bytes;
      if (&entry == found) {
        begin_ = std::max(begin_, entry_begin);
        end_ = std::min(end_, entry_end);
        return;
      }
      if (entry_end <= address_) begin_ = std::max(begin_, entry_end);
    }
  }
  Svma begin() const { return Svma{begin_}; }
  Svma end() const { return Svma{end_}; }

 private:
  uint64_t address_;
  uint64_t begin_ = 0, end_ = ~uint64_t{0};
};

}  // namespace

NameTables::NameTables(const ElfFile& module, const DebugFiles& debug)
    : module_(module), debug_(debug) {}

void NameTables::read_symbols() {
  if (symbols_read_) return;
  symbols_read_ = true;
  for (const elf::Symbol& symbol : elf::read_function_symbols(module_.image)) {
    (symbol.from_dynsym ? exports_ : full_).push_back(symbol);
  }
  if (debug_.separate) {
    debug_symbols_ = elf::read_function_symbols(debug_.separate->image);
    std::erase_if(debug_symbols_, [](const elf::Symbol& s) { return s.from_dynsym; });
  }
  if (!full_.empty() || !debug_symbols_.empty()) return;
  auto inflated = elf::read_mini_debug_info(module_.image, kMiniDebugBytesMax);
  if (!inflated) return;
  mini_bytes_ = std::move(*inflated);
  auto image = elf::Image::parse(mini_bytes_);
  if (!image) return;
  mini_image_ = std::move(*image);
  mini_ = elf::read_function_symbols(*mini_image_);
}

void NameTables::read_rest() {
  if (rest_read_) return;
  rest_read_ = true;
  plt_ = elf::read_plt(module_.image);
  ranges_ = elf::read_function_ranges(module_.image);
}

const elf::Symbol* NameTables::symbol(Svma address) {
  read_symbols();
  if (const elf::Symbol* found = elf::find_symbol(full_, address)) return found;
  return elf::find_symbol(debug_symbols_, address);
}

NameTables::Found NameTables::find(Svma address) {
  read_symbols();
  SameAnswer same(address);
  const auto of_symbols = [&](const std::vector<elf::Symbol>& table, NameSource source,
                              Found& out) {
    const elf::Symbol* found = elf::find_symbol(table, address);
    same.narrow(table, found, [](const elf::Symbol& s) { return s.svma; });
    if (found) out = {found->name, {}, found->svma, found->bytes, source, {}, {}};
    return found != nullptr;
  };
  Found out;
  if (!of_symbols(full_, NameSource::kSymtab, out) &&
      !of_symbols(debug_symbols_, NameSource::kSymtab, out) &&
      !of_symbols(mini_, NameSource::kMiniDebugInfo, out) &&
      !of_symbols(exports_, NameSource::kDynsym, out)) {
    read_rest();
    const elf::PltSlot* slot = elf::find_plt(plt_, address);
    same.narrow(plt_, slot, [](const elf::PltSlot& s) { return s.svma; });
    if (slot) {
      out = {{}, slot->target, slot->svma, slot->bytes, NameSource::kPlt, {}, {}};
    } else if (const auto* range = elf::find_range(ranges_, address)) {
      same.narrow(ranges_, range, [](const elf::FunctionRange& r) { return r.start; });
      out = {{}, {}, range->start, range->bytes, NameSource::kFrameInfo, {}, {}};
    }
  }
  out.same_begin = out.bytes > 0 ? same.begin() : address;
  out.same_end = out.bytes > 0 ? same.end() : Svma{raw(address) + 1};
  return out;
}

std::vector<Svma> NameTables::starts() {
  read_symbols();
  std::vector<Svma> out;
  for (const auto* table : {&full_, &debug_symbols_}) {
    for (const elf::Symbol& symbol : *table) out.push_back(symbol.svma);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

bool NameTables::has_symtab() {
  read_symbols();
  return !full_.empty() || !debug_symbols_.empty() || !mini_.empty();
}

bool NameTables::has_exports() {
  read_symbols();
  return !exports_.empty();
}

}  // namespace hone::symbols
