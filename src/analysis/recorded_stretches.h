// What lies between two times but for the pauses: for values that were read before and behind a
// pause, and not in it.
//
//   const RecordedStretches stretches(profile);
//   stretches.for_each_pause(from, to, [&](TimeNs begin, TimeNs end) { ... });
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/host/function_ref.h"
#include "profile/profile.h"

namespace hone::analysis {

class RecordedStretches {
 public:
  // With more pauses than `most` the longest are kept: a file may claim any number of them.
  explicit RecordedStretches(const profile::Profile& profile, size_t most = SIZE_MAX);

  // Those within [from, to], cut to it, in the order of time.
  void for_each_pause(TimeNs from, TimeNs to,
                      base::FunctionRef<void(TimeNs begin, TimeNs end)> take) const;
  // From `from` to `to`, pauses apart; never negative, however far apart these are.
  int64_t length(TimeNs from, TimeNs to) const;

 private:
  int64_t paused_before(TimeNs time) const;

  std::vector<profile::Pause> pauses_;  // by time, apart from each other
  std::vector<int64_t> before_ns_;      // all pauses before each of them
};

}  // namespace hone::analysis
