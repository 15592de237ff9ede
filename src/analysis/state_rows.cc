#include "analysis/state_rows.h"

#include <algorithm>
#include <set>
#include <utility>

namespace hone::analysis {
namespace {

// Below it a thread ran more than it waited.
constexpr double kMostOfTheTime = 0.5;

// What is left between rows that do not overlap.
class Gaps {
 public:
  Gaps(const std::vector<TrackRow>& rows, TimeNs from, TimeNs until) {
    TimeNs at = from;
    for (const TrackRow& row : rows) {
      add(at, row.start);
      at = row.end;
    }
    add(at, until);
  }
  struct Gap {
    TimeNs start{}, end{};
    int64_t before_ns = 0;  // in those before it
  };
  const std::vector<Gap>& all() const { return all_; }
  int64_t between(TimeNs from, TimeNs until) const { return before(until) - before(from); }

 private:
  void add(TimeNs start, TimeNs end) {
    if (end <= start) return;
    all_.push_back({start, end, total_ns_});
    total_ns_ += raw(end) - raw(start);
  }
  int64_t before(TimeNs time) const {
    const auto next = std::upper_bound(all_.begin(), all_.end(), time,
                                       [](TimeNs t, const Gap& gap) { return t < gap.start; });
    if (next == all_.begin()) return 0;
    const Gap& gap = *std::prev(next);
    return gap.before_ns + raw(std::min(time, gap.end)) - raw(gap.start);
  }
  std::vector<Gap> all_;
  int64_t total_ns_ = 0;
};

bool is_sum(const profile::Wait& wait) {
  return wait.count > 1 && (wait.flags & recording::kWaitLost) == 0;
}

// `sums` are by time and do not overlap: what of them lies in the gap, and that it ran in between.
void fill(const Gaps::Gap& gap, const std::vector<TrackRow>& sums, std::vector<TrackRow>& out) {
  const auto run = [&](TimeNs start, TimeNs end) {
    if (end <= start) return;
    out.push_back(
        {.start = start, .end = end, .name = StateName::kRunning, .original = StateRows::kNone});
  };
  TimeNs at = gap.start;
  auto next = std::partition_point(sums.begin(), sums.end(),
                                   [&](const TrackRow& sum) { return sum.end <= gap.start; });
  for (; next != sums.end() && next->start < gap.end; ++next) {
    TrackRow row = *next;
    row.start = std::max(row.start, at);
    row.end = std::min(row.end, gap.end);
    run(at, row.start);
    out.push_back(row);
    at = row.end;
  }
  run(at, gap.end);
}

}  // namespace

uint32_t StateRows::name_of(const profile::Wait& wait) {
  if ((wait.flags & recording::kWaitLost) != 0) return StateName::kNotKnown;
  const WaitKind kind = kinds_.of(wait);
  if (wait.count > 1) return StateName::kSeveral + static_cast<uint32_t>(kind);
  if (kind == WaitKind::kRunQueue) return StateName::kRunnable;
  return StateName::kBlocked + static_cast<uint32_t>(kind);
}

// Those whose times are known.
std::vector<TrackRow> StateRows::one_by_one(const std::vector<uint32_t>& waits, TimeNs from) {
  std::vector<TrackRow> out;
  TimeNs at = from;
  const auto put = [&](TimeNs start, TimeNs end, uint32_t name, uint32_t original) {
    start = std::max(start, at);
    if (end <= start) return;
    out.push_back({.start = start, .end = end, .name = name, .original = original});
    at = end;
  };
  for (const uint32_t row : waits) {
    const profile::Wait& wait = profile_.waits()[row];
    if ((wait.flags & recording::kWaitAccount) != 0 || is_sum(wait)) continue;
    const bool is_lost = (wait.flags & recording::kWaitLost) != 0;
    const int64_t runnable =
        is_lost ? 0 : std::clamp<int64_t>(wait.runnable_ns, 0, wait.duration_ns);
    // At its end it was woken, and had no CPU yet.
    const TimeNs woken{raw(wait.until) - runnable};
    put(wait.time, woken, name_of(wait), row);
    if (runnable > 0) put(woken, wait.until, StateName::kRunnable, row);
  }
  return out;
}

std::vector<TrackRow> StateRows::rows_of_sums(const std::vector<SummedWait>& sums) {
  struct Turn {
    TimeNs time{};
    uint32_t sum = 0;
    bool begins = false;
  };
  std::vector<Turn> turns;
  for (uint32_t i = 0; i < sums.size(); ++i) {
    turns.push_back({sums[i].from, i, true});
    turns.push_back({sums[i].until, i, false});
  }
  std::stable_sort(turns.begin(), turns.end(),
                   [](const Turn& a, const Turn& b) { return a.time < b.time; });
  std::vector<TrackRow> out;
  std::set<std::pair<double, uint32_t>> open;  // by share
  double shares = 0;
  for (size_t i = 0; i < turns.size(); ++i) {
    const SummedWait& sum = sums[turns[i].sum];
    if (turns[i].begins) {
      open.insert({sum.share, turns[i].sum});
      shares += sum.share;
    } else {
      open.erase({sum.share, turns[i].sum});
      shares -= sum.share;
    }
    if (open.empty() || shares < kMostOfTheTime || turns[i + 1].time == turns[i].time) continue;
    const uint32_t wait = sums[open.rbegin()->second].wait;
    if (!out.empty() && out.back().end == turns[i].time && out.back().original == wait) {
      out.back().end = turns[i + 1].time;
      continue;
    }
    out.push_back({.start = turns[i].time,
                   .end = turns[i + 1].time,
                   .name = name_of(profile_.waits()[wait]),
                   .original = wait});
  }
  return out;
}

ThreadStates StateRows::make(const std::vector<uint32_t>& waits, TimeNs from, TimeNs until) {
  ThreadStates out;
  const std::vector<TrackRow> known = one_by_one(waits, from);
  const Gaps gaps(known, from, until);
  for (const uint32_t row : waits) {
    const profile::Wait& wait = profile_.waits()[row];
    if ((wait.flags & recording::kWaitAccount) != 0 || !is_sum(wait)) continue;
    const TimeNs first = std::clamp(wait.time, from, std::max(from, until));
    const TimeNs last = std::clamp(wait.until, first, std::max(first, until));
    const int64_t free_ns = gaps.between(first, last);
    if (free_ns <= 0 || wait.duration_ns <= 0) continue;
    const double share = static_cast<double>(wait.duration_ns) / static_cast<double>(free_ns);
    out.sums.push_back({row, first, last, std::min(share, 1.0)});
  }
  const std::vector<TrackRow> sums = rows_of_sums(out.sums);
  auto next = known.begin();
  const auto known_until = [&](TimeNs time) {
    for (; next != known.end() && next->start < time; ++next) out.rows.push_back(*next);
  };
  for (const Gaps::Gap& gap : gaps.all()) {
    known_until(gap.start);
    fill(gap, sums, out.rows);
  }
  out.rows.insert(out.rows.end(), next, known.end());
  return out;
}

}  // namespace hone::analysis
