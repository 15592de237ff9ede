// Which module is mapped where in one process, as it changes over time.
#pragma once

#include <cstdint>
#include <vector>

#include "base/types.h"
#include "stacks/module.h"

namespace hone::stacks {

struct MappedRange {
  uint64_t begin = 0, end = 0;  // Avma
  uint64_t bias = 0;            // Avma - Svma (0 for anonymous code: addresses stay as mapped)
  Module* module = nullptr;
};

// Executable mappings only. Copying is how fork is told. A later mapping replaces what it
// overlaps (the kernel reports no munmap).
class AddressSpace {
 public:
  // More ranges than the kernel lets a process have (vm.max_map_count is 65530, unless raised) are
  // leftovers of mappings that are gone: beyond this, new ones are left out.
  static constexpr size_t kRangesMax = 1 << 17;

  // Costs O(ranges behind it). Mapping again what is mapped already changes nothing: code makers
  // that switch pages between writable and executable tell of the same range over and over.
  void map(uint64_t begin, uint64_t bytes, FileOffset offset, Module* module);
  void clear();
  // nullptr when nothing executable is mapped there. Valid until the next change.
  const MappedRange* find(uint64_t avma) const;
  const std::vector<MappedRange>& ranges() const { return ranges_; }
  // Changes with every change, and is shared by copies that did not change since: rules cached for
  // a parent serve its forked children.
  uint64_t generation() const { return generation_; }

 private:
  std::vector<MappedRange> ranges_;  // sorted, not overlapping
  uint64_t generation_ = next_generation();
  static uint64_t next_generation();
};

}  // namespace hone::stacks
