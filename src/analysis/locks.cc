#include "analysis/locks.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "analysis/lost_marks.h"
#include "analysis/weights.h"

namespace hone::analysis {
namespace {

using profile::LockUse;
using profile::Profile;

// Holds of others that one wait is compared with: a wait that saw more is a long queue, of which
// the first stand for the rest.
constexpr ptrdiff_t kHoldsAWait = 256;

void add_capped(int64_t& to, int64_t ns) {
  if (__builtin_add_overflow(to, ns, &to)) to = INT64_MAX;
}

bool was_obtained(const LockUse& use) {
  return (use.flags & (recording::kLockGaveUp | recording::kLockStillWaiting)) == 0;
}

// All uses of one name in one process.
struct Group {
  const profile::Site* site = nullptr;  // the first that was met
  ProcessId process{};
  std::vector<const LockUse*> uses;
};

struct PairSum {
  int64_t ns = 0;
  uint64_t count = 0;
};
using PairSums = std::map<std::pair<ThreadId, ThreadId>, PairSum>;  // waiter, owner

// Whom `wait` waited for, among the holds of its lock in the order of their ends. Every moment
// counts for one of them: where several hold it shared, for the last that let go.
void attribute(const LockUse& wait, const std::vector<const LockUse*>& holds, PairSums& pairs) {
  const int64_t from = raw(wait.asked()), until = from + wait.wait_ns;
  const auto first =
      std::upper_bound(holds.begin(), holds.end(), from,
                       [](int64_t time, const LockUse* each) { return time < raw(each->end); });
  auto last = first;
  for (; last != holds.end() && last - first < kHoldsAWait; ++last) {
    // Exclusive holds follow each other; those that are shared do not.
    const bool is_shared = ((*last)->flags & recording::kLockShared) != 0;
    if (raw((*last)->obtained()) >= until && !is_shared) break;
  }
  int64_t open_until = until;
  std::map<ThreadId, int64_t> owners;
  while (last != first) {
    const LockUse& other = **--last;
    const int64_t begin = std::max(raw(other.obtained()), from);
    const int64_t end = std::min(raw(other.end), open_until);
    if (other.thread == wait.thread || end <= begin) continue;
    owners[other.thread] += end - begin;
    open_until = begin;
  }
  int64_t known = 0;
  for (const auto& [owner, ns] : owners) known += ns;
  if (known < wait.wait_ns) {
    // In between nobody held it (it was handed over), or nobody who is recorded did.
    owners[known == 0 ? wait.owner : ThreadId::kNone] += wait.wait_ns - known;
  }
  for (const auto& [owner, ns] : owners) {
    PairSum& sum = pairs[{wait.thread, owner}];
    add_capped(sum.ns, ns);
    ++sum.count;
  }
}

std::vector<LockPair> named(const Profile& p, const PairSums& sums) {
  std::vector<LockPair> out;
  for (const auto& [who, sum] : sums) {
    const profile::Thread& waiter = p.threads()[raw(who.first)];
    const profile::Thread& owner = p.threads()[raw(who.second)];
    out.push_back({.waiter = who.first,
                   .owner = who.second,
                   .waiter_name = std::string(p.string(waiter.name)),
                   .owner_name = std::string(p.string(owner.name)),
                   .waiter_tid = waiter.tid,
                   .owner_tid = owner.tid,
                   .ns = sum.ns,
                   .count = sum.count});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.ns > b.ns; });
  return out;
}

// By lock object: for whom others waited.
PairSums pairs_of(const Group& group) {
  std::unordered_map<uint64_t, std::vector<const LockUse*>> holds;
  for (const LockUse* use : group.uses) {
    if (was_obtained(*use) && (use->flags & recording::kLockHoldUnknown) == 0) {
      holds[use->lock].push_back(use);
    }
  }
  for (auto& [lock, uses] : holds) {
    std::stable_sort(uses.begin(), uses.end(),
                     [](const LockUse* a, const LockUse* b) { return a->end < b->end; });
  }
  PairSums sums;
  for (const LockUse* use : group.uses) {
    if (use->wait_ns > 0) attribute(*use, holds[use->lock], sums);
  }
  return sums;
}

LockStats stats_of(const Profile& p, const Group& group) {
  LockStats out{.name = std::string(p.string(group.site->name)),
                .process = std::string(p.string(p.processes()[raw(group.process)].name)),
                .file = std::string(p.string(group.site->file)),
                .line = group.site->line};
  std::vector<int64_t> waits, holds;
  std::set<ThreadId> threads;
  std::unordered_map<uint64_t, int64_t> by_lock;
  for (const LockUse* use : group.uses) {
    const bool obtained = was_obtained(*use);
    threads.insert(use->thread);
    add_capped(by_lock[use->lock], use->wait_ns);
    out.acquisitions += obtained;
    out.shared += obtained && (use->flags & recording::kLockShared) != 0;
    out.contended += obtained && use->wait_ns > 0;
    out.gave_up += (use->flags & recording::kLockGaveUp) != 0;
    out.still_waiting += (use->flags & recording::kLockStillWaiting) != 0;
    out.still_held += (use->flags & recording::kLockStillHeld) != 0;
    if (use->wait_ns > 0) waits.push_back(use->wait_ns);
    const bool is_known = (use->flags & recording::kLockHoldUnknown) == 0;
    if (obtained && is_known) holds.push_back(use->hold_ns);
    out.hold_unknown += obtained && !is_known;
  }
  for (const auto& [lock, ns] : by_lock) {
    const bool is_first = out.worst_lock == 0 && out.worst_wait_ns == 0;
    if (ns < out.worst_wait_ns || (ns == out.worst_wait_ns && !is_first && lock > out.worst_lock)) {
      continue;
    }
    out.worst_lock = lock;
    out.worst_wait_ns = ns;
  }
  out.objects = by_lock.size();
  out.threads = static_cast<uint32_t>(threads.size());
  out.wait = distribution_of(waits);
  out.hold = distribution_of(holds);
  out.pairs = named(p, pairs_of(group));
  return out;
}

std::vector<LockThread> waiting_threads(const Profile& p, const Selection& selection,
                                        const std::vector<Group>& groups) {
  std::map<ThreadId, LockThread> threads;
  for (const Group& group : groups) {
    std::map<ThreadId, int64_t> waits;
    for (const LockUse* use : group.uses) add_capped(waits[use->thread], use->wait_ns);
    for (const auto& [id, ns] : waits) {
      if (ns == 0) continue;
      LockThread& thread = threads[id];
      add_capped(thread.wait_ns, ns);
      if (ns <= thread.lock_ns) continue;
      thread.lock = p.string(group.site->name);
      thread.lock_ns = ns;
    }
  }
  std::vector<LockThread> out;
  for (auto& [id, thread] : threads) {
    const profile::Thread& from = p.threads()[raw(id)];
    thread.thread = id;
    thread.name = p.string(from.name);
    thread.tid = from.tid;
    const TimeNs first = std::max(from.start, selection.time_first);
    const TimeNs last = std::min(from.end, selection.time_last);
    // What a thread waits for at the end may outlast what is known of its life by a moment.
    thread.life_ns = std::max(last > first ? raw(last) - raw(first) : 0, thread.wait_ns);
    out.push_back(std::move(thread));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.wait_ns > b.wait_ns; });
  return out;
}

// Who waited for whom at the end, when they do so in a circle.
std::vector<LockStandstill> standstill_of(const Profile& p, const std::vector<Group>& groups) {
  struct Wait {
    const LockUse* use;
    const Group* group;
  };
  std::map<ThreadId, Wait> waits;
  for (const Group& group : groups) {
    for (const LockUse* use : group.uses) {
      if ((use->flags & recording::kLockStillWaiting) == 0 || use->owner == ThreadId::kNone)
        continue;
      // Who held it may have let go since, and another has it.
      const bool let_go = std::any_of(group.uses.begin(), group.uses.end(), [&](auto* other) {
        return other->lock == use->lock && other->thread == use->owner && was_obtained(*other) &&
               other->end > use->asked() && other->obtained() <= use->asked();
      });
      if (!let_go) waits[use->thread] = {use, &group};
    }
  }
  for (const auto& [start, first] : waits) {
    std::vector<LockStandstill> circle;
    for (auto at = waits.find(start); at != waits.end() && circle.size() <= waits.size();
         at = waits.find(at->second.use->owner)) {
      if (!circle.empty() && at->first == start) return circle;
      const profile::Thread& thread = p.threads()[raw(at->first)];
      circle.push_back({.thread = at->first,
                        .name = std::string(p.string(thread.name)),
                        .tid = thread.tid,
                        .lock = std::string(p.string(at->second.group->site->name)),
                        .wait_ns = at->second.use->wait_ns});
    }
  }
  return {};
}

}  // namespace

LockReport lock_report(const Profile& profile, const Selection& selection) {
  LockReport out;
  out.lost = lost_marks(profile);
  const profile::Instrumentation& all = profile.instrumentation();
  if (all.locks.empty()) return out;
  const SampleFilter filter(profile, selection);
  std::map<std::pair<ProcessId, std::string_view>, Group> by_name;
  for (const LockUse& use : all.locks) {
    if (!filter.takes_thread(use.thread) || use.end < selection.time_first ||
        use.end > selection.time_last) {
      continue;
    }
    const profile::Site& site = all.sites[raw(use.site)];
    const ProcessId process = profile.threads()[raw(use.thread)].process;
    Group& group = by_name[{process, profile.string(site.name)}];
    if (!group.site) {
      group.site = &site;
      group.process = process;
    }
    group.uses.push_back(&use);
  }
  std::vector<Group> groups;
  for (auto& [name, group] : by_name) {
    out.locks.push_back(stats_of(profile, group));
    groups.push_back(std::move(group));
  }
  std::stable_sort(out.locks.begin(), out.locks.end(), [](const LockStats& a, const LockStats& b) {
    return std::tie(b.wait.total_ns, b.hold.total_ns) < std::tie(a.wait.total_ns, a.hold.total_ns);
  });
  out.threads = waiting_threads(profile, selection, groups);
  if (out.lost == 0) out.standstill = standstill_of(profile, groups);
  return out;
}

}  // namespace hone::analysis
