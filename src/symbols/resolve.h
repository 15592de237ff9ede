// Addresses of one module -> functions, files, lines and inlined calls.
//
//   symbols::ModuleSource source{.path = "/usr/bin/xz", .fd = fd, .build_id = id};
//   auto resolved = symbols::resolve_module(source, sorted_addresses, options);
//
// The module's file is read from `fd` when there is one (it was held from its first mapping, so it
// is the right file even when the path was replaced, unlinked, or lies in a container), else from
// `path` provided that the build id agrees. Debug files are looked for by build id and debug link.
// The functions that hold an address are kept whole in the symbol cache (cache_folder()/symbols/
// <build id>), so that a second time, at any address of theirs, costs no DWARF.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/host/result.h"
#include "base/types.h"

namespace hone::symbols {

struct ModuleSource {
  std::string path;                // as mapped in the target: "/usr/bin/xz", "[vdso]"
  int fd = -1;                     // borrowed
  std::span<const uint8_t> image;  // instead of a file: the bytes of the vDSO
  std::span<const uint8_t> build_id;
  std::string root;  // prefix for debug files of a container, "/proc/PID/root" or ""
};

struct Options {
  bool use_debuginfod = false;  // only when the user has configured it ($DEBUGINFOD_URLS)
  bool use_cache = true;
  std::vector<std::string> debug_folders = {"/usr/lib/debug"};
  unsigned threads = 2;  // at most, for large DWARF
};

// Where a function's name came from, best first.
enum class NameSource : uint8_t {
  kDwarf = 1,
  kSymtab = 2,
  kDynsym = 3,
  kMiniDebugInfo = 4,
  kPlt = 5,
  kFrameInfo = 6,  // stripped: only the function's bounds are known (its FDE); name is empty
  kUnknown = 7,    // not even that; name is empty, bounds are 0
  kKernel = 8,
  kJit = 9,
  kScript = 10,
};

struct Function {
  std::string name;     // demangled; empty when not known
  std::string mangled;  // as linked; empty when same as name
  Svma start{};         // of the physical function (0 for an inlined one)
  uint64_t bytes = 0;
  std::string file;  // of its declaration; empty when not known
  uint32_t line = 0;
  NameSource source = NameSource::kUnknown;
};

// One source-level frame at an address. `function` indexes ResolvedModule::functions, `file`
// ResolvedModule::files (0 = unknown in both senses of files: files[0] is "").
struct SourceFrame {
  uint32_t function = 0;
  uint32_t file = 0;
  uint32_t line = 0;
  bool inlined = false;  // this frame's code was inlined into the next one
};

// The source line of the code from `begin` up to the next range's.
struct LineRange {
  Svma begin{};
  uint32_t file = 0;  // as in SourceFrame; file and line 0: not known
  uint32_t line = 0;
};

// How well a module could be resolved; feeds the findings ("missing symbols, with the fix").
enum class SymbolState : uint8_t {
  kFull = 1,      // DWARF lines
  kNames = 2,     // symbol table, no lines
  kExports = 3,   // dynamic symbols only
  kStripped = 4,  // nothing but function bounds
  kNoFile = 5,    // the file could not be read
  kMismatch = 6,  // the file at the path has another build id
};

struct ResolvedModule {
  std::vector<Function> functions;
  std::vector<std::string> files;
  std::vector<SourceFrame> frames;    // innermost first within an address
  std::vector<uint32_t> first_frame;  // [addresses + 1]: frames of address i
  // Of all the code of the physical functions above, whether an address lies there or not, sorted;
  // that of inlined calls has the line inside them.
  std::vector<LineRange> lines;
  SymbolState state = SymbolState::kNoFile;
  std::string debug_file;  // where DWARF came from, empty when the module itself
  std::string producer;    // DW_AT_producer of the largest sampled unit, "" unknown
  bool optimised = true;   // false when the producer's flags say -O0 / none
  std::string missing;     // what was looked for and not found, for the person
  bool from_cache = false;
};

// `addresses`: sorted, unique, already the look-up address (return addresses minus one). Thread
// safe; different modules may be resolved at the same time.
Result<ResolvedModule> resolve_module(const ModuleSource& source, std::span<const Svma> addresses,
                                      const Options& options);

// The code bytes of [start, start + bytes), for annotate on another machine. Empty when not to be
// had.
std::vector<uint8_t> read_code(const ModuleSource& source, Svma start, uint64_t bytes);

// Demangles C++ (Itanium) and Rust (legacy and v0) names; other names come back as they are.
std::string demangle(const char* mangled);

}  // namespace hone::symbols
