// The DWARF sections of one ELF file, inflated where they are compressed, and the headers of its
// units. Immutable once open, so that threads share it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/host/file.h"
#include "base/host/result.h"
#include "elf/image.h"

namespace hone::elf::dwarf {

using Bytes = std::span<const uint8_t>;

// The sections that resolving an address needs; location lists, types and macros are never read.
struct Sections {
  Bytes info, abbrev, str, line, line_str, ranges, rnglists, addr, str_offsets, unit_index;
};

struct UnitHeader {
  uint64_t offset = 0;  // of the unit in .debug_info
  uint64_t end = 0;
  uint64_t first_die = 0;
  uint64_t abbrev_offset = 0;
  uint64_t dwo_id = 0;  // in the header since DWARF 5
  // Where this unit's part of the shared sections starts: not 0 in a package (.dwp) alone.
  uint64_t str_offsets_part = 0;
  uint64_t rnglists_part = 0;
  uint64_t ranges_part = 0;
  uint16_t version = 0;
  uint8_t type = 0;
  uint8_t offset_bytes = 4;
  uint8_t address_bytes = 8;
};

class File {
 public:
  // `image` must outlive the file. NotFound when it has no .debug_info (nor .debug_info.dwo).
  static Result<File> open(const Image& image);

  const Sections& sections() const { return sections_; }
  const std::vector<UnitHeader>& units() const { return units_; }
  bool is_split() const { return split_; }  // a .dwo or .dwp
  // The unit that holds a byte of .debug_info.
  const UnitHeader* unit_at(uint64_t info_offset) const;
  // The unit with this id in a package, by its index.
  std::optional<UnitHeader> packaged_unit(uint64_t dwo_id) const;

 private:
  Result<void> read_units();

  Sections sections_;
  std::vector<UnitHeader> units_;
  std::vector<base::Mapping> inflated_;
  bool split_ = false;
};

// What a section holds, inflated into `storage` when it is compressed (SHF_COMPRESSED with zlib or
// zstd, or the older .zdebug_ form).
Result<Bytes> section_content(const SectionView& section, std::vector<base::Mapping>& storage);

}  // namespace hone::elf::dwarf
