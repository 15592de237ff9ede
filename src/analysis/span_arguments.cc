#include "analysis/span_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "hone/layout.h"

namespace hone::analysis {
namespace {

// The clock's line is drawn anew every second: over that time it is exact to some 100 ns.
constexpr int64_t kToleranceNs = 1000;
constexpr int64_t kToleranceShare = 10'000;  // and to this part of the duration
constexpr size_t kRanges = 6;

uint64_t key_of(ThreadId thread, SiteId site) {
  return uint64_t{raw(thread)} << 32 | raw(site);
}

bool is_number(uint8_t type) {
  return type == HONE_ARGUMENT_INTEGER || type == HONE_ARGUMENT_UNSIGNED ||
         type == HONE_ARGUMENT_REAL;
}

double number_of(const profile::SpanArgument& row) {
  if (row.type == HONE_ARGUMENT_INTEGER) {
    return static_cast<double>(static_cast<int64_t>(row.value));
  }
  if (row.type == HONE_ARGUMENT_UNSIGNED) return static_cast<double>(row.value);
  double value = 0;
  std::memcpy(&value, &row.value, sizeof value);
  return value;
}

std::string number_text(double value) {
  const bool whole = std::abs(value) < 1e15 && value == std::floor(value);
  return whole ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
}

// About as many spans in each range; equal values are in one.
std::vector<ArgumentValue> ranges_of(std::vector<std::pair<double, int64_t>>& values) {
  std::sort(values.begin(), values.end());
  std::vector<ArgumentValue> out;
  size_t begin = 0;
  for (size_t range = 1; range <= kRanges && begin < values.size(); ++range) {
    size_t end = std::max(begin + 1, values.size() * range / kRanges);
    while (end < values.size() && values[end].first == values[end - 1].first) ++end;
    std::vector<int64_t> durations;
    for (size_t i = begin; i < end; ++i) durations.push_back(values[i].second);
    const std::string low = number_text(values[begin].first);
    const std::string high = number_text(values[end - 1].first);
    out.push_back(
        {low == high ? low : fmt::format("{} to {}", low, high), distribution_of(durations)});
    begin = end;
  }
  return out;
}

}  // namespace

SpanArguments::SpanArguments(const profile::Profile& profile, std::span<const uint8_t> wanted)
    : profile_(profile) {
  const std::vector<Row>& all = profile.instrumentation().arguments;
  for (size_t i = 0; i < all.size();) {
    size_t end = i + 1;
    while (end < all.size() && all[end].time == all[i].time && all[end].thread == all[i].thread &&
           all[end].site == all[i].site) {
      ++end;
    }
    const int64_t time = raw(all[i].time);
    if (wanted[raw(all[i].site)] != 0 && time >= 0 && time < INT64_MAX / 2) {
      groups_[key_of(all[i].thread, all[i].site)].push_back({all[i].time, i, end - i});
    }
    i = end;
  }
  for (auto& [key, groups] : groups_) {
    std::stable_sort(groups.begin(), groups.end(),
                     [](const Group& a, const Group& b) { return a.time < b.time; });
  }
}

std::span<const SpanArguments::Row> SpanArguments::of(ThreadId thread, SiteId site, TimeNs start,
                                                      int64_t duration_ns) const {
  const auto found = groups_.find(key_of(thread, site));
  if (found == groups_.end()) return {};
  const std::vector<Group>& groups = found->second;
  const auto behind = std::lower_bound(groups.begin(), groups.end(), start,
                                       [](const Group& a, TimeNs time) { return a.time < time; });
  const auto distance = [&](const Group& group) { return std::abs(raw(group.time - start)); };
  const Group* nearest = behind != groups.end() ? &*behind : nullptr;
  if (behind != groups.begin() &&
      (nearest == nullptr || distance(*std::prev(behind)) < distance(*nearest))) {
    nearest = &*std::prev(behind);
  }
  const int64_t tolerance = kToleranceNs + duration_ns / kToleranceShare;
  if (nearest == nullptr || distance(*nearest) > tolerance) return {};
  return std::span(profile_.instrumentation().arguments).subspan(nearest->first, nearest->count);
}

void SpanArguments::add(std::span<const Row> rows, int64_t duration_ns) {
  for (const Row& row : rows) added_[raw(row.key)].push_back({&row, duration_ns});
}

std::string SpanArguments::text(const Row& row) const {
  if (is_number(row.type)) return number_text(number_of(row));
  if (row.type == HONE_ARGUMENT_BOOLEAN) return row.value != 0 ? "true" : "false";
  if (row.type == HONE_ARGUMENT_STRING) return std::string(profile_.string(row.text));
  return fmt::format("{:#x}", row.value);
}

std::vector<ArgumentStats> SpanArguments::stats(size_t values_max) const {
  std::vector<ArgumentStats> out;
  for (const auto& [key, added] : added_) {
    ArgumentStats stats{.key = std::string(profile_.string(StringId{key}))};
    std::map<std::pair<uint8_t, uint64_t>, std::pair<const Row*, std::vector<int64_t>>> by_value;
    std::vector<std::pair<double, int64_t>> numbers;
    for (const Added& one : added) {
      const bool is_text = one.row->type == HONE_ARGUMENT_STRING;
      const uint64_t value = is_text ? raw(one.row->text) : one.row->value;
      auto& [row, durations] = by_value[{one.row->type, value}];
      row = one.row;
      durations.push_back(one.duration_ns);
      if (is_number(one.row->type) && std::isfinite(number_of(*one.row))) {
        numbers.emplace_back(number_of(*one.row), one.duration_ns);
      }
    }
    if (by_value.size() > values_max && numbers.size() == added.size()) {
      stats.ranges = true;
      stats.values = ranges_of(numbers);
      out.push_back(std::move(stats));
      continue;
    }
    for (auto& [value, of_value] : by_value) {
      stats.values.push_back({text(*of_value.first), distribution_of(of_value.second)});
    }
    std::stable_sort(stats.values.begin(), stats.values.end(), [](const auto& a, const auto& b) {
      return a.times.total_ns > b.times.total_ns;
    });
    if (stats.values.size() > values_max) {
      stats.values_hidden = stats.values.size() - values_max;
      stats.values.resize(values_max);
    }
    out.push_back(std::move(stats));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return out;
}

}  // namespace hone::analysis
