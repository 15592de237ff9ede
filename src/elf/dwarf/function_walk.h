// One walk over a unit's entries, that finds for a set of addresses the functions that hold them,
// whole: where each lies and the calls inlined into it. Descends into those functions alone.
#pragma once

#include <cstdint>
#include <vector>

#include "elf/dwarf/unit.h"

namespace hone::elf::dwarf {

class FunctionWalk {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  // A range of a function, with at least one of the addresses in it.
  struct Part {
    uint32_t function = kNone;  // into functions()
    uint64_t low = 0, high = 0;
    uint64_t anchor = 0;  // one of the addresses
  };
  // What one range of an inlined call has in common with a part.
  struct Call {
    uint32_t part = kNone;
    uint32_t entry = 0;  // into inlined()
    uint64_t low = 0, high = 0;
    uint32_t depth = 0;
  };

  // `sorted` and `unit` must outlive the walk. Functions below `text_begin` were thrown away by
  // the linker.
  FunctionWalk(const Unit& unit, std::span<const uint64_t> sorted, uint64_t text_begin);

  const std::vector<Part>& parts() const { return parts_; }
  const std::vector<Die>& functions() const { return functions_; }
  const std::vector<Die>& inlined() const { return inlined_; }
  const std::vector<Call>& calls() const { return calls_; }  // outer ones before inner ones
  bool is_homeless(size_t address) const { return !taken_[address]; }

 private:
  struct Open {
    int depth;
    uint32_t first_part, end_part;
  };
  // `thorough` descends where a sibling reference would lead past: functions inside functions and
  // types, which few compilers write.
  void walk(bool thorough);
  bool enters(base::ByteReader& in, const Abbreviation& abbreviation, uint64_t offset,
              bool thorough, int depth);
  bool leap(base::ByteReader& in, const Value& sibling, uint64_t offset);
  bool claim(const Die& die);
  bool add_call(const Die& die, int depth);

  const Unit& unit_;
  std::span<const uint64_t> sorted_;
  uint64_t text_begin_;
  std::vector<uint8_t> taken_;
  std::vector<Part> parts_;
  std::vector<Die> functions_, inlined_;
  std::vector<Call> calls_;
  std::vector<Open> open_;
};

}  // namespace hone::elf::dwarf
