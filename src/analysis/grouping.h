// Which group (function, line, module, subsystem) each source-level row of a profile belongs to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/hot_spots.h"

namespace hone::analysis {

// A group is named only when it is asked for: of a hundred thousand lines, few are ever shown.
struct Grouping {
  std::vector<uint32_t> of_row;  // index = row of profile.lines(); group 0 is "none"
  // True: rows of group 0 are looked past, and a stack's self time belongs to the innermost row
  // that has a group. False: it belongs to the innermost row, whatever its group.
  bool look_outward = false;

  GroupBy by{};
  std::string none;             // the name of group 0
  std::vector<uint32_t> first;  // of each group: its first row, module or rule; [0] unused
  std::vector<uint8_t> several_functions;  // for kLine: no single function can be named
  size_t size() const { return first.size(); }
  // For kLine: a function, standing for its places without a line.
  bool is_without_line(const profile::Profile& profile, uint32_t group) const;
};

// For kFunction, kLine, kModule, kSubsystem.
Grouping group_rows(const profile::Profile& profile, const Selection& selection, GroupBy by);
// The names of a group, without times.
HotSpot named_group(const profile::Profile& profile, const Selection& selection,
                    const Grouping& grouping, uint32_t group);

}  // namespace hone::analysis
