// Addresses of one image -> source lines, functions and inlined calls, from its DWARF (versions 2
// to 5: with or without .debug_aranges, split, packaged, compressed, deduplicated by dwz).
//
//   HONE_TRY_ASSIGN(auto info, elf::DebugInfo::open({.image = &image}));
//   elf::DebugMap found = info.map(sorted_addresses, 2, open_split_unit);
//   found.code.for_each_frame(sorted_addresses, ...);
//
// Reads the units alone that hold one of the addresses, each once, and of these the functions that
// do, whole: what is kept of them answers for every other address in them. No file is opened here:
// the caller hands over images, and is asked for split units by name.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/host/function_ref.h"
#include "base/host/result.h"
#include "elf/code_map.h"
#include "elf/image.h"

namespace hone::elf {

struct DebugFunction {
  std::string linkage_name;  // mangled; empty when there is none (C, or internal to its unit)
  std::string name;          // the last part alone when there is a linkage name, else with scopes
  Svma start{};              // of the part of the function that holds the address (a function may
  uint64_t bytes = 0;        // be cut in a hot and a cold part); 0 and 0 for an inlined call
  std::string file;          // of its declaration, "" unknown
  uint32_t line = 0;
};

// What is known of the code around some addresses: whole functions, or parts of them.
struct DebugMap {
  CodeMap code;  // settled
  std::vector<DebugFunction> functions;
  std::vector<std::string> files;    // files[0] is ""
  std::string producer;              // of the unit with most of the addresses, "" unknown
  uint32_t unit_count = 0;           // units that hold an address
  uint32_t split_missing_count = 0;  // of these, split units that were not to be had
  std::string split_missing;         // the name of one
};

class DebugInfo {
 public:
  struct Sources {
    const Image* image = nullptr;      // with .debug_info
    const Image* alternate = nullptr;  // the dwz file that .gnu_debugaltlink names
    const Image* package = nullptr;    // the .dwp
  };
  // Asked for a split unit (.dwo): returns the bytes of the file, which must outlive the call of
  // map(), or none.
  using OpenSplit =
      base::FunctionRef<std::span<const uint8_t>(std::string_view comp_dir, std::string_view name)>;

  // The images must outlive it. NotFound when `image` has no DWARF. Inflates compressed sections
  // and reads the headers of all units.
  static Result<DebugInfo> open(const Sources& sources);
  DebugInfo(DebugInfo&&) noexcept;
  DebugInfo& operator=(DebugInfo&&) noexcept;
  ~DebugInfo();

  // `addresses`: sorted, unique. Uses up to `threads` threads when there is much to read;
  // `open_split` is called on the calling thread alone. Damaged parts give nothing, never a
  // failure.
  DebugMap map(std::span<const Svma> addresses, unsigned threads, OpenSplit open_split) const;

 private:
  struct Files;
  explicit DebugInfo(std::unique_ptr<Files> files);
  std::unique_ptr<Files> files_;
};

}  // namespace hone::elf
