// What is known of one module: its code around the addresses that were asked for, with functions
// and files as they go into the symbol cache.
#pragma once

#include <string>
#include <vector>

#include "elf/code_map.h"
#include "symbols/resolve.h"

namespace hone::symbols {

// A function whose name may still be mangled: of the many that are inlined somewhere in the code
// that ran, few are met by an address, and demangling costs more than finding them.
struct MappedFunction {
  Function function;      // with `demangle`, its name is what follows the demangled one
  bool demangle = false;  // function.mangled
};

// The function as people see it.
Function finished(MappedFunction from);

struct ModuleMap {
  elf::CodeMap code;  // settled; every extent has a function
  std::vector<MappedFunction> functions;
  std::vector<std::string> files = {""};
  SymbolState state = SymbolState::kNoFile;
  std::string debug_file, producer, missing;  // as in ResolvedModule
  bool optimised = true;
};

}  // namespace hone::symbols
