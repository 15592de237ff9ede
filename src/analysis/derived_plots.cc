#include "analysis/derived_plots.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/spans.h"
#include "analysis/weights.h"

namespace hone::analysis {
namespace {

struct Operand {
  TimeNs time{};
  uint32_t name = 0;
  double value = 0;
};

// The values of the plots that a rule names, by time.
std::vector<Operand> operands(const profile::Profile& p, const SampleFilter& filter,
                              const std::vector<std::string>& names) {
  const profile::Instrumentation& all = p.instrumentation();
  constexpr uint32_t kOther = UINT32_MAX;
  std::vector<uint32_t> name_of_site(all.sites.size(), kOther);
  for (size_t i = 1; i < all.sites.size(); ++i) {
    const auto at = std::find(names.begin(), names.end(), p.string(all.sites[i].name));
    if (at != names.end()) name_of_site[i] = static_cast<uint32_t>(at - names.begin());
  }
  std::vector<Operand> out;
  for (const profile::PlotValue& value : all.plots) {
    const uint32_t name = name_of_site[raw(value.site)];
    if (name == kOther || !filter.takes_thread(value.thread) || !std::isfinite(value.value)) {
      continue;
    }
    out.push_back({value.time, name, value.value});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Operand& a, const Operand& b) { return a.time < b.time; });
  return out;
}

}  // namespace

std::vector<DerivedPlot> derived_plots(const profile::Profile& profile,
                                       const Selection& selection) {
  std::vector<DerivedPlot> out;
  if (selection.plots.empty()) return out;
  const SampleFilter filter(profile, selection);
  for (const PlotRule& rule : selection.plots) {
    const std::vector<std::string>& names = rule.expression.names();
    DerivedPlot& plot = out.emplace_back();
    plot.name = rule.name;
    plot.unit = rule.unit;
    plot.expression = rule.expression.text();
    std::vector<double> last(names.size(), std::numeric_limits<double>::quiet_NaN());
    std::vector<bool> is_known(names.size());
    const std::vector<Operand> values = operands(profile, filter, names);
    for (size_t i = 0; i < values.size(); ++i) {
      last[values[i].name] = values[i].value;
      is_known[values[i].name] = true;
      // Of several at one moment the last makes it.
      if (i + 1 < values.size() && values[i + 1].time == values[i].time) continue;
      if (values[i].time < selection.time_first || values[i].time > selection.time_last) continue;
      const double value = rule.expression.value(last) + 0.0;  // nobody wants to read -0
      if (!std::isfinite(value)) continue;
      plot.time.push_back(values[i].time);
      plot.value.push_back(value);
    }
    for (size_t i = 0; i < names.size() && plot.missing.empty(); ++i) {
      if (!is_known[i]) plot.missing = names[i];
    }
  }
  return out;
}

void add_derived_plots(const profile::Profile& profile, const Selection& selection,
                       SpanReport& report) {
  for (const DerivedPlot& plot : derived_plots(profile, selection)) {
    if (!plot.missing.empty()) report.plots_missing.emplace_back(plot.name, plot.missing);
    if (plot.value.empty()) continue;
    PlotStats stats{.name = plot.name, .unit = plot.unit, .expression = plot.expression};
    stats.count = plot.value.size();
    stats.least = *std::min_element(plot.value.begin(), plot.value.end());
    stats.most = *std::max_element(plot.value.begin(), plot.value.end());
    stats.last = plot.value.back();
    double sum = 0;
    for (const double value : plot.value) sum += value;
    stats.mean = sum / static_cast<double>(stats.count);
    report.plots.push_back(std::move(stats));
  }
}

}  // namespace hone::analysis
