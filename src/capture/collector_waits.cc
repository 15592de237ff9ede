// The collector's part in waits: finds the threads that switches are about, and looks at some of
// those that wait.
#include <algorithm>

#include "base/host/clock.h"
#include "capture/collector_tables.h"

namespace hone::capture {
namespace {

// Looks that one round of draining can afford: some 15 µs each.
constexpr size_t kLooksMax = 32;
// Threads that one round goes through without looking.
constexpr size_t kPassedMax = 512;
// A wait whose stack was not taken is looked at when it has lasted this long.
constexpr int64_t kLookAfterNs = 20'000'000;
// Who may not be looked at now may hardly be a moment later.
constexpr int64_t kRefusedRestNs = 1'000'000'000, kRefusedRestMaxNs = 60'000'000'000;
// The kernel's account of a thread is read so often at most; of young ones more often, as it is
// lost with the thread.
constexpr int64_t kAccountIntervalNs = 250'000'000;

}  // namespace

// Null for what is not recorded, and for our own child before its exec.
Collector::Thread* Collector::switched_thread(pid_t pid, pid_t tid, TimeNs time) {
  if (tid <= 0) return nullptr;  // a CPU has nothing to do, or a thread is on its last way
  if (const auto found = live_threads_.find(tid); found != live_threads_.end()) {
    Thread* thread = found->second;
    if (thread->process->pid == pid) return thread->process->until_exec ? nullptr : thread;
  }
  Process* process = met(pid, time);
  if (!process || process->until_exec || process->ended) return nullptr;
  return thread_of(*process, tid, time);
}

void Collector::begin_forked(Thread& thread, TimeNs time) {
  if (options_.waits) ledger_.begin(thread.waits, thread.id, time, ThreadBegin::kForked);
}

void Collector::pause_waits(TimeNs time) {
  if (options_.wait_accounts) interrupt_accounts(time);
  if (!options_.waits) return;
  for (const auto& [id, thread] : threads_) {
    if (!thread->ended) ledger_.end(thread->waits, std::max(time, thread->waits.since));
  }
  ledger_.stand_still(true);
}

void Collector::resume_waits(TimeNs time) {
  if (!options_.waits) return;
  ledger_.stand_still(false);
  for (const auto& [id, thread] : threads_) {
    if (thread->ended) continue;
    thread->waits = {};
    thread->next_account = {};
    ledger_.begin(thread->waits, thread->id, time, ThreadBegin::kNotKnown);
  }
}

void Collector::on_switch(const SwitchEvent& event) {
  if (!options_.waits || in_pause(event.time)) return;
  Thread* thread = switched_thread(event.pid, event.tid, event.time);
  if (!thread || thread->ended) return;
  // Behind a cut (a pause, a part's end) what came before it is told a little late.
  const TimeNs time = std::max(event.time, thread->waits.since);
  if (event.out) {
    ledger_.stopped(thread->waits, time, event.preempted);
  } else {
    ledger_.runs(thread->waits, time);
  }
  ledger_.flush_until(event.time);
}

void Collector::on_wakeup(pid_t tid, pid_t by_tid, TimeNs time) {
  const auto found = live_threads_.find(tid);
  if (found == live_threads_.end() || found->second->ended) return;
  const auto by = live_threads_.find(by_tid);
  ledger_.woken(found->second->waits, by == live_threads_.end() ? ThreadId{} : by->second->id,
                time);
}

// The stack of a thread that waits or is about to, written; none when nothing is known of it.
StackId Collector::wait_stack(Process& process, const RawSample& sample) {
  frames_.clear();
  for (size_t i = 0; i < sample.kernel_frames.size(); ++i) {
    const uint64_t address = sample.kernel_frames[i] - (i == 0 ? 0 : 1);
    frames_.push_back(builder_.frame(module_id(modules_.kernel()), address));
  }
  recording::Builder::Path& path = paths_[static_cast<uint32_t>(sample.tid) % kPaths];
  if (!sample.has_registers) return builder_.stack(frames_, rootless_);
  const stacks::UnwindInput input{.registers = sample.registers,
                                  .stack = sample.stack,
                                  .stack_full = sample.stack_full,
                                  .live_pid = options_.splice ? sample.pid : 0,
                                  .thread = static_cast<uint32_t>(sample.tid)};
  recording::SampleRow quality;  // of a sample; a wait keeps none
  append_frames(process, sample, unwinder_.unwind(process.space, input, options_.method), path,
                quality);
  return builder_.stack(frames_, path);
}

void Collector::on_switch_stack(const RawSample& sample, uint32_t one_in) {
  if (in_pause(sample.time)) return;
  // Where the recorder itself waits says nothing of anybody's program.
  if (sample.pid == options_.own_pid) return;
  Thread* thread = switched_thread(sample.pid, sample.tid, sample.time);
  if (!thread || thread->ended) return;
  ledger_.about_to_stop(thread->waits, wait_stack(*thread->process, sample), one_in);
  ++counts_.wait_stacks;
}

bool Collector::wants_look(const Thread& thread, TimeNs now) const {
  const ThreadWaits& waits = thread.waits;
  if (now < thread.next_look) return false;
  // Where no stacks are taken, all threads are looked at in turn, whatever they are thought to do:
  // so that the chance of a wait to be met is by its length alone.
  if (!options_.switch_stacks) return true;
  return waits.state != ThreadWaits::State::kRuns && !waits.runnable &&
         waits.stack == StackId::kNone && !waits.has_look &&
         raw(now) - raw(waits.since) >= kLookAfterNs;
}

bool Collector::wants_account(const Thread& thread, TimeNs now) const {
  const bool has_news = thread.waits.place_in_list != 0 || thread.waits.run_delay_ns < 0;
  return has_news && !options_.wakeups && now >= thread.next_account;
}

// False when nothing was seen: it runs, or may not be looked at.
bool Collector::look(Thread& thread, WaitLook& seen) {
  const LookEnd end = capture::look_at(thread.process->pid, thread.tid, look_);
  if (end == LookEnd::kRefused) {
    thread.look_rest_ns = std::clamp(2 * thread.look_rest_ns, kRefusedRestNs, kRefusedRestMaxNs);
    thread.next_look = base::monotonic_now() + DurationNs{thread.look_rest_ns};
  }
  if (end != LookEnd::kSeen) return false;
  thread.look_rest_ns = 0;
  ++counts_.looks;
  seen = {.from = look_.from,
          .until = look_.until,
          .place_until = look_.place_until,
          .stack_until = look_.stack_until,
          .place = builder_.string(look_.place),
          .system_call = static_cast<uint32_t>(look_.call.number + 1)};
  if (!look_.stack.empty()) {
    const unwind::ArchRegisters numbers = unwind::registers_of(unwind::kNativeArch);
    RawSample sample{.time = look_.from,
                     .pid = thread.process->pid,
                     .tid = thread.tid,
                     .has_registers = true,
                     .stack = look_.stack,
                     .stack_full = true};
    sample.registers.set(numbers.pc, look_.call.pc);
    sample.registers.set(numbers.sp, look_.call.sp);
    seen.stack = wait_stack(*thread.process, sample);
  }
  return true;
}

void Collector::look_at(Thread& thread) {
  WaitLook seen;
  if (look(thread, seen)) ledger_.seen(thread.waits, seen);
}

void Collector::look_at_waits(TimeNs now) {
  if (in_pause(now)) return;
  if (options_.wait_accounts) return account_waits(now);
  if (!options_.waits) return;
  size_t looks = 0;
  const size_t passed_max = std::min(kPassedMax, look_order_.size());
  for (size_t passed = 0; passed < passed_max && looks < kLooksMax; ++passed) {
    const uint32_t id = look_order_.front();
    look_order_.pop_front();
    const auto found = threads_.find(id);
    if (found == threads_.end() || found->second->ended) continue;
    look_order_.push_back(id);
    Thread& thread = *found->second;
    if (thread.process->kernel || thread.process->until_exec) continue;
    if (thread.process->pid == options_.own_pid) continue;
    const bool wanted = wants_look(thread, now);
    if (wanted) look_at(thread);
    const bool accounted = wants_account(thread, now);
    if (accounted) {
      const int64_t age_ns = raw(now) - raw(thread.start);
      thread.next_account =
          now + DurationNs{std::clamp<int64_t>(age_ns / 4, 0, kAccountIntervalNs)};
      if (const int64_t ns = run_delay_ns(thread.process->pid, thread.tid); ns >= 0) {
        ledger_.run_delay(thread.waits, ns, now);
      }
    }
    looks += wanted || accounted;
  }
  ledger_.flush_until(TimeNs{raw(now) - kLookAfterNs});
}

}  // namespace hone::capture
