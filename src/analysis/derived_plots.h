// Plots that are made of others, as hone.toml says: at each moment at which one of them has a new
// value, computed with the last value of each.
//
//   for (const DerivedPlot& plot : derived_plots(profile, selection)) use(plot.time, plot.value);
//
// A plot is what has its name, in whichever process of the selection. A moment at which the value
// is no number (a division by zero) has none.
#pragma once

#include <string>
#include <vector>

#include "analysis/selection.h"
#include "profile/profile.h"

namespace hone::analysis {

struct DerivedPlot {
  std::string name, unit, expression;
  std::string missing;        // a plot that it needs and that is not in the selection; else empty
  std::vector<TimeNs> time;   // ascending
  std::vector<double> value;  // always finite
};

// One for each rule of the selection, in their order.
std::vector<DerivedPlot> derived_plots(const profile::Profile& profile, const Selection& selection);

// The same among the plots of a report.
struct SpanReport;
void add_derived_plots(const profile::Profile& profile, const Selection& selection,
                       SpanReport& report);

}  // namespace hone::analysis
