// Names of physical functions from everything but DWARF: symbol tables, PLT slots, function bounds.
#pragma once

#include <optional>
#include <vector>

#include "elf/symbol_table.h"
#include "symbols/debug_files.h"

namespace hone::symbols {

class NameTables {
 public:
  // `module` and `debug` must outlive it. Tables are read when they are first needed.
  NameTables(const ElfFile& module, const DebugFiles& debug);

  struct Found {
    std::string_view mangled;     // empty for a function known by its bounds alone
    std::string_view plt_target;  // for a PLT slot
    Svma start{};
    uint64_t bytes = 0;
    NameSource source = NameSource::kUnknown;
    // The code around the address for which the answer is the same: not the whole function where
    // others lie inside it.
    Svma same_begin{}, same_end{};
  };
  // The function that holds `address`; never the nearest one.
  Found find(Svma address);
  // The symbol of a full symbol table that covers `address`; nullptr when there is none.
  const elf::Symbol* symbol(Svma address);

  // Where the functions of the full symbol tables start; sorted, unique.
  std::vector<Svma> starts();

  bool has_symtab();  // .symtab of the module or its debug file, or mini debug info
  bool has_exports();

 private:
  void read_symbols();
  void read_rest();

  const ElfFile& module_;
  const DebugFiles& debug_;
  bool symbols_read_ = false, rest_read_ = false;
  std::vector<elf::Symbol> full_, debug_symbols_, mini_, exports_;
  std::vector<uint8_t> mini_bytes_;
  std::optional<elf::Image> mini_image_;
  std::vector<elf::PltSlot> plt_;
  std::vector<elf::FunctionRange> ranges_;
};

}  // namespace hone::symbols
