#include "analysis/pools.h"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>
#include <tuple>
#include <unordered_map>

#include "analysis/lost_marks.h"
#include "analysis/recorded_time.h"
#include "analysis/weights.h"

namespace hone::analysis {
namespace {

using profile::Allocation;
using profile::Profile;

constexpr size_t kParts = 40;  // of a pool's time

size_t size_class(uint64_t bytes) {
  const size_t power = bytes <= 1 ? 0 : static_cast<size_t>(std::bit_width(bytes - 1));
  return std::min(power, kSizeClasses - 1);
}

void add_capped(uint64_t& to, uint64_t more) {
  if (__builtin_add_overflow(to, more, &to)) to = UINT64_MAX;
}

// One address of a pool.
struct Block {
  uint64_t bytes = 0;
  TimeNs since{};
  SiteId span{};
  bool live = false, selected = false;
};

// Follows one pool through its marks, in the order of their times.
class Pool {
 public:
  explicit Pool(PoolStats& stats, TimeNs first, TimeNs last)
      : stats_(stats), part_ns_(std::max<int64_t>(1, (raw(last) - raw(first)) / kParts + 1)) {
    stats_.first = first;
    stats_.last = last;
  }

  void take(const Allocation& mark, bool selected) {
    fill_parts(mark.time);
    switch (mark.kind) {
      case recording::kAllocated:
        return allocate(mark, selected);
      case recording::kFreed:
        return free(mark);
      default:
        ++stats_.resets;
        for (auto& [address, block] : blocks_) {
          if (block.live) end(block, mark.time);
        }
        // What is given back at once is not freed one by one: a later free is not a second.
        blocks_.clear();
    }
  }

  void finish(const Profile& p) {
    while (stats_.live_over_time.size() < kParts) {
      stats_.live_over_time.push_back(stats_.live_bytes);
    }
    find_growth();
    stats_.lifetime = distribution_of(lifetimes_);
    name_spans(p);
  }

 private:
  void allocate(const Allocation& mark, bool selected) {
    Block& block = blocks_[mark.address];
    if (block.live) {
      ++stats_.taken_twice;
      end(block, mark.time, false);
    }
    block = {mark.bytes, mark.time, mark.span, true, selected};
    if (!selected) return;
    ++stats_.allocations;
    add_capped(stats_.allocated_bytes, mark.bytes);
    SizeClass& sizes = stats_.sizes[size_class(mark.bytes)];
    ++sizes.count;
    add_capped(sizes.bytes, mark.bytes);
    SizeClass& by_span = by_span_[mark.span];
    ++by_span.count;
    add_capped(by_span.bytes, mark.bytes);
    ++stats_.live_count;
    add_capped(stats_.live_bytes, mark.bytes);
    if (stats_.live_bytes <= stats_.peak_bytes && stats_.peak_count != 0) return;
    stats_.peak_bytes = stats_.live_bytes;
    stats_.peak_count = stats_.live_count;
    stats_.peak_time = mark.time;
  }

  void free(const Allocation& mark) {
    const auto at = blocks_.find(mark.address);
    if (at == blocks_.end()) {
      ++stats_.freed_unknown;
    } else if (!at->second.live) {
      ++stats_.freed_twice;
    } else {
      end(at->second, mark.time);
    }
  }

  void end(Block& block, TimeNs time, bool is_known = true) {
    block.live = false;
    if (!block.selected) return;
    ++stats_.frees;
    add_capped(stats_.freed_bytes, block.bytes);
    --stats_.live_count;
    // Sums that stopped at what a number holds may be less than their parts.
    stats_.live_bytes -= std::min(block.bytes, stats_.live_bytes);
    if (is_known) lifetimes_.push_back(raw(time) - raw(block.since));
  }

  void fill_parts(TimeNs now) {
    const auto part = static_cast<size_t>((raw(now) - raw(stats_.first)) / part_ns_);
    while (stats_.live_over_time.size() < std::min(part, kParts)) {
      stats_.live_over_time.push_back(stats_.live_bytes);
    }
  }

  void find_growth() {
    uint64_t before = 0;
    for (size_t i = 0; i < kParts; ++i) {
      const uint64_t now = stats_.live_over_time[i];
      const int64_t rise =
          now > before ? static_cast<int64_t>(std::min<uint64_t>(now - before, INT64_MAX)) : 0;
      before = now;
      if (rise <= stats_.growth_bytes) continue;
      stats_.growth_bytes = rise;
      stats_.growth_from = TimeNs{raw(stats_.first) + static_cast<int64_t>(i) * part_ns_};
      stats_.growth_until = std::min(stats_.last, TimeNs{raw(stats_.growth_from) + part_ns_});
    }
  }

  void name_spans(const Profile& p) {
    const auto name = [&](SiteId span) {
      return std::string(p.string(p.instrumentation().sites[raw(span)].name));
    };
    std::map<std::pair<SiteId, uint64_t>, PoolLeft> left;
    std::map<SiteId, SizeClass> live;
    for (const auto& [address, block] : blocks_) {
      if (!block.live || !block.selected) continue;
      PoolLeft& sum = left[{block.span, block.bytes}];
      if (sum.count == 0 || block.since < sum.first) sum.first = block.since;
      ++sum.count;
      add_capped(sum.bytes, block.bytes);
      ++live[block.span].count;
      add_capped(live[block.span].bytes, block.bytes);
    }
    for (auto& [what, sum] : left) {
      sum.span = name(what.first);
      sum.size = what.second;
      stats_.left.push_back(sum);
    }
    for (const auto& [span, sum] : by_span_) {
      stats_.spans.push_back({.span = name(span),
                              .count = sum.count,
                              .bytes = sum.bytes,
                              .live_count = live[span].count,
                              .live_bytes = live[span].bytes});
    }
    const auto most_bytes = [](const auto& a, const auto& b) {
      return std::tie(b.bytes, b.count) < std::tie(a.bytes, a.count);
    };
    std::stable_sort(stats_.left.begin(), stats_.left.end(), most_bytes);
    std::stable_sort(stats_.spans.begin(), stats_.spans.end(), most_bytes);
  }

  PoolStats& stats_;
  const int64_t part_ns_;
  std::unordered_map<uint64_t, Block> blocks_;
  std::map<SiteId, SizeClass> by_span_;
  std::vector<int64_t> lifetimes_;
};

}  // namespace

PoolReport pool_report(const Profile& profile, const Selection& selection) {
  PoolReport out;
  out.lost = lost_marks(profile);
  out.start = recorded_time(profile).start;
  const std::vector<Allocation>& marks = profile.instrumentation().allocations;
  if (marks.empty()) return out;
  const SampleFilter filter(profile, selection);
  std::map<std::pair<ProcessId, std::string_view>, std::vector<size_t>> by_name;
  for (size_t i = 0; i < marks.size(); ++i) {
    const profile::Site& site = profile.instrumentation().sites[raw(marks[i].site)];
    const ProcessId process = profile.threads()[raw(marks[i].thread)].process;
    by_name[{process, profile.string(site.name)}].push_back(i);
  }
  for (auto& [key, rows] : by_name) {
    // A thread's own stay in the order in which it wrote them, also at one reading of the clock.
    std::stable_sort(rows.begin(), rows.end(),
                     [&](size_t a, size_t b) { return marks[a].time < marks[b].time; });
    PoolStats stats{
        .name = std::string(key.second),
        .process = std::string(profile.string(profile.processes()[raw(key.first)].name))};
    Pool pool(stats, marks[rows.front()].time, marks[rows.back()].time);
    for (const size_t row : rows) {
      const Allocation& mark = marks[row];
      pool.take(mark, filter.takes_thread(mark.thread) && mark.time >= selection.time_first &&
                          mark.time <= selection.time_last);
    }
    pool.finish(profile);
    if (stats.allocations + stats.frees + stats.freed_unknown > 0) {
      out.pools.push_back(std::move(stats));
    }
  }
  std::stable_sort(out.pools.begin(), out.pools.end(), [](const PoolStats& a, const PoolStats& b) {
    return std::tie(b.peak_bytes, b.allocations) < std::tie(a.peak_bytes, a.allocations);
  });
  return out;
}

}  // namespace hone::analysis
