// One walk over a unit's entries, that finds for a set of addresses the function that holds each
// and the calls inlined around it. Descends into the functions alone that hold one of them.
#pragma once

#include <cstdint>
#include <vector>

#include "elf/dwarf/unit.h"

namespace hone::elf::dwarf {

class FunctionWalk {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  struct Place {
    uint32_t function = kNone;   // into functions()
    uint64_t low = 0, high = 0;  // the range of the function that holds the address
    uint32_t innermost = kNone;  // into calls()
  };
  // An inlined call at one address; `outer` leads to the call around it.
  struct Call {
    uint32_t entry = 0;  // into inlined()
    uint32_t outer = kNone;
    int depth = 0;
  };

  // `sorted` and `unit` must outlive the walk. Functions below `text_begin` were thrown away by
  // the linker.
  FunctionWalk(const Unit& unit, std::span<const uint64_t> sorted, uint64_t text_begin);

  const std::vector<Place>& places() const { return places_; }  // one for each address
  const std::vector<Die>& functions() const { return functions_; }
  const std::vector<Die>& inlined() const { return inlined_; }
  const std::vector<Call>& calls() const { return calls_; }

 private:
  struct Open {
    int depth;
    uint32_t function;
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
  std::vector<Place> places_;
  std::vector<Die> functions_, inlined_;
  std::vector<Call> calls_;
  std::vector<Open> open_;
};

}  // namespace hone::elf::dwarf
