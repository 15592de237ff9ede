#include "analysis/difference.h"

#include <cmath>

namespace hone::analysis {

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNone:
      return "";
    case Verdict::kImproved:
      return "improved";
    case Verdict::kRegressed:
      return "regressed";
    case Verdict::kNoChange:
      return "no change";
    case Verdict::kInconclusive:
      return "inconclusive";
    case Verdict::kOnlyA:
      return "only in a";
    case Verdict::kOnlyB:
      return "only in b";
  }
  return "";
}

Verdict judge(double estimate, const stats::Interval& interval, double matters) {
  if (interval.low > -matters && interval.high < matters) return Verdict::kNoChange;
  if (std::fabs(estimate) >= matters) {
    if (interval.low > 0) return Verdict::kRegressed;
    if (interval.high < 0) return Verdict::kImproved;
  }
  return Verdict::kInconclusive;
}

}  // namespace hone::analysis
