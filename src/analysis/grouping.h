// Which group (function, line, module, subsystem) each source-level row of a profile belongs to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/hot_spots.h"

namespace hone::analysis {

struct Grouping {
  std::vector<uint32_t> of_row;  // index = row of profile.lines(); group 0 is "none"
  std::vector<HotSpot> groups;   // with names only; [0] is what none is called
  // True: rows of group 0 are looked past, and a stack's self time belongs to the innermost row
  // that has a group. False: it belongs to the innermost row, whatever its group.
  bool look_outward = false;
};

// For kFunction, kLine, kModule, kSubsystem.
Grouping group_rows(const profile::Profile& profile, const Selection& selection, GroupBy by);

}  // namespace hone::analysis
