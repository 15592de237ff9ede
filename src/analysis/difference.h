// What to say of a difference between two recordings, from what is known of it and no more.
//
// kImproved, kRegressed: no change is outside of the interval, and the estimate is a change that
// matters. kNoChange: the whole interval holds changes that do not matter. Else kInconclusive: the
// interval holds both, and more samples would tell.
#pragma once

#include <cstdint>
#include <string_view>

#include "stats/interval.h"

namespace hone::analysis {

enum class Verdict : uint8_t {
  kNone,  // nothing is compared
  kImproved,
  kRegressed,
  kNoChange,
  kInconclusive,
  kOnlyA,
  kOnlyB,
};
// "", "improved", "regressed", "no change", "inconclusive", "only in a", "only in b": stable.
std::string_view verdict_name(Verdict verdict);

// Of something of which less is better; `matters` > 0. Everything relative to no change, which is
// 0: of a ratio, its logarithm.
Verdict judge(double estimate, const stats::Interval& interval, double matters);

}  // namespace hone::analysis
