#include "analysis/span_table.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "analysis/hot_places.h"
#include "stats/difference.h"

namespace hone::analysis {
namespace {

using profile::Profile;

constexpr double kConfidence = 0.95;

void add_capped(int64_t& to, int64_t ns) {
  if (__builtin_add_overflow(to, ns, &to)) to = INT64_MAX;
}

// A name and the places that have it.
struct Place {
  SpanStats stats;
  SpanSums* sums;
};

SpanRow row_of(std::vector<Place>& places) {
  SpanRow row;
  const SpanStats& first = places[0].stats;
  row.name = first.name;
  row.category = first.category;
  row.file = first.file;
  row.line = first.line;
  SpanTimes& out = row.a;
  out.here = true;
  std::vector<ThreadId> threads;
  for (const Place& place : places) {
    add_capped(out.self_ns, place.stats.self_ns);
    out.timed += place.stats.timed;
    out.loose += place.stats.loose;
    out.still_open += place.stats.still_open;
    threads.insert(threads.end(), place.sums->threads.begin(), place.sums->threads.end());
  }
  out.threads = count_threads(threads);
  if (places.size() == 1) {
    out.times = first.times;
    judge_median(places[0].sums->durations, out);
    return row;
  }
  Durations all;
  uint64_t count = 0;
  int64_t total_ns = 0;
  for (const Place& place : places) {
    count += place.stats.times.count;
    add_capped(total_ns, place.stats.times.total_ns);
    place.sums->durations.for_each([&](uint64_t ns, uint64_t times) {
      for (uint64_t i = 0; i < times; ++i) all.add(ns);
    });
  }
  out.times = all.distribution();
  judge_median(all, out);
  // Of places where not each was timed, these are more.
  out.times.count = count;
  out.times.total_ns = total_ns;
  out.times.mean_ns = count > 0 ? static_cast<double>(total_ns) / static_cast<double>(count) : 0;
  return row;
}

std::vector<SpanRow> rows_of(const TableSide& side) {
  if (side.profile == nullptr) return {};
  const Profile& p = *side.profile;
  const SampleFilter filter(p, *side.selection);
  const int64_t cost_ns = own_cost(p).in_parent_ns;
  std::vector<SpanSums> sums = sum_spans(p, *side.selection, filter, cost_ns);
  std::vector<SpanStats> stats;
  for (uint32_t i = 1; i < sums.size(); ++i) {
    if (!sums[i].empty()) stats.push_back(stats_of_site(p, SiteId{i}, sums[i]));
  }
  correct_hot_places(p, *side.selection, filter, cost_ns, stats);
  std::unordered_map<std::string, size_t> known;
  std::vector<std::vector<Place>> by_name;
  for (SpanStats& each : stats) {
    const auto [at, added] = known.try_emplace(each.name, by_name.size());
    if (added) by_name.emplace_back();
    SpanSums* of = &sums[raw(each.site)];
    by_name[at->second].push_back({std::move(each), of});
  }
  std::vector<SpanRow> rows;
  rows.reserve(by_name.size());
  for (std::vector<Place>& places : by_name) rows.push_back(row_of(places));
  return rows;
}

stats::Estimate median_of(const SpanTimes& times) {
  return {static_cast<double>(times.times.p50_ns),
          {static_cast<double>(times.median_low_ns), static_cast<double>(times.median_high_ns)}};
}

}  // namespace

void judge_median(Durations& durations, SpanTimes& times) {
  uint64_t count = 0;
  durations.for_each([&](uint64_t, uint64_t of) { count += of; });
  if (count < kSpansJudgedMin) return;
  const stats::Ranks ranks = stats::median_ranks(count, kConfidence);
  // The nearest-rank median lies between these.
  times.median_low_ns = static_cast<int64_t>(durations.at_rank(ranks.low));
  times.median_high_ns = static_cast<int64_t>(durations.at_rank(ranks.high));
  times.median_low_ns = std::min(times.median_low_ns, times.times.p50_ns);
  times.median_high_ns = std::max(times.median_high_ns, times.times.p50_ns);
}

void compare_medians(SpanRow& row) {
  if (!row.a.here || !row.b.here) {
    row.verdict = row.a.here ? Verdict::kOnlyA : Verdict::kOnlyB;
    return;
  }
  const stats::Estimate a = median_of(row.a), b = median_of(row.b);
  row.ratio = std::max(b.value, 1.0) / std::max(a.value, 1.0);
  row.verdict = Verdict::kInconclusive;
  row.has_interval = a.at.low <= a.at.high && b.at.low <= b.at.high;
  if (!row.has_interval) return;
  row.interval = stats::median_ratio(a, b);
  row.verdict =
      judge(std::log(row.ratio), {std::log(row.interval.low), std::log(row.interval.high)},
            std::log(kRatioThatMatters));
}

SpanTable span_table(const TableSide& a, const TableSide& b) {
  SpanTable out;
  out.compared = b.profile != nullptr;
  out.rows = rows_of(a);
  if (!out.compared) return out;
  std::unordered_map<std::string, size_t> known;
  for (size_t i = 0; i < out.rows.size(); ++i) known.emplace(out.rows[i].name, i);
  for (SpanRow& row : rows_of(b)) {
    row.b = std::exchange(row.a, {});
    const auto at = known.find(row.name);
    if (at == known.end()) {
      out.rows.push_back(std::move(row));
    } else {
      out.rows[at->second].b = row.b;
    }
  }
  for (SpanRow& row : out.rows) compare_medians(row);
  return out;
}

}  // namespace hone::analysis
