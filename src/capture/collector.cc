#include "capture/collector.h"

#include <fmt/format.h>

#include <algorithm>

#include "capture/collector_tables.h"
#include "capture/jit.h"
#include "capture/running.h"

namespace hone::capture {
namespace {
// A JIT compiler begins its map at its start, or with its first code; later it is found at the end.
constexpr uint32_t kPerfMapTriesMax = 32;
}  // namespace

Collector::Collector(recording::Builder& builder, stacks::ModuleStore& modules,
                     const CollectorOptions& options)
    : builder_(builder),
      modules_(modules),
      unwinder_(modules),
      options_(options),
      python_(std::make_unique<PythonFrames>(builder, modules)),
      jit_dumps_(std::make_unique<JitDumps>()),
      ledger_(builder, DurationNs{options.switch_stacks ? 0 : kLookIntervalNs}) {}
Collector::~Collector() = default;

Collector::Process* Collector::process_of(pid_t pid) const {
  const auto found = live_processes_.find(pid);
  return found == live_processes_.end() ? nullptr : found->second;
}

bool Collector::is_recorded(pid_t pid) const {
  return process_of(pid) != nullptr;
}

bool Collector::reads_stacks_of(pid_t pid) const {
  const Process* process = process_of(pid);
  return process && process->python;
}

const stacks::AddressSpace* Collector::space_of(pid_t pid) const {
  const Process* process = process_of(pid);
  return process ? &process->space : nullptr;
}

void Collector::for_each_live(base::FunctionRef<void(const LiveProcess&)> take) const {
  for (const auto& [pid, process] : live_processes_) {
    if (process->ended) continue;
    take({process->id, pid, process->sampled_ns, process->kernel});
  }
}

std::vector<pid_t> Collector::live_pids() const {
  std::vector<pid_t> out;
  for (const auto& [pid, process] : live_processes_) {
    if (!process->ended) out.push_back(pid);
  }
  return out;
}

Collector::Process& Collector::add_process(pid_t pid, ProcessId parent, std::string_view name,
                                           std::string_view command, TimeNs time) {
  auto process = std::make_unique<Process>();
  process->pid = pid;
  process->parent = parent;
  process->start = time;
  process->name = name;
  process->command = command;
  write_start(*process);
  live_processes_[pid] = process.get();
  Process& added = *process;
  processes_[raw(added.id)] = std::move(process);
  return added;
}

void Collector::add_root(pid_t pid, std::string_view name, std::string_view command, TimeNs time,
                         bool until_exec) {
  Process& process = add_process(pid, ProcessId::kNone, name, command, time);
  process.until_exec = until_exec;
  thread_of(process, pid, time);
}

void Collector::add_running(const RunningProcess& running, TimeNs time) {
  if (process_of(running.pid)) return;
  const Process* parent = process_of(running.parent);
  Process& process = add_process(running.pid, parent ? parent->id : ProcessId::kNone, running.name,
                                 running.command, time);
  process.kernel = running.kernel;
  for (const RunningThread& thread : running.threads) {
    thread_of(process, thread.tid, time);
    if (thread.name != running.name) on_name(running.pid, thread.tid, thread.name, false, time);
  }
  for_each_code_mapping(running.pid, time, [&](const MapEvent& event) { on_map(event); });
}

// The process of an event: in a recording of the whole system also one that nothing told of, which
// started while events were lost, or before the first.
Collector::Process* Collector::met(pid_t pid, TimeNs time) {
  if (Process* known = process_of(pid)) return known;
  if (!options_.everyone || pid <= 0) return nullptr;
  auto running = running_process(pid);
  if (running) {
    add_running(*running, time);
  } else {
    add_process(pid, ProcessId::kNone, fmt::format("pid {}", pid), {}, time);
  }
  return process_of(pid);
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
  thread->start = time;
  thread->name = process.name;
  write_start(*thread);
  ++process.threads;
  ++process.live_threads;
  ++process.held_threads;
  Thread* added = thread.get();
  live_threads_[tid] = added;
  // The kernel, which is asked what threads wait for, knows nothing of fibers.
  const bool is_fiber = tid >= kFirstFiber;
  if (options_.waits && !is_fiber) {
    ledger_.begin(added->waits, added->id, time, ThreadBegin::kNotKnown);
  }
  if ((options_.waits || options_.wait_accounts) && !is_fiber) {
    look_order_.push_back(raw(added->id));
  }
  threads_[raw(added->id)] = std::move(thread);
  return added;
}

ThreadId Collector::thread_id(pid_t pid, pid_t tid, TimeNs time) {
  Process* process = met(pid, time);
  Thread* thread = process ? thread_of(*process, tid, time) : nullptr;
  return thread ? thread->id : ThreadId::kNone;
}

void Collector::on_fork(pid_t pid, pid_t tid, pid_t parent_pid, TimeNs time) {
  Process* parent = met(parent_pid, time);
  if (!parent) {
    live_processes_.erase(pid);  // an id that was ours is a stranger's now
    return;
  }
  if (pid == parent_pid) {
    const auto old = live_threads_.find(tid);
    if (old != live_threads_.end() && old->second->ended) live_threads_.erase(old);
    begin_forked(*thread_of(*parent, tid, time), time);
    return;
  }
  if (Process* old = process_of(pid)) end_process(*old, time, true);
  Process& added = add_process(pid, parent->id, parent->name, {}, time);
  added.space = parent->space;
  added.jit_dump = parent->jit_dump;
  added.python = PythonFrames::forked(parent->python.get(), pid);
  added.until_exec = parent->until_exec;
  added.kernel = parent->kernel;
  begin_forked(*thread_of(added, tid, time), time);
}

void Collector::on_name(pid_t pid, pid_t tid, std::string_view name, bool exec, TimeNs time) {
  Process* process = met(pid, time);
  if (!process) return;
  if (exec) {
    if (process->until_exec && options_.waits) {
      Thread* program = thread_of(*process, tid, time);
      ledger_.begin(program->waits, program->id, time, ThreadBegin::kRunning);
    }
    process->kernel = false;
    process->until_exec = false;
    process->space.clear();
    process->python.reset();
    process->jit_dump = nullptr;
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

void Collector::on_map(const MapEvent& event) {
  Process* process = process_of(event.pid);
  if (!process || process->until_exec) return;
  if (is_jit_dump(event.path)) {
    // Mapped as code, so that profilers are told of it.
    if (JitDumpFile* dump = jit_dumps_->open(event)) process->jit_dump = dump;
    return;
  }
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
    module = modules_.anonymous(std::string(event.path.empty() ? "//anon" : event.path), event.pid);
    if (!module->fd && process->perf_map_tries < kPerfMapTriesMax) {
      ++process->perf_map_tries;
      module->fd = open_perf_map(event.pid, INT64_MAX);
      if (module->fd && module->id == ModuleId::kNone) module->path = "[jit]";
    }
  }
  process->space.map(event.begin, event.bytes, event.offset, module);
  if (const stacks::MappedRange* range = process->space.find(event.begin)) {
    python_->on_map(process->python, event.pid, *range);
  }
}

ModuleId Collector::module_id(stacks::Module* module) {
  if (module->id != ModuleId::kNone) return module->id;
  module->id = builder_.append_id<ModuleId>(recording::ModuleRow{
      .path = builder_.string(module->path, recording::TextKind::kPath),
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

FrameId Collector::frame_id(const Process& process, const stacks::StackFrame& frame, TimeNs time) {
  if (process.jit_dump && frame.module && frame.module->kind == stacks::ModuleKind::kAnonymous) {
    const uint64_t place = jit_dumps_->place(*process.jit_dump, *frame.module, frame.address, time);
    return builder_.frame(module_id(frame.module), place);
  }
  const ModuleId module = frame.module ? module_id(frame.module) : ModuleId::kNone;
  return builder_.frame(module, frame.address);
}

// The outer ones are mostly those of the path before, whose ids are known.
void Collector::append_frames(Process& process, const RawSample& sample,
                              const stacks::UnwoundStack& stack,
                              const recording::Builder::Path& path, recording::SampleRow& row) {
  if (process.python) {
    const auto found = python_->replace(*process.python, sample, stack, script_frames_);
    if (found == PythonFrames::Found::kLater) row.flags |= recording::kSampleScriptLater;
    const bool replaced = found != PythonFrames::Found::kNone;
    for (const auto& frame : replaced ? std::span(script_frames_) : stack.frames) {
      frames_.push_back(frame_id(process, frame, sample.time));
    }
    return;
  }
  const size_t own = stack.frames.size() - stack.shared;
  for (const stacks::StackFrame& frame : stack.frames.first(own)) {
    frames_.push_back(frame_id(process, frame, sample.time));
  }
  frames_.insert(frames_.end(), path.frames.rend() - stack.shared, path.frames.rend());
}

// False when there are none: see below.
bool Collector::append_user_frames(Process& process, const RawSample& sample,
                                   const recording::Builder::Path& path,
                                   recording::SampleRow& row) {
  const stacks::UnwindInput input{.registers = sample.registers,
                                  .stack = sample.stack,
                                  .stack_full = sample.stack_full,
                                  .live_pid = options_.splice ? sample.pid : 0,
                                  .thread = static_cast<uint32_t>(sample.tid)};
  stacks::UnwoundStack stack =
      sample.walked.empty()
          ? unwinder_.unwind(process.space, input, options_.method)
          : unwinder_.take(process.space, sample.walked, sample.walk_end, input.thread);
  stack.by_frame_pointers |= sample.by_frame_pointers;
  // Within execve(2) the registers are still those of the program before, whose code is gone.
  if (sample.in_kernel && stack.end == unwind::WalkEnd::kNoModule && stack.frames.size() == 1) {
    unwinder_.forget(input.thread);
    return false;
  }
  append_frames(process, sample, stack, path, row);
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
  return true;
}

void Collector::on_sample(const RawSample& sample) {
  if (in_pause(sample.time)) {
    ++counts_.paused;
    return;
  }
  Process* process = met(sample.pid, sample.time);
  if (!process || process->until_exec) {
    ++counts_.foreign;
    return;
  }
  // A thread on its last way through the kernel has no id any more (-1): its time is its process's.
  const pid_t tid = sample.tid > 0 ? sample.tid : sample.pid;
  Thread* thread = thread_of(*process, tid, sample.time);
  ledger_.sampled(thread->waits);
  recording::SampleRow row{
      .time = sample.time, .thread = thread->id, .weight = sample.weight, .cpu = sample.cpu};
  frames_.clear();
  for (size_t i = 0; i < sample.kernel_frames.size(); ++i) {
    // A return address may be the first byte of the next function: look-up is one before it.
    const uint64_t address = sample.kernel_frames[i] - (i == 0 ? 0 : 1);
    frames_.push_back(builder_.frame(module_id(modules_.kernel()), address));
  }
  if (sample.in_kernel) row.flags |= recording::kSampleInKernel;
  // The unwinder says of a stack what it shares with the last one that it made of the thread.
  recording::Builder::Path& own_path = paths_[static_cast<uint32_t>(sample.tid) % kPaths];
  const bool has_user_side = (sample.has_registers || !sample.walked.empty()) &&
                             append_user_frames(*process, sample, own_path, row);
  if (!has_user_side && process->kernel) {
    row.end = static_cast<uint8_t>(unwind::WalkEnd::kComplete);
    ++counts_.complete;
  } else if (!has_user_side) {
    row.flags |= recording::kSampleNoUserRegisters;
    row.end = static_cast<uint8_t>(unwind::WalkEnd::kNoRegisters);
    ++counts_.no_registers;
    if (sample.other_abi) ++counts_.other_abi;
  }
  if (!frames_.empty()) {
    const size_t leaf = raw(frames_.front());
    if (self_by_frame_.size() <= leaf) self_by_frame_.resize(leaf * 2 + 64);
    self_by_frame_[leaf] += raw(sample.weight);
  }
  row.stack = builder_.stack(frames_, has_user_side ? own_path : rootless_);
  if (options_.watcher) {
    options_.watcher->on_stack(sample, row.stack, frames_);
  } else {
    builder_.append(row);
  }
  ++counts_.samples;
  process->sampled_ns += raw(sample.weight);
  sampled_ = DurationNs{raw(sampled_) + raw(sample.weight)};
}

void Collector::on_thread_cpu(pid_t pid, pid_t tid, DurationNs cpu, TimeNs time) {
  Process* process = process_of(pid);
  if (!process) return;
  const bool paused = options_.pauses && !options_.pauses->all().empty();
  if (options_.cpu_counts_pauses && paused) return;
  const auto found = live_threads_.find(tid);
  // Its end stands in the part before.
  if (found == live_threads_.end() && parts_ > 0) return;
  Thread* thread = found != live_threads_.end() ? found->second : thread_of(*process, tid, time);
  // What it used before this part is in there, too.
  if (thread->carried) return;
  thread->cpu_ns = std::max<int64_t>(thread->cpu_ns, 0) + raw(cpu);
  threads_cpu_ns_ += raw(cpu);
  if (process->carried) return;
  process->cpu_ns = std::max<int64_t>(process->cpu_ns, 0) + raw(cpu);
}

void Collector::on_process_cpu(pid_t pid, DurationNs cpu) {
  if (Process* process = process_of(pid)) {
    process->cpu_ns = raw(cpu);
    process->cpu_accounted = true;
  }
}

void Collector::on_throttle(TimeNs time) {
  if (counts_.throttled++ == 0) first_throttled_ = time;
}

void Collector::on_unsampled_process(std::string_view name, TimeNs) {
  constexpr uint64_t kNamed = 5;
  if (++unsampled_processes_ > kNamed) return;
  if (!unsampled_names_.empty()) unsampled_names_ += ", ";
  unsampled_names_ += name.empty() ? "?" : name;
}

void Collector::on_lost(uint64_t count, TimeNs time) {
  if (counts_.lost == 0) first_lost_ = time;
  counts_.lost += count;
}

}  // namespace hone::capture
