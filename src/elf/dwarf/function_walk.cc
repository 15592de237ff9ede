#include "elf/dwarf/function_walk.h"

#include <algorithm>

namespace hone::elf::dwarf {
namespace {

bool may_hold_functions(uint16_t tag) {
  switch (tag) {
    case kTagNamespace:
    case kTagModule:
    case kTagClassType:
    case kTagStructureType:
    case kTagUnionType:
    case kTagInterfaceType:
    case kTagLexicalBlock:
    case kTagSubprogram:
    case kTagInlinedSubroutine:
      return true;
    default:
      return false;
  }
}

// Damage: nothing behind it can be made sense of, so the walk ends here.
bool stop(base::ByteReader& in) {
  in = {};
  return false;
}

}  // namespace

FunctionWalk::FunctionWalk(const Unit& unit, std::span<const uint64_t> sorted, uint64_t text_begin)
    : unit_(unit), sorted_(sorted), text_begin_(text_begin), taken_(sorted.size(), 0) {
  walk(false);
  if (std::find(taken_.begin(), taken_.end(), 0) != taken_.end()) walk(true);
}

void FunctionWalk::walk(bool thorough) {
  base::ByteReader in = unit_.reader_at(unit_.header().first_die);
  const uint8_t* info = unit_.file().sections().info.data();
  int depth = 0;
  open_.clear();
  while (!in.at_end()) {
    const auto offset = static_cast<uint64_t>(in.cursor() - info);
    const uint64_t code = in.uleb();
    if (code == 0) {
      if (--depth <= 0) return;
      while (!open_.empty() && open_.back().depth >= depth) open_.pop_back();
      continue;
    }
    const Abbreviation* abbreviation = unit_.abbreviations().find(code);
    if (!abbreviation) return;
    if (enters(in, *abbreviation, offset, thorough, depth)) ++depth;
    if (!in.ok() || depth == 0) return;
  }
}

// Reads one entry. True when its children come next.
bool FunctionWalk::enters(base::ByteReader& in, const Abbreviation& abbreviation, uint64_t offset,
                          bool thorough, int depth) {
  const bool children = abbreviation.has_children;
  if (abbreviation.tag == kTagSubprogram) {
    Die die;
    die.offset = offset;
    if (!unit_.read_die(in, abbreviation, &die)) return stop(in);
    if (claim(die)) {
      if (!children) return false;
      const auto end = static_cast<uint32_t>(parts_.size());
      uint32_t first = end;
      while (first > 0 && parts_[first - 1].function == functions_.size() - 1) --first;
      open_.push_back({depth, first, end});
      return true;
    }
    return children && (thorough || !leap(in, die.sibling, offset));
  }
  if (abbreviation.tag == kTagInlinedSubroutine && !open_.empty()) {
    Die die;
    die.offset = offset;
    if (!unit_.read_die(in, abbreviation, &die)) return stop(in);
    if (add_call(die, depth)) return children;
    return children && (thorough || !leap(in, die.sibling, offset));
  }
  const bool inside = may_hold_functions(abbreviation.tag);
  const bool scope = abbreviation.tag == kTagNamespace || abbreviation.tag == kTagModule ||
                     (abbreviation.tag == kTagLexicalBlock && !open_.empty());
  if (!children || !abbreviation.has_sibling || scope || (inside && thorough)) {
    return unit_.skip_die(in, abbreviation) ? children : stop(in);
  }
  base::ByteReader attributes = in;
  if (const auto sibling = unit_.sibling_of(attributes, abbreviation)) {
    const base::ByteReader there = unit_.reader_at(*sibling);
    if (*sibling > offset && !there.at_end()) {
      in = there;
      return false;
    }
  }
  return unit_.skip_die(in, abbreviation) || stop(in);
}

bool FunctionWalk::leap(base::ByteReader& in, const Value& sibling, uint64_t offset) {
  const auto to = unit_.reference(sibling);
  if (!to || to->alternate || to->offset <= offset) return false;
  const base::ByteReader there = unit_.reader_at(to->offset);
  if (there.at_end()) return false;
  in = there;
  return true;
}

bool FunctionWalk::claim(const Die& die) {
  if (!die.low_pc && !die.ranges) return false;
  const auto id = static_cast<uint32_t>(functions_.size());
  bool found = false;
  unit_.for_each_range(die, [&](uint64_t low, uint64_t high) {
    if (low < text_begin_) return;
    auto at = static_cast<size_t>(std::lower_bound(sorted_.begin(), sorted_.end(), low) -
                                  sorted_.begin());
    bool is_part = false;
    for (; at < sorted_.size() && sorted_[at] < high; ++at) {
      if (!unit_.budget().take()) return;
      if (taken_[at]) continue;
      taken_[at] = 1;
      if (!is_part) parts_.push_back({id, low, high, sorted_[at]});
      is_part = true;
    }
    found |= is_part;
  });
  if (found) functions_.push_back(die);
  return found;
}

bool FunctionWalk::add_call(const Die& die, int depth) {
  const Open& open = open_.back();
  const auto entry = static_cast<uint32_t>(inlined_.size());
  bool found = false;
  unit_.for_each_range(die, [&](uint64_t low, uint64_t high) {
    for (uint32_t i = open.first_part; i < open.end_part; ++i) {
      if (!unit_.budget().take()) return;
      const Part& part = parts_[i];
      const uint64_t begin = std::max(low, part.low), end = std::min(high, part.high);
      if (begin >= end) continue;
      calls_.push_back({i, entry, begin, end, static_cast<uint32_t>(depth)});
      found = true;
    }
  });
  if (found) inlined_.push_back(die);
  return found;
}

}  // namespace hone::elf::dwarf
