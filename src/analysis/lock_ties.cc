#include "analysis/lock_ties.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace hone::analysis {
namespace {

int64_t shared_ns(const TrackRow& row, const TimelineEvent& event) {
  return std::min(raw(row.end), raw(event.end)) - std::max(raw(row.start), raw(event.start));
}

// The wait for a lock in which the thread was blocked: the one that most of it lies in.
std::optional<TimelineEvent> wait_around(const Timeline& timeline, const TimelineEvent& event) {
  const TimelineTrack* best = nullptr;
  size_t best_row = 0;
  int64_t best_ns = event.duration_ns() / 2;
  for (const TimelineTrack& track : timeline.tracks()) {
    if (track.kind != TimelineKind::kLock) continue;
    for (size_t i = 0; i < timeline.rows().size(track.part); ++i) {
      const TrackRow row = timeline.rows().row(track.part, i);
      if (row.depth == 0 || row.name != raw(event.thread)) continue;
      const int64_t ns = shared_ns(row, event);
      if (ns > best_ns) std::tie(best, best_row, best_ns) = std::tuple(&track, i, ns);
    }
  }
  if (best == nullptr) return {};
  return event_at(timeline, *best, best_row);
}

struct Shared {
  int64_t ns = 0;
  size_t row = 0;
};

std::vector<TimelineEvent> longest(const Timeline& timeline, const TimelineTrack& track,
                                   std::vector<Shared>& all) {
  const size_t count = std::min(all.size(), kLockTiesMost);
  std::partial_sort(
      all.begin(), all.begin() + static_cast<ptrdiff_t>(count), all.end(),
      [](const Shared& a, const Shared& b) { return a.ns != b.ns ? a.ns > b.ns : a.row < b.row; });
  std::vector<TimelineEvent> out;
  for (size_t i = 0; i < count; ++i) {
    if (auto event = event_at(timeline, track, all[i].row)) out.push_back(std::move(*event));
  }
  return out;
}

}  // namespace

LockTies lock_ties(const Timeline& timeline, const TimelineEvent& event) {
  LockTies out;
  if (event.track->kind == TimelineKind::kLock) {
    out.own = event;
  } else if (event.track->kind == TimelineKind::kState &&
             event.name_number >= StateName::kBlocked) {
    out.own = wait_around(timeline, event);
  }
  if (!out.own) return out;
  out.track = out.own->track;
  std::vector<Shared> holders, waiters;
  for (size_t i = 0; i < timeline.rows().size(out.track->part); ++i) {
    if (i == out.own->number) continue;
    const TrackRow row = timeline.rows().row(out.track->part, i);
    const int64_t ns = shared_ns(row, *out.own);
    if (ns > 0) (row.depth == 0 ? holders : waiters).push_back({ns, i});
  }
  out.holder_count = holders.size();
  out.waiter_count = waiters.size();
  out.holders = longest(timeline, *out.track, holders);
  out.waiters = longest(timeline, *out.track, waiters);
  return out;
}

}  // namespace hone::analysis
