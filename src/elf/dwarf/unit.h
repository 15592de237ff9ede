// One unit of .debug_info: its abbreviations, the values of its attributes, and its root's.
//
// A unit is read by one thread; each thread makes its own. Input is hostile: every read is checked,
// and work that a damaged file could multiply (shared abbreviations, range lists named by many
// entries) is taken from a budget.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/host/function_ref.h"
#include "elf/dwarf/constants.h"
#include "elf/dwarf/file.h"

namespace hone::elf::dwarf {

// Steps left for work that is not bounded by the size of the input alone. Real files need a
// thousandth of this.
struct Budget {
  int64_t steps = int64_t{1} << 29;
  bool take(int64_t count = 1) { return (steps -= count) > 0; }
};

// An attribute as it stands: the number, or where the string is.
struct Value {
  uint16_t form = 0;  // 0: the attribute is not there
  uint64_t number = 0;
  std::string_view text;  // DW_FORM_string
  explicit operator bool() const { return form != 0; }
};

struct AttributeSpec {
  uint16_t name = 0;
  uint16_t form = 0;
  int64_t implicit = 0;
};

struct Abbreviation {
  uint64_t code = 0;
  uint16_t tag = 0;
  bool has_children = false;
  bool has_sibling = false;
  int32_t fixed_bytes = -1;  // of all attributes together, -1 when it varies
  uint32_t first = 0;        // into AbbreviationTable::specs
  uint32_t count = 0;
};

class AbbreviationTable {
 public:
  // Reads the table; with `only_code` it stops behind that entry.
  bool read(Bytes section, const UnitHeader& unit, Budget& budget, uint64_t only_code = 0);
  const Abbreviation* find(uint64_t code) const;
  std::span<const AttributeSpec> specs(const Abbreviation& a) const {
    return {specs_.data() + a.first, a.count};
  }

 private:
  std::vector<Abbreviation> entries_;
  std::vector<AttributeSpec> specs_;
  bool dense_ = true;  // entry i has code i + 1
};

// What Hone reads of an entry.
struct Die {
  uint64_t offset = 0;
  uint16_t tag = 0;
  bool has_children = false;
  Value sibling, name, linkage_name, low_pc, high_pc, ranges, origin, specification;
  // Files count from 0 since DWARF 5, so that absence needs a number of its own.
  static constexpr uint64_t kNoFile = ~uint64_t{0};
  uint64_t decl_file = kNoFile, decl_line = 0, call_file = kNoFile, call_line = 0;
};

class Unit {
 public:
  // `file`, `alternate` (the dwz file, may be nullptr) and `budget` must outlive the unit.
  Unit(const File& file, const UnitHeader& header, const File* alternate, Budget& budget)
      : file_(&file), header_(header), alternate_(alternate), budget_(&budget) {}

  // Reads the root; with `whole`, all abbreviations too, which the walks below need.
  bool load(bool whole);
  // For a split unit: the addresses and ranges of its skeleton, which must outlive it.
  void attach_to(const Unit& skeleton) { skeleton_ = &skeleton; }

  const File& file() const { return *file_; }
  const UnitHeader& header() const { return header_; }
  const AbbreviationTable& abbreviations() const { return abbreviations_; }
  Budget& budget() const { return *budget_; }

  // Of the root.
  const Die& root() const { return root_; }
  std::string_view comp_dir() const { return string(comp_dir_); }
  std::string_view producer() const { return string(producer_); }
  std::string_view dwo_name() const { return string(dwo_name_); }
  uint64_t dwo_id() const { return header_.dwo_id ? header_.dwo_id : gnu_dwo_id_; }
  uint16_t language() const { return language_; }
  const Value& stmt_list() const { return stmt_list_; }

  base::ByteReader reader_at(uint64_t offset) const;
  // Reads the attributes of the entry whose code was read just before; false at damage.
  bool read_die(base::ByteReader& in, const Abbreviation& abbreviation, Die* out) const;
  bool skip_die(base::ByteReader& in, const Abbreviation& abbreviation) const;
  std::optional<Die> die_at(uint64_t offset) const;
  // Where the entry ends, children and all, when it says so; consumes attributes.
  std::optional<uint64_t> sibling_of(base::ByteReader& in, const Abbreviation& abbreviation) const;
  bool read_value(base::ByteReader& in, uint16_t form, int64_t implicit, Value* out) const;

  std::string_view string(const Value& value) const;
  std::optional<uint64_t> address(const Value& value) const;
  // Where a reference leads: an offset in .debug_info of this file, or of the alternate one.
  struct Reference {
    uint64_t offset = 0;
    bool alternate = false;
  };
  std::optional<Reference> reference(const Value& value) const;
  // The ranges [low, high) of an entry of this unit.
  void for_each_range(const Die& die, base::FunctionRef<void(uint64_t, uint64_t)> range) const;

 private:
  bool skip_value(base::ByteReader& in, uint16_t form) const;
  void read_root_value(uint16_t name, const Value& value);
  std::string_view indexed_string(uint64_t index) const;
  std::optional<uint64_t> indexed_address(uint64_t index) const;
  std::optional<uint64_t> base_address() const;
  void list_ranges(uint64_t offset, base::FunctionRef<void(uint64_t, uint64_t)> range) const;
  void list_rnglists(uint64_t offset, base::FunctionRef<void(uint64_t, uint64_t)> range) const;

  const File* file_;
  UnitHeader header_;
  const File* alternate_;
  Budget* budget_;
  const Unit* skeleton_ = nullptr;
  AbbreviationTable abbreviations_;
  Die root_;
  Value comp_dir_, producer_, dwo_name_, stmt_list_;
  uint64_t gnu_dwo_id_ = 0;
  uint16_t language_ = 0;
  std::optional<uint64_t> str_offsets_base_, addr_base_, rnglists_base_;
  uint64_t gnu_ranges_base_ = 0;
};

}  // namespace hone::elf::dwarf
