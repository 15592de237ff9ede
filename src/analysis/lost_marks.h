// Marks of instrumented programs that are not in the recording. Of what was lost nobody knows what
// it was, so that sums of what was marked may be too small, and what is live may not be.
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

#include "profile/profile.h"

namespace hone::analysis {

inline uint64_t lost_marks(const profile::Profile& profile) {
  uint64_t sum = 0;
  for (const std::string_view key : {"spans.marks_lost", "spans.overwritten", "spans.damaged"}) {
    const std::string_view text = profile.meta(key);
    uint64_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    sum += count;
  }
  return sum;
}

}  // namespace hone::analysis
