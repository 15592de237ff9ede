#include "elf/dwarf/names.h"

#include <algorithm>

namespace hone::elf::dwarf {
namespace {

// An instance leads to an abstract one, that to a declaration: three steps, with room to spare.
constexpr int kChainMax = 8;
constexpr size_t kScopeDepthMax = 64;

bool is_scope(uint16_t tag) {
  switch (tag) {
    case kTagNamespace:
    case kTagModule:
    case kTagClassType:
    case kTagStructureType:
    case kTagUnionType:
    case kTagInterfaceType:
    case kTagEnumerationType:
    case kTagSubprogram:
      return true;  // around local classes: lambdas above all
    default:
      return false;
  }
}

bool has_scopes(uint16_t language) {
  return language != kLanguageAssembler &&
         std::find(std::begin(kLanguagesOfC), std::end(kLanguagesOfC), language) ==
             std::end(kLanguagesOfC);
}

}  // namespace

Scopes::Scopes(const Unit& unit) {
  base::ByteReader in = unit.reader_at(unit.header().first_die);
  const uint8_t* info = unit.file().sections().info.data();
  std::vector<uint32_t> open;  // by depth: the scope that starts there, or kNone
  uint32_t current = kNone;
  while (!in.at_end() && open.size() < (size_t{1} << 16)) {
    const auto offset = static_cast<uint64_t>(in.cursor() - info);
    const uint64_t code = in.uleb();
    if (code == 0) {
      if (open.empty()) break;
      if (const uint32_t closed = open.back(); closed != kNone) {
        scopes_[closed].end = offset;
        current = scopes_[closed].parent;
      }
      open.pop_back();
      if (open.empty()) break;
      continue;
    }
    const Abbreviation* abbreviation = unit.abbreviations().find(code);
    if (!abbreviation || !in.ok()) break;
    if (!is_scope(abbreviation->tag) || !abbreviation->has_children) {
      if (!unit.skip_die(in, *abbreviation)) break;
      if (abbreviation->has_children) open.push_back(kNone);
      continue;
    }
    Die die;
    if (!unit.read_die(in, *abbreviation, &die)) break;
    open.push_back(static_cast<uint32_t>(scopes_.size()));
    scopes_.push_back({offset, unit.header().end, current, die.tag, die.name});
    current = open.back();
  }
}

std::string Scopes::around(const Unit& unit, uint64_t offset) const {
  const auto after = std::upper_bound(scopes_.begin(), scopes_.end(), offset,
                                      [](uint64_t at, const Scope& s) { return at < s.begin; });
  auto at = static_cast<uint32_t>(after - scopes_.begin()) - 1;
  if (after == scopes_.begin()) at = kNone;
  while (at != kNone && (scopes_[at].end <= offset || scopes_[at].begin == offset)) {
    at = scopes_[at].parent;
  }
  const bool dots = unit.language() == kLanguageD || unit.language() == kLanguageGo;
  const std::string_view separator = dots ? "." : "::";
  std::string out;
  for (size_t depth = 0; at != kNone && depth < kScopeDepthMax; ++depth) {
    const Scope& scope = scopes_[at];
    std::string name(unit.string(scope.name));
    at = scope.parent;
    if (name.empty()) {
      if (scope.tag == kTagSubprogram) continue;
      name = scope.tag == kTagNamespace ? "(anonymous namespace)" : "{lambda}";
    }
    if (!out.empty()) name += separator;
    out.insert(0, name);
  }
  return out;
}

LoadedUnit& UnitPool::get(const File& file, const UnitHeader& header) {
  std::unique_ptr<LoadedUnit>& slot = units_[{&file, header.offset}];
  if (!slot) {
    const File* alternate = &file == alternate_ ? nullptr : alternate_;
    slot = std::make_unique<LoadedUnit>(file, header, alternate, *budget_);
    slot->good = slot->unit.load(true);
    if (slot->good) slot->lines = LineTable::read(slot->unit);
  }
  return *slot;
}

const std::string& UnitPool::path(LoadedUnit& unit, uint64_t file) {
  const auto [slot, is_new] = unit.paths.try_emplace(file);
  if (is_new) {
    // The file numbers of a split unit count in its skeleton's table.
    const LoadedUnit& owner = unit.skeleton ? *unit.skeleton : unit;
    if (owner.lines) slot->second = owner.lines->path(file);
  }
  return slot->second;
}

FunctionName read_name(UnitPool& pool, LoadedUnit& start, const Die& start_die) {
  FunctionName out;
  LoadedUnit* unit = &start;
  Die die = start_die;
  std::string_view name;
  for (int step = 0; step < kChainMax; ++step) {
    if (out.linkage_name.empty()) out.linkage_name = unit->unit.string(die.linkage_name);
    if (out.line == 0) out.line = static_cast<uint32_t>(die.decl_line);
    // The file is written only where it differs from that of the entry referred to.
    if (out.file.empty() && die.decl_file != Die::kNoFile) {
      out.file = pool.path(*unit, die.decl_file);
    }
    if (name.empty()) name = unit->unit.string(die.name);
    const Value& next = die.specification ? die.specification : die.origin;
    const auto to = unit->unit.reference(next);
    if (!to) break;
    const File* file = to->alternate ? pool.alternate() : &unit->unit.file();
    const UnitHeader* header = file ? file->unit_at(to->offset) : nullptr;
    if (!header) break;
    // A split unit in a package is the same one wherever it is referred to.
    LoadedUnit& loaded = header->offset == unit->unit.header().offset && file == &unit->unit.file()
                             ? *unit
                             : pool.get(*file, *header);
    auto found = loaded.good ? loaded.unit.die_at(to->offset) : std::nullopt;
    if (!found) break;
    unit = &loaded;
    die = *found;
  }
  if (name.empty()) return out;
  out.name = name;
  if (!out.linkage_name.empty() || !has_scopes(unit->unit.language())) return out;
  // The last entry of the chain is the declaration, which lies in its scope.
  if (!unit->scopes) unit->scopes.emplace(unit->unit);
  const std::string around = unit->scopes->around(unit->unit, die.offset);
  if (!around.empty()) out.name.insert(0, around + "::");
  return out;
}

}  // namespace hone::elf::dwarf
