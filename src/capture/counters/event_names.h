// What `-e` takes: names of events that the kernel counts.
//
//   parse_events("instructions,{cache-references,cache-misses},r01c2,page-faults:u")
//
// Events in braces are counted together or not at all, so that their ratio is of the same time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/host/result.h"

namespace hone::capture {

struct EventSpec {
  std::string name;  // as it is known best: "cycles", "cache-misses", "r01c2", "page-faults:u"
  uint32_t type = 0;
  uint64_t config = 0;
  bool user_only = false, kernel_only = false;
  bool nanoseconds = false;  // it counts time
  bool in_kernel = false;    // happens in the kernel alone: nothing of it is seen from outside
  uint32_t group = 0;        // events of the same one stand together; 0 alone
  bool hardware() const;     // needs a counter of the processor
};

// Errors: InvalidArgument (E046): an event that is not known, or a list that is none.
Result<std::vector<EventSpec>> parse_events(std::string_view list);
// The names that people write, for help.
std::vector<std::string_view> event_names();

}  // namespace hone::capture
