// The collector's parts: a recording that is cut into several goes on in the next one, where
// everything that runs is introduced anew.
#include <algorithm>

#include "capture/collector_tables.h"

namespace hone::capture {

void Collector::write_start(Process& process) {
  process.id = builder_.append_id<ProcessId>(recording::ProcessRow{
      .pid = static_cast<uint32_t>(process.pid),
      .parent = process.parent,
      .start = process.start,
      .name = builder_.string(process.name),
      .command = builder_.string(process.command, recording::TextKind::kCommand)});
}

void Collector::write_start(Thread& thread) {
  thread.id =
      builder_.append_id<ThreadId>(recording::ThreadRow{.process = thread.process->id,
                                                        .tid = static_cast<uint32_t>(thread.tid),
                                                        .start = thread.start,
                                                        .name = builder_.string(thread.name)});
}

void Collector::end_part(TimeNs time) {
  if (!in_pause(time)) {
    pause_waits(time);
    resume_waits(time);
  }
  const std::deque<uint32_t> ending = std::move(ending_);
  ending_.clear();
  if (uncounted_) retire_thread(*uncounted_);
  uncounted_ = nullptr;
  for (const uint32_t id : ending) {
    if (const auto found = threads_.find(id); found != threads_.end()) {
      retire_thread(*found->second);
    }
  }
  std::vector<const Thread*> threads;
  for (const auto& [id, thread] : threads_) threads.push_back(thread.get());
  std::sort(threads.begin(), threads.end(),
            [](const Thread* a, const Thread* b) { return raw(a->id) < raw(b->id); });
  for (const Thread* thread : threads) {
    builder_.append(recording::ThreadEndRow{
        .thread = thread->id, .time = time, .cpu = DurationNs{kUnknownCpu}});
  }
  for (const auto& [id, process] : processes_) {
    // The counters of a process's threads come with their ends: of one that lives they are a part.
    const bool exact = process->cpu_accounted || (process->ended && !process->carried);
    ended_.push_back({.id = process->id,
                      .pid = process->pid,
                      .status = process->status,
                      .threads = process->threads,
                      .exited = process->exited,
                      .end = process->ended ? process->end : time,
                      .cpu_ns = exact ? process->cpu_ns : kUnknownCpu,
                      .sampled_ns = process->sampled_ns,
                      .peak_memory_bytes = process->peak_memory_bytes});
  }
  std::sort(ended_.begin(), ended_.end(),
            [](const EndedProcess& a, const EndedProcess& b) { return raw(a.id) < raw(b.id); });
  write_processes({});
  write_diagnostics();
}

ProcessId Collector::renumbered(ProcessId before) const {
  const auto found = renumbered_.find(raw(before));
  return found == renumbered_.end() ? ProcessId::kNone : found->second;
}

void Collector::begin_part() {
  ++parts_;
  const auto add = [](uint64_t& sum, uint64_t& count) {
    sum += count;
    count = 0;
  };
  add(before_.samples, counts_.samples);
  add(before_.lost, counts_.lost);
  add(before_.broken, counts_.broken);
  add(before_.foreign, counts_.foreign);
  counts_ = {};
  ended_.clear();
  broken_.clear();
  self_by_frame_.clear();
  for (recording::Builder::Path& path : paths_) path = {};
  rootless_ = {};
  for (uint32_t i = 0; i < kPaths; ++i) unwinder_.forget(i);
  sampled_ = {};
  first_lost_ = first_throttled_ = {};
  threads_cpu_ns_ = 0;
  many_uncounted_ = false;

  // In the order of their ids, so that they have the same ones in every part.
  std::vector<stacks::Module*> modules;
  for (stacks::Module& module : modules_.modules()) {
    if (module.id != ModuleId::kNone) modules.push_back(&module);
  }
  std::sort(modules.begin(), modules.end(), [](const stacks::Module* a, const stacks::Module* b) {
    return raw(a->id) < raw(b->id);
  });
  for (stacks::Module* module : modules) {
    module->id = ModuleId::kNone;
    module_id(module);
  }

  std::vector<std::unique_ptr<Process>> processes;
  for (auto& [id, process] : processes_) processes.push_back(std::move(process));
  std::sort(processes.begin(), processes.end(),
            [](const auto& a, const auto& b) { return raw(a->id) < raw(b->id); });
  processes_.clear();
  std::unordered_map<uint32_t, ProcessId>& ids = renumbered_;  // a parent is before its children
  ids.clear();
  for (auto& process : processes) {
    const uint32_t old_id = raw(process->id);
    const auto parent = ids.find(raw(process->parent));
    process->parent = parent == ids.end() ? ProcessId::kNone : parent->second;
    process->carried = true;
    process->cpu_accounted = false;
    process->cpu_ns = kUnknownCpu;
    process->sampled_ns = 0;
    process->threads = process->live_threads;
    write_start(*process);
    ids[old_id] = process->id;
    processes_[raw(process->id)] = std::move(process);
  }
  carry_threads();
}

// Those that are held go on in the next part, under ids of their own there.
void Collector::carry_threads() {
  std::vector<std::unique_ptr<Thread>> threads;
  for (auto& [id, thread] : threads_) threads.push_back(std::move(thread));
  std::sort(threads.begin(), threads.end(),
            [](const auto& a, const auto& b) { return raw(a->id) < raw(b->id); });
  threads_.clear();
  look_order_.clear();  // it is by ids
  for (auto& thread : threads) {
    thread->carried = true;
    thread->cpu_ns = kUnknownCpu;
    write_start(*thread);
    thread->waits.id = thread->id;
    if ((options_.waits || options_.wait_accounts) && !thread->ended) {
      look_order_.push_back(raw(thread->id));
    }
    threads_[raw(thread->id)] = std::move(thread);
  }
}

}  // namespace hone::capture
