// Where the debug information of a module is: in itself, in a file named by its build id or debug
// link, or on a debuginfod server.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "symbols/module_file.h"

namespace hone::symbols {

struct DebugFiles {
  std::optional<ElfFile> separate;   // the debug file, when the module has no DWARF itself
  std::optional<ElfFile> alternate;  // the dwz file
  std::optional<ElfFile> package;    // the .dwp
  bool has_dwarf = false;
  std::vector<std::string> looked_for;  // and not found
};

// `module` must outlive what is returned.
DebugFiles find_debug_files(const ElfFile& module, const ModuleSource& source,
                            const Options& options);

// The paths where a debug file is looked for by build id, best first; cheap.
std::vector<std::string> build_id_paths(const ModuleSource& source, const Options& options);

// Where a split unit may lie: as its unit says, else beside the module (it was moved with it).
std::vector<std::string> split_unit_paths(const ElfFile& module, std::string_view root,
                                          std::string_view comp_dir, std::string_view name);

// Asks the servers of $DEBUGINFOD_URLS, for at most ten seconds; the path of the file in the
// client's own cache. NotFound when none has it, Unsupported without libdebuginfod.
Result<std::string> fetch_debug_file(std::span<const uint8_t> build_id);
bool debuginfod_configured();

}  // namespace hone::symbols
