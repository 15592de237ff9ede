#include "capture/recorder.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>

#include "base/host/clock.h"
#include "base/host/signals.h"
#include "capture/attached.h"
#include "capture/calibrate.h"
#include "capture/child.h"
#include "capture/choose_sampler.h"
#include "capture/collector.h"
#include "capture/counters/system_counters.h"
#include "capture/facts.h"
#include "capture/jit.h"
#include "capture/jit_dumps.h"
#include "capture/limits.h"
#include "capture/perf_source.h"
#include "capture/python.h"
#include "capture/signals.h"
#include "capture/symbolise.h"
#include "capture/timer_source.h"
#include "capture/version.h"

namespace hone::capture {
namespace {

// How often the buffers are drained when they do not fill up before, and how often what was
// gathered is put into the file, so that a recorder that is killed has lost little.
constexpr int kDrainMs = Collector::kLookIntervalNs / 1'000'000;
// While stacks are deeper than the copy: half of those looked at 25 ms later had changed. Half as
// long costs twice the waking and completes 0.1% of the stacks more.
constexpr int kQuickDrainMs = 14;
constexpr int64_t kQuickNs = 200'000'000;
constexpr int64_t kFlushNs = 2'000'000'000;
constexpr int64_t kProgressNs = 250'000'000;
// Shorter recordings are not kept waiting for the cost of an interrupt to be measured.
constexpr int64_t kCalibrateFromNs = 1'000'000'000;

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ' ';
    const bool plain =
        !word.empty() && word.find_first_of(" \t\n'\"\\$*?;&|<>()") == std::string::npos;
    out += plain ? word : "'" + word + "'";
  }
  return out;
}

int shell_status(int wait_status) {
  if (WIFSIGNALED(wait_status)) return 128 + WTERMSIG(wait_status);
  return WEXITSTATUS(wait_status);
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

struct Run {
  const RecordOptions& options;
  base::FunctionRef<void(const RecordProgress&)> progress;
  recording::Builder& builder;
  Collector& collector;
  Sampler& source;
  std::optional<Child>& child;  // absent: nothing was started
  Attached& attached;
  Signals& signals;
  SystemCounters& counters;
  TimeNs start{};
  int64_t started_at = base::now_ns(CLOCK_REALTIME);
  std::vector<ProcessEnd> ends{};  // waited for; whose events may still be in the buffers
  int64_t waited_ns = 0;           // CPU time of those that were waited for
  int child_status = 0;
  bool child_ended = false;  // or all that was attached to
  bool interrupted = false;
  Result<void> file_state{};

  RecordProgress state(RecordProgress::Stage stage) const {
    return {.elapsed_ns = raw(base::monotonic_now() - start),
            .samples = collector.counts().samples,
            .lost = collector.counts().lost,
            .bytes = builder.writer().bytes_written(),
            .stage = stage};
  }
};

// From the terminal it went to the whole group; sent to us alone, it is to be handed on.
bool came_to_program(const signalfd_siginfo& info, pid_t program) {
  return info.ssi_code == SI_KERNEL && ::getpgid(program) == ::getpgrp();
}

// True when the recording should end now.
bool handle_signals(Run& run) {
  bool stop = false;
  while (const auto info = run.signals.next()) {
    const int signal = static_cast<int>(info->ssi_signo);
    if (signal == SIGCHLD) continue;
    // The second time, or with nothing of ours to end: save what there is.
    if (run.interrupted || !run.child) stop = true;
    run.interrupted = true;
    if (run.child && !came_to_program(*info, run.child->pid())) run.child->send(signal);
  }
  return stop;
}

void note_ends(Run& run, const std::vector<ProcessEnd>& ends) {
  for (const ProcessEnd& end : ends) {
    if (run.collector.on_wait_status(end.pid, end.wait_status, end.peak_memory_bytes)) {
      run.waited_ns += end.cpu_ns;
      run.counters.on_end(end);
    }
  }
}

// Waits for what has ended. Orphans come to us, and would stay as zombies for as long as we run.
void reap(Run& run, std::vector<ProcessEnd>& ends) {
  if (!run.child) {
    run.child_ended = run.attached.all_ended();
    return;
  }
  ProcessEnd end;
  while (run.counters.read_ended(), poll_ended(&end)) {
    if (end.pid == run.child->pid()) {
      run.child_ended = true;
      run.child_status = end.wait_status;
      end.cpu_ns = std::max<int64_t>(end.cpu_ns - run.child->cpu_before_ns(), 0);
      run.child->abandon();
    }
    ends.push_back(end);
  }
  if (!run.child_ended && no_children()) run.child_ended = true;
}

void run_loop(Run& run) {
  std::vector<pollfd> waiting;
  TimeNs next_flush = run.start + DurationNs{kFlushNs / 4};
  TimeNs next_progress = run.start;
  TimeNs quick_until = run.start;
  uint64_t full_stacks = 0;
  for (;;) {
    TimeNs now = base::monotonic_now();
    const uint64_t to_read = run.source.full_stacks() + run.collector.python().counts().samples;
    if (to_read != full_stacks) {
      full_stacks = to_read;
      quick_until = now + DurationNs{kQuickNs};
    }
    int wait_ms = now < quick_until ? kQuickDrainMs : kDrainMs;
    if (run.options.duration_s > 0) {
      const auto end = run.start + DurationNs{static_cast<int64_t>(run.options.duration_s * 1e9)};
      if (now >= end) return;
      wait_ms = static_cast<int>(std::min<int64_t>(wait_ms, raw(end - now) / 1'000'000 + 1));
    }
    waiting.assign(1, {run.signals.fd(), POLLIN, 0});
    run.source.wait_on(waiting);
    ::poll(waiting.data(), waiting.size(), run.counters.wait_ms(now, wait_ms));
    for (const pollfd& fd : waiting) {
      if (fd.revents & (POLLHUP | POLLERR)) run.source.on_end_of(fd.fd);
    }
    if (handle_signals(run)) return;
    std::vector<ProcessEnd> ends;
    reap(run, ends);
    run.source.drain(false);
    run.collector.look_at_waits(base::monotonic_now());
    // What ended a round ago: its start has been seen by now.
    note_ends(run, run.ends);
    run.ends = std::move(ends);
    now = base::monotonic_now();
    run.counters.tick(now, run.collector);
    if (run.file_state && now >= next_flush) {
      run.counters.flush();
      run.file_state = run.builder.writer().flush();
      next_flush = now + DurationNs{kFlushNs};
    }
    if (!run.file_state) return;
    if (now >= next_progress) {
      run.progress(run.state(RecordProgress::Stage::kRecording));
      next_progress = now + DurationNs{kProgressNs};
    }
    if (run.child_ended) return;
  }
}

std::vector<SymbolInput> symbol_inputs(stacks::ModuleStore& store, Collector& collector,
                                       int64_t started_at) {
  std::vector<SymbolInput> inputs;
  for (stacks::Module& module : store.modules()) {
    if (module.id == ModuleId::kNone) continue;
    if (module.kind == stacks::ModuleKind::kAnonymous && module.pid != 0 && !module.fd) {
      module.fd = open_perf_map(module.pid, started_at);
    }
    SymbolInput& input = inputs.emplace_back();
    input.module = module.id;
    input.kind = static_cast<uint8_t>(module.kind);
    input.source.path = module.path;
    input.source.fd = module.fd.get();
    input.source.image = module.image;
    input.source.build_id = module.build_id;
    input.script = collector.python().scripts().functions_of(module);
    input.jit = collector.jit_dumps().of(module);
  }
  return inputs;
}

void write_facts(recording::Builder& builder, const Facts& facts) {
  for (const auto& [key, value] : facts)
    builder.append(recording::MetaRow{.key = key, .value = value});
}

Facts sampler_facts(const RecordOptions& options, const Sampler& sampler) {
  const char* method = options.method == stacks::Method::kFramePointers ? "fp"
                       : options.method == stacks::Method::kDwarf       ? "dwarf"
                                                                        : "auto";
  Facts facts = sampler.facts();
  facts.emplace_back("sampler.frequency_hz", fmt::format("{}", options.frequency_hz));
  facts.emplace_back("sampler.unwind", method);
  return facts;
}

void write_clock_pair(recording::Builder& builder) {
  builder.append(recording::ClockRow{.clock = 1,
                                     .monotonic = base::monotonic_now(),
                                     .value = static_cast<uint64_t>(base::now_ns(CLOCK_REALTIME))});
}

}  // namespace

std::string default_output(const std::string& program) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::localtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &parts);
  const std::string stem = std::filesystem::path(program).filename().string() + "-" + text;
  std::string path = stem + ".hone";
  // Two recordings of one second do not share a name.
  for (int n = 2; ::access(path.c_str(), F_OK) == 0; ++n) path = fmt::format("{}-{}.hone", stem, n);
  return path;
}

namespace {

void write_start(Run& run, const std::string& command, const std::string& folder) {
  write_facts(run.builder, {{"run.command", command},
                            {"run.folder", folder},
                            {"run.started_utc", utc_now()},
                            {"hone.version", kVersion}});
  if (!run.attached.empty()) {
    write_facts(run.builder, {{"run.attached", run.attached.description()}});
  }
  write_facts(run.builder, sampler_facts(run.options, run.source));
  write_clock_pair(run.builder);
  if (run.options.keep_environment) write_facts(run.builder, environment_facts());
}

// All that has happened until `end` goes into the collector, and its ends into the recording.
void close_events(Run& run, TimeNs end) {
  run.source.disable();
  run.source.drain(true);
  if (run.child_ended) reap(run, run.ends);
  note_ends(run, run.ends);
  if (!run.attached.empty()) run.attached.account(run.collector);
  run.counters.finish(run.collector, run.child_ended && run.attached.empty());
  CpuAccount cpu{.counted = DurationNs{run.source.total_cpu_ns()}};
  if (run.child_ended && run.attached.empty()) cpu.waited = DurationNs{run.waited_ns};
  run.collector.finish(end, cpu);
  write_facts(run.builder, run.source.end_facts());
  if (run.file_state) run.file_state = run.builder.writer().flush();
}

// What the recording cost and lost, when all else is written.
void write_costs(Run& run, const stacks::ModuleStore& modules, RecordOutcome& outcome) {
  const CollectorCounts& counts = run.collector.counts();
  outcome.samples = counts.samples;
  outcome.lost = counts.lost;
  outcome.broken = counts.broken;
  outcome.recorder_cpu_ns = raw(base::process_cpu_time());
  // After the recorder's own account is closed: it is a cost of this machine's first recording.
  const int64_t interrupt_ns =
      outcome.wall_ns >= kCalibrateFromNs ? interrupt_ns_per_sample(outcome.kernel_side) : 0;
  if (interrupt_ns > 0) {
    write_facts(run.builder, {{"cost.interrupt_ns_per_sample", fmt::format("{}", interrupt_ns)}});
  }
  write_facts(
      run.builder,
      {{"run.wall_ns", fmt::format("{}", outcome.wall_ns)},
       {"run.exit_status", outcome.program_lives ? "" : fmt::format("{}", outcome.exit_status)},
       {"cost.recorder_cpu_ns", fmt::format("{}", outcome.recorder_cpu_ns)},
       {"cost.samples_taken", fmt::format("{}", counts.samples + counts.foreign)},
       {"cost.tables_compiled", fmt::format("{}", modules.costs().tables_compiled)},
       {"cost.tables_compile_ns", fmt::format("{}", modules.costs().compile_ns)},
       {"samples.lost", fmt::format("{}", outcome.lost)}});
}

// Facts that take a while, gathered beside the recording: nothing waits for them until its end.
class Gathered {
 public:
  explicit Gathered(std::string folder) : folder_(std::move(folder)) {
    try {
      thread_ = std::thread([this] { gather(); });
    } catch (const std::system_error&) {
      // No thread may be made here (ulimit -u): then they are gathered by who asks for them.
    }
  }
  ~Gathered() {
    if (thread_.joinable()) thread_.join();
  }
  void write(recording::Builder& builder) {
    if (thread_.joinable()) {
      thread_.join();
    } else {
      gather();
    }
    write_facts(builder, host_);
    write_facts(builder, git_);
  }

 private:
  void gather() {
    host_ = host_facts();
    git_ = git_facts(folder_);
  }
  std::string folder_;
  Facts host_, git_;
  std::thread thread_;
};

RecordOutcome run_to_end(Run& run, stacks::ModuleStore& modules, const std::string& command) {
  const pid_t program = run.child ? run.child->pid() : 0;
  std::error_code gone;  // the folder may have been removed
  const std::string folder = std::filesystem::current_path(gone).string();
  Gathered gathered(folder);
  write_start(run, command, folder);
  run_loop(run);

  const TimeNs end = base::monotonic_now();
  close_events(run, end);
  run.progress(run.state(RecordProgress::Stage::kSymbols));
  gathered.write(run.builder);
  if (run.file_state) {
    const std::vector<SymbolInput> inputs = symbol_inputs(modules, run.collector, run.started_at);
    const NamedFrames names = name_frames(run.builder.frames(), inputs, {});
    write_names(run.builder, names, inputs, run.collector.self_ns_by_frame());
  }
  RecordOutcome outcome{.exit_status = run.child_ended ? shell_status(run.child_status) : 0,
                        .program_lives = run.child && !run.child_ended,
                        .program_pid = program,
                        .target = run.attached.empty() ? "" : run.attached.description(),
                        .wall_ns = raw(end - run.start),
                        .kernel_side = run.source.kernel_side(),
                        .whole_machine = run.source.whole_machine(),
                        .notices = run.counters.notices()};
  write_costs(run, modules, outcome);
  if (run.file_state) run.file_state = run.builder.writer().finish();
  outcome.bytes = run.builder.writer().bytes_written();
  run.progress(run.state(RecordProgress::Stage::kDone));
  return outcome;
}

}  // namespace

Result<RecordOutcome> record(const RecordOptions& options,
                             base::FunctionRef<void(const RecordProgress&)> progress) {
  // A file over its limit (ulimit -f) is an error like a full disk.
  base::outlive(SIGXFSZ);
  HONE_TRY_ASSIGN(Attached attached, options.everyone         ? Attached::everyone()
                                     : options.cgroup.empty() ? Attached::find(options.pids)
                                                              : Attached::cgroup(options.cgroup));
  const size_t files_max = raise_file_limit();
  const TimeNs attached_at = base::monotonic_now();
  HONE_TRY_ASSIGN(ChosenSampler chosen, choose_sampler(options, attached));
  std::optional<Child>& child = chosen.child;
  const std::string name =
      child ? std::filesystem::path(options.command.front()).filename().string() : attached.name();
  const std::string path = options.output.empty() ? default_output(name) : options.output;
  HONE_TRY_ASSIGN(recording::Writer writer, recording::Writer::create(path, {}));
  recording::Builder builder(std::move(writer));
  // Orphans of the program come to us instead of init, so that their ends are seen.
  if (child) ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  HONE_TRY_ASSIGN(Signals signals, Signals::take());

  stacks::ModuleStore modules({.cache_folder = base::cache_folder(), .fds_max = files_max});
  Collector collector(builder, modules,
                      {.method = options.method,
                       .splice = options.splice,
                       .everyone = options.pids.empty() && !attached.empty(),
                       .waits = chosen.events && chosen.events->plan().switches,
                       .switch_stacks = chosen.events && chosen.events->plan().switch_stacks,
                       .wakeups = chosen.events && chosen.events->plan().wakeup_pid_offset >= 0});
  std::unique_ptr<Sampler> source;
  if (chosen.timer) {
    chosen.timer->attach(collector, modules);
    source = std::move(chosen.timer);
  } else {
    source = std::make_unique<PerfSource>(std::move(*chosen.events), collector);
  }
  SystemCounters counters(builder, options.counters, std::move(chosen.counted),
                          std::move(chosen.counts));
  Run run{.options = options,
          .progress = progress,
          .builder = builder,
          .collector = collector,
          .source = *source,
          .child = child,
          .attached = attached,
          .signals = signals,
          .counters = counters,
          .start = attached.empty() ? base::monotonic_now() : attached_at};
  const std::string command = child ? joined(options.command) : attached.command();
  if (child) collector.add_root(child->pid(), name, command, run.start, true);
  if (!attached.empty()) attached.introduce(collector, run.start);
  counters.start(collector);
  if (child) {
    if (auto released = child->release(); !released) {
      std::error_code ignored;
      std::filesystem::remove(path, ignored);
      return tl::unexpected(std::move(released.error()));
    }
  }
  RecordOutcome outcome = run_to_end(run, modules, command);
  outcome.path = path;
  outcome.sampler = source->facts().front().second;
  outcome.sampler_reason = chosen.reason;
  // Until wait_for_program() hands them on.
  if (outcome.program_lives) signals.keep();
  if (child) child->abandon();
  if (!run.file_state) return tl::unexpected(std::move(run.file_state.error()));
  return outcome;
}

int wait_for_program(const RecordOutcome& outcome) {
  const auto program = static_cast<pid_t>(outcome.program_pid);
  auto signals = Signals::take();
  for (;;) {
    ProcessEnd end;
    while (poll_ended(&end)) {
      if (end.pid == program) return shell_status(end.wait_status);
    }
    if (no_children()) return 0;
    pollfd waiting{signals ? signals->fd() : -1, POLLIN, 0};
    ::poll(&waiting, 1, 1000);
    while (const auto info = signals ? signals->next() : std::nullopt) {
      const int signal = static_cast<int>(info->ssi_signo);
      if (signal != SIGCHLD && !came_to_program(*info, program)) ::kill(program, signal);
    }
  }
}

}  // namespace hone::capture
