#include "symbols/name_tables.h"

#include <algorithm>

namespace hone::symbols {
namespace {

constexpr size_t kMiniDebugBytesMax = size_t{256} << 20;

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
  const auto of_symbol = [](const elf::Symbol* symbol, NameSource source) {
    return Found{symbol->name, {}, symbol->svma, symbol->bytes, source};
  };
  if (const auto* found = symbol(address)) return of_symbol(found, NameSource::kSymtab);
  if (const auto* found = elf::find_symbol(mini_, address)) {
    return of_symbol(found, NameSource::kMiniDebugInfo);
  }
  if (const auto* found = elf::find_symbol(exports_, address)) {
    return of_symbol(found, NameSource::kDynsym);
  }
  read_rest();
  if (const elf::PltSlot* slot = elf::find_plt(plt_, address)) {
    return {{}, slot->target, slot->svma, slot->bytes, NameSource::kPlt};
  }
  if (const elf::FunctionRange* range = elf::find_range(ranges_, address)) {
    return {{}, {}, range->start, range->bytes, NameSource::kFrameInfo};
  }
  return {};
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
