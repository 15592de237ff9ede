// Names of functions from their entries: through abstract origins and specifications, over units
// and into the alternate (dwz) file. Caches what it reads; one for each thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "elf/dwarf/line_table.h"
#include "elf/dwarf/unit.h"

namespace hone::elf::dwarf {

// The parts of a unit that give names their scope: namespaces and types, as they lie in it.
class Scopes {
 public:
  explicit Scopes(const Unit& unit);
  // "outer::inner" around the entry at `offset`; "" at the top.
  std::string around(const Unit& unit, uint64_t offset) const;

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};
  struct Scope {
    uint64_t begin = 0, end = 0;
    uint32_t parent = kNone;
    uint16_t tag = 0;
    Value name;
  };
  std::vector<Scope> scopes_;  // sorted by begin
};

struct LoadedUnit {
  LoadedUnit(const File& file, const UnitHeader& header, const File* alternate, Budget& budget)
      : unit(file, header, alternate, budget) {}

  Unit unit;
  bool good = false;
  const LoadedUnit* skeleton = nullptr;
  std::optional<Scopes> scopes;
  std::optional<LineTable> lines;
  std::unordered_map<uint64_t, std::string> paths;
};

class UnitPool {
 public:
  // `alternate` (may be nullptr), the files and the budget must outlive the pool.
  UnitPool(const File* alternate, Budget& budget) : alternate_(alternate), budget_(&budget) {}

  // Never null; `good` tells whether it could be read.
  LoadedUnit& get(const File& file, const UnitHeader& header);
  const std::string& path(LoadedUnit& unit, uint64_t file);
  const File* alternate() const { return alternate_; }

 private:
  struct Key {
    const File* file;
    uint64_t offset;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const {
      return reinterpret_cast<uintptr_t>(key.file) * 31 + key.offset * 0x9e3779b97f4a7c15u;
    }
  };
  const File* alternate_;
  Budget* budget_;
  std::unordered_map<Key, std::unique_ptr<LoadedUnit>, KeyHash> units_;
};

struct FunctionName {
  std::string linkage_name;  // mangled, "" when there is none
  std::string name;          // with its scopes
  std::string file;
  uint32_t line = 0;
};
FunctionName read_name(UnitPool& pool, LoadedUnit& unit, const Die& die);

}  // namespace hone::elf::dwarf
