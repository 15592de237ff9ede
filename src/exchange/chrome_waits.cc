// Waits and locks of Chrome's format. A thread's waits are a track beside the thread: their stamps
// are the kernel's, taken while the thread's own may be a moment before or behind. So are its
// locks: one may be held across the end of a span, and let go in any order.
#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <unordered_map>

#include "exchange/chrome_lane.h"
#include "exchange/wait_texts.h"

namespace hone::exchange::chrome {
namespace {

using profile::LockUse;
using profile::Wait;

// Calls one(thread, rows) for each thread of `count` rows that is exported, with those of its rows
// that are, in their order.
template <class Row, class One>
void for_each_thread(Events& events, const Row* all, size_t count, TimeNs Row::*until, One&& one) {
  std::vector<uint32_t> order;
  for (size_t i = 0; i < count; ++i) {
    if (events.options.takes(all[i].thread, all[i].*until)) {
      order.push_back(static_cast<uint32_t>(i));
    }
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return all[a].thread < all[b].thread; });
  for (size_t first = 0; first < order.size();) {
    const ThreadId thread = all[order[first]].thread;
    size_t last = first;
    while (last < order.size() && all[order[last]].thread == thread) ++last;
    one(thread, std::span(order).subspan(first, last - first));
    first = last;
  }
}

std::string lane_name(const Events& events, ThreadId thread, std::string_view what) {
  const profile::Profile& p = events.profile;
  std::string out(p.string(p.threads()[raw(thread)].name));
  out += ": ";
  out += what;
  return out;
}

// What a wait is called, made once for each name.
class WaitHeads {
 public:
  explicit WaitHeads(Events& events) : texts_(events.profile) {}
  const std::string& of(const Wait& wait) {
    const std::string name = texts_.name_of(wait);
    std::string& out = whats_[name];
    if (out.empty()) out = what_of(name, "off-CPU");
    return out;
  }
  const std::string& stack(StackId stack) { return texts_.stack(stack); }

 private:
  WaitTexts texts_;
  std::map<std::string, std::string> whats_;
};

// Both marks of a lock's name, for as many locks as there are.
class LockTexts {
 public:
  explicit LockTexts(const profile::Profile& profile) : profile_(profile) {}
  const std::string& wait(SiteId site) { return of(site, waits_, " (wait)"); }
  const std::string& hold(SiteId site) { return of(site, holds_, " (held)"); }

 private:
  const std::string& of(SiteId site, std::unordered_map<uint32_t, std::string>& all,
                        std::string_view how) {
    std::string& out = all[raw(site)];
    if (!out.empty()) return out;
    const profile::Site& from = profile_.instrumentation().sites[raw(site)];
    std::string name(profile_.string(from.name));
    name += how;
    return out = what_of(name, "lock", from.color);
  }
  const profile::Profile& profile_;
  std::unordered_map<uint32_t, std::string> waits_, holds_;
};

}  // namespace

void write_waits(Events& events) {
  const std::span<const Wait> all = events.profile.waits();
  WaitHeads texts(events);
  const auto arguments = [&](uint32_t index, ArgumentWriter& to) {
    const Wait& wait = all[index];
    if (wait.count > 1) {
      to.number("waits", wait.count);
      to.microseconds("together us", wait.duration_ns);
    }
    if (wait.runnable_ns > 0) to.microseconds("could have run us", wait.runnable_ns);
    if (wait.waker != ThreadId::kNone) {
      to.text("woken by", thread_text(events.profile, wait.waker));
    }
    if ((wait.flags & recording::kWaitBeganBefore) != 0) to.yes("began before the recording");
    if ((wait.flags & recording::kWaitNotEnded) != 0) to.yes("did not end");
    if (const std::string& stack = texts.stack(wait.stack); !stack.empty()) to.text("stack", stack);
  };
  for_each_thread(
      events, all.data(), all.size(), &Wait::until,
      [&](ThreadId thread, std::span<const uint32_t> rows) {
        if (events.out.failed()) return;
        Lane lane(events, events.ids.pid_of(thread), lane_name(events, thread, "off CPU"));
        for (const uint32_t row : rows) {
          const Wait& wait = all[row];
          const bool is_one = wait.count <= 1 && (wait.flags & recording::kWaitAccount) == 0;
          lane.add({.start = std::min(wait.time, wait.until),
                    .end = wait.until,
                    .what = &texts.of(wait),
                    .index = row,
                    .apart = !is_one});
        }
        lane.write(arguments);
      });
}

void write_locks(Events& events) {
  const std::vector<LockUse>& all = events.profile.instrumentation().locks;
  LockTexts texts(events.profile);
  const auto arguments = [&](uint32_t index, ArgumentWriter& to) {
    const LockUse& use = all[index / 2];
    const bool is_wait = index % 2 == 0;
    to.hex("lock", use.lock);
    if ((use.flags & recording::kLockShared) != 0) to.yes("shared");
    if (is_wait && use.owner != ThreadId::kNone) {
      to.text("held by", thread_text(events.profile, use.owner));
    }
    if (is_wait && (use.flags & recording::kLockGaveUp) != 0) to.yes("given up");
    if (is_wait && (use.flags & recording::kLockStillWaiting) != 0) to.yes("still waiting");
    if (!is_wait && (use.flags & recording::kLockStillHeld) != 0) to.yes("still held");
  };
  constexpr uint8_t kNotHeld =
      recording::kLockGaveUp | recording::kLockStillWaiting | recording::kLockHoldUnknown;
  for_each_thread(events, all.data(), all.size(), &LockUse::end,
                  [&](ThreadId thread, std::span<const uint32_t> rows) {
                    if (events.out.failed()) return;
                    Lane lane(events, events.ids.pid_of(thread),
                              lane_name(events, thread, "locks"));
                    for (const uint32_t row : rows) {
                      const LockUse& use = all[row];
                      if (use.wait_ns > 0) {
                        lane.add({.start = use.asked(),
                                  .end = use.obtained(),
                                  .what = &texts.wait(use.site),
                                  .index = 2 * row});
                      }
                      if ((use.flags & kNotHeld) != 0) continue;
                      lane.add({.start = use.obtained(),
                                .end = use.end,
                                .what = &texts.hold(use.site),
                                .index = 2 * row + 1});
                    }
                    lane.write(arguments);
                  });
}

}  // namespace hone::exchange::chrome
