// Function symbols of one image, sorted by address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/host/result.h"
#include "elf/image.h"

namespace hone::elf {

struct Symbol {
  Svma svma{};
  // Of hand-written assembly without .size: up to the next symbol, at most to the section's end.
  // Such a symbol is left out where there are exports alone, since the next one is not known then.
  uint64_t bytes = 0;
  std::string_view name;  // mangled; a view into the image's bytes
  bool from_dynsym = false;
};

// STT_FUNC, STT_GNU_IFUNC and sized STT_NOTYPE in executable sections, of .symtab and .dynsym;
// aliases are reduced to one (prefers global over weak over local, .symtab over .dynsym).
std::vector<Symbol> read_function_symbols(const Image& image);
// The symbol that covers `address`: never the nearest one below it. nullptr when none does.
const Symbol* find_symbol(std::span<const Symbol> sorted, Svma address);

// Names like `memcpy@plt` for the slots of .plt, .plt.sec and .plt.got.
struct PltSlot {
  Svma svma{};
  uint64_t bytes = 0;
  std::string_view target;
};
std::vector<PltSlot> read_plt(const Image& image);  // sorted
const PltSlot* find_plt(std::span<const PltSlot> sorted, Svma address);

// Starts and sizes of the functions that `.eh_frame` knows, sorted: how a stripped function is
// named. O(FDEs).
struct FunctionRange {
  Svma start{};
  uint64_t bytes = 0;
};
std::vector<FunctionRange> read_function_ranges(const Image& image);
const FunctionRange* find_range(std::span<const FunctionRange> sorted, Svma address);

// `.gnu_debugdata`: the xz-compressed mini symbol file inside a stripped binary, inflated.
// NotFound when there is none.
Result<std::vector<uint8_t>> read_mini_debug_info(const Image& image, size_t bytes_max);
// `.gnu_debuglink`: file name and CRC; `.gnu_debugaltlink`: file name and build id.
struct DebugLink {
  std::string_view file_name;
  uint32_t crc = 0;
};
std::optional<DebugLink> read_debug_link(const Image& image);
// The CRC that a debug link names, of the whole debug file.
uint32_t debug_link_crc(std::span<const uint8_t> file);
struct AltLink {
  std::string_view file_name;
  std::span<const uint8_t> build_id;
};
std::optional<AltLink> read_alt_link(const Image& image);

}  // namespace hone::elf
