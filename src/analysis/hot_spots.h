// Where the time went: self and total CPU time by function, line, module, thread, process or
// subsystem, with inlined calls as functions of their own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/selection.h"
#include "profile/profile.h"

namespace hone::analysis {

// kLine: self is the innermost source line's; code without lines is shown by function.
// kSubsystem: self belongs to the innermost frame that any rule matches, looking outwards from the
// leaf; without a match it is "(other)". Total is any frame of it on the stack.
enum class GroupBy : uint8_t { kFunction, kLine, kModule, kThread, kProcess, kSubsystem };
enum class SortBy : uint8_t { kSelf, kTotal };

// A share of all CPU time that was sampled, with its interval at 95% (Wilson; effective sample
// size for unequal weights).
struct Share {
  double value = 0, low = 0, high = 0;
};

struct HotSpot {
  std::string name;    // function, "file:line", module path, thread name, subsystem;
                       // threads and processes of one name: "name (tid 7)"
  std::string module;  // file name of the module; "" where it does not apply
  std::string file;    // source file (of the declaration; of the line for kLine)
  uint32_t line = 0;
  FunctionId function{};  // for kFunction
  std::string in;         // for kLine: the function it stands in; "" where there are several
  int64_t self_ns = 0;    // CPU time in it
  int64_t total_ns = 0;   // CPU time in it and what it calls; recursion counted once
  uint64_t self_samples = 0;
  uint64_t total_samples = 0;
  Share self, total;
};

struct HotSpots {
  std::vector<HotSpot> rows;  // sorted; ties by name, so that the order is the same every time
  int64_t cpu_ns = 0;         // sampled CPU time in the selection: what shares are of
  uint64_t sample_count = 0;
};

HotSpots hot_spots(const profile::Profile& profile, const Selection& selection, GroupBy by,
                   SortBy sort);

struct StackWeights;
// The first two rows of hot_spots() by self time, without the work of their totals, which are 0.
// Places without a line are left out of kLine; kThread and kProcess are not for here. Where two
// have the same time, and it is at least `share_min` of all, totals decide: then the result is that
// of hot_spots(), whole.
HotSpots leading_spots(const profile::Profile& profile, const Selection& selection,
                       const StackWeights& weights, GroupBy by, double share_min);

}  // namespace hone::analysis
