// Which arguments are of which span or message: a recording ties them together by thread, place and
// time alone. Costs four bytes and a bit an argument.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "profile/profile.h"

namespace hone::exchange {

// How far off the start of a span may be from the stamp of its arguments: both come of one reading
// of the clock; but the start is told by the end and the length, and the line from ticks to time
// may have moved in between.
int64_t slack_of(int64_t duration_ns);

class Arguments {
 public:
  // `profile` must outlive it.
  explicit Arguments(const profile::Profile& profile);
  // The indices into Instrumentation::arguments of what began there at that time, `slack_ns` off at
  // most; the nearest that were not taken yet. Empty when there are none. Valid until the object
  // ends.
  std::span<const uint32_t> take(ThreadId thread, SiteId site, TimeNs time, int64_t slack_ns);

 private:
  struct Range {
    uint32_t begin = 0, end = 0;  // in order_
  };
  const profile::SpanArgument& at(uint32_t i) const { return arguments_[order_[i]]; }
  uint32_t end_of_group(uint32_t i, uint32_t end) const;

  std::span<const profile::SpanArgument> arguments_;
  std::vector<uint32_t> order_;                 // by thread, site and time
  std::vector<bool> taken_;                     // the group that begins there
  std::vector<bool> site_has_;                  // index SiteId
  std::unordered_map<uint64_t, Range> ranges_;  // thread << 32 | site
};

// {"bodies":12,"kind":"fast"}: of those arguments. A number that JSON has no word for is a text.
void append_arguments(std::string& out, const profile::Profile& profile,
                      std::span<const uint32_t> arguments);

}  // namespace hone::exchange
