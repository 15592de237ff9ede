// Findings about time in which nothing of the program ran.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "analysis/finding_rules.h"
#include "analysis/function_names.h"
#include "base/host/text.h"

namespace hone::analysis {
namespace {

double share(int64_t part, int64_t all) {
  return all > 0 ? static_cast<double>(part) / static_cast<double>(all) : 0;
}

// Kinds but waiting for a CPU, longest first.
std::vector<WaitKind> longest_kinds(const WaitTimes& times) {
  std::vector<WaitKind> kinds;
  for (size_t i = 0; i < kWaitKinds; ++i) {
    const auto kind = static_cast<WaitKind>(i);
    if (kind != WaitKind::kRunQueue && times.of(kind) > 0) kinds.push_back(kind);
  }
  std::stable_sort(kinds.begin(), kinds.end(),
                   [&](WaitKind a, WaitKind b) { return times.of(a) > times.of(b); });
  return kinds;
}

// What a program that has nothing to do waits for, too.
bool may_be_idle(WaitKind kind) {
  return kind == WaitKind::kPoll || kind == WaitKind::kChild || kind == WaitKind::kOther ||
         kind == WaitKind::kUnknown;
}

bool is_whole_run(const Selection& selection) {
  return selection.process.empty() && selection.thread.empty() && selection.inside.empty() &&
         raw(selection.time_first) == INT64_MIN && raw(selection.time_last) == INT64_MAX;
}

}  // namespace

void find_waiting(const FindingInput& in, Findings& out) {
  const Summary& summary = in.summary;
  if (!in.waits.recorded || !is_whole_run(in.selection)) return;
  if (summary.wall_ns < Thresholds::kWaitingWallNs ||
      summary.busy_cpus >= Thresholds::kWaitingBusyMax) {
    return;
  }
  const auto& threads = in.waits.threads;
  const auto busiest = std::max_element(threads.begin(), threads.end(), [](auto& a, auto& b) {
    return a.times.running_ns < b.times.running_ns;
  });
  if (busiest == threads.end()) return;
  const WaitTimes& times = busiest->times;
  const double waited = share(times.blocked_ns(), times.life_ns);
  const std::vector<WaitKind> kinds = longest_kinds(times);
  if (kinds.empty() || waited < Thresholds::kWaitingShare) return;
  std::string on_what;
  for (size_t i = 0; i < std::min<size_t>(kinds.size(), 3); ++i) {
    const double part = share(times.of(kinds[i]), times.life_ns);
    if (i > 0 && part < 0.05) break;
    on_what += fmt::format("{}{} {}", i == 0 ? "" : ", ", wait_kind_text(kinds[i]),
                           base::percent_text(part));
  }
  const auto& sites = in.waits.sites;
  const auto site = std::find_if(sites.begin(), sites.end(), [&](const WaitSite& one) {
    return one.kind == kinds[0] && !one.function.empty();
  });
  Finding f{.kind = FindingKind::kWaiting, .id = "waiting"};
  f.severity = may_be_idle(kinds[0]) ? 1 : 2;
  f.sentence =
      fmt::format("It kept {:.2f} CPUs busy; its busiest thread, '{}', waited {} of its time{}: {}",
                  summary.busy_cpus, busiest->name, base::percent_text(waited),
                  times.all_estimated_ns() > 0 ? " (causes in part estimated)" : "", on_what);
  if (site != sites.end()) f.sentence += fmt::format(", most in '{}'", short_name(site->function));
  f.next_step = "See where it waits, and every thread: hone report --waits";
  f.how = fmt::format(
      "CPU time / wall time under {:.1f} over at least {:.1f} s, and the thread that ran longest "
      "was blocked for {:.0f}% of its life or more (waiting for a CPU not counted). Severity 1 "
      "where it waited for descriptors or children, as what is idle does.",
      Thresholds::kWaitingBusyMax, static_cast<double>(Thresholds::kWaitingWallNs) * 1e-9,
      Thresholds::kWaitingShare * 100);
  f.evidence = {{"thread", busiest->name},
                {"blocked_share", number_text(waited)},
                {"blocked_ns", std::to_string(times.blocked_ns())},
                {"estimated_ns", std::to_string(times.all_estimated_ns())},
                {"kind", std::string(wait_kind_name(kinds[0]))},
                {"kind_ns", std::to_string(times.of(kinds[0]))},
                {"busy_cpus", number_text(summary.busy_cpus)}};
  f.gain_share = waited;
  out.push_back(std::move(f));
}

void find_run_queue_wait(const FindingInput& in, Findings& out) {
  if (!in.waits.recorded) return;
  const WaitTimes& all = in.waits.all;
  const int64_t wait_ns = all.of(WaitKind::kRunQueue);
  const double part = share(wait_ns, wait_ns + all.running_ns);
  if (wait_ns < Thresholds::kRunQueueNs || part < Thresholds::kRunQueueShare) return;
  const auto cpus = static_cast<double>(in.summary.cpu_count);
  const bool own = cpus > 0 && in.summary.busy_cpus >= Thresholds::kBusyCpusMin * cpus;
  Finding f{.kind = FindingKind::kRunQueueWait, .id = "run-queue-wait"};
  f.severity = own ? 2 : 1;
  f.sentence = fmt::format(
      "Threads that could have run waited for a CPU: {} in all, {} of the time that they wanted "
      "one",
      base::duration_text(DurationNs{wait_ns}), base::percent_text(part));
  const double pressed = std::min(in.system.cpu_pressure, 1.0);
  if (own) {
    f.next_step = "The program wants more CPUs than there are: fewer threads, or a larger machine";
  } else if (pressed >= Thresholds::kCpuPressure && !in.system.group_pressure) {
    f.next_step = fmt::format(
        "Other work ran beside it (some task of the machine waited for a CPU in {} of the time): "
        "CPU times hold, for wall times record again on a quiet machine",
        base::percent_text(pressed));
  } else {
    f.next_step =
        "The program itself left CPUs idle, so that others, a limit (cgroup, taskset) or "
        "priorities took them: record again on a quiet machine";
  }
  f.how = fmt::format(
      "Time preempted, or woken and not yet switched to, against that and running: at least "
      "{:.0f}% and {:.1f} s. Severity 2 when the program itself kept {:.0f}% of the machine's "
      "CPUs busy.",
      Thresholds::kRunQueueShare * 100, static_cast<double>(Thresholds::kRunQueueNs) * 1e-9,
      Thresholds::kBusyCpusMin * 100);
  f.evidence = {{"wait_ns", std::to_string(wait_ns)},
                {"running_ns", std::to_string(all.running_ns)},
                {"share", number_text(part)},
                {"busy_cpus", number_text(in.summary.busy_cpus)},
                {"cpu_count", std::to_string(in.summary.cpu_count)}};
  if (pressed >= 0) f.evidence.push_back({"waiting_share", number_text(pressed)});
  f.gain_share = part;
  out.push_back(std::move(f));
}

void find_one_thread_holds(const FindingInput& in, Findings& out) {
  if (!in.waits.recorded || !in.waits.no_wakers.empty()) return;
  const int64_t lock_ns = in.waits.all.of(WaitKind::kLock);
  if (share(lock_ns, in.waits.all.life_ns) < Thresholds::kLockShare) return;
  struct Holder {
    const Waker* one = nullptr;
    int64_t ns = 0;
    size_t woken = 0;
  };
  std::vector<Holder> holders;
  for (const Waker& waker : in.waits.wakers) {
    if (waker.kind != WaitKind::kLock || waker.thread == waker.woken) continue;
    const auto at = std::find_if(holders.begin(), holders.end(), [&](const Holder& holder) {
      return holder.one->thread == waker.thread;
    });
    Holder& holder = at != holders.end() ? *at : holders.emplace_back(Holder{&waker, 0, 0});
    holder.ns += waker.ns;
    ++holder.woken;
  }
  const auto top = std::max_element(holders.begin(), holders.end(),
                                    [](auto& a, auto& b) { return a.ns < b.ns; });
  // That a main thread is woken at the end of its only helper is no news.
  if (top == holders.end() || top->woken < Thresholds::kHeldThreads) return;
  // Of all that time: waits that ran out, or that nobody was seen to end, are no one's.
  const double part = share(top->ns, lock_ns);
  if (part < Thresholds::kHolderShare) return;
  Finding f{.kind = FindingKind::kOneThreadHolds, .id = "one-thread-holds-the-rest", .severity = 2};
  f.sentence = fmt::format(
      "{} of the time that threads waited for locks was ended by one thread, '{}': {} others "
      "waited {} for it",
      base::percent_text(part), top->one->name, top->woken,
      base::duration_text(DurationNs{top->ns}));
  f.next_step =
      fmt::format("See what it does meanwhile: hone report --thread {}", quoted(top->one->name));
  f.how = fmt::format(
      "Waits for futexes by the thread that woke the waiting one, as the kernel's sched_waking "
      "tells: one thread woke {} others or more and ended {:.0f}% of that time, and locks are "
      "{:.0f}% of all threads' lives or more.",
      Thresholds::kHeldThreads, Thresholds::kHolderShare * 100, Thresholds::kLockShare * 100);
  f.evidence = {{"thread", top->one->name},
                {"share", number_text(part)},
                {"wait_ns", std::to_string(top->ns)},
                {"threads_woken", std::to_string(top->woken)}};
  f.gain_share = share(top->ns, in.waits.all.life_ns);
  out.push_back(std::move(f));
}

}  // namespace hone::analysis
