#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/host/file.h"
#include "base/host/signals.h"
#include "base/host/text.h"
#include "capture/recorder.h"
#include "cli/command.h"
#include "cli/errors.h"
#include "cli/open.h"
#include "cli/quantities.h"
#include "cli/settings.h"
#include "cli/shared_flags.h"
#include "cli/span_filter.h"
#include "cli/span_settings.h"
#include "cli/terminal.h"
#include "report/collect.h"
#include "report/escape.h"
#include "report/text.h"

namespace hone::cli {
namespace {

constexpr size_t kFindingsShown = 5;

// One line at the bottom of a terminal. The cursor goes back to its start, so that what the program
// prints next takes its place instead of standing behind it.
class ProgressLine {
 public:
  explicit ProgressLine(bool wanted)
      : shown_(wanted && is_terminal(Stream::kErr) && ::tcgetpgrp(STDERR_FILENO) == ::getpgrp()) {}
  ~ProgressLine() {
    if (drawn_) say("\r\033[K");
  }

  void show(const capture::RecordProgress& progress) {
    if (!shown_) return;
    drawn_ = true;
    if (progress.stage == capture::RecordProgress::Stage::kSymbols) {
      say("\r\033[Knaming functions...\r");
      return;
    }
    std::string line = fmt::format(
        "recording: {}, {} samples, {}", base::duration_text(DurationNs{progress.elapsed_ns}),
        base::count_text(progress.samples), base::bytes_text(progress.bytes));
    if (progress.paused) line += ", paused";
    if (progress.lost != 0) line += fmt::format(", {} lost", base::count_text(progress.lost));
    say("\r\033[K" + line + "\r");
  }

 private:
  bool shown_;
  bool drawn_ = false;
};

// What is to be recorded: a program, processes, a control group or everything.
Result<void> check_target(const Options& options) {
  const bool has_program = !options.operands.empty();
  const int others = !options.pid.empty() + !options.cgroup.empty() + options.everyone;
  if (others > 1) {
    return usage_error("--pid, --cgroup and --all are three ways to say what is recorded",
                       {"give one of them"});
  }
  if (has_program && !options.pid.empty()) {
    return usage_error("--pid records what runs already: no program is run beside it",
                       {"hone record -p PID", "hone record -a -- ./app"});
  }
  if (options.off_cpu && options.no_off_cpu) {
    return usage_error("--off-cpu and --no-off-cpu contradict each other", {"give one of them"});
  }
  if (options.per_process && (options.everyone || !options.cgroup.empty())) {
    return usage_error("--per-process is for a program or for --pid",
                       {"hone record -a", "hone record --cgroup NAME"});
  }
  if (has_program || others == 1) return {};
  return tl::unexpected(Error{
      .code = Code::InvalidArgument,
      .message = "hone record needs a program to run",
      .effect = "nothing was recorded",
      .fixes = {"hone record -- ./app its arguments", "hone record -p PID   for what runs already"},
      .number = "E002"});
}

// -e given several times is one list.
std::string joined_events(const std::vector<std::string>& lists) {
  std::string out;
  for (const std::string& list : lists) out += (out.empty() ? "" : ",") + list;
  return out;
}

capture::RecordOptions record_options(const Options& options, std::vector<pid_t> pids) {
  stacks::Method method = stacks::Method::kAuto;
  if (options.unwind == "dwarf") method = stacks::Method::kDwarf;
  if (options.unwind == "fp") method = stacks::Method::kFramePointers;
  using Sampler = capture::RecordOptions::SamplerChoice;
  const Sampler sampler = options.sampler == "perf"    ? Sampler::kPerf
                          : options.sampler == "timer" ? Sampler::kTimer
                                                       : Sampler::kAuto;
  return {.command = options.operands,
          .pids = std::move(pids),
          .cgroup = options.cgroup,
          .everyone = options.everyone,
          .output = options.output,
          .frequency_hz = options.frequency_hz,
          .sampler = sampler,
          .duration_s = options.duration_s,
          .method = method,
          .stack_bytes = options.stack_bytes,
          .user_only = options.user_only,
          .per_process = options.per_process,
          .keep_environment = options.keep_environment,
          .region = {.delay_s = options.delay_s, .start_paused = options.start_paused},
          .program_steers = options.program_steers || options.start_paused,
          .counters = {.hz = options.counters_hz,
                       .events = joined_events(options.events),
                       .user_only = options.user_only},
          .probes = {.patterns = options.probes, .functions_max = options.probe_max},
          .filter = options.filter,
          .waits = !options.no_off_cpu};
}

// Which file or files, how large, and what they are not to say.
Result<capture::OutputOptions> output_options(const Options& options) {
  capture::OutputOptions out;
  if (!options.max_size.empty()) {
    HONE_TRY_ASSIGN(out.size_max, bytes_of("--max-size", options.max_size));
  }
  if (!options.last.empty()) {
    HONE_TRY_ASSIGN(const DurationNs last, duration_of("--last", options.last));
    out.last_ns = raw(last);
    if (out.last_ns <= 0) return usage_error("--last takes a time", {"--last 60s"});
  }
  if (is_duration(options.rotate)) {
    HONE_TRY_ASSIGN(const DurationNs every, duration_of("--rotate", options.rotate));
    out.rotate_ns = raw(every);
    constexpr int64_t kRotateNsMin = 100'000'000;
    if (out.rotate_ns < kRotateNsMin) {
      return usage_error("--rotate takes a time of at least 100ms", {"--rotate 60s"});
    }
  } else if (!options.rotate.empty()) {
    HONE_TRY_ASSIGN(out.rotate_bytes, bytes_of("--rotate", options.rotate));
  }
  out.keep = options.keep;
  if (out.rotates() && out.last_ns > 0) {
    return usage_error("--rotate keeps everything in several files, --last only the end",
                       {"give one of them"});
  }
  if (out.rotates() && out.size_max > 0) {
    return usage_error("--max-size is of one file, --rotate makes several",
                       {"--rotate 100M --keep 5   keeps at most 500 MB"});
  }
  if (out.keep > 0 && !out.rotates()) {
    return usage_error("--keep is for --rotate", {"--rotate 100M --keep 5"});
  }
  HONE_TRY_ASSIGN(out.redaction, redaction_asked(options));
  return out;
}

// What to look at first. A recording that cannot be read back is said, and changes no exit status:
// the program ran, and the file is there.
void say_findings(const capture::RecordOutcome& outcome, const Options& options,
                  const report::TextStyle& style) {
  auto opened = open_profile(outcome.path);
  if (!opened) {
    say(report::paint(style, report::Ink::kAct, "warning") + ": " +
        report::terminal_text(opened.error().message) + "\n");
    return;
  }
  analysis::Selection selection;
  selection.subsystems = options.subsystems;
  auto data = report::collect(opened->profile, selection, {.by = {}});
  if (!data) return;
  data->recording = outcome.path;
  say("\n" + report::findings_text(*data, style, kFindingsShown));
}

void say_outcome(const capture::RecordOutcome& outcome, const Options& options,
                 const report::TextStyle& style) {
  std::string text = fmt::format(
      "recorded {} {} in {} ({}) to {}\n", base::count_text(outcome.samples),
      outcome.samples == 1 ? "sample" : "samples", base::duration_text(DurationNs{outcome.wall_ns}),
      base::bytes_text(outcome.bytes), report::terminal_text(outcome.path));
  if (outcome.sampler == "timer" && !outcome.sampler_reason.empty()) {
    text += "by timers in the program, its user side alone: " +
            report::terminal_text(outcome.sampler_reason) + " (hone doctor)\n";
  }
  if (outcome.lost != 0) {
    // The kernel does not say whose; what of it was this program's stands among the findings.
    text += fmt::format("{} {} were lost: the machine was too busy to take them\n",
                        base::count_text(outcome.lost),
                        outcome.sampler == "timer" ? "samples" : "of the sampler's records");
  }
  for (const std::string& notice : outcome.notices) {
    text += report::paint(style, report::Ink::kLook, "note") + ": " +
            report::terminal_text(notice) + "\n";
  }
  if (outcome.pauses > 0) {
    text += fmt::format("{} of it recorded: {} {}\n",
                        base::duration_text(DurationNs{outcome.recorded_ns}), outcome.pauses,
                        outcome.pauses == 1 ? "pause" : "pauses");
  }
  if (outcome.ended_by == "max-size") text += "the file had reached --max-size\n";
  if (outcome.files > 1) text += fmt::format("{} files were written\n", outcome.files);
  say(text);
  say_findings(outcome, options, style);
  say("\nnext: hone report " + shell_word(outcome.path) + "\n");
  if (outcome.program_pid == 0) {
    say("the recording is complete; " + report::terminal_text(outcome.target) +
        " was left as it is\n");
  } else if (outcome.program_lives) {
    say(fmt::format("the recording is complete; {} (pid {}) runs on\n",
                    report::terminal_text(options.operands.front()), outcome.program_pid));
  }
}

// What the file system refused has a number and a way out, too.
Error explain(Error error, const Options& options) {
  if (!error.number.empty()) return error;
  if (error.code != Code::Io && error.code != Code::NotFound && error.code != Code::Permission) {
    return error;
  }
  error.number = "E040";
  if (error.effect.empty()) {
    error.effect = error.code == Code::Io
                       ? "what was written to the file until then opens; the rest is lost"
                       : "nothing was recorded";
  }
  if (error.fixes.empty()) {
    error.fixes = {options.output.empty() ? "record into another folder with -o FILE"
                                          : "choose another place with -o FILE, or make room"};
  }
  return error;
}

// The program when it still runs, else 0: our oldest child. Orphans that came to us stand behind
// it.
pid_t running_program() {
  const std::string self = std::to_string(::getpid());
  auto children = base::read_file("/proc/self/task/" + self + "/children", 1 << 16);
  return children ? static_cast<pid_t>(std::strtol(children->c_str(), nullptr, 10)) : 0;
}

// Recording may fail (the disk is full) while the program runs. It is not ours to end, and who
// started us expects it to be over when we are.
Result<int> fail_with(Error error, const report::TextStyle& style) {
  const pid_t program = running_program();
  if (program <= 0) return tl::unexpected(std::move(error));
  say(error_text(error, style));
  say("the program runs on without being recorded\n");
  while (::waitpid(program, nullptr, 0) < 0 && errno == EINTR) {
  }
  return kHoneFailed;
}

Result<int> run_record(const Invocation& invocation) {
  Options options = invocation.options;
  HONE_TRY(check_target(options));
  HONE_TRY_ASSIGN(std::vector<pid_t> pids, process_ids(options.pid, "record"));
  Invocation configured = invocation;
  HONE_TRY_ASSIGN(const Settings settings, load_settings(options.config));
  HONE_TRY(apply_settings(settings, configured));
  options = std::move(configured.options);
  capture::RecordOptions wanted = record_options(options, std::move(pids));
  HONE_TRY_ASSIGN(wanted.spans, span_settings_of(options.spans_settings));
  // As of the places of instrumented programs.
  if (wanted.spans.hot_rate > 0) wanted.probes.rate_max = wanted.spans.hot_rate;
  HONE_TRY_ASSIGN(wanted.files, output_options(options));
  HONE_TRY(check_filter(options.filter));
  base::outlive(SIGPIPE);  // standard error may be a pipe that nobody reads any more
  const report::TextStyle style = style_of(Stream::kErr, options.color, false);

  Result<capture::RecordOutcome> outcome = [&] {
    ProgressLine line(!options.quiet);
    return capture::record(wanted,
                           [&](const capture::RecordProgress& progress) { line.show(progress); });
  }();
  if (!outcome) return fail_with(explain(std::move(outcome.error()), options), style);
  if (!options.quiet) say_outcome(*outcome, options, style);
  return outcome->program_lives ? capture::wait_for_program(*outcome) : outcome->exit_status;
}

// When it records, and into what.
std::vector<Flag> span_flags() {
  return {
      {"delay",
       0,
       "SECONDS",
       "start recording that long after the start",
       &Options::delay_s,
       {},
       ValueKind::kWord,
       0,
       1e7},
      {"start-paused", 0, "", "record nothing until hone ctl, a signal or the program says so",
       &Options::start_paused},
      {"control", 0, "", "let the program pause and resume: HONE_CTL_FD in its environment",
       &Options::program_steers},
      {"last", 0, "TIME", "keep only the last 60s, 5m, ... in memory, and write these at the end",
       &Options::last},
      {"rotate", 0, "SIZE|TIME", "begin a new file each 100M, 60s, ...: NAME.1.hone, NAME.2.hone",
       &Options::rotate},
      {"keep",
       0,
       "N",
       "with --rotate: keep the newest N files",
       &Options::keep,
       {},
       ValueKind::kWord,
       1,
       1e6},
      {"max-size", 0, "SIZE", "end the recording when its file is that large; the program runs on",
       &Options::max_size},
      {"spans", 0, "SETTINGS", "how instrumented programs write, such as full=block,min=10us",
       &Options::spans_settings},
      {"filter", 0, "TEXT",
       "which spans and messages: Physics=trace,Render=info (like HONE_FILTER)", &Options::filter},
      redact_flag()};
}

std::vector<Flag> probe_flags() {
  return {{"probe", 0, "[MODULE:]FUNCTION",
           "each call of a function, as it is: libc:malloc, 'parse*'", &Options::probes},
          {"probe-max",
           0,
           "N",
           "probe at most so many functions (default 200)",
           &Options::probe_max,
           {},
           ValueKind::kWord,
           1,
           10000}};
}

std::vector<Flag> record_flags() {
  const std::vector<Flag> target = {
      {"frequency",
       'F',
       "HZ",
       "samples a second of CPU time (default 997)",
       &Options::frequency_hz,
       {},
       ValueKind::kWord,
       1,
       20000},
      {"duration",
       'd',
       "SECONDS",
       "end the recording after that long; the program runs on",
       &Options::duration_s,
       {},
       ValueKind::kWord,
       0.001,
       1e7},
      {"pid", 'p', "PID[,PID]", "processes that run already, and what they start", &Options::pid},
      {"cgroup", 0, "NAME", "all processes of a control group", &Options::cgroup},
      {"all", 'a', "", "the whole system; with a program: for as long as that runs",
       &Options::everyone}};
  const std::vector<Flag> rest = {
      {"output", 'o', "FILE", "where the recording goes", &Options::output, {}, ValueKind::kFile},
      {"sampler",
       0,
       "WHICH",
       "perf, timer (for where perf is refused), or auto: perf where it can be had",
       &Options::sampler,
       {"auto", "perf", "timer"}},
      {"unwind",
       0,
       "HOW",
       "how stacks are walked: auto, dwarf (by .eh_frame) or fp "
       "(frame pointers)",
       &Options::unwind,
       {"auto", "dwarf", "fp"}},
      {"user", 0, "", "only the user side, no kernel frames", &Options::user_only},
      {"per-process", 0, "", "sample by process even where the whole machine is allowed",
       &Options::per_process},
      {"stack-bytes",
       0,
       "N",
       "bytes of stack copied with each sample (default: chosen)",
       &Options::stack_bytes,
       {},
       ValueKind::kWord,
       1024,
       65528},
      {"event", 'e', "LIST", "also count events, as {cycles,instructions},cache-misses",
       &Options::events},
      {"counters-hz",
       0,
       "HZ",
       "readings a second of system counters, 0: none (default 10)",
       &Options::counters_hz,
       {},
       ValueKind::kWord,
       0,
       100},
      {"off-cpu", 0, "", "time in which threads wait, too (the default)", &Options::off_cpu},
      {"no-off-cpu", 0, "", "only time in which threads run", &Options::no_off_cpu},
      {"env", 0, "", "keep the environment variables in the recording", &Options::keep_environment},
      config_flag(),
      color_flag(),
      {"quiet", 'q', "", "say nothing but errors", &Options::quiet}};
  return joined({target, span_flags(), probe_flags(), rest});
}

}  // namespace

const Command& record_command() {
  static const Command command = {
      .name = "record",
      .summary = "record where the time goes: of a program, of what runs, of the system",
      .usage = "[flags] [--] PROGRAM [ARGS...] | -p PID | --cgroup NAME | -a",
      .examples = {{"hone record ./app", "what follows the name is the program's"},
                   {"hone record -- ./app --its-own-flags", ""},
                   {"hone record -o slow.hone -- make -j8", "all processes that it starts, too"},
                   {"hone record -d 10 -- ./server", "ten seconds; the server runs on"},
                   {"hone record -p $(pgrep -n redis) -d 10", "what runs already"},
                   {"sudo hone record -a -d 10", "the whole system"},
                   {"hone record --probe 'parse*' -- ./app", "calls of functions, as root"},
                   {"hone record -e page-faults,cs -- ./app", "events, counted over the run"}},
      .details =
          "The program runs with its own input and output; Hone writes to standard error alone.\n"
          "Without -o the recording is NAME-DATE-TIME.hone in the current folder. Ctrl-C ends\n"
          "program and recording together, and what was recorded is kept.\n"
          "\n"
          "With -p, --cgroup or -a nothing is started, and nothing done to what runs: it is not\n"
          "stopped and not told. The recording goes on until Ctrl-C, for -d seconds, or until\n"
          "all processes of -p have ended.\n"
          "\n"
          "What the system counts (CPUs, memory, page faults, disks, network, limits of the\n"
          "control group) is read ten times a second: hone report --counters. With -e, events are\n"
          "counted too, those of the processor where the machine shows them: hone help E046\n"
          "lists them. One that cannot be counted is named; when none can, nothing is run.\n"
          "\n"
          "--probe makes each call of a function a span, without rebuilding the program: the\n"
          "kernel stops it where the function begins and where it returns (uprobes; root). MODULE\n"
          "is a library as the program maps it, or a path; without it, the program itself.\n"
          "FUNCTION may have * and ?. Of a function that is called more than 10,000 times a "
          "second\n"
          "on a thread (--spans adaptive=RATE: another rate) some calls are timed, and all are\n"
          "counted. What the stops cost is measured, and stated in the report.\n"
          "\n"
          "--spans, for programs that are instrumented: full=drop|block|overwrite is what a "
          "thread\n"
          "does whose memory is full of what was not read yet; min=10us leaves out what is\n"
          "shorter; frames=10 records one frame in ten; adaptive=10000 times about so many spans\n"
          "a second of each place on each thread, and counts the others; clock=one reads the\n"
          "clock once a span, which then begins where its thread's last event ended; with\n"
          "--last, save-over=20ms saves what is held when a frame takes longer.\n"
          "\n"
          "Exit status without a program: 0, also after Ctrl-C. With one: the program's own\n"
          "(128 + signal when one ended it); 125 when Hone could not record, 126 when the\n"
          "program cannot be run, 127 when it is not found.",
      .operands = Operands::kProgram,
      .flags = record_flags(),
      .run = &run_record,
      .wraps_program = true};
  return command;
}

}  // namespace hone::cli
