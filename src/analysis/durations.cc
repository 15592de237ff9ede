#include "analysis/durations.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace hone::analysis {
namespace {

using Sum = unsigned __int128;

int64_t capped(Sum sum) {
  return sum < Sum{INT64_MAX} ? static_cast<int64_t>(sum) : INT64_MAX;
}

// The nearest rank, from 0: of the least value that at least this share of all does not exceed.
uint64_t rank_of(double share, uint64_t count) {
  const auto rank = static_cast<uint64_t>(std::ceil(share * static_cast<double>(count)));
  return std::max<uint64_t>(rank, 1) - 1;
}

// Values are told apart by how many bits they have and by the highest kBits of these.
constexpr unsigned kBits = 8;
constexpr size_t kBuckets = size_t{33} << kBits;
// Fewer are put into order as a whole.
constexpr size_t kWorthBuckets = 4 * kBuckets;

size_t bucket_of(uint32_t value) {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  return width <= kBits ? value : (size_t{width} << kBits) + (value >> (width - kBits));
}

// The `rank`th of values in no order: only those of its bucket are looked at more than once.
uint32_t ranked(std::vector<uint32_t>& values, uint64_t rank) {
  const auto nth = [](std::vector<uint32_t>& of, uint64_t at) {
    const auto found = of.begin() + static_cast<ptrdiff_t>(at);
    std::nth_element(of.begin(), found, of.end());
    return *found;
  };
  if (values.size() < kWorthBuckets) return nth(values, rank);
  std::vector<uint32_t> counts(kBuckets + (size_t{1} << kBits), 0);
  for (const uint32_t value : values) ++counts[bucket_of(value)];
  size_t bucket = 0;
  while (rank >= counts[bucket]) rank -= counts[bucket++];
  std::vector<uint32_t> inside;
  inside.reserve(counts[bucket]);
  for (const uint32_t value : values) {
    if (bucket_of(value) == bucket) inside.push_back(value);
  }
  return nth(inside, rank);
}

}  // namespace

void Durations::take_over(const Durations& other) {
  other.for_each([&](uint64_t ns, uint64_t times) {
    // Few, until there is a table.
    for (; times > 0 && ns >= short_limit_; --times) keep(ns);
    if (times > 0) short_[ns] += static_cast<uint32_t>(times);
  });
}

void Durations::keep(uint64_t ns) {
  if (ns > UINT32_MAX) {
    long_.push_back(ns);
    return;
  }
  kept_.push_back(static_cast<uint32_t>(ns));
  if (!short_.empty() || kept_.size() < kFew) return;
  short_.resize(short_limit_ = kShort, 0);
  std::erase_if(kept_, [&](uint32_t each) {
    if (each >= kShort) return false;
    ++short_[each];
    return true;
  });
}

uint64_t Durations::at_rank(uint64_t rank) {
  if (rank < short_count_) {
    size_t ns = 0;
    while (rank >= short_[ns]) rank -= short_[ns++];
    return ns;
  }
  rank -= short_count_;
  if (rank < kept_.size()) return ranked(kept_, rank);
  const auto found = long_.begin() + static_cast<ptrdiff_t>(rank - kept_.size());
  std::nth_element(long_.begin(), found, long_.end());
  return *found;
}

Distribution Durations::distribution() {
  Distribution out;
  if (empty()) return out;
  Sum sum = 0;
  uint64_t least = UINT64_MAX, most = 0;
  for_each([&](uint64_t ns, uint64_t times) {
    out.count += times;
    sum += Sum{ns} * times;
    least = std::min(least, ns);
    most = std::max(most, ns);
  });
  short_count_ = out.count - kept_.size() - long_.size();
  out.total_ns = capped(sum);
  out.mean_ns = static_cast<double>(sum) / static_cast<double>(out.count);
  out.least_ns = static_cast<int64_t>(least);
  out.most_ns = static_cast<int64_t>(most);
  out.p50_ns = static_cast<int64_t>(at_rank(rank_of(0.50, out.count)));
  out.p95_ns = static_cast<int64_t>(at_rank(rank_of(0.95, out.count)));
  out.p99_ns = static_cast<int64_t>(at_rank(rank_of(0.99, out.count)));
  return out;
}

Durations::Part Durations::at_least(uint64_t ns) const {
  Part out;
  Sum sum = 0;
  const auto see = [&](uint64_t each) {
    if (each < ns) return;
    ++out.count;
    sum += each;
  };
  for (const uint32_t each : kept_) see(each);
  for (const uint64_t each : long_) see(each);
  out.total_ns = capped(sum);
  return out;
}

Distribution distribution_of(std::vector<int64_t>& durations) {
  Distribution out;
  if (durations.empty()) return out;
  const auto at_rank = [&](double share) {
    const auto at = durations.begin() + static_cast<ptrdiff_t>(rank_of(share, durations.size()));
    std::nth_element(durations.begin(), at, durations.end());
    return *at;
  };
  out.count = durations.size();
  double sum = 0;
  out.least_ns = out.most_ns = durations[0];
  for (const int64_t each : durations) {
    sum += static_cast<double>(each);
    out.least_ns = std::min(out.least_ns, each);
    out.most_ns = std::max(out.most_ns, each);
  }
  out.total_ns = sum < 9e18 ? static_cast<int64_t>(std::llround(sum)) : INT64_MAX;
  out.mean_ns = sum / static_cast<double>(durations.size());
  out.p50_ns = at_rank(0.50);
  out.p95_ns = at_rank(0.95);
  out.p99_ns = at_rank(0.99);
  return out;
}

}  // namespace hone::analysis
