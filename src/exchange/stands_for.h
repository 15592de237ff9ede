// Of places that were met too often each span is counted and one in so many timed: how many spans a
// timed one stands for.
//
//   const StandsFor stands_for(profile);
//   stands_for.of(thread, site, spans.start(i));   // 1: itself alone
#pragma once

#include <cstdint>
#include <vector>

#include "profile/profile.h"

namespace hone::exchange {

class StandsFor {
 public:
  explicit StandsFor(const profile::Profile& profile);
  // `start` as the recording has it.
  uint32_t of(ThreadId thread, SiteId site, TimeNs start) const;
  // Spans of the whole recording that were counted, and are no row of it.
  uint64_t not_timed() const { return not_timed_; }

 private:
  std::vector<profile::SpanWeight> weights_;  // by thread, start and place
  uint64_t not_timed_ = 0;
};

}  // namespace hone::exchange
