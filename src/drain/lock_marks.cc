#include "drain/lock_marks.h"

#include <map>
#include <vector>

#include <algorithm>

namespace hone::drain {
namespace {

// Locks that one thread waits for and holds at once; a program that never lets go forgets the
// oldest.
constexpr size_t kOpenMax = 256;

DurationNs between(TimeNs from, TimeNs to) {
  return from == TimeNs{} || to < from ? DurationNs{} : to - from;
}

}  // namespace

// Between marks by hand.
struct LockMarks::Open {
  uint64_t lock = 0;
  SiteId site{};
  TimeNs wait{}, held{};  // since when; 0: not
  uint32_t inner = 0;     // how often its owner took it again
};
struct LockMarks::Threads {
  std::map<ThreadId, std::vector<Open>> all;
};

LockMarks::LockMarks() : open_(std::make_unique<Threads>()) {}
LockMarks::LockMarks(LockMarks&&) noexcept = default;
LockMarks& LockMarks::operator=(LockMarks&&) noexcept = default;
LockMarks::~LockMarks() = default;

void LockMarks::begin_part() {
  open_->all.clear();
}

void LockMarks::take(recording::Builder& builder, const LockMark& mark,
                     std::span<const hone_slot> rest, DurationOf duration_of, ThreadOf thread_of) {
  if (rest.empty() || mark.site == SiteId::kNone) return;
  if (mark.kind != HONE_MARK_LOCK_HELD) {
    take_by_hand(builder, mark, rest[0].first);
    return;
  }
  recording::LockRow row{.thread = mark.thread,
                         .end = mark.time,
                         .hold = duration_of(rest[0].second >> 32),
                         .site = mark.site,
                         .lock = rest[0].first};
  if (rest.size() >= 3) {
    row.hold = duration_of(rest[1].first);
    row.wait = duration_of(rest[2].first);
    row.owner = thread_of(static_cast<uint32_t>(rest[2].second >> 32));
  }
  row.flags =
      mark.detail & (recording::kLockShared | recording::kLockGaveUp | recording::kLockHoldUnknown);
  builder.append(row);
}

void LockMarks::take_by_hand(recording::Builder& builder, const LockMark& mark, uint64_t lock) {
  std::vector<Open>& open = open_->all[mark.thread];
  const auto at = std::find_if(open.begin(), open.end(),
                               [lock](const Open& each) { return each.lock == lock; });
  if (mark.kind == HONE_MARK_LOCK_LEAVE) {
    // Without its beginning, as in a program that ran already, there is nothing to say.
    if (at == open.end()) return;
    if (at->inner > 0) {
      --at->inner;
      return;
    }
    if (at->held != TimeNs{}) {
      builder.append(recording::LockRow{.thread = mark.thread,
                                        .end = mark.time,
                                        .wait = between(at->wait, at->held),
                                        .hold = between(at->held, mark.time),
                                        .site = at->site,
                                        .lock = lock});
    }
    open.erase(at);
    return;
  }
  const bool obtained = mark.kind == HONE_MARK_LOCK_TAKE;
  if (at != open.end() && at->held != TimeNs{}) {
    at->inner += obtained;
    return;
  }
  if (at != open.end() && obtained) {
    at->held = mark.time;
    at->site = mark.site;
    return;
  }
  if (at != open.end()) open.erase(at);  // it waited before, and gave up without a word
  if (open.size() == kOpenMax) open.erase(open.begin());
  open.push_back({.lock = lock,
                  .site = mark.site,
                  .wait = obtained ? TimeNs{} : mark.time,
                  .held = obtained ? mark.time : TimeNs{}});
}

void LockMarks::still_waits(recording::Builder& builder, ThreadId thread, TimeNs since, TimeNs end,
                            SiteId site, uint64_t lock, ThreadId owner) {
  if (since > end || site == SiteId::kNone) return;
  builder.append(recording::LockRow{.thread = thread,
                                    .end = end,
                                    .wait = end - since,
                                    .site = site,
                                    .lock = lock,
                                    .owner = owner,
                                    .flags = recording::kLockStillWaiting});
}

void LockMarks::end(recording::Builder& builder, TimeNs end) {
  for (const auto& [thread, open] : open_->all) {
    for (const Open& each : open) {
      if (each.held == TimeNs{}) {
        still_waits(builder, thread, each.wait, end, each.site, each.lock, {});
      } else {
        builder.append(recording::LockRow{.thread = thread,
                                          .end = end,
                                          .wait = between(each.wait, each.held),
                                          .hold = between(each.held, end),
                                          .site = each.site,
                                          .lock = each.lock,
                                          .flags = recording::kLockStillHeld});
      }
    }
  }
  open_->all.clear();
}

}  // namespace hone::drain
