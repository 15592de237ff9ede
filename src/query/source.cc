#include "query/source.h"

#include <map>
#include <mutex>
#include <utility>

#include "analysis/hot_spots.h"
#include "analysis/own_cost.h"
#include "analysis/recorded_time.h"
#include "query/row_index.h"
#include "query/span_granules.h"
#include "query/stretches.h"

namespace hone::query {

// What was made once stays where it is, so that what was given out holds without the mutex.
struct Source::Kept {
  // Indexes are made of rows, and rows may be made of what is kept below: this one is taken first.
  std::mutex of_indexes;
  std::map<std::pair<const TableSpec*, uint8_t>, std::unique_ptr<RowIndex>> indexes;
  std::mutex mutex;  // of all others
  std::unique_ptr<SpanGranules> granules;
  std::unique_ptr<std::vector<FunctionTimes>> function_times;
  std::unique_ptr<std::vector<analysis::Finding>> findings;
  std::shared_ptr<const SpanStatsRows> span_stats;  // of all times
  std::vector<analysis::FrameSet> frame_sets;
  std::unique_ptr<std::vector<FrameRow>> frames;
  std::map<std::string, std::shared_ptr<const ThreadStretches>, std::less<>> stretches;
};

namespace {

// Of patterns that a session tries, few are worth their memory.
constexpr size_t kStretchesMax = 32;

}  // namespace

Source::Source(const profile::Profile& profile)
    : profile_(profile),
      start_ns_(raw(analysis::recorded_time(profile).start)),
      span_cost_ns_(analysis::own_cost(profile).in_parent_ns),
      kept_(std::make_unique<Kept>()) {}

Source::~Source() = default;

const RowIndex& Source::index(const TableSpec& table, uint8_t role) const {
  const std::lock_guard lock(kept_->of_indexes);
  std::unique_ptr<RowIndex>& at = kept_->indexes[{&table, role}];
  if (at == nullptr) at = std::make_unique<RowIndex>(*this, table, static_cast<Role>(role));
  return *at;
}

const SpanGranules& Source::granules() const {
  const std::lock_guard lock(kept_->mutex);
  if (kept_->granules == nullptr) kept_->granules = std::make_unique<SpanGranules>(*this);
  return *kept_->granules;
}

const std::vector<Source::FunctionTimes>& Source::function_times() const {
  const std::lock_guard lock(kept_->mutex);
  if (kept_->function_times != nullptr) return *kept_->function_times;
  auto out = std::make_unique<std::vector<FunctionTimes>>(profile_.functions().size());
  const analysis::HotSpots spots =
      analysis::hot_spots(profile_, {}, analysis::GroupBy::kFunction, analysis::SortBy::kSelf);
  for (const analysis::HotSpot& spot : spots.rows) {
    (*out)[raw(spot.function)] = {.self_ns = spot.self_ns,
                                  .total_ns = spot.total_ns,
                                  .self_samples = spot.self_samples,
                                  .total_samples = spot.total_samples};
  }
  kept_->function_times = std::move(out);
  return *kept_->function_times;
}

const std::vector<analysis::Finding>& Source::findings() const {
  const std::lock_guard lock(kept_->mutex);
  if (kept_->findings == nullptr) {
    kept_->findings =
        std::make_unique<std::vector<analysis::Finding>>(analysis::findings(profile_, {}));
  }
  return *kept_->findings;
}

const std::vector<Source::FrameRow>& Source::frames() const {
  const std::lock_guard lock(kept_->mutex);
  if (kept_->frames != nullptr) return *kept_->frames;
  const analysis::Selection all;
  kept_->frame_sets = analysis::frame_sets(profile_, all, analysis::SampleFilter(profile_, all));
  auto out = std::make_unique<std::vector<FrameRow>>();
  for (const analysis::FrameSet& set : kept_->frame_sets) {
    for (const analysis::FrameTime& frame : set.frames) out->push_back({&set.name, frame});
  }
  kept_->frames = std::move(out);
  return *kept_->frames;
}

std::shared_ptr<const Source::SpanStatsRows> Source::span_stats(int64_t from, int64_t to) const {
  const bool is_all = from == INT64_MIN && to == INT64_MAX;
  {
    const std::lock_guard lock(kept_->mutex);
    if (is_all && kept_->span_stats != nullptr) return kept_->span_stats;
  }
  const auto time = [this](int64_t since_start) {
    int64_t out = 0;
    if (!__builtin_add_overflow(since_start, start_ns_, &out)) return TimeNs{out};
    return TimeNs{since_start < 0 ? INT64_MIN : INT64_MAX};
  };
  analysis::Selection selection;
  if (from != INT64_MIN) selection.time_first = time(from);
  if (to != INT64_MAX) selection.time_last = time(to);
  auto report = analysis::span_report(profile_, selection, {});
  auto out = std::make_shared<const SpanStatsRows>(std::move(report.spans));
  const std::lock_guard lock(kept_->mutex);
  if (is_all) kept_->span_stats = out;
  return out;
}

std::shared_ptr<const ThreadStretches> Source::stretches(std::string_view pattern) const {
  const std::lock_guard lock(kept_->mutex);
  const auto known = kept_->stretches.find(pattern);
  if (known != kept_->stretches.end()) return known->second;
  if (kept_->stretches.size() >= kStretchesMax) kept_->stretches.clear();
  auto made = std::make_shared<const ThreadStretches>(*this, pattern);
  kept_->stretches.emplace(pattern, made);
  return made;
}

}  // namespace hone::query
