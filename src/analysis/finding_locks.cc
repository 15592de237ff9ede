// Findings about the locks and the pools of memory that a program marks itself.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "analysis/finding_rules.h"
#include "analysis/locks.h"
#include "analysis/pools.h"
#include "base/host/text.h"

namespace hone::analysis {
namespace {

std::string time_text(int64_t ns) {
  return base::duration_text(DurationNs{ns});
}

// For whom a thread waited longest, among those that are known.
const LockPair* longest_pair(const LockReport& locks, const LockThread& thread) {
  const LockPair* longest = nullptr;
  for (const LockStats& lock : locks.locks) {
    if (lock.name != thread.lock) continue;
    for (const LockPair& pair : lock.pairs) {
      if (pair.waiter != thread.thread || pair.owner == ThreadId::kNone) continue;
      if (!longest || pair.ns > longest->ns) longest = &pair;
    }
  }
  return longest;
}

Finding standstill(const LockReport& locks) {
  Finding f{.kind = FindingKind::kDeadlock, .id = "deadlock", .severity = 3};
  const std::vector<LockStandstill>& circle = locks.standstill;
  int64_t since_ns = circle[0].wait_ns;
  for (size_t i = 0; i < circle.size(); ++i) {
    f.sentence +=
        fmt::format("{}'{}' waits for '{}', which '{}' holds", i == 0 ? "Deadlock: " : "; ",
                    circle[i].name, circle[i].lock, circle[(i + 1) % circle.size()].name);
    f.evidence.emplace_back(fmt::format("thread_{}", i + 1), circle[i].name);
    f.evidence.emplace_back(fmt::format("lock_{}", i + 1), circle[i].lock);
    since_ns = std::min(since_ns, circle[i].wait_ns);
  }
  f.evidence.emplace_back("since_ns", std::to_string(since_ns));
  f.sentence += fmt::format(" ({} until the recording ended)", time_text(since_ns));
  f.next_step = "Take these locks in one order everywhere, or together: std::scoped_lock";
  f.how =
      "Threads that still wait for a lock at the end, whose owner as the wait began never let go "
      "of "
      "it, in a circle; no mark was lost.";
  f.gain_share = 1;
  return f;
}

}  // namespace

void find_lock_waits(const FindingInput& in, Findings& out) {
  if (in.profile.instrumentation().locks.empty()) return;
  const LockReport locks = lock_report(in.profile, in.selection);
  if (!locks.standstill.empty()) out.push_back(standstill(locks));
  const auto share = [](const LockThread& thread) {
    return thread.life_ns > 0
               ? static_cast<double>(thread.wait_ns) / static_cast<double>(thread.life_ns)
               : 0;
  };
  const LockThread* worst = nullptr;
  size_t count = 0;
  for (const LockThread& thread : locks.threads) {
    if (thread.wait_ns < Thresholds::kMarkedLockNs ||
        share(thread) <= Thresholds::kMarkedLockShare) {
      continue;
    }
    ++count;
    if (!worst || share(thread) > share(*worst)) worst = &thread;
  }
  if (!worst) return;
  const LockPair* pair = longest_pair(locks, *worst);
  Finding f{.kind = FindingKind::kLockWaits, .id = "lock-waits", .severity = 2};
  f.sentence =
      fmt::format("Thread '{}' waited {} of its time ({}) for locks, most for '{}'", worst->name,
                  base::percent_text(share(*worst)), time_text(worst->wait_ns), worst->lock);
  if (pair) {
    f.sentence +=
        fmt::format(", {} of it while '{}' held that", time_text(pair->ns), pair->owner_name);
  }
  if (count > 1) {
    f.sentence += fmt::format("; so did {} other{}", count - 1, count > 2 ? "s" : "");
  }
  f.next_step = "See who waits for whom, and how long each lock is held: hone report --locks";
  f.how = fmt::format(
      "Waits that the program's own marks tell (hone/lock.h), against each thread's life: over "
      "{:.0f}% and {} or more.",
      Thresholds::kMarkedLockShare * 100, time_text(Thresholds::kMarkedLockNs));
  f.evidence = {{"thread", worst->name},
                {"wait_share", number_text(share(*worst))},
                {"wait_ns", std::to_string(worst->wait_ns)},
                {"lock", worst->lock},
                {"lock_wait_ns", std::to_string(worst->lock_ns)},
                {"threads", std::to_string(count)}};
  if (pair) {
    f.evidence.emplace_back("owner", pair->owner_name);
    f.evidence.emplace_back("owner_ns", std::to_string(pair->ns));
  }
  f.gain_share = share(*worst);
  out.push_back(std::move(f));
}

void find_freed_twice(const FindingInput& in, Findings& out) {
  if (in.profile.instrumentation().allocations.empty()) return;
  const PoolReport pools = pool_report(in.profile, in.selection);
  // Where a mark is missing, what looks like a second may be a first.
  if (pools.lost > 0) return;
  const auto worst =
      std::max_element(pools.pools.begin(), pools.pools.end(),
                       [](const auto& a, const auto& b) { return a.freed_twice < b.freed_twice; });
  if (worst == pools.pools.end() || worst->freed_twice == 0) return;
  Finding f{.kind = FindingKind::kFreedTwice, .id = "freed-twice", .severity = 3};
  f.sentence = fmt::format("Pool '{}' was given back what it had been given back before: {} time{}",
                           worst->name, base::count_text(worst->freed_twice),
                           worst->freed_twice == 1 ? "" : "s");
  f.next_step = "See the pool's account: hone report --pools";
  f.how =
      "HONE_FREE of an address that was freed before and not allocated since, with no mark lost.";
  f.evidence = {{"pool", worst->name}, {"freed_twice", std::to_string(worst->freed_twice)}};
  out.push_back(std::move(f));
}

}  // namespace hone::analysis
