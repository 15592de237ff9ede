// For the fuzzer and the tests of damaged files: reads everything that can be read from an ELF
// file, as the rooms above would.
#pragma once

#include <algorithm>
#include <vector>

#include "elf/debug_info.h"
#include "elf/hone_sites.h"
#include "elf/image.h"
#include "elf/symbol_table.h"

namespace hone::elf {

// True when the bytes could be parsed as an image at all.
inline bool exercise(std::span<const uint8_t> bytes) {
  constexpr size_t kMiniBytesMax = size_t{1} << 20;
  constexpr size_t kAddressesMax = 64;
  const auto image = Image::parse(bytes);
  if (!image) return false;
  const auto symbols = read_function_symbols(*image);
  const auto slots = read_plt(*image);
  const auto ranges = read_function_ranges(*image);
  (void)built_in_sites(*image);
  (void)read_debug_link(*image);
  (void)read_alt_link(*image);
  (void)image->debug_frame();
  (void)image->eh_frame_header();
  if (const auto mini = read_mini_debug_info(*image, kMiniBytesMax)) {
    if (const auto inner = Image::parse(*mini)) (void)read_function_symbols(*inner);
  }
  std::vector<Svma> addresses;
  for (const FunctionRange& range : ranges) {
    if (addresses.size() < kAddressesMax) addresses.push_back(Svma{raw(range.start) + 1});
  }
  for (const Segment& segment : image->segments()) {
    (void)image->svma_of(segment.offset);
    (void)image->svma_of_mapping(segment.offset, segment.executable);
    (void)image->bytes_at(segment.svma, 1);
    addresses.push_back(segment.svma);
    addresses.push_back(Svma{raw(segment.svma) + segment.memory_bytes / 2});
  }
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  for (const Svma address : addresses) {
    (void)find_symbol(symbols, address);
    (void)find_range(ranges, address);
    (void)find_plt(slots, address);
  }
  // The file serves as its own alternate file, package and split unit, whatever it is.
  const auto debug = DebugInfo::open({.image = &*image, .alternate = &*image, .package = &*image});
  if (debug) {
    const DebugMap map =
        debug->map(addresses, 1, [&](std::string_view, std::string_view) { return bytes; });
    map.code.for_each_frame(addresses, [](size_t, const CodeMap::Frame&) {});
  }
  return true;
}

}  // namespace hone::elf
