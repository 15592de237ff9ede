#include "elf/dwarf/file.h"

#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "elf/dwarf/constants.h"

namespace hone::elf::dwarf {
namespace {

struct SectionName {
  std::string_view suffix;
  Bytes Sections::*bytes;
};

constexpr SectionName kSections[] = {
    {"info", &Sections::info},
    {"abbrev", &Sections::abbrev},
    {"str", &Sections::str},
    {"line", &Sections::line},
    {"line_str", &Sections::line_str},
    {"ranges", &Sections::ranges},
    {"rnglists", &Sections::rnglists},
    {"addr", &Sections::addr},
    {"str_offsets", &Sections::str_offsets},
    {"cu_index", &Sections::unit_index},
};

// The columns of a package's index (DWARF 5, 7.3.5.3; the GNU form for DWARF 4 shares those used
// here but for its numbers of range lists, which it has none of).
enum Column : uint32_t {
  kColumnInfo = 1,
  kColumnAbbrev = 3,
  kColumnStrOffsets = 6,
  kColumnRnglists = 8
};
constexpr uint32_t kColumnsMax = 16;

std::optional<UnitHeader> read_header(Bytes info, uint64_t offset) {
  base::ByteReader in(info.data() + offset, info.size() - offset);
  UnitHeader unit;
  unit.offset = offset;
  uint64_t length = in.u32();
  if (length == 0xffffffff) {
    length = in.u64();
    unit.offset_bytes = 8;
  } else if (length >= 0xfffffff0) {
    return std::nullopt;
  }
  if (!in.ok() || length > in.remaining()) return std::nullopt;
  unit.end = offset + in.position() + length;
  const auto section_offset = [&] { return unit.offset_bytes == 8 ? in.u64() : in.u32(); };
  unit.version = in.u16();
  if (unit.version >= 5) {
    unit.type = in.u8();
    unit.address_bytes = in.u8();
    unit.abbrev_offset = section_offset();
    if (unit.type == kUnitSkeleton || unit.type == kUnitSplitCompile) {
      unit.dwo_id = in.u64();
    } else if (unit.type == kUnitType || unit.type == kUnitSplitType) {
      in.u64();
      section_offset();
    }
  } else {
    unit.type = kUnitCompile;
    unit.abbrev_offset = section_offset();
    unit.address_bytes = in.u8();
  }
  unit.first_die = offset + in.position();
  if (!in.ok() || unit.first_die > unit.end) return std::nullopt;
  return unit;
}

bool readable(const UnitHeader& unit) {
  return unit.version >= 2 && unit.version <= 5 &&
         (unit.address_bytes == 8 || unit.address_bytes == 4);
}

}  // namespace

Result<File> File::open(const Image& image) {
  File file;
  for (const SectionView& section : image.sections()) {
    std::string_view name = section.name;
    if (name.starts_with(".zdebug_")) {
      name.remove_prefix(8);
    } else if (name.starts_with(".debug_")) {
      name.remove_prefix(7);
    } else {
      continue;
    }
    const bool split = name.ends_with(".dwo");
    if (split) name.remove_suffix(4);
    for (const SectionName& known : kSections) {
      if (name != known.suffix || !(file.sections_.*known.bytes).empty()) continue;
      HONE_TRY_ASSIGN(file.sections_.*known.bytes, section_content(section, file.inflated_));
      if (known.suffix == "info") file.split_ = split;
    }
  }
  if (file.sections_.info.empty()) return fail(Code::NotFound, "no .debug_info");
  HONE_TRY(file.read_units());
  return file;
}

Result<void> File::read_units() {
  uint64_t offset = 0;
  while (offset < sections_.info.size()) {
    const auto unit = read_header(sections_.info, offset);
    // A damaged length hides all that follows; what came before still serves.
    if (!unit) break;
    if (readable(*unit)) units_.push_back(*unit);
    offset = unit->end;
  }
  if (units_.empty()) return fail(Code::Corrupt, ".debug_info has no unit that can be read");
  return {};
}

const UnitHeader* File::unit_at(uint64_t info_offset) const {
  const auto after =
      std::upper_bound(units_.begin(), units_.end(), info_offset,
                       [](uint64_t at, const UnitHeader& unit) { return at < unit.offset; });
  if (after == units_.begin()) return nullptr;
  const UnitHeader& unit = *(after - 1);
  return info_offset < unit.end ? &unit : nullptr;
}

std::optional<UnitHeader> File::packaged_unit(uint64_t dwo_id) const {
  base::ByteReader in(sections_.unit_index.data(), sections_.unit_index.size());
  const uint32_t version = in.u32() & 0xffff;  // 4 bytes before DWARF 5, then 2 and padding
  const uint32_t columns = in.u32();
  const uint32_t units = in.u32();
  const uint64_t slots = in.u32();
  if (!in.ok() || columns > kColumnsMax || (version != 2 && version != 5)) return std::nullopt;
  const uint8_t* ids = in.take(slots * 8);
  const uint8_t* rows = in.take(slots * 4);
  const uint8_t* kinds = in.take(size_t{columns} * 4);
  const uint8_t* offsets = in.take(size_t{columns} * units * 4);
  if (!in.ok()) return std::nullopt;
  const auto word = [](const uint8_t* table, uint64_t index) {
    return base::ByteReader(table + index * 4, 4).u32();
  };
  uint32_t row = 0;
  for (uint64_t slot = 0; slot < slots && row == 0; ++slot) {
    if (base::ByteReader(ids + slot * 8, 8).u64() == dwo_id) row = word(rows, slot);
  }
  if (row == 0 || row > units) return std::nullopt;

  uint64_t part[kColumnsMax] = {};
  bool has_info = false;
  for (uint32_t column = 0; column < columns; ++column) {
    const uint32_t kind = word(kinds, column);
    if (kind >= kColumnsMax) continue;
    part[kind] = word(offsets, uint64_t{row - 1} * columns + column);
    has_info |= kind == kColumnInfo;
  }
  if (!has_info || part[kColumnInfo] >= sections_.info.size()) return std::nullopt;
  auto unit = read_header(sections_.info, part[kColumnInfo]);
  if (!unit || !readable(*unit)) return std::nullopt;
  unit->abbrev_offset += part[kColumnAbbrev];
  unit->str_offsets_part = part[kColumnStrOffsets];
  if (version == 5) unit->rnglists_part = part[kColumnRnglists];
  unit->dwo_id = dwo_id;
  return unit;
}

}  // namespace hone::elf::dwarf
