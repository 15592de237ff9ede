// What spans wait for: each wait belongs to the innermost span that was open on its thread when it
// began.
//
//   for (const SpanWaits& span : span_waits(profile, selection)) use(span.site, span.blocked_ns);
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "analysis/selection.h"
#include "analysis/wait_kinds.h"
#include "profile/profile.h"

namespace hone::analysis {

struct SpanWaits {
  SiteId site{};
  int64_t blocked_ns = 0;  // of all kinds but waiting for a CPU
  int64_t queued_ns = 0;   // for a CPU
  uint64_t count = 0;      // of waits that blocked
  std::array<int64_t, kWaitKinds> ns{};
  // Of the place where it was blocked for longest.
  WaitKind kind{};
  std::string function;
  int64_t function_ns = 0;
};

// Longest blocked first; spans without waits are left out. Waits that a row of the recording sums
// up with others are left out: nobody knows in which spans they were.
std::vector<SpanWaits> span_waits(const profile::Profile& profile, const Selection& selection);

}  // namespace hone::analysis
