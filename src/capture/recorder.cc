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

#include "base/host/signals.h"
#include "capture/calibrate.h"
#include "capture/choose_sampler.h"
#include "capture/facts.h"
#include "capture/injections.h"
#include "capture/instrumented_files.h"
#include "capture/limits.h"
#include "capture/perf_source.h"
#include "capture/python.h"
#include "capture/recorder_run.h"
#include "capture/timer_source.h"
#include "capture/version.h"

namespace hone::capture {
namespace {

// How often the buffers are drained when they do not fill up before, and how often what was
// gathered is put into the file, so that a recorder that is killed has lost little.
constexpr int kDrainMs = Collector::kLookIntervalNs / 1'000'000;
// While next to nothing runs: this share of the samples of one busy CPU.
constexpr int kIdleDrainMs = 2 * kDrainMs;
constexpr double kIdleShare = 0.1;
constexpr int64_t kIdleAfterNs = 1'000'000'000;
// While stacks are deeper than the copy: half of those looked at 25 ms later had changed. Half as
// long costs twice the waking and completes 0.1% of the stacks more.
constexpr int kQuickDrainMs = 14;
constexpr int64_t kQuickNs = 200'000'000;
constexpr int64_t kFlushNs = 2'000'000'000;
constexpr int64_t kProgressNs = 250'000'000;
// Shorter recordings are not kept waiting for the cost of an interrupt to be measured.
constexpr int64_t kCalibrateFromNs = 1'000'000'000;

int shell_status(int wait_status) {
  if (WIFSIGNALED(wait_status)) return 128 + WTERMSIG(wait_status);
  return WEXITSTATUS(wait_status);
}

// From the terminal it went to the whole group; sent to us alone, it is to be handed on.
bool came_to_program(const signalfd_siginfo& info, pid_t program) {
  return info.ssi_code == SI_KERNEL && ::getpgid(program) == ::getpgrp();
}

// True when the recording should end now.
bool handle_signals(Run& run) {
  bool stop = false;
  while (const auto info = run.signals.next()) {
    const int signal = static_cast<int>(info->ssi_signo);
    if (signal == SIGCHLD || run.steering.take_signal(signal)) continue;
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

// How long to wait before the buffers are drained again, when they do not fill up before.
struct Rhythm {
  TimeNs start{};
  TimeNs quick_until{};
  uint64_t samples = 0, full_stacks = 0;

  int wait_ms(const Run& run, TimeNs now) {
    const uint64_t to_read = run.source.full_stacks() + run.collector.python().counts().samples;
    if (to_read != std::exchange(full_stacks, to_read)) quick_until = now + DurationNs{kQuickNs};
    const uint64_t all = run.collector.counts().samples;
    const auto more = static_cast<double>(all - std::exchange(samples, all));
    if (now < quick_until) return kQuickDrainMs;
    // A program that starts maps its modules, which are best looked at while it lives.
    if (run.collector.looks_in_turn() || raw(now - start) < kIdleAfterNs) return kDrainMs;
    const bool idle = more < kIdleShare * run.options.frequency_hz * kDrainMs * 1e-3;
    return idle ? kIdleDrainMs : kDrainMs;
  }
};

void run_loop(Run& run) {
  std::vector<pollfd> waiting;
  TimeNs next_flush = run.start + DurationNs{kFlushNs / 4};
  TimeNs next_progress = run.start;
  Rhythm rhythm{.start = run.start};
  for (;;) {
    TimeNs now = base::monotonic_now();
    int wait_ms = run.region.wait_ms(now, rhythm.wait_ms(run, now));
    if (run.options.duration_s > 0) {
      const double seconds = run.options.duration_s + run.options.region.delay_s;
      const auto end = run.start + DurationNs{static_cast<int64_t>(seconds * 1e9)};
      if (now >= end) return;
      wait_ms = static_cast<int>(std::min<int64_t>(wait_ms, raw(end - now) / 1'000'000 + 1));
    }
    waiting.assign(1, {run.signals.fd(), POLLIN, 0});
    waiting.push_back({run.steering.fd(), POLLIN, 0});
    run.source.wait_on(waiting);
    run.spans.wait_on(waiting);
    run.probes.wait_on(waiting);
    wait_ms = std::min(wait_ms, run.spans.wait_ms());
    ::poll(waiting.data(), waiting.size(), run.counters.wait_ms(now, wait_ms));
    for (const pollfd& fd : waiting) {
      if ((fd.revents & (POLLHUP | POLLERR)) == 0) continue;
      run.source.on_end_of(fd.fd);
      run.probes.on_end_of(fd.fd);
    }
    if (handle_signals(run)) return;
    run.steering.receive([&] { return status_text(run); });
    run.region.step(base::monotonic_now());
    std::vector<ProcessEnd> ends;
    reap(run, ends);
    run.source.drain(false);
    run.spans.set_paused(run.region.paused());
    run.spans.drain(base::monotonic_now());
    run.probes.set_paused(run.region.paused(), base::monotonic_now(), run.is_marked());
    run.probes.drain(base::monotonic_now(), run.is_marked());
    run.collector.look_at_waits(base::monotonic_now());
    // What ended a round ago: its start has been seen by now.
    note_ends(run, run.ends);
    run.ends = std::move(ends);
    now = base::monotonic_now();
    run.counters.tick(now, run.collector);
    if (run.file_state && now >= next_flush) {
      run.counters.flush();
      run.spans.flush();
      run.file_state = run.builder().writer().flush();
      next_flush = now + DurationNs{kFlushNs};
    }
    if (!run.file_state || !step_files(run, now)) return;
    if (now >= next_progress) {
      run.progress(run.state(RecordProgress::Stage::kRecording));
      next_progress = now + DurationNs{kProgressNs};
    }
    if (run.child_ended) return;
  }
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

Facts start_facts(const Run& run, const std::string& command, const std::string& folder) {
  Facts facts = {{"run.command", command},
                 {"run.folder", folder},
                 {"run.started_utc", utc_now()},
                 {"hone.version", kVersion}};
  if (!run.attached.empty()) facts.emplace_back("run.attached", run.attached.description());
  const Facts sampler = sampler_facts(run.source, run.options.frequency_hz, run.options.method);
  facts.insert(facts.end(), sampler.begin(), sampler.end());
  if (run.options.keep_environment) {
    const Facts environment = environment_facts();
    facts.insert(facts.end(), environment.begin(), environment.end());
  }
  return facts;
}

// All that has happened until `end` goes into the collector, and its ends into the recording.
void close_events(Run& run, TimeNs end) {
  run.source.disable();
  run.source.drain(true);
  // While it is known who has told of spans himself.
  run.probes.finish(end, run.is_marked());
  run.spans.finish(end);
  if (run.child_ended) reap(run, run.ends);
  note_ends(run, run.ends);
  if (!run.attached.empty() || run.parted) run.clocks.account(run.collector);
  const bool whole = !run.parted && run.region.pause_count() == 0 && run.attached.empty();
  run.counters.finish(run.collector, run.child_ended && whole);
  CpuAccount cpu{};
  if (!run.parted) {
    cpu.counted = DurationNs{run.source.total_cpu_ns()};
    // What a process used while recording stood still is in the kernel's account, too.
    if (run.child_ended && whole) cpu.waited = DurationNs{run.waited_ns};
  }
  run.collector.finish(end, cpu);
  run.region.write(run.builder(), run.part_start, end);
  Facts ends = run.source.end_facts();
  const Facts spans = run.spans.facts();
  ends.insert(ends.end(), spans.begin(), spans.end());
  for (const auto& [key, value] : ends) {
    run.builder().append(recording::MetaRow{.key = key, .value = value});
  }
  if (run.spans.totals().programs > 0) add_instrumented_files(run.builder(), run.modules);
  if (run.file_state) run.file_state = run.builder().writer().flush();
}

// What the recording cost and lost, when all else is written.
Facts end_facts(Run& run, RecordOutcome& outcome, int64_t file_wall_ns) {
  const CollectorCounts& counts = run.collector.counts();
  outcome.recorder_cpu_ns = raw(base::process_cpu_time());
  const int64_t cost_ns = run.options.files.last_ns > 0
                              ? run.files.held_recorder_cpu_ns()
                              : outcome.recorder_cpu_ns - run.part_cpu_before_ns;
  Facts facts;
  // After the recorder's own account is closed: it is a cost of this machine's first recording.
  const int64_t interrupt_ns =
      outcome.wall_ns >= kCalibrateFromNs ? interrupt_ns_per_sample(outcome.kernel_side) : 0;
  const Facts probes = run.probes.facts();
  facts.insert(facts.end(), probes.begin(), probes.end());
  if (interrupt_ns > 0) {
    facts.emplace_back("cost.interrupt_ns_per_sample", fmt::format("{}", interrupt_ns));
  }
  const stacks::ModuleStoreCosts& costs = run.modules.costs();
  const Facts rest = {
      {"run.wall_ns", fmt::format("{}", file_wall_ns)},
      {"run.exit_status", outcome.program_lives ? "" : fmt::format("{}", outcome.exit_status)},
      {"cost.recorder_cpu_ns", fmt::format("{}", cost_ns)},
      {"cost.samples_taken", fmt::format("{}", counts.samples + counts.foreign)},
      {"cost.tables_compiled", fmt::format("{}", costs.tables_compiled)},
      {"cost.tables_compile_ns", fmt::format("{}", costs.compile_ns)},
      {"samples.lost", fmt::format("{}", counts.lost)},
      {"samples.of_pauses", fmt::format("{}", counts.paused)}};
  facts.insert(facts.end(), rest.begin(), rest.end());
  if (!run.ended_by.empty()) facts.emplace_back("run.ended_by", run.ended_by);
  return facts;
}

RecordOutcome run_to_end(Run& run, const std::string& command) {
  const pid_t program = run.child ? run.child->pid() : 0;
  std::error_code gone;  // the folder may have been removed
  const std::string folder = std::filesystem::current_path(gone).string();
  Gathered gathered(folder);
  run.gathered = &gathered;
  run.start_facts = start_facts(run, command, folder);
  write_start(run);
  run.files.begin(run.start);
  run_loop(run);

  const TimeNs end = base::monotonic_now();
  close_events(run, end);
  run.progress(run.state(RecordProgress::Stage::kSymbols));
  // A flight recorder gives what it holds; of a rotation the last file is a part of all.
  const TimeNs from = run.files.held_since(run.start, end);
  const TimeNs file_from = run.options.files.rotates() ? run.part_start : from;
  RecordOutcome outcome{.exit_status = run.child_ended ? shell_status(run.child_status) : 0,
                        .program_lives = run.child && !run.child_ended,
                        .program_pid = program,
                        .target = run.attached.empty() ? "" : run.attached.description(),
                        .wall_ns = raw(end - from),
                        .kernel_side = run.source.kernel_side(),
                        .whole_machine = run.source.whole_machine(),
                        .recorded_ns = raw(run.region.recorded(from, end)),
                        .pauses = run.region.pause_count(),
                        .notices = run.counters.notices()};
  if (run.file_state) {
    PartEnd last = part_end(run, run.part_start, end, gathered.wait());
    run.part_cpu_before_ns -= last.recorder_cpu_ns;
    run.file_state = run.files.finish(
        std::move(last), [&] { return end_facts(run, outcome, raw(end - file_from)); });
  }
  run.steering.snapshot_done(fail(Code::Cancelled, "the recording ended before"));
  const CollectorCounts &counts = run.collector.counts(), &before = run.collector.counts_before();
  outcome.samples = run.files.joined_samples().value_or(counts.samples + before.samples);
  outcome.lost = counts.lost + before.lost;
  outcome.broken = counts.broken + before.broken;
  outcome.bytes = run.files.bytes_written();
  outcome.files = run.files.file_count();
  outcome.ended_by = run.ended_by;
  run.progress(run.state(RecordProgress::Stage::kDone));
  return outcome;
}

Result<std::unique_ptr<ProbeSource>> open_probes(const RecordOptions& options,
                                                 const Attached& attached,
                                                 const std::optional<Child>& child) {
  const bool is_started = attached.empty() && child;
  return ProbeSource::open(options.probes,
                           {.program = child ? child->path() : "", .pids = options.pids},
                           {.pid = is_started ? child->pid() : 0,
                            .cgroup_fd = attached.cgroup_fd(),
                            .start_paused = options.region.waits()},
                           [&] { return attached.threads(); });
}

// What the program needs to steer us, if it is to.
Result<Child::Gifts> steering_gifts(const RecordOptions& options, std::optional<Control>& control) {
  Child::Gifts gifts;
  if (!options.program_steers || !control) return gifts;
  HONE_TRY_ASSIGN(const int fd, control->program_descriptor());
  gifts.descriptors = {fd};
  gifts.environment = {fmt::format("HONE_CTL_FD={}", fd), "HONE_CTL=" + control->path()};
  return gifts;
}

}  // namespace

Result<RecordOutcome> record(const RecordOptions& options,
                             base::FunctionRef<void(const RecordProgress&)> progress) {
  // A file over its limit (ulimit -f) is an error like a full disk.
  base::outlive(SIGXFSZ);
  // Who cannot be reached is still a recorder: it says so to nobody but who asks for it.
  std::optional<Control> control;
  if (auto opened = Control::open()) control.emplace(std::move(*opened));
  HONE_TRY_ASSIGN(Child::Gifts gifts, steering_gifts(options, control));
  const std::unique_ptr<SpanSource> spans =
      SpanSource::open({.settings = options.spans, .filter = options.filter});
  for (std::string& variable : spans->environment()) {
    gifts.environment.push_back(std::move(variable));
  }
  if (!options.filter.empty()) gifts.environment.push_back("HONE_FILTER=" + options.filter);
  Injections injected;
  if (!options.command.empty()) injected = injections();
  for (std::string& variable : injected.environment) {
    gifts.environment.push_back(std::move(variable));
  }
  HONE_TRY_ASSIGN(Attached attached, options.everyone         ? Attached::everyone()
                                     : options.cgroup.empty() ? Attached::find(options.pids)
                                                              : Attached::cgroup(options.cgroup));
  const size_t files_max = raise_file_limit(gifts.open_files);
  const TimeNs attached_at = base::monotonic_now();
  HONE_TRY_ASSIGN(ChosenSampler chosen, choose_sampler(options, attached, gifts));
  std::optional<Child>& child = chosen.child;
  HONE_TRY_ASSIGN(const std::unique_ptr<ProbeSource> probes, open_probes(options, attached, child));
  const std::string name =
      child ? std::filesystem::path(options.command.front()).filename().string() : attached.name();
  OutputOptions output = options.files;
  output.path = options.output.empty() ? default_output(name) : options.output;
  HONE_TRY_ASSIGN(OutputFiles files, OutputFiles::create(output));
  // Orphans of the program come to us instead of init, so that their ends are seen.
  if (child) ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  HONE_TRY_ASSIGN(Signals signals, Signals::take());

  stacks::ModuleStore modules({.cache_folder = base::cache_folder(), .fds_max = files_max});
  PauseLog pauses;
  Collector collector(files.builder(), modules,
                      {.method = options.method,
                       .splice = options.splice,
                       .everyone = options.pids.empty() && !attached.empty(),
                       .waits = chosen.events && chosen.events->plan().switches,
                       .switch_stacks = chosen.events && chosen.events->plan().switch_stacks,
                       .wakeups = chosen.events && chosen.events->plan().wakeup_pid_offset >= 0,
                       .wait_accounts = chosen.timer && options.waits,
                       .pauses = &pauses,
                       .cpu_counts_pauses = chosen.timer != nullptr,
                       .own_pid = ::getpid()});
  std::unique_ptr<Sampler> source;
  if (chosen.timer) {
    chosen.timer->attach(collector, modules);
    source = std::move(chosen.timer);
  } else {
    source = std::make_unique<PerfSource>(std::move(*chosen.events), collector);
  }
  SystemCounters counters(files.builder(), options.counters, std::move(chosen.counted),
                          std::move(chosen.counts));
  ProcessClocks clocks;
  Region region(*source, collector, clocks, counters, pauses);
  Steering steering(control, region);
  Run run{.options = options,
          .progress = progress,
          .files = files,
          .collector = collector,
          .source = *source,
          .modules = modules,
          .clocks = clocks,
          .region = region,
          .steering = steering,
          .counters = counters,
          .spans = *spans,
          .probes = *probes,
          .name = name,
          .child = child,
          .attached = attached,
          .signals = signals,
          .start = attached.empty() ? base::monotonic_now() : attached_at};
  const std::string command = child ? command_text(options.command) : attached.command();
  if (child) collector.add_root(child->pid(), name, command, run.start, true);
  if (!attached.empty()) attached.introduce(collector, clocks, run.start);
  spans->begin(files.builder(), collector);
  probes->begin(files.builder(), collector);
  for (const pid_t pid : collector.live_pids()) {
    if (!child || pid != child->pid()) spans->find(pid);
  }
  region.begin(options.region, run.start);
  counters.start(collector);
  if (child) {
    if (auto released = child->release(); !released) {
      std::error_code ignored;
      std::filesystem::remove(files.path(), ignored);
      return tl::unexpected(std::move(released.error()));
    }
  }
  if (child) clocks.meet(child->pid(), child->cpu_before_ns());
  RecordOutcome outcome = run_to_end(run, command);
  outcome.path = files.path();
  outcome.sampler = source->facts().front().second;
  outcome.sampler_reason = chosen.reason;
  for (std::string& notice : probes->notices()) outcome.notices.push_back(std::move(notice));
  for (std::string& notice : injected.notices) outcome.notices.push_back(std::move(notice));
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
      const bool ours = signal == SIGCHLD || signal == SIGUSR1 || signal == SIGUSR2;
      if (!ours && !came_to_program(*info, program)) ::kill(program, signal);
    }
  }
}

}  // namespace hone::capture
