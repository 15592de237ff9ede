// The tables `metrics`, `costs` and `measurements` -> Profile. Rows that cannot be are left out,
// and counted.
#include <cmath>
#include <limits>

#include "profile/loader.h"

namespace hone::profile {
namespace {

// All of one metric together, so that no sum over them can overflow.
constexpr int64_t kCostSumMax = std::numeric_limits<int64_t>::max() / 4;

}  // namespace

void Loader::read_costs() {
  using recording::TrackUnit;
  std::vector<CostMetric>& metrics = profile_.cost_metrics_;
  metrics.resize(1);
  tables_.for_each<recording::MetricRow>([&](const recording::MetricRow& row, size_t) {
    const bool known = row.unit >= static_cast<uint8_t>(TrackUnit::kCount) &&
                       row.unit <= static_cast<uint8_t>(TrackUnit::kNanoseconds);
    metrics.push_back({.name = string_id(row.name),
                       .title = string_id(row.title),
                       .unit = known ? TrackUnit{row.unit} : TrackUnit::kCount});
  });
  std::vector<int64_t> left(metrics.size(), kCostSumMax);
  uint64_t bad = 0;
  profile_.costs_.reserve(tables_[recording::Table::kCosts].row_count);
  tables_.for_each<recording::CostRow>([&](const recording::CostRow& row, size_t) {
    const MetricId metric = checked(row.metric, metrics.size());
    if (metric == MetricId::kNone || row.value < 0 || row.value > left[raw(metric)]) {
      ++bad;
      return;
    }
    left[raw(metric)] -= row.value;
    profile_.costs_.push_back({.metric = metric,
                               .stack = checked(row.stack, profile_.stacks_.size()),
                               .thread = checked(row.thread, profile_.threads_.size()),
                               .value = row.value,
                               .count = row.count});
  });
  count("load.cost_out_of_range", recording::kDataLoss, bad,
        "costs of no metric, or that cannot be; they are left out");
}

void Loader::read_measurements() {
  uint64_t bad = 0;
  tables_.for_each<recording::MeasurementRow>([&](const recording::MeasurementRow& row, size_t) {
    if (!std::isfinite(row.value)) {
      ++bad;
      return;
    }
    profile_.measurements_.push_back({.benchmark = string_id(row.benchmark),
                                      .parameters = string_id(row.parameters),
                                      .repetition = row.repetition,
                                      .metric = string_id(row.metric),
                                      .unit = string_id(row.unit),
                                      .value = row.value,
                                      .iterations = row.iterations});
  });
  count("load.measurement_out_of_range", recording::kDataLoss, bad,
        "measurements that are no number; they are left out");
}

}  // namespace hone::profile
