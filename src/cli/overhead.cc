#include "report/overhead.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>

#include "base/host/file.h"
#include "capture/agent_socket.h"
#include "capture/calibrate.h"
#include "capture/facts.h"
#include "capture/recorder.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/shared_flags.h"
#include "cli/terminal.h"
#include "drain/tick_clock.h"

namespace hone::cli {
namespace {

using Numbers = std::map<std::string, double>;
using SamplerChoice = capture::RecordOptions::SamplerChoice;

// Quick enough to tear many gaps in a short time, and slow enough for each to stand apart.
constexpr double kGapsHz = 2000;
// Of fewer nobody knows whether they are the sampler's; and without it there are to be less.
constexpr double kGapsMin = 100, kGapsTimes = 3;
// Few samples: they are no part of what a probe costs.
constexpr double kFewHz = 49;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::error_code error;
    path_ = (std::filesystem::temp_directory_path(error) / "hone-overhead-XXXXXX").string();
    if (error || ::mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~TemporaryFolder() {
    std::error_code error;
    if (!path_.empty()) std::filesystem::remove_all(path_, error);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Error cannot_measure(std::string message, std::string fix) {
  return Error{.code = Code::NotFound,
               .message = std::move(message),
               .effect = "nothing was measured",
               .fixes = {std::move(fix)},
               .number = "E085"};
}

// "NAME NUMBER" lines.
Result<Numbers> numbers_of(const std::string& path) {
  HONE_TRY_ASSIGN(const std::string text, base::read_file(path, 1 << 16));
  Numbers out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line(text.data() + at, end - at);
    at = end + 1;
    const size_t space = line.find(' ');
    if (space == line.npos) continue;
    double value = 0;
    std::from_chars(line.data() + space + 1, line.data() + line.size(), value);
    out[std::string(line.substr(0, space))] = value;
  }
  return out;
}

class Measurement {
 public:
  Measurement(std::string program, std::string folder)
      : program_(std::move(program)), folder_(std::move(folder)) {}

  Result<report::Overhead> run() {
    for (const auto& [key, value] : capture::host_facts()) {
      if (key == "host.cpu_model") out_.cpu_model = value;
      if (key == "host.kernel") out_.kernel = value;
    }
    out_.tool_version = HONE_VERSION;
    HONE_TRY(measure_probes());
    add_interrupt();
    measure_signal();
    measure_turns();
    return std::move(out_);
  }

 private:
  std::string results() const { return folder_ + "/results"; }

  // Nobody records it.
  Result<Numbers> alone(const char* what) {
    const std::string path = results();
    std::string words[] = {program_, path, what};
    char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
    pid_t pid = 0;
    if (const int error =
            ::posix_spawn(&pid, program_.c_str(), nullptr, nullptr, arguments, environ);
        error != 0) {
      return tl::unexpected(
          cannot_measure(fmt::format("'{}' cannot be run: {}", program_, std::strerror(error)),
                         "install Hone whole: ./dev install, or the package"));
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (status != 0) {
      return tl::unexpected(cannot_measure(fmt::format("'{}' ended with an error", program_),
                                           "install Hone whole: ./dev install, or the package"));
    }
    return numbers_of(path);
  }

  Result<Numbers> recorded(const char* what, double hz, SamplerChoice sampler, bool waits) {
    capture::RecordOptions options{.command = {program_, results(), what},
                                   .output = folder_ + "/recording.hone",
                                   .frequency_hz = hz,
                                   .sampler = sampler,
                                   .per_process = true,
                                   .waits = waits};
    std::error_code error;
    std::filesystem::remove(options.output, error);
    HONE_TRY(capture::record(options, [](const capture::RecordProgress&) {}));
    return numbers_of(results());
  }

  static double of(const Numbers& numbers, const char* name) {
    const auto at = numbers.find(name);
    return at == numbers.end() ? -1 : at->second;
  }

  Result<void> measure_probes() {
    HONE_TRY_ASSIGN(const Numbers off, alone("probes"));
    auto on = recorded("probes", kFewHz, SamplerChoice::kAuto, false);
    if (!on) {
      out_.notes.push_back("Not measured while recorded: " + on.error().message);
      on = Numbers{};
    } else if (of(*on, "recorded") != 1) {
      out_.notes.push_back("Not measured while recorded: the program's marks were not taken");
      on = Numbers{};
    } else {
      take_counts();
    }
    // As recordings keep it; CLOCK_MONOTONIC has no step that is worth telling.
    if (drain::counter_now() != 0) {
      const drain::TickClock clock;
      out_.clock_step_ns = clock.ticks_per_step() * clock.line().ns_per_tick;
    }
    const auto add = [&](const char* name, const char* what, const char* how) {
      out_.probes.push_back({name, what, of(off, name), of(*on, name), how});
    };
    constexpr const char* kLoop = "a loop of it, median of 25";
    add("clock_read", "a reading of the clock", kLoop);
    add("span", "a span", kLoop);
    add("span_with_arguments", "a span with two arguments", kLoop);
    add("plot", "a plot", kLoop);
    add("message", "a message", kLoop);
    add("allocation_and_free", "an allocation and its end", kLoop);
    add("frame", "the mark of a frame", kLoop);
    return {};
  }

  // What the recording holds of it.
  void take_counts() {
    const auto opened = open_profile(folder_ + "/recording.hone");
    if (!opened) return;
    const auto number = [&](std::string_view key) {
      const std::string_view text = opened->profile.meta(key);
      uint64_t value = 0;
      std::from_chars(text.data(), text.data() + text.size(), value);
      return value;
    };
    out_.spans = number("spans.count");
    out_.marks = number("spans.marks");
    out_.lost = number("spans.lost") + number("spans.marks_lost");
    out_.clock = opened->profile.meta("spans.clock");
  }

  // As a recording measures it for its own report.
  void add_interrupt() {
    bool kernel_side = true;
    int64_t ns = capture::interrupt_ns_per_sample(kernel_side);
    if (ns == 0) ns = capture::interrupt_ns_per_sample(kernel_side = false);
    out_.probes.push_back({.name = "sample_perf",
                           .what = kernel_side ? "a sample by perf" : "a sample by perf, user side",
                           .on_ns = ns > 0 ? static_cast<double>(ns) : -1,
                           .how = "gaps in a loop, once a boot"});
    if (ns == 0) {
      out_.notes.push_back(
          "Not measured, a sample by perf: perf is not permitted here, or too much else interrupts "
          "this machine (see: hone doctor)");
    }
  }

  void measure_signal() {
    constexpr const char* kWhat = "a sample by a timer's signal";
    report::ProbeCost cost{.name = "sample_timer", .what = kWhat, .how = "gaps in a loop, median"};
    const auto off = alone("gaps");
    const auto on = recorded("gaps", kGapsHz, SamplerChoice::kTimer, false);
    if (!off || !on) {
      out_.notes.push_back(fmt::format("Not measured, {}: {}", kWhat,
                                       !off ? off.error().message : on.error().message));
    } else if (of(*on, "gaps") < kGapsMin || of(*on, "gaps") < kGapsTimes * of(*off, "gaps")) {
      out_.notes.push_back(fmt::format(
          "Not measured, {}: too much else interrupts this machine now ({:.0f} gaps without it, "
          "{:.0f} with it)",
          kWhat, of(*off, "gaps"), of(*on, "gaps")));
    } else {
      cost.on_ns = of(*on, "gap");
    }
    out_.probes.push_back(std::move(cost));
  }

  void measure_turns() {
    report::ProbeCost cost{.name = "turn",
                           .what = "a turn to another thread and back",
                           .how = "two pipes, quickest of 25"};
    const auto off = alone("turns");
    const auto on = recorded("turns", kFewHz, SamplerChoice::kAuto, true);
    if (off && on) {
      cost.off_ns = of(*off, "turn");
      cost.on_ns = of(*on, "turn");
    } else {
      out_.notes.push_back("Not measured, a turn between threads: " +
                           (!off ? off.error().message : on.error().message));
    }
    out_.probes.push_back(std::move(cost));
  }

  std::string program_, folder_;
  report::Overhead out_;
};

Result<int> run_overhead(const Invocation& invocation) {
  auto program = capture::find_installed("hone-probes");
  if (!program) {
    return tl::unexpected(cannot_measure("hone-probes is not beside hone",
                                         "install Hone whole: ./dev install, or the package"));
  }
  const TemporaryFolder folder;
  if (folder.path().empty()) {
    return tl::unexpected(
        cannot_measure("no folder can be made for the recordings that this takes",
                       "name one that can be written to: TMPDIR=FOLDER hone overhead"));
  }
  if (!invocation.options.json) say("measuring, for some seconds ...\n");
  HONE_TRY_ASSIGN(const report::Overhead overhead, Measurement(*program, folder.path()).run());
  const report::TextStyle style =
      style_of(Stream::kOut, invocation.options.color, invocation.options.full_names);
  HONE_TRY(print(Stream::kOut, invocation.options.json ? report::overhead_json(overhead)
                                                       : report::overhead_text(overhead, style)));
  return 0;
}

}  // namespace

const Command& overhead_command() {
  static const Command command = {
      .name = "overhead",
      .summary = "measure what each probe costs on this machine",
      .usage = "[flags]",
      .examples = {{"hone overhead", ""}, {"hone overhead --json", ""}},
      .details =
          "A small program that marks is run alone, and recorded: each probe in a loop that does\n"
          "nothing else, in CPU time less the loop's own, so that the figures are the most that a\n"
          "program pays; code that has other things to do hides part of them. What cannot be\n"
          "measured is said. Every report of a program that marks says what its own marks cost:\n"
          "their number, times what one costs.",
      .flags = {json_flag(), color_flag()},
      .run = &run_overhead};
  return command;
}

}  // namespace hone::cli
