// The collector's part in waits where no switches are told of (the sampler by timers): the kernel
// counts for each thread what it ran and what it waited for a CPU; the rest of a stretch of time it
// was blocked. Why is seen by looking at it. So times are exact, and causes by how often they are
// met.
#include <algorithm>

#include "capture/collector_tables.h"

namespace hone::capture {
namespace {

// Threads that are looked at in one round.
constexpr size_t kThreadsMax = 64;
// Of a stretch: less is what reading the clocks one after the other makes of it.
constexpr int64_t kLeastNs = 50'000;

}  // namespace

void Collector::account_waits(TimeNs now) {
  // The recorder may have come sooner, for the sake of something else.
  if (raw(now) - raw(accounted_at_) < kLookIntervalNs * 9 / 10) return;
  accounted_at_ = now;
  const size_t passed_max = std::min(kThreadsMax, look_order_.size());
  for (size_t passed = 0; passed < passed_max; ++passed) {
    const uint32_t id = look_order_.front();
    look_order_.pop_front();
    const auto found = threads_.find(id);
    if (found == threads_.end() || found->second->ended) continue;
    look_order_.push_back(id);
    Thread& thread = *found->second;
    if (!thread.process->until_exec) account_wait(thread, now);
  }
}

// What comes is of another file, or nothing is recorded for a while.
void Collector::interrupt_accounts(TimeNs time) {
  for (const auto& [id, thread] : threads_) {
    if (!thread->ended && !thread->process->until_exec) account_wait(*thread, time);
    thread->account = {.interrupted = true};
  }
}

void Collector::account_wait(Thread& thread, TimeNs now) {
  WaitAccount& kept = thread.account;
  RunAccount is;
  if (!read_run_account(thread.process->pid, thread.tid, is)) return;
  WaitAccount before = kept;
  if (!before.known && !before.interrupted && !thread.carried && raw(thread.start) > 0) {
    // The account is of all its life. What it ran before exec(2) is in there, and makes this wait a
    // little shorter; the last one takes that up.
    before.until = thread.start;
    before.known = true;
  }
  kept.account = is;
  kept.until = now;
  kept.known = true;
  if (!before.known || now <= before.until) return;
  const int64_t length = raw(now - before.until);
  const int64_t ran = std::clamp<int64_t>(is.ran_ns - before.account.ran_ns, 0, length);
  const int64_t delayed =
      std::clamp<int64_t>(is.delayed_ns - before.account.delayed_ns, 0, length - ran);
  const int64_t waited = length - ran;
  if (waited < kLeastNs) {
    // Kept for the next stretch, so that it is in some row.
    kept.until = before.until;
    kept.account = before.account;
    return;
  }
  recording::WaitRow row{.time = before.until,
                         .until = now,
                         .thread = thread.id,
                         .duration = DurationNs{waited},
                         .count = 1,
                         .runnable = DurationNs{delayed}};
  WaitLook seen;
  if (waited - delayed >= kLeastNs && now >= thread.next_look && look(thread, seen)) {
    row.cause = recording::kCauseLook;
    row.stack = seen.stack;
    row.place = seen.place;
    row.system_call = seen.system_call;
  }
  if (waited == delayed) row.flags = recording::kWaitRunnable;
  kept.written_ns += waited;
  builder_.append(row);
}

// What was blocked between the last look and the end, or in a life too short to be looked at: all
// of its life that it neither ran nor is in a row.
void Collector::settle_account(Thread& thread, TimeNs end) {
  const WaitAccount& kept = thread.account;
  if (kept.interrupted || thread.carried || thread.cpu_ns < 0 || end <= thread.start) return;
  const TimeNs from = kept.known ? kept.until : thread.start;
  const int64_t rest = raw(end - thread.start) - thread.cpu_ns - kept.written_ns;
  const int64_t waited = std::min(rest, raw(end) - raw(from));
  if (waited < kLeastNs) return;
  builder_.append(recording::WaitRow{.time = from,
                                     .until = end,
                                     .thread = thread.id,
                                     .duration = DurationNs{waited},
                                     .count = 1,
                                     .runnable = DurationNs{-1}});
}

}  // namespace hone::capture
