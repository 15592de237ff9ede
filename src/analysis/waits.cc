#include "analysis/waits.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

#include "analysis/wait_rows.h"
#include "analysis/weights.h"

namespace hone::analysis {
namespace {

using profile::Profile;
using profile::Wait;
using Kinds = std::array<double, kWaitKinds>;

// With fewer waits whose cause is known, these do not stand for others: in one second of a thread,
// and in all of its life.
constexpr uint64_t kKnownInSecondMin = 3;
constexpr uint64_t kKnownWaitsMin = 5;
constexpr int64_t kSecondNs = 1'000'000'000;
constexpr size_t kWakersMax = 200;

constexpr size_t index(WaitKind kind) {
  return static_cast<size_t>(kind);
}

int64_t whole(double ns) {
  return static_cast<int64_t>(ns + 0.5);
}

// What the waits of a known cause say of those without one.
struct Evidence {
  int64_t unknown_ns = 0;
  uint64_t unknown_count = 0;
  uint64_t known = 0;
  Kinds stands_for{};
};

// What is gathered of one thread before the waits without a cause are shared out.
struct Gathered {
  WaitTimes times;
  Evidence all;
  // A thread does one thing after the other: what is near in time says more than the rest.
  std::unordered_map<int64_t, Evidence> seconds;
  int64_t account_ns = 0;  // waiting for a CPU, somewhere in its waits
  // For each kind: all of it / what was measured as it.
  Kinds scale;
};

// Gives `evidence.unknown_ns` of the thread's unknown time to kinds, as the evidence says.
void share_out(const Evidence& evidence, uint64_t known_min, WaitTimes& times) {
  double sum = 0;
  for (const double ns : evidence.stands_for) sum += ns;
  if (evidence.unknown_ns <= 0 || evidence.known < known_min || sum <= 0) return;
  constexpr size_t kUnknown = index(WaitKind::kUnknown);
  int64_t left = std::min(evidence.unknown_ns, times.ns[kUnknown]);
  const auto all = static_cast<double>(left);
  const auto most = std::max_element(evidence.stands_for.begin(), evidence.stands_for.end()) -
                    evidence.stands_for.begin();
  const auto give = [&](size_t kind, int64_t ns, double part) {
    const auto count =
        std::min(static_cast<uint64_t>(whole(static_cast<double>(evidence.unknown_count) * part)),
                 times.count[kUnknown]);
    times.ns[kind] += ns;
    times.estimated_ns[kind] += ns;
    times.ns[kUnknown] -= ns;
    times.count[kind] += count;
    times.count[kUnknown] -= count;
    left -= ns;
  };
  for (size_t kind = 0; kind < kWaitKinds; ++kind) {
    const double part = evidence.stands_for[kind] / sum;
    if (part > 0) give(kind, std::min(whole(all * part), left), part);
  }
  // Rounding leaves a nanosecond or two.
  give(static_cast<size_t>(most), left, 0);
}

void share_out(Gathered& thread) {
  WaitTimes& times = thread.times;
  const WaitTimes measured = times;
  Evidence rest = thread.all;
  for (const auto& [second, evidence] : thread.seconds) {
    const int64_t before = times.of(WaitKind::kUnknown);
    share_out(evidence, kKnownInSecondMin, times);
    rest.unknown_ns -= before - times.of(WaitKind::kUnknown);
  }
  share_out(rest, kKnownWaitsMin, times);
  thread.scale.fill(1);
  for (size_t kind = 0; kind < kWaitKinds; ++kind) {
    if (measured.ns[kind] > 0) {
      thread.scale[kind] =
          static_cast<double>(times.ns[kind]) / static_cast<double>(measured.ns[kind]);
    }
  }
}

// How many waits of which kind a thread had, by time: what its account is taken off by.
class WaitCounts {
 public:
  void add(const WaitPart& part, WaitKind kind) {
    const Wait& wait = *part.wait;
    const int64_t first = raw(wait.time) / kSpanNs, last = raw(wait.until) / kSpanNs;
    if (wait.count == 1 || last - first > kSpansMax) {
      spans_[last][index(kind)] += wait.count;
      return;
    }
    // Several waits in one row lie somewhere between its ends.
    const double each = static_cast<double>(wait.count) / static_cast<double>(last - first + 1);
    for (int64_t at = first; at <= last; ++at) spans_[at][index(kind)] += each;
  }
  // Those between two times, and a little after: a wait is known at its end.
  Kinds between(TimeNs from, TimeNs until) const {
    Kinds sum{};
    const auto end = spans_.upper_bound(raw(until) / kSpanNs + 1);
    for (auto at = spans_.lower_bound(raw(from) / kSpanNs); at != end; ++at) {
      for (size_t kind = 0; kind < kWaitKinds; ++kind) sum[kind] += at->second[kind];
    }
    return sum;
  }

 private:
  static constexpr int64_t kSpanNs = 50'000'000;
  static constexpr int64_t kSpansMax = 100;
  std::map<int64_t, Kinds> spans_;
};

// The time between a wake-up and the switch to the thread is known by thread and stretch of time
// only: each of the waits in it had as much of it.
void take_account(Gathered& thread, const Wait& account, int64_t account_ns,
                  const WaitCounts& counts) {
  WaitTimes& times = thread.times;
  const Kinds near = counts.between(account.time, account.until);
  double count = 0;
  for (size_t kind = 0; kind < kWaitKinds; ++kind) {
    if (times.ns[kind] > 0) count += near[kind];
  }
  int64_t left = account_ns;
  for (size_t kind = 0; kind < kWaitKinds && count > 0; ++kind) {
    const auto before = static_cast<double>(times.ns[kind]);
    const int64_t taken = std::min(
        {whole(static_cast<double>(account_ns) * near[kind] / count), times.ns[kind], left});
    if (taken <= 0) continue;
    thread.scale[kind] *= (before - static_cast<double>(taken)) / before;
    times.ns[kind] -= taken;
    times.estimated_ns[kind] = std::min(times.estimated_ns[kind], times.ns[kind]);
    times.ns[index(WaitKind::kRunQueue)] += taken;
    left -= taken;
  }
}

// What threads lived is only what a file says, unlike their waits, which the loader sums up. Far
// from overflow: waits are added to it.
void add_capped(int64_t& to, int64_t ns) {
  constexpr int64_t kMost = INT64_MAX / 4;
  to = std::min(to, kMost) + std::min(ns, kMost);
}

void add(WaitTimes& to, const WaitTimes& from) {
  add_capped(to.life_ns, from.life_ns);
  add_capped(to.running_ns, from.running_ns);
  to.lost_ns += from.lost_ns;
  for (size_t kind = 0; kind < kWaitKinds; ++kind) {
    to.ns[kind] += from.ns[kind];
    to.estimated_ns[kind] += from.estimated_ns[kind];
    to.count[kind] += from.count[kind];
  }
}

void gather(Gathered& to, const WaitPart& part, WaitKind kind) {
  WaitTimes& times = to.times;
  const Wait& wait = *part.wait;
  if (part.lost_ns > 0) times.lost_ns += part.lost_ns;
  to.account_ns += part.account_ns;
  times.ns[index(WaitKind::kRunQueue)] += part.runnable_ns;
  if (part.runnable_ns > 0 && part.blocked_ns == 0) {
    times.count[index(WaitKind::kRunQueue)] += wait.count;
  }
  if (part.blocked_ns <= 0) return;
  times.ns[index(kind)] += part.blocked_ns;
  times.count[index(kind)] += wait.count;
  const auto learn = [&](Evidence& evidence) {
    if (kind == WaitKind::kUnknown) {
      evidence.unknown_ns += part.blocked_ns;
      evidence.unknown_count += wait.count;
    } else {
      evidence.known += wait.count;
      evidence.stands_for[index(kind)] += static_cast<double>(wait.stands_for_ns);
    }
  };
  learn(to.all);
  if (kind == WaitKind::kUnknown || wait.stands_for_ns > 0) {
    learn(to.seconds[raw(wait.until) / kSecondNs]);
  }
}

// False when there is none.
bool take_accounts(const WaitRows& rows, WaitKinds& kinds, std::vector<Gathered>& threads) {
  std::unordered_map<uint32_t, WaitCounts> counts;
  rows.for_each([&](const WaitPart& part) {
    const uint32_t thread = raw(part.wait->thread);
    if (threads[thread].account_ns <= 0 || part.blocked_ns <= 0 || part.runnable_ns > 0) return;
    counts[thread].add(part, kinds.of(*part.wait));
  });
  bool any = false;
  rows.for_each([&](const WaitPart& part) {
    if (part.account_ns <= 0) return;
    const uint32_t thread = raw(part.wait->thread);
    take_account(threads[thread], *part.wait, part.account_ns, counts[thread]);
    any = true;
  });
  return any;
}

using SiteKey = std::tuple<WaitKind, std::string, std::string>;

std::vector<Waker> top_wakers(const Profile& p, const WaitRows& rows, WaitKinds& kinds) {
  std::map<std::tuple<uint32_t, uint32_t, WaitKind>, Waker> found;
  rows.for_each([&](const WaitPart& part) {
    const Wait& wait = *part.wait;
    if (wait.waker == ThreadId::kNone || part.blocked_ns <= 0) return;
    const WaitKind kind = kinds.of(wait);
    Waker& waker = found[{raw(wait.waker), raw(wait.thread), kind}];
    waker.thread = wait.waker;
    waker.woken = wait.thread;
    waker.kind = kind;
    waker.ns += part.blocked_ns;
    waker.count += wait.count;
  });
  std::vector<Waker> out;
  for (auto& [key, waker] : found) {
    waker.name = p.string(p.threads()[raw(waker.thread)].name);
    waker.woken_name = p.string(p.threads()[raw(waker.woken)].name);
    waker.tid = p.threads()[raw(waker.thread)].tid;
    waker.woken_tid = p.threads()[raw(waker.woken)].tid;
    out.push_back(std::move(waker));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Waker& a, const Waker& b) { return a.ns > b.ns; });
  if (out.size() > kWakersMax) out.resize(kWakersMax);
  return out;
}

}  // namespace

int64_t WaitTimes::waiting_ns() const {
  int64_t sum = 0;
  for (const int64_t one : ns) sum += one;
  return sum;
}

int64_t WaitTimes::blocked_ns() const {
  return waiting_ns() - of(WaitKind::kRunQueue);
}

int64_t WaitTimes::all_estimated_ns() const {
  int64_t sum = 0;
  for (const int64_t one : estimated_ns) sum += one;
  return sum;
}

WaitReport wait_report(const Profile& profile, const Selection& selection) {
  WaitReport report;
  report.tier = profile.meta("waits.tier");
  report.recorded = !report.tier.empty() || !profile.waits().empty();
  if (!report.recorded) {
    report.why_not = profile.meta("sampler.name") == "none"
                         ? "The program recorded itself: only hone record sees its waits."
                         : "They are, unless hone record is given --no-off-cpu.";
    return report;
  }
  const std::string_view wakers = profile.meta("waits.wakers");
  if (wakers != "yes") report.no_wakers = wakers.empty() ? "not recorded" : wakers;

  const SampleFilter filter(profile, selection);
  const WaitRows rows(profile, selection, filter);
  WaitKinds kinds(profile);
  std::vector<Gathered> threads(profile.threads().size());
  rows.for_each([&](const WaitPart& part) {
    gather(threads[raw(part.wait->thread)], part, kinds.of(*part.wait));
  });
  for (Gathered& thread : threads) share_out(thread);
  report.cpu_account = take_accounts(rows, kinds, threads);
  for (uint32_t i = 1; i < threads.size(); ++i) {
    const int64_t life_ns = std::min(rows.life_ns(ThreadId{i}), INT64_MAX / 4);
    WaitTimes& times = threads[i].times;
    if (life_ns <= 0 && times.waiting_ns() == 0) continue;
    times.life_ns = life_ns;
    times.running_ns = std::max<int64_t>(life_ns - times.waiting_ns() - times.lost_ns, 0);
    add(report.all, times);
    const profile::Thread& known = profile.threads()[i];
    const profile::Process& process = profile.processes()[raw(known.process)];
    report.threads.push_back({.thread = ThreadId{i},
                              .name = std::string(profile.string(known.name)),
                              .process = std::string(profile.string(process.name)),
                              .tid = known.tid,
                              .times = times});
  }
  std::stable_sort(report.threads.begin(), report.threads.end(),
                   [](const ThreadWaitTimes& a, const ThreadWaitTimes& b) {
                     return a.times.waiting_ns() > b.times.waiting_ns();
                   });

  std::map<SiteKey, WaitSite> sites;
  rows.for_each([&](const WaitPart& part) {
    if (part.blocked_ns <= 0) return;
    const Wait& wait = *part.wait;
    const WaitKind kind = kinds.of(wait);
    const Gathered& thread = threads[raw(wait.thread)];
    if (kind == WaitKind::kUnknown && thread.times.of(kind) == 0) return;  // shared out
    WaitSite place = kinds.site_of(wait);
    const auto [at, added] =
        sites.try_emplace(SiteKey{kind, place.function, place.through}, std::move(place));
    WaitSite& site = at->second;
    if (added) site.kind = kind;
    const auto measured = static_cast<double>(part.blocked_ns);
    const int64_t ns = whole(measured * thread.scale[index(kind)]);
    site.ns += ns;
    site.estimated_ns += std::max<int64_t>(ns - part.blocked_ns, 0);
    site.count += wait.count;
    if (wait.count == 1) site.longest_ns = std::max(site.longest_ns, part.blocked_ns);
  });
  for (auto& [key, site] : sites) report.sites.push_back(std::move(site));
  std::stable_sort(report.sites.begin(), report.sites.end(),
                   [](const WaitSite& a, const WaitSite& b) { return a.ns > b.ns; });
  report.wakers = top_wakers(profile, rows, kinds);
  return report;
}

}  // namespace hone::analysis
