// Whether a series goes up, robustly: by the order of its values, so that single outliers say
// nothing.
#pragma once

#include <span>

namespace hone::stats {

struct Trend {
  double tau = 0;    // Kendall's, from -1 (each value less than all before) to 1
  double z = 0;      // Mann-Kendall's statistic, corrected for ties: of a series without a trend
                     // whose values do not depend on each other, standard normal
  double slope = 0;  // Theil and Sen's: the median rise from one value to the next
};

// In time n^2 for n values, and memory for their pairs: for some hundreds. (M. G. Kendall, Rank
// Correlation Methods, 1975; P. K. Sen, JASA 63 (1968), 1379-1389.) All 0 for fewer than 3.
Trend trend(std::span<const double> values);

}  // namespace hone::stats
