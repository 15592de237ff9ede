// What every source of samples feeds: processes, threads, mappings and samples go in, rows of a
// recording come out. Nothing behind this seam knows which source is in front of it.
//
//   Collector collector(builder, modules, {.method = stacks::Method::kAuto});
//   collector.add_root(pid, "xz", "xz -6 file", now);
//   collector.on_map({...}); collector.on_sample({...});
//   collector.finish(end, {.counted = total});
//
// Events come in the order of their times. Events of processes that are not descendants of a root
// are dropped: a source may see the whole machine. Not thread-safe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/host/function_ref.h"
#include "base/types.h"
#include "capture/pause_log.h"
#include "capture/wait_looks.h"
#include "capture/waits.h"
#include "recording/builder.h"
#include "stacks/module.h"
#include "stacks/unwinder.h"

namespace hone::capture {

struct RawSample {
  TimeNs time{};
  pid_t pid = 0, tid = 0;
  uint16_t cpu = 0xffff;
  DurationNs weight{};
  bool has_registers = false;
  bool other_abi = false;  // of code that is not walked: 32-bit
  unwind::Registers registers;
  std::span<const uint8_t> stack;
  bool stack_full = false;
  // Instead of registers: the user side as it was walked already, addresses to look up, innermost
  // first.
  std::span<const uint64_t> walked;
  unwind::WalkEnd walk_end{};
  bool by_frame_pointers = false;
  std::span<const uint64_t> kernel_frames;  // innermost first; return addresses after the first
  bool in_kernel = false;
};

struct MapEvent {
  TimeNs time{};
  pid_t pid = 0, tid = 0;
  uint64_t begin = 0, bytes = 0;
  FileOffset offset{};
  stacks::FileIdentity identity;
  std::string_view path;
};

// Takes every sample in place of the recording's table: what is only looked at is not kept.
class StackWatcher {
 public:
  // `frames` innermost first, as ids of the builder's; `stack` stands for just these.
  virtual void on_stack(const RawSample& sample, StackId stack,
                        std::span<const FrameId> frames) = 0;

 protected:
  ~StackWatcher() = default;
};

struct SwitchEvent {
  TimeNs time{};
  pid_t pid = 0, tid = 0;
  bool out = false;        // else in
  bool preempted = false;  // out, and it could have gone on
};

struct CollectorOptions {
  stacks::Method method = stacks::Method::kAuto;
  bool splice = true;
  // The whole system: what is met and not known is looked up and recorded, too.
  bool everyone = false;
  StackWatcher* watcher = nullptr;  // must outlive the collector
  bool waits = false;               // switches will be told of
  bool switch_stacks = false;       // and stacks at them
  bool wakeups = false;             // and who ends a wait
  // No switches are told: how long threads wait is by the kernel's account of each, and why by
  // looks.
  bool wait_accounts = false;
  // Samples of these times are dropped. Outlives the collector; null: none are.
  const PauseLog* pauses = nullptr;
  // What the source tells of threads' CPU times holds what they used in pauses, too.
  bool cpu_counts_pauses = false;
  pid_t own_pid = 0;  // the recorder's: where it waits is not looked into
};

struct RunningProcess;  // running.h
class PythonFrames;     // python.h
class JitDumps;         // jit_dumps.h

// A process that is recorded and has not ended.
struct LiveProcess {
  ProcessId id{};
  pid_t pid = 0;
  int64_t sampled_ns = 0;  // CPU time that samples saw of it so far
  bool kernel = false;     // a thread of the kernel's own
};

// Counts that are shown while recording and written as diagnostics at the end.
struct CollectorCounts {
  uint64_t samples = 0;
  uint64_t complete = 0, broken = 0, spliced = 0, no_registers = 0, foreign = 0;
  uint64_t leaf_assumed = 0, other_abi = 0;
  uint64_t lost = 0, throttled = 0, damaged = 0;
  uint64_t wait_stacks = 0, looks = 0;
  uint64_t paused = 0;  // samples of a pause, dropped
};

// CPU time of the whole tree; negative where it is not known.
struct CpuAccount {
  DurationNs counted{-1};  // by the source's clocks, up to the end of the recording
  DurationNs waited{-1};   // by the kernel's own account of all that has ended
};

class Collector {
 public:
  // How often look_at_waits() should be called.
  static constexpr int kLookIntervalNs = 50'000'000;

  Collector(recording::Builder& builder, stacks::ModuleStore& modules,
            const CollectorOptions& options);
  ~Collector();

  // A process to record, with its descendants. Until its exec (when `until_exec`) samples of it are
  // our own and are dropped.
  void add_root(pid_t pid, std::string_view name, std::string_view command, TimeNs time,
                bool until_exec);
  // One that runs already, with its threads and what it has mapped; its parent before it.
  void add_running(const RunningProcess& running, TimeNs time);
  bool is_recorded(pid_t pid) const;
  // A thread of a process that is recorded, which may have ended or begun a moment ago; none when
  // it is not.
  ThreadId thread_id(pid_t pid, pid_t tid, TimeNs time);
  // From here on `tid` is no thread's but a fiber's, of which programs tell.
  static constexpr pid_t kFirstFiber = 1 << 30;
  // What it has mapped, as far as was told; nullptr when it is not recorded. Until the next event.
  const stacks::AddressSpace* space_of(pid_t pid) const;
  // Of all processes that have not ended.
  std::vector<pid_t> live_pids() const;
  void for_each_live(base::FunctionRef<void(const LiveProcess&)> take) const;

  void on_fork(pid_t pid, pid_t tid, pid_t parent_pid, TimeNs time);
  void on_name(pid_t pid, pid_t tid, std::string_view name, bool exec, TimeNs time);
  void on_exit(pid_t pid, pid_t tid, TimeNs time);
  void on_map(const MapEvent& event);
  void on_sample(const RawSample& sample);
  // A pause: nothing is told of switches, and what a thread does between the two is not known.
  void pause_waits(TimeNs time);
  void resume_waits(TimeNs time);
  // A thread stops running, or runs again.
  void on_switch(const SwitchEvent& event);
  // Where one is about to stop; before the event that it does. One switch in `one_in` is told so.
  void on_switch_stack(const RawSample& sample, uint32_t one_in);
  void on_wakeup(pid_t tid, pid_t by_tid, TimeNs time);
  // Looks into /proc at some of the threads; between two drains. Where it looks at all of them in
  // turn, the chance of a wait to be met is by the interval, which is to be kept then.
  void look_at_waits(TimeNs now);
  bool accounts_waits() const { return options_.wait_accounts; }
  bool looks_in_turn() const {
    return options_.wait_accounts || (options_.waits && !options_.switch_stacks);
  }
  // Exact CPU time of a thread that ended; adds up over several calls.
  void on_thread_cpu(pid_t pid, pid_t tid, DurationNs cpu, TimeNs time);
  // The same for a process that runs on, its threads together: what it used since it was met.
  void on_process_cpu(pid_t pid, DurationNs cpu);
  void on_lost(uint64_t count, TimeNs time);
  // The source was paused: it took too much of a CPU's time.
  void on_throttle(TimeNs time);
  // The source gave something that is no event.
  void on_damage(uint64_t count) { counts_.damaged += count; }
  // Its stacks are wanted as they are, not as they were walked: it runs an interpreter.
  bool reads_stacks_of(pid_t pid) const;
  // Threads so far, and processes, that the source could not sample.
  void set_unsampled_threads(uint64_t count) { unsampled_threads_ = count; }
  void on_unsampled_process(std::string_view name, TimeNs time);
  // For a process that was waited for. False when it is none that was recorded.
  bool on_wait_status(pid_t pid, int status, uint64_t peak_memory_bytes);

  // Writes what is known at the end: ends of threads and processes, unsampled time, diagnostics.
  void finish(TimeNs end, const CpuAccount& cpu);

  // Writes the same for a part of a recording that goes on, as of `time`. Then the Builder is to be
  // exchanged for that of the next part, and begin_part() introduces there what runs.
  void end_part(TimeNs time);
  void begin_part();
  // The id in this part of a process of the part before; none when it has ended there.
  ProcessId renumbered(ProcessId before) const;

  const CollectorCounts& counts() const { return counts_; }
  // Of the parts before this one.
  const CollectorCounts& counts_before() const { return before_; }
  // Weight of samples by innermost frame, index = FrameId: what is hot.
  std::span<const int64_t> self_ns_by_frame() const { return self_by_frame_; }
  DurationNs sampled_cpu() const { return sampled_; }
  const PythonFrames& python() const { return *python_; }
  JitDumps& jit_dumps() { return *jit_dumps_; }
  // Threads that are alive, or ended a moment ago.
  size_t held_threads() const { return threads_.size(); }
  const WaitLedger& waits() const { return ledger_; }

 private:
  struct Process;
  struct Thread;
  Process* process_of(pid_t pid) const;
  Process* met(pid_t pid, TimeNs time);
  Process& add_process(pid_t pid, ProcessId parent, std::string_view name, std::string_view command,
                       TimeNs time);
  Thread* thread_of(Process& process, pid_t tid, TimeNs time);
  void begin_forked(Thread& thread, TimeNs time);
  ModuleId module_id(stacks::Module* module);
  void end_thread(Thread& thread, TimeNs time);
  void end_process(Process& process, TimeNs time, bool exited);
  // Ends that are older than `time` are written, and what is held of them is let go.
  void retire_until(TimeNs time);
  void retire_thread(Thread& thread);
  void retire_process(Process& process);
  void credit_opened_counters(DurationNs counted);
  void credit_outside_clocks(DurationNs waited);
  void write_start(Process& process);
  void write_start(Thread& thread);
  void carry_threads();
  void write_processes(const CpuAccount& cpu);
  void write_diagnostics();
  void note_broken(unwind::WalkEnd end, const stacks::UnwoundStack& stack, TimeNs time);
  bool append_user_frames(Process& process, const RawSample& sample,
                          const recording::Builder::Path& path, recording::SampleRow& row);
  void append_frames(Process& process, const RawSample& sample, const stacks::UnwoundStack& stack,
                     const recording::Builder::Path& path, recording::SampleRow& row);
  FrameId frame_id(const Process& process, const stacks::StackFrame& frame, TimeNs time);
  Thread* switched_thread(pid_t pid, pid_t tid, TimeNs time);
  StackId wait_stack(Process& process, const RawSample& sample);
  bool in_pause(TimeNs time) const { return options_.pauses && options_.pauses->covers(time); }
  bool wants_look(const Thread& thread, TimeNs now) const;
  bool wants_account(const Thread& thread, TimeNs now) const;
  bool look(Thread& thread, WaitLook& out);
  void look_at(Thread& thread);
  void account_waits(TimeNs now);
  void interrupt_accounts(TimeNs time);
  void account_wait(Thread& thread, TimeNs now);
  void settle_account(Thread& thread, TimeNs end);

  recording::Builder& builder_;
  stacks::ModuleStore& modules_;
  stacks::Unwinder unwinder_;
  CollectorOptions options_;
  CollectorCounts counts_, before_;
  uint32_t parts_ = 0;  // that have ended
  std::unordered_map<uint32_t, ProcessId> renumbered_;
  // By their ids in the recording, until retired. Ended ones stay findable by the kernel's ids
  // until then, or until these are used again: their CPU times arrive after their exits.
  std::unordered_map<uint32_t, std::unique_ptr<Process>> processes_;
  std::unordered_map<pid_t, Process*> live_processes_;
  std::unordered_map<uint32_t, std::unique_ptr<Thread>> threads_;
  std::unordered_map<pid_t, Thread*> live_threads_;
  std::deque<uint32_t> ending_;  // threads in the order of their ends
  Thread* uncounted_ = nullptr;  // the one that ended and whose time never came
  bool many_uncounted_ = false;
  int64_t threads_cpu_ns_ = 0;
  // All that is needed of a process once it is gone.
  struct EndedProcess {
    ProcessId id;
    pid_t pid;
    int32_t status;
    uint32_t threads;
    bool exited;
    TimeNs end;
    int64_t cpu_ns, sampled_ns;
    uint64_t peak_memory_bytes;
  };
  std::vector<EndedProcess> ended_;
  std::vector<FrameId> frames_;  // of the sample at hand
  static constexpr size_t kPaths = stacks::Unwinder::kRecentStacks;
  recording::Builder::Path paths_[kPaths];  // the last of some threads, by tid
  recording::Builder::Path rootless_;       // the last without user frames
  std::vector<int64_t> self_by_frame_;
  std::unique_ptr<PythonFrames> python_;
  std::unique_ptr<JitDumps> jit_dumps_;
  std::vector<stacks::StackFrame> script_frames_;  // of the sample at hand
  struct BrokenKind;
  std::vector<std::unique_ptr<BrokenKind>> broken_;
  DurationNs sampled_{};
  uint64_t unsampled_threads_ = 0, unsampled_processes_ = 0;
  std::string unsampled_names_;  // of the first few of these processes
  WaitLedger ledger_;
  std::deque<uint32_t> look_order_;  // threads, the next to be looked at first
  ProcLook look_;                    // reused
  TimeNs accounted_at_{};            // the last round of account_waits
  TimeNs first_lost_{}, first_throttled_{};
};

}  // namespace hone::capture
