// What every source of samples feeds: processes, threads, mappings and samples go in, rows of a
// recording come out. Nothing behind this seam knows which source is in front of it.
//
//   Collector collector(builder, modules, {.method = stacks::Method::kAuto});
//   collector.add_root(pid, "xz", "xz -6 file", now);
//   collector.on_map({...}); collector.on_sample({...});
//   collector.finish(end);
//
// Events come in the order of their times. Events of processes that are not descendants of a root
// are dropped: a source may see the whole machine. Not thread-safe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/types.h"
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
  unwind::Registers registers;
  std::span<const uint8_t> stack;
  bool stack_full = false;
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

struct CollectorOptions {
  stacks::Method method = stacks::Method::kAuto;
  bool splice = true;
};

// Counts that are shown while recording and written as diagnostics at the end.
struct CollectorCounts {
  uint64_t samples = 0;
  uint64_t complete = 0, broken = 0, spliced = 0, no_registers = 0, foreign = 0;
  uint64_t leaf_assumed = 0;
  uint64_t lost = 0;
};

class Collector {
 public:
  Collector(recording::Builder& builder, stacks::ModuleStore& modules,
            const CollectorOptions& options);
  ~Collector();

  // A process to record, with its descendants. Until its exec (when `until_exec`) samples of it are
  // our own and are dropped.
  void add_root(pid_t pid, std::string_view name, std::string_view command, TimeNs time,
                bool until_exec);
  bool is_recorded(pid_t pid) const;

  void on_fork(pid_t pid, pid_t tid, pid_t parent_pid, TimeNs time);
  void on_name(pid_t pid, pid_t tid, std::string_view name, bool exec, TimeNs time);
  void on_exit(pid_t pid, pid_t tid, TimeNs time);
  void on_map(const MapEvent& event);
  void on_sample(const RawSample& sample);
  // Exact CPU time of a thread that ended; adds up over several calls.
  void on_thread_cpu(pid_t pid, pid_t tid, DurationNs cpu, TimeNs time);
  void on_lost(uint64_t count, TimeNs time);
  // For a root that was waited for.
  void on_wait_status(pid_t pid, int status, DurationNs cpu, uint64_t peak_memory_bytes);

  // Writes what is known at the end: ends of threads and processes, unsampled time, diagnostics.
  // `total_cpu`: of the whole tree, where the source knows it exactly; negative when not.
  void finish(TimeNs end, DurationNs total_cpu);

  const CollectorCounts& counts() const { return counts_; }
  // Weight of samples by innermost frame, index = FrameId: what is hot.
  std::span<const int64_t> self_ns_by_frame() const { return self_by_frame_; }
  DurationNs sampled_cpu() const { return sampled_; }

 private:
  struct Process;
  struct Thread;
  Process* process_of(pid_t pid) const;
  Thread* thread_of(Process& process, pid_t tid, TimeNs time);
  ModuleId module_id(stacks::Module* module);
  void end_thread(Thread& thread, TimeNs time);
  void end_process(Process& process, TimeNs time, bool exited);
  void credit_opened_counters(DurationNs total_cpu);
  void note_broken(unwind::WalkEnd end, const stacks::UnwoundStack& stack, TimeNs time);
  void append_user_frames(const Process& process, const RawSample& sample,
                          recording::SampleRow& row);

  recording::Builder& builder_;
  stacks::ModuleStore& modules_;
  stacks::Unwinder unwinder_;
  CollectorOptions options_;
  CollectorCounts counts_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::unordered_map<pid_t, Process*> live_processes_;
  std::vector<std::unique_ptr<Thread>> threads_;
  std::unordered_map<pid_t, Thread*> live_threads_;
  std::vector<FrameId> frames_;  // of the sample at hand
  std::vector<int64_t> self_by_frame_;
  struct BrokenKind;
  std::vector<std::unique_ptr<BrokenKind>> broken_;
  DurationNs sampled_{};
  TimeNs first_lost_{};
};

}  // namespace hone::capture
