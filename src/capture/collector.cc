#include "capture/collector.h"

#include <fmt/format.h>

#include <algorithm>

namespace hone::capture {
namespace {
// CPU time is kept as -1 until something exact is known of it.
constexpr int64_t kUnknown = -1;
}  // namespace

struct Collector::Process {
  ProcessId id{};
  pid_t pid = 0;
  std::string name;
  stacks::AddressSpace space;
  bool until_exec = false;
  bool ended = false, exited = false;
  TimeNs end{};
  int64_t cpu_ns = kUnknown;
  int64_t sampled_ns = 0;
  int32_t status = -1;
  uint64_t peak_memory_bytes = 0;
  uint32_t live_threads = 0;
};

struct Collector::Thread {
  ThreadId id{};
  pid_t tid = 0;
  Process* process = nullptr;
  std::string name;
  int64_t cpu_ns = kUnknown;
  bool ended = false;
  TimeNs end{};
};

struct Collector::BrokenKind {
  unwind::WalkEnd end;
  stacks::Module* module;
  uint64_t count;
  TimeNs first;
};

Collector::Collector(recording::Builder& builder, stacks::ModuleStore& modules,
                     const CollectorOptions& options)
    : builder_(builder), modules_(modules), unwinder_(modules), options_(options) {}
Collector::~Collector() = default;

Collector::Process* Collector::process_of(pid_t pid) const {
  const auto found = live_processes_.find(pid);
  return found == live_processes_.end() ? nullptr : found->second;
}

bool Collector::is_recorded(pid_t pid) const {
  return process_of(pid) != nullptr;
}

void Collector::add_root(pid_t pid, std::string_view name, std::string_view command, TimeNs time,
                         bool until_exec) {
  auto process = std::make_unique<Process>();
  process->pid = pid;
  process->name = name;
  process->until_exec = until_exec;
  process->id =
      builder_.append_id<ProcessId>(recording::ProcessRow{.pid = static_cast<uint32_t>(pid),
                                                          .start = time,
                                                          .name = builder_.string(name),
                                                          .command = builder_.string(command)});
  live_processes_[pid] = process.get();
  Process& added = *processes_.emplace_back(std::move(process));
  thread_of(added, pid, time);
}

Collector::Thread* Collector::thread_of(Process& process, pid_t tid, TimeNs time) {
  if (const auto found = live_threads_.find(tid); found != live_threads_.end()) {
    // A thread is still seen for a moment after its exit was told: on the kernel's way out.
    if (found->second->process == &process) return found->second;
    // The kernel gave a dead thread's id to a new one.
    end_thread(*found->second, time);
  }
  auto thread = std::make_unique<Thread>();
  thread->tid = tid;
  thread->process = &process;
  thread->name = process.name;
  thread->id =
      builder_.append_id<ThreadId>(recording::ThreadRow{.process = process.id,
                                                        .tid = static_cast<uint32_t>(tid),
                                                        .start = time,
                                                        .name = builder_.string(thread->name)});
  ++process.live_threads;
  Thread* added = threads_.emplace_back(std::move(thread)).get();
  live_threads_[tid] = added;
  return added;
}

void Collector::on_fork(pid_t pid, pid_t tid, pid_t parent_pid, TimeNs time) {
  Process* parent = process_of(parent_pid);
  if (!parent) {
    live_processes_.erase(pid);  // an id that was ours is a stranger's now
    return;
  }
  if (pid == parent_pid) {
    const auto old = live_threads_.find(tid);
    if (old != live_threads_.end() && old->second->ended) live_threads_.erase(old);
    thread_of(*parent, tid, time);
    return;
  }
  if (Process* old = process_of(pid)) end_process(*old, time, true);
  auto process = std::make_unique<Process>();
  process->pid = pid;
  process->name = parent->name;
  process->space = parent->space;
  process->until_exec = parent->until_exec;
  process->id =
      builder_.append_id<ProcessId>(recording::ProcessRow{.pid = static_cast<uint32_t>(pid),
                                                          .parent = parent->id,
                                                          .start = time,
                                                          .name = builder_.string(process->name)});
  live_processes_[pid] = process.get();
  Process& added = *processes_.emplace_back(std::move(process));
  thread_of(added, tid, time);
}

void Collector::on_name(pid_t pid, pid_t tid, std::string_view name, bool exec, TimeNs time) {
  Process* process = process_of(pid);
  if (!process) return;
  if (exec) {
    process->until_exec = false;
    process->space.clear();
    process->name = name;
  }
  if (process->until_exec) return;  // our own child, before it becomes the program
  Thread* thread = thread_of(*process, tid, time);
  thread->name = name;
  if (!exec && tid == pid) process->name = name;
  builder_.append(recording::ThreadNameRow{.thread = thread->id,
                                           .time = time,
                                           .name = builder_.string(name),
                                           .exec = static_cast<uint8_t>(exec)});
}

void Collector::on_exit(pid_t pid, pid_t tid, TimeNs time) {
  Process* process = process_of(pid);
  if (!process) return;
  if (const auto found = live_threads_.find(tid); found != live_threads_.end()) {
    end_thread(*found->second, time);
  }
  if (process->live_threads == 0) end_process(*process, time, true);
}

// The rows of ends are written by finish(), and ended processes and threads stay findable by their
// ids until these are used again: their exact CPU times arrive after their exits.
void Collector::end_thread(Thread& thread, TimeNs time) {
  if (thread.ended) return;
  thread.ended = true;
  thread.end = time;
  if (thread.process->live_threads > 0) --thread.process->live_threads;
}

void Collector::end_process(Process& process, TimeNs time, bool exited) {
  if (process.ended) return;
  process.ended = true;
  process.exited = exited;
  process.end = time;
  if (exited) process.space.clear();
}

void Collector::on_map(const MapEvent& event) {
  Process* process = process_of(event.pid);
  if (!process || process->until_exec) return;
  stacks::Module* module = nullptr;
  if (event.path == "[vdso]") {
    module = modules_.vdso();
  } else if (event.path.starts_with('/') && event.path.substr(0, 2) != "//" &&
             event.identity.inode != 0) {
    const std::string path(event.path);
    // map_files is the mapping itself, whatever became of the path; it needs privilege and a
    // living process. Through the process's root the path means what the process means by it.
    const std::string candidates[] = {fmt::format("/proc/{}/map_files/{:x}-{:x}", event.pid,
                                                  event.begin, event.begin + event.bytes),
                                      fmt::format("/proc/{}/root{}", event.pid, path), path};
    module = modules_.of_file(event.identity, path, candidates);
  } else {
    module = modules_.anonymous(std::string(event.path.empty() ? "//anon" : event.path));
  }
  process->space.map(event.begin, event.bytes, event.offset, module);
}

ModuleId Collector::module_id(stacks::Module* module) {
  if (module->id != ModuleId::kNone) return module->id;
  module->id = builder_.append_id<ModuleId>(recording::ModuleRow{
      .path = builder_.string(module->path),
      .build_id = {reinterpret_cast<const char*>(module->build_id.data()), module->build_id.size()},
      .kind = static_cast<uint8_t>(module->kind),
      .arch = static_cast<uint8_t>(module->arch),
      .image_base = module->image_base});
  return module->id;
}

void Collector::note_broken(unwind::WalkEnd end, const stacks::UnwoundStack& stack, TimeNs time) {
  stacks::Module* module = stack.frames.empty() ? nullptr : stack.frames.back().module;
  for (auto& kind : broken_) {
    if (kind->end == end && kind->module == module) {
      ++kind->count;
      return;
    }
  }
  broken_.push_back(std::make_unique<BrokenKind>(BrokenKind{end, module, 1, time}));
}

void Collector::append_user_frames(const Process& process, const RawSample& sample,
                                   recording::SampleRow& row) {
  const stacks::UnwindInput input{.registers = sample.registers,
                                  .stack = sample.stack,
                                  .stack_full = sample.stack_full,
                                  .live_pid = options_.splice ? sample.pid : 0};
  const stacks::UnwoundStack stack = unwinder_.unwind(process.space, input, options_.method);
  for (const stacks::StackFrame& frame : stack.frames) {
    const ModuleId module = frame.module ? module_id(frame.module) : ModuleId::kNone;
    frames_.push_back(builder_.frame(module, frame.address));
  }
  row.end = static_cast<uint8_t>(stack.end);
  if (stack.spliced) {
    row.flags |= recording::kSampleSpliced;
    ++counts_.spliced;
  }
  if (stack.leaf_assumed) {
    row.flags |= recording::kSampleLeafAssumed;
    ++counts_.leaf_assumed;
  }
  if (stack.by_frame_pointers) row.flags |= recording::kSampleFramePointers;
  if (stack.end == unwind::WalkEnd::kComplete) {
    ++counts_.complete;
  } else {
    ++counts_.broken;
    note_broken(stack.end, stack, sample.time);
  }
}

void Collector::on_sample(const RawSample& sample) {
  Process* process = process_of(sample.pid);
  if (!process || process->until_exec) {
    ++counts_.foreign;
    return;
  }
  Thread* thread = thread_of(*process, sample.tid, sample.time);
  recording::SampleRow row{
      .time = sample.time, .thread = thread->id, .weight = sample.weight, .cpu = sample.cpu};
  frames_.clear();
  for (size_t i = 0; i < sample.kernel_frames.size(); ++i) {
    // A return address may be the first byte of the next function: look-up is one before it.
    const uint64_t address = sample.kernel_frames[i] - (i == 0 ? 0 : 1);
    frames_.push_back(builder_.frame(module_id(modules_.kernel()), address));
  }
  if (sample.in_kernel) row.flags |= recording::kSampleInKernel;
  if (sample.has_registers) {
    append_user_frames(*process, sample, row);
  } else {
    row.flags |= recording::kSampleNoUserRegisters;
    row.end = static_cast<uint8_t>(unwind::WalkEnd::kNoRegisters);
    ++counts_.no_registers;
  }
  if (!frames_.empty()) {
    const size_t leaf = raw(frames_.front());
    if (self_by_frame_.size() <= leaf) self_by_frame_.resize(leaf * 2 + 64);
    self_by_frame_[leaf] += raw(sample.weight);
  }
  row.stack = builder_.stack(frames_);
  builder_.append(row);
  ++counts_.samples;
  process->sampled_ns += raw(sample.weight);
  sampled_ = DurationNs{raw(sampled_) + raw(sample.weight)};
}

void Collector::on_thread_cpu(pid_t pid, pid_t tid, DurationNs cpu, TimeNs time) {
  Process* process = process_of(pid);
  if (!process) return;
  const auto found = live_threads_.find(tid);
  Thread* thread = found != live_threads_.end() ? found->second : thread_of(*process, tid, time);
  thread->cpu_ns = std::max<int64_t>(thread->cpu_ns, 0) + raw(cpu);
  process->cpu_ns = std::max<int64_t>(process->cpu_ns, 0) + raw(cpu);
}

void Collector::on_lost(uint64_t count, TimeNs time) {
  if (counts_.lost == 0) first_lost_ = time;
  counts_.lost += count;
}

void Collector::on_wait_status(pid_t pid, int status, DurationNs cpu, uint64_t peak_memory_bytes) {
  // The newest process of that id: it may have ended in the event stream already.
  for (auto it = processes_.rbegin(); it != processes_.rend(); ++it) {
    if ((*it)->pid != pid) continue;
    (*it)->status = status;
    (*it)->peak_memory_bytes = peak_memory_bytes;
    if (raw(cpu) >= 0 && (*it)->cpu_ns < 0) (*it)->cpu_ns = raw(cpu);
    return;
  }
}

// A thread's exact CPU time comes with its exit, except for one: the kernel may swap the counters
// of two tasks with equal ones instead of switching them, and whichever task ends up with those
// that we opened (rather than inherited copies) puts nothing out. It is what the total leaves over.
void Collector::credit_opened_counters(DurationNs total_cpu) {
  if (raw(total_cpu) < 0) return;
  Thread* uncounted = nullptr;
  int64_t counted_ns = 0;
  for (auto& thread : threads_) {
    if (!thread->ended) return;  // copies that live on are in the total, too
    if (thread->cpu_ns >= 0) {
      counted_ns += thread->cpu_ns;
    } else if (uncounted) {
      return;
    } else {
      uncounted = thread.get();
    }
  }
  if (!uncounted) return;
  uncounted->cpu_ns = std::max<int64_t>(raw(total_cpu) - counted_ns, 0);
  uncounted->process->cpu_ns = std::max<int64_t>(uncounted->process->cpu_ns, 0) + uncounted->cpu_ns;
}

void Collector::finish(TimeNs end, DurationNs total_cpu) {
  credit_opened_counters(total_cpu);
  for (auto& thread : threads_) {
    end_thread(*thread, end);
    builder_.append(recording::ThreadEndRow{
        .thread = thread->id, .time = thread->end, .cpu = DurationNs{thread->cpu_ns}});
  }
  int64_t known_ns = 0;
  for (auto& process : processes_) {
    const bool exited = process->ended && process->exited;
    end_process(*process, end, false);
    builder_.append(recording::ProcessEndRow{.process = process->id,
                                             .time = process->end,
                                             .exited = static_cast<uint8_t>(exited),
                                             .status = process->status,
                                             .cpu = DurationNs{process->cpu_ns},
                                             .peak_memory_bytes = process->peak_memory_bytes});
    if (process->cpu_ns < 0) continue;
    known_ns += process->cpu_ns;
    builder_.append(recording::UnsampledCpuRow{
        .process = process->id, .cpu = DurationNs{process->cpu_ns - process->sampled_ns}});
  }
  if (raw(total_cpu) >= 0) {
    builder_.append(
        recording::MetaRow{.key = "cpu.total_ns", .value = fmt::format("{}", raw(total_cpu))});
    // CPU time of processes of which no account was had, beyond what samples saw of them.
    int64_t sampled_unknown_ns = 0;
    for (auto& process : processes_) {
      if (process->cpu_ns < 0) sampled_unknown_ns += process->sampled_ns;
    }
    const int64_t rest = raw(total_cpu) - known_ns - sampled_unknown_ns;
    builder_.append(
        recording::UnsampledCpuRow{.process = ProcessId::kNone, .cpu = DurationNs{rest}});
  }
  const auto note = [&](std::string_view name, uint8_t severity, uint64_t count, TimeNs first,
                        std::string_view detail) {
    if (count == 0) return;
    builder_.append(recording::DiagnosticRow{
        .name = name, .severity = severity, .count = count, .first_time = first, .detail = detail});
  };
  note("samples_lost", recording::kDataLoss, counts_.lost, first_lost_,
       "the event buffer was full; a lower -F or a less busy machine avoids it");
  note("samples_without_user_registers", recording::kInfo, counts_.no_registers, TimeNs{},
       "taken while a program was starting or ending: only the kernel side is known");
  note("stacks_spliced", recording::kInfo, counts_.spliced, TimeNs{},
       "deeper than the kernel's largest copy; the outer part was read from the process");
  note("stacks_leaf_assumed", recording::kInfo, counts_.leaf_assumed, TimeNs{},
       "the innermost code has no unwind information; its caller was taken from where a call puts "
       "it, and a call does end there");
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
