// The collector's ends: of threads, of processes, of the recording; and the account of CPU time.
#include <fmt/format.h>

#include <algorithm>

#include "capture/collector_tables.h"

namespace hone::capture {
namespace {
// What an ended thread used comes shortly after its exit. This long after, by the time of events,
// its end is written and the thread is forgotten: a program may start millions.
constexpr int64_t kRetireNs = 1'000'000'000;
}  // namespace

void Collector::end_thread(Thread& thread, TimeNs time) {
  if (thread.ended) return;
  thread.ended = true;
  thread.end = time;
  if (options_.wait_accounts) settle_account(thread, time);
  ledger_.end(thread.waits, time);
  if (thread.process->live_threads > 0) --thread.process->live_threads;
  ending_.push_back(raw(thread.id));
}

void Collector::end_process(Process& process, TimeNs time, bool exited) {
  if (process.ended) return;
  process.ended = true;
  process.exited = exited;
  process.end = time;
  if (exited) process.space.clear();
}

void Collector::retire_thread(Thread& thread) {
  builder_.append(recording::ThreadEndRow{
      .thread = thread.id, .time = thread.end, .cpu = DurationNs{thread.cpu_ns}});
  Process& process = *thread.process;
  if (const auto found = live_threads_.find(thread.tid);
      found != live_threads_.end() && found->second == &thread) {
    live_threads_.erase(found);
  }
  threads_.erase(raw(thread.id));
  if (--process.held_threads == 0 && process.ended) retire_process(process);
}

void Collector::retire_process(Process& process) {
  ended_.push_back({.id = process.id,
                    .pid = process.pid,
                    .status = process.status,
                    .threads = process.threads,
                    .exited = process.exited,
                    .end = process.end,
                    .cpu_ns = process.cpu_ns,
                    .sampled_ns = process.sampled_ns,
                    .peak_memory_bytes = process.peak_memory_bytes});
  if (const auto found = live_processes_.find(process.pid);
      found != live_processes_.end() && found->second == &process) {
    live_processes_.erase(found);
  }
  processes_.erase(raw(process.id));
}

// One thread whose time never came is held back: see credit_opened_counters().
void Collector::retire_until(TimeNs time) {
  while (!ending_.empty()) {
    Thread& thread = *threads_.at(ending_.front());
    if (thread.end > time) return;
    ending_.pop_front();
    if (thread.cpu_ns >= 0) {
      retire_thread(thread);
    } else if (!uncounted_ && !many_uncounted_) {
      uncounted_ = &thread;
    } else {
      many_uncounted_ = true;
      if (uncounted_) retire_thread(*uncounted_);
      uncounted_ = nullptr;
      retire_thread(thread);
    }
  }
}

void Collector::on_exit(pid_t pid, pid_t tid, TimeNs time) {
  Process* process = process_of(pid);
  if (!process) return;
  if (const auto found = live_threads_.find(tid); found != live_threads_.end()) {
    end_thread(*found->second, time);
  }
  if (process->live_threads == 0) end_process(*process, time, true);
  retire_until(TimeNs{raw(time) - kRetireNs});
}

bool Collector::on_wait_status(pid_t pid, int status, uint64_t peak_memory_bytes) {
  if (Process* process = process_of(pid)) {
    process->status = status;
    process->peak_memory_bytes = peak_memory_bytes;
    return true;
  }
  // A parent is waited for soon after its end: what is not among the newest was never recorded.
  constexpr size_t kNewest = 4096;
  const size_t oldest = ended_.size() > kNewest ? ended_.size() - kNewest : 0;
  for (size_t i = ended_.size(); i > oldest; --i) {
    if (ended_[i - 1].pid != pid) continue;
    ended_[i - 1].status = status;
    ended_[i - 1].peak_memory_bytes = peak_memory_bytes;
    return true;
  }
  return false;
}

// A thread's exact CPU time comes with its exit, except for one: the kernel may swap the counters
// of two tasks with equal ones instead of switching them, and whichever task ends up with those
// that we opened (rather than inherited copies) puts nothing out. It is what the total leaves over.
void Collector::credit_opened_counters(DurationNs counted) {
  if (raw(counted) < 0 || !uncounted_ || many_uncounted_) return;
  uncounted_->cpu_ns = std::max<int64_t>(raw(counted) - threads_cpu_ns_, 0);
  Process& process = *uncounted_->process;
  process.cpu_ns = std::max<int64_t>(process.cpu_ns, 0) + uncounted_->cpu_ns;
}

// A clock runs from when its thread is switched in until it is switched out, and is taken away a
// little before the thread has quite ended. What the kernel charges the thread beyond that (some
// 15 µs a thread) is in the times of those that were waited for. It belongs to processes by the
// number of their threads: exact for one process, fair for several.
void Collector::credit_outside_clocks(DurationNs waited) {
  if (raw(waited) < 0) return;
  int64_t known_ns = 0;
  uint64_t threads = 0;
  EndedProcess* unknown = nullptr;
  size_t unknown_count = 0;
  for (EndedProcess& process : ended_) {
    if (!process.exited) return;  // it was not waited for
    threads += process.threads;
    if (process.cpu_ns >= 0) {
      known_ns += process.cpu_ns;
    } else {
      unknown = &process;
      ++unknown_count;
    }
  }
  int64_t rest_ns = raw(waited) - known_ns;
  if (rest_ns <= 0 || threads == 0 || unknown_count > 1) return;
  if (unknown) {
    unknown->cpu_ns = rest_ns;
    return;
  }
  for (EndedProcess& process : ended_) {
    const auto share = static_cast<int64_t>(static_cast<double>(rest_ns) * process.threads /
                                            static_cast<double>(threads));
    process.cpu_ns += share;
    rest_ns -= share;
    threads -= process.threads;
    if (threads == 0) break;
  }
}

void Collector::finish(TimeNs end, const CpuAccount& cpu) {
  const bool all_ended = std::all_of(threads_.begin(), threads_.end(),
                                     [](const auto& entry) { return entry.second->ended; });
  std::vector<uint32_t> ids;
  for (const auto& [id, thread] : threads_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  for (const uint32_t id : ids) end_thread(*threads_.at(id), end);
  ids.clear();
  for (const auto& [id, process] : processes_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  for (const uint32_t id : ids) end_process(*processes_.at(id), end, false);
  retire_until(TimeNs{INT64_MAX});
  // Copies of the counters that live on are in the total, too.
  if (all_ended) credit_opened_counters(cpu.counted);
  if (uncounted_) retire_thread(*uncounted_);
  uncounted_ = nullptr;
  for (const uint32_t id : ids) {
    if (const auto left = processes_.find(id); left != processes_.end()) {
      retire_process(*left->second);
    }
  }
  std::sort(ended_.begin(), ended_.end(),
            [](const EndedProcess& a, const EndedProcess& b) { return raw(a.id) < raw(b.id); });
  credit_outside_clocks(cpu.waited);
  write_processes(cpu);
  write_diagnostics();
}

void Collector::write_processes(const CpuAccount& cpu) {
  int64_t known_ns = 0, sampled_unknown_ns = 0;
  bool exited = true, all_known = true;
  for (const EndedProcess& process : ended_) {
    exited = exited && process.exited;
    builder_.append(recording::ProcessEndRow{.process = process.id,
                                             .time = process.end,
                                             .exited = static_cast<uint8_t>(process.exited),
                                             .status = process.status,
                                             .cpu = DurationNs{process.cpu_ns},
                                             .peak_memory_bytes = process.peak_memory_bytes});
    if (process.cpu_ns < 0) {
      sampled_unknown_ns += process.sampled_ns;
      all_known = false;
      continue;
    }
    known_ns += process.cpu_ns;
    builder_.append(recording::UnsampledCpuRow{
        .process = process.id, .cpu = DurationNs{process.cpu_ns - process.sampled_ns}});
  }
  int64_t total_ns = raw(cpu.counted);
  if (exited) total_ns = std::max(total_ns, raw(cpu.waited));
  const bool is_sum = total_ns < 0 && all_known;
  if (is_sum) total_ns = known_ns;
  if (total_ns < 0) return;
  builder_.append(recording::MetaRow{.key = "cpu.total_ns", .value = fmt::format("{}", total_ns)});
  if (is_sum) return;
  // CPU time of processes of which no account was had, beyond what samples saw of them.
  builder_.append(recording::UnsampledCpuRow{
      .process = ProcessId::kNone, .cpu = DurationNs{total_ns - known_ns - sampled_unknown_ns}});
}

void Collector::write_diagnostics() {
  const auto note = [&](std::string_view name, uint8_t severity, uint64_t count, TimeNs first,
                        std::string_view detail) {
    if (count == 0) return;
    builder_.append(recording::DiagnosticRow{
        .name = name, .severity = severity, .count = count, .first_time = first, .detail = detail});
  };
  note("samples_lost", recording::kDataLoss, counts_.lost, first_lost_,
       "the event buffer was full; a lower -F or a less busy machine avoids it");
  note("sampling_paused", recording::kDataLoss, counts_.throttled, first_throttled_,
       "the kernel paused the sampler of a CPU until its next tick: the rate is over "
       "kernel.perf_event_max_sample_rate");
  note("processes_not_sampled", recording::kDataLoss, unsampled_processes_, TimeNs{},
       "the agent is not in them (linked statically, with more privileges than their parent, or "
       "started without its environment): " +
           unsampled_names_);
  note("threads_not_sampled", recording::kDataLoss, unsampled_threads_, TimeNs{},
       "there was no ring or no timer for them: a limit on signals (ulimit -i) or addresses");
  note("records_damaged", recording::kDataLoss, counts_.damaged, TimeNs{},
       "event records that make no sense were skipped");
  note("samples_without_user_registers", recording::kInfo, counts_.no_registers - counts_.other_abi,
       TimeNs{}, "taken while a program was starting or ending: only the kernel side is known");
  note("samples_of_32_bit_code", recording::kNotice, counts_.other_abi, TimeNs{},
       "stacks of 32-bit programs are not walked");
  note("stacks_spliced", recording::kInfo, counts_.spliced, TimeNs{},
       "deeper than the copy that the kernel made, or on two stacks; the outer part was read from "
       "the process");
  note("stacks_leaf_assumed", recording::kInfo, counts_.leaf_assumed, TimeNs{},
       "the innermost code has no unwind information; its caller was taken from where a call puts "
       "it, and a call does end there");
  python_->write_diagnostics();
  jit_dumps_->finish(builder_);
  for (const auto& kind : broken_) {
    note(fmt::format("stack_broken.{}", unwind::text(kind->end)), recording::kNotice, kind->count,
         kind->first,
         kind->module ? "in " + kind->module->path : "at an address that nothing maps");
  }
  for (const stacks::Module& module : modules_.modules()) {
    if (!module.problem.empty() && module.id != ModuleId::kNone) {
      note("module_unreadable", recording::kNotice, 1, TimeNs{}, module.problem);
    }
  }
}

}  // namespace hone::capture
