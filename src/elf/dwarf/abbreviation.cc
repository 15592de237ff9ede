#include <algorithm>

#include "elf/dwarf/forms.h"
#include "elf/dwarf/unit.h"

namespace hone::elf::dwarf {
bool AbbreviationTable::read(Bytes section, const UnitHeader& unit, Budget& budget,
                             uint64_t only_code) {
  entries_.clear();
  specs_.clear();
  dense_ = true;
  if (unit.abbrev_offset >= section.size()) return false;
  base::ByteReader in(section.data() + unit.abbrev_offset, section.size() - unit.abbrev_offset);
  for (;;) {
    Abbreviation entry;
    entry.code = in.uleb();
    if (!in.ok()) return false;
    if (entry.code == 0) break;
    entry.tag = static_cast<uint16_t>(in.uleb());
    entry.has_children = in.u8() != 0;
    entry.first = static_cast<uint32_t>(specs_.size());
    int32_t fixed = 0;
    for (;;) {
      AttributeSpec spec;
      spec.name = static_cast<uint16_t>(in.uleb());
      spec.form = static_cast<uint16_t>(in.uleb());
      if (spec.form == kFormImplicitConst) spec.implicit = in.sleb();
      if (!in.ok() || !budget.take()) return false;
      if (spec.name == 0 && spec.form == 0) break;
      const int bytes = fixed_form_bytes(spec.form, unit);
      fixed = fixed < 0 || bytes < 0 || fixed > (1 << 20) ? -1 : fixed + bytes;
      entry.has_sibling |= spec.name == kAtSibling;
      specs_.push_back(spec);
    }
    entry.count = static_cast<uint32_t>(specs_.size()) - entry.first;
    entry.fixed_bytes = fixed;
    if (only_code && entry.code != only_code) {
      specs_.clear();
      continue;
    }
    dense_ = dense_ && entry.code == entries_.size() + 1;
    entries_.push_back(entry);
    if (only_code) break;
  }
  if (!dense_) {
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Abbreviation& a, const Abbreviation& b) { return a.code < b.code; });
  }
  return !entries_.empty();
}

const Abbreviation* AbbreviationTable::find(uint64_t code) const {
  if (dense_) return code - 1 < entries_.size() ? &entries_[code - 1] : nullptr;
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), code,
                                   [](const Abbreviation& a, uint64_t c) { return a.code < c; });
  return at != entries_.end() && at->code == code ? &*at : nullptr;
}

}  // namespace hone::elf::dwarf
