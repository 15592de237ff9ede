#include <fmt/format.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "analysis/live_table.h"
#include "base/host/clock.h"
#include "base/host/signals.h"
#include "capture/live.h"
#include "capture/perf_events.h"
#include "cli/command.h"
#include "cli/errors.h"
#include "cli/live_keys.h"
#include "cli/live_screen.h"
#include "cli/shared_flags.h"
#include "cli/terminal.h"
#include "report/live_text.h"

namespace hone::cli {
namespace {

// Half of what `hone record` takes: the table of some seconds needs no more, and it may stay open.
constexpr double kFrequencyHz = 499;
constexpr DurationNs kNamesPatience{10'000'000'000};
constexpr int64_t kNamesMs = 200;
constexpr DurationNs kEndPatience{2'000'000'000};

// The signals of a full-screen program, as a descriptor.
class ScreenSignals {
 public:
  ScreenSignals() {
    ::sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT}) {
      ::sigaddset(&set_, signal);
    }
    ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    fd_ = base::UniqueFd{::signalfd(-1, &set_, SFD_CLOEXEC | SFD_NONBLOCK)};
  }
  int fd() const { return fd_.get(); }
  // 0: none.
  int next() {
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof info) != sizeof info) return 0;
    return static_cast<int>(info.ssi_signo);
  }

 private:
  sigset_t set_{};
  base::UniqueFd fd_;
};

analysis::LiveBy grouping(const std::string& by) {
  if (by == "thread") return analysis::LiveBy::kThread;
  return by == "module" ? analysis::LiveBy::kModule : analysis::LiveBy::kFunction;
}

report::LiveTitle title_of(const capture::Live& live) {
  return {.target = live.target(),
          .sampler = live.sampler(),
          .frequency_hz = live.frequency_hz(),
          .cpu_count = static_cast<unsigned>(capture::online_cpus().size())};
}

// The loop of both kinds of output: a table each interval, until something ends it.
class Top {
 public:
  Top(const Options& options, capture::Live& live)
      : options_(options),
        live_(live),
        title_(title_of(live)),
        table_(DurationNs{static_cast<int64_t>(options.window_s * 1e9)}),
        style_(style_of(Stream::kOut, options.color, options.full_names)) {
    keys_.query = {.by = grouping(options.by),
                   .by_total = options.sort == "total",
                   .rows_max = options.top == 0 ? SIZE_MAX : options.top};
  }

  Result<void> run_in_text() {
    // What threads' times are counted from.
    take(true);
    for (double tables = 0; options_.count == 0 || tables < options_.count; ++tables) {
      if (!wait_interval(nullptr)) break;
      take(true);
      // Of the first table and the last every row has its name. Between them what is new may lack
      // it for a moment: to name it at once, each second anew, would cost several times the rest.
      const bool last = live_.ended() || tables + 1 == options_.count;
      if (tables == 0 || last) live_.settle_names(kNamesPatience);
      HONE_TRY(print_view(tables > 0));
      if (live_.ended()) break;
    }
    return {};
  }

  Result<void> run_on_screen() {
    {
      LiveScreen screen;
      double tables = 0;
      do {
        show(screen);
        if (!wait_interval(&screen)) break;
        take(!keys_.paused);
        ++tables;
      } while (!live_.ended() && (options_.count == 0 || tables < options_.count));
    }
    // What was seen last stays, as text of the terminal.
    return print_view(false);
  }

 private:
  // While the table is held still, what comes in is dropped: it can be sorted and searched, and
  // stays what it is.
  void take(bool keep) {
    capture::LiveSlice slice = live_.take_slice();
    if (!keep) return;
    if (keys_.query.by == analysis::LiveBy::kThread) {
      table_.add_times(slice.end, live_.thread_times(slice));
    }
    generation_ = slice.generation;
    table_.add(std::move(slice));
  }

  analysis::LiveView view(const analysis::LiveQuery& query) {
    // The frames of what is shown mean nothing any more.
    if (live_.generation() != generation_) table_.clear();
    generation_ = live_.generation();
    const capture::LiveNames& names = live_.names();
    return table_.view({[&](FrameId frame) { return names.functions_of(frame); },
                        [&](uint32_t index) { return &names.function(index); }, names.pending()},
                       query);
  }

  Result<void> print_view(bool after_another) {
    const analysis::LiveView now = view(keys_.query);
    if (options_.json) return print(Stream::kOut, report::live_json(title_, now));
    return print(Stream::kOut,
                 (after_another ? "\n" : "") + report::live_text(title_, now, style_));
  }

  void show(LiveScreen& screen) {
    const size_t columns = screen.columns(), rows = screen.rows();
    report::TextStyle style = style_;
    style.width = columns;
    std::string text;
    if (keys_.help) {
      text = live_help_text();
    } else {
      analysis::LiveQuery query = keys_.query;
      query.rows_max = rows;
      text = report::live_text(title_, view(query), style);
    }
    // The last line is for the keys.
    std::vector<std::string> lines = report::fitted_lines(text, columns, rows > 1 ? rows - 1 : 0);
    lines.resize(rows > 1 ? rows - 1 : 0);
    for (std::string& line : report::fitted_lines(keys_.bottom_line(style), columns, 1)) {
      lines.push_back(std::move(line));
    }
    screen.draw(lines);
  }

  // False when it is over.
  bool wait_interval(LiveScreen* screen) {
    const auto interval = static_cast<int64_t>(options_.interval_s * 1e9);
    const TimeNs until = base::monotonic_now() + DurationNs{interval};
    const int fds[] = {signals_.fd(), STDIN_FILENO};
    for (;;) {
      const int64_t left_ms = raw(until - base::monotonic_now()) / 1'000'000;
      const std::span<const int> waiting(fds, screen ? 2 : 1);
      const int64_t wait_ms = std::clamp<int64_t>(left_ms, 0, screen ? kNamesMs : INT32_MAX);
      const size_t pending = live_.names().pending();
      const bool told = live_.wait(waiting, static_cast<int>(wait_ms));
      if (told && !react(screen)) return false;
      if (live_.ended()) return true;
      // Names that have come meanwhile are not kept waiting for the next table.
      if (screen && live_.names().pending() < pending) show(*screen);
      if (!told && base::monotonic_now() >= until) return true;
    }
  }

  // To signals and keys; false when it is over.
  bool react(LiveScreen* screen) {
    while (const int signal = signals_.next()) {
      if (signal == SIGTSTP) stop(screen);
      if (signal == SIGCONT && screen) screen->enter();
      if (signal == SIGINT || signal == SIGTERM || signal == SIGHUP) return false;
    }
    if (!screen) return true;
    const analysis::LiveBy by = keys_.query.by;
    for (const char key : screen->keys()) keys_.press(key);
    // What threads' times are counted from.
    if (by != keys_.query.by) take(!keys_.paused);
    // To all of the terminal's foreground, as the key does in a shell.
    if (std::exchange(keys_.suspend, false)) ::kill(0, SIGTSTP);
    if (keys_.quit) return false;
    show(*screen);
    return true;
  }

  void stop(LiveScreen* screen) {
    if (screen) screen->leave();
    ::raise(SIGSTOP);
    if (screen) screen->enter();
    // What was sampled meanwhile is of a time that nobody looked at.
    take(false);
  }

  const Options& options_;
  capture::Live& live_;
  report::LiveTitle title_;
  analysis::LiveTable table_;
  uint32_t generation_ = 0;
  report::TextStyle style_;
  LiveKeys keys_;
  ScreenSignals signals_;
};

Result<capture::LiveOptions> live_options(const Invocation& invocation, bool on_screen) {
  const Options& options = invocation.options;
  HONE_TRY_ASSIGN(std::vector<pid_t> pids, process_ids(options.pid, "top"));
  const int ways =
      !options.operands.empty() + !pids.empty() + !options.cgroup.empty() + options.everyone;
  if (ways > 1) {
    return usage_error("a program, --pid, --cgroup and --all are four ways to say what is shown",
                       {"give one of them"});
  }
  using Sampler = capture::RecordOptions::SamplerChoice;
  return capture::LiveOptions{
      .command = options.operands,
      .pids = std::move(pids),
      .cgroup = options.cgroup,
      .everyone = options.everyone || ways == 0,
      .frequency_hz = invocation.was_given("frequency") ? options.frequency_hz : kFrequencyHz,
      .sampler = options.sampler == "perf"    ? Sampler::kPerf
                 : options.sampler == "timer" ? Sampler::kTimer
                                              : Sampler::kAuto,
      .user_only = options.user_only,
      .keep_terminal = on_screen};
}

Error explain(Error error, const capture::LiveOptions& options) {
  if (options.command.empty()) error.effect = "nothing is shown";
  if (error.number == "E020" && options.everyone) {
    error.fixes = {"sudo hone top", "your own processes: hone top -p PID",
                   "hone doctor   says what is permitted here"};
  }
  return error;
}

Result<int> run_top(const Invocation& invocation) {
  Options options = invocation.options;
  if (options.once) options.count = 1;
  const bool on_screen = !options.json && !options.once && LiveScreen::possible();
  HONE_TRY_ASSIGN(const capture::LiveOptions wanted, live_options(invocation, on_screen));
  base::outlive(SIGPIPE);
  if (on_screen) LiveScreen::restore_on_crash();
  auto live = capture::Live::open(wanted);
  if (!live) return tl::unexpected(explain(std::move(live.error()), wanted));

  Top top(options, **live);
  HONE_TRY(on_screen ? top.run_on_screen() : top.run_in_text());
  const bool by_itself = (*live)->ended();
  const pid_t program = (*live)->program_pid();
  if (!(*live)->end_program(kEndPatience)) say(fmt::format("pid {} runs on\n", program));
  const int status = by_itself && !wanted.command.empty() ? (*live)->exit_status() : 0;
  // Symbols that are being read are not waited for.
  if ((*live)->names().pending() > 0) ::_exit(status);
  return status;
}

std::vector<Flag> top_flags() {
  return {
      {"pid", 'p', "PID[,PID]", "processes that run already, and what they start", &Options::pid},
      {"cgroup", 0, "NAME", "all processes of a control group", &Options::cgroup},
      {"all", 'a', "", "the whole system: what is shown when nothing is named", &Options::everyone},
      {"interval",
       'i',
       "SECONDS",
       "time between tables (default 1)",
       &Options::interval_s,
       {},
       ValueKind::kWord,
       0.1,
       3600},
      {"window",
       'w',
       "SECONDS",
       "time that a table is of: the last so many seconds (default 5)",
       &Options::window_s,
       {},
       ValueKind::kWord,
       0.1,
       3600},
      {"count",
       'n',
       "N",
       "end after so many tables",
       &Options::count,
       {},
       ValueKind::kWord,
       1,
       4e9},
      {"once", 0, "", "one table, as text", &Options::once},
      {"by",
       0,
       "WHAT",
       "rows: function, thread or module",
       &Options::by,
       {"function", "thread", "module"}},
      {"sort", 0, "KEY", "self (default) or total", &Options::sort, {"self", "total"}},
      {"top", 0, "N", "rows of a table as text (default 10; 0: all)", &Options::top},
      {"frequency",
       'F',
       "HZ",
       "samples a second of CPU time (default 499)",
       &Options::frequency_hz,
       {},
       ValueKind::kWord,
       1,
       20000},
      {"sampler",
       0,
       "WHICH",
       "perf, timer (for a program, where perf is refused), or auto",
       &Options::sampler,
       {"auto", "perf", "timer"}},
      {"user", 0, "", "only the user side, no kernel frames", &Options::user_only},
      full_names_flag(),
      color_flag(),
      json_flag()};
}

}  // namespace

const Command& top_command() {
  static const Command command = {
      .name = "top",
      .summary = "show what is hot now, in a table that is drawn anew each second",
      .usage = "[flags] [[--] PROGRAM [ARGS...] | -p PID | --cgroup NAME | -a]",
      .examples = {{"sudo hone top", "the whole system"},
                   {"hone top -p $(pgrep -n redis)", "what runs already"},
                   {"hone top ./app", "a program that is started for it"},
                   {"hone top -p PID --once -i 5", "the next five seconds, as text"},
                   {"hone top -p PID --json -n 60 > minute.ndjson", "one object a line"}},
      .details =
          "Shares are of the CPU time of the last seconds (--window): a sliding window of exact\n"
          "counts, without decay, so they are those of a recording of the same seconds. Nothing\n"
          "is written, and memory does not grow with time.\n"
          "\n"
          "Keys: q quit, space pause, f functions, t threads, m modules, s sort by self or\n"
          "total, / filter, ? help. Threads are shown with the part of the time that they ran,\n"
          "were ready while others had the CPUs (queued), and were blocked.\n"
          "\n"
          "In a pipe and on a dumb terminal: one table an interval. What a program that was\n"
          "started for it writes to this terminal is dropped; it is ended when top is.\n"
          "\n"
          "Exit status: 0; of a program that ended by itself, its own.",
      .operands = Operands::kProgram,
      .flags = top_flags(),
      .run = &run_top,
      .wraps_program = true};
  return command;
}

}  // namespace hone::cli
