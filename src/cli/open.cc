#include "cli/open.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <optional>
#include <unordered_map>

#include "analysis/function_names.h"
#include "analysis/metrics.h"
#include "analysis/recorded_time.h"
#include "analysis/weights.h"
#include "base/host/clock.h"
#include "base/host/text.h"
#include "capture/symbolise.h"
#include "cli/errors.h"
#include "cli/foreign.h"
#include "cli/quantities.h"
#include "cli/terminal.h"
#include "hone/layout.h"
#include "report/escape.h"

namespace hone::cli {
namespace {

using profile::LateSymbols;

constexpr std::string_view kNotARecording = "E010";
using profile::Profile;

// Two readings of the calendar less CLOCK_MONOTONIC agree this well within one boot; they part when
// the machine sleeps or its clock is set, and then kernel addresses are left without names.
constexpr int64_t kSameBootNs = 2'000'000'000;

tl::unexpected<Error> no_recording(std::string message, std::vector<std::string> fixes) {
  return tl::unexpected(Error{.code = Code::NotFound,
                              .message = std::move(message),
                              .effect = "there is nothing to show",
                              .fixes = std::move(fixes),
                              .number = "E012"});
}

int64_t boot_time_now() {
  timespec calendar{};
  ::clock_gettime(CLOCK_REALTIME, &calendar);
  return int64_t{calendar.tv_sec} * 1'000'000'000 + calendar.tv_nsec - raw(base::monotonic_now());
}

// Kernel addresses mean something only to the boot in which they were taken.
bool is_of_this_boot(const recording::Reader& reader) {
  std::optional<int64_t> boot_time;
  (void)reader.for_each<recording::ClockRow>([&](const recording::ClockRow& row) {
    if (row.clock == 1) boot_time = static_cast<int64_t>(row.value) - raw(row.monotonic);
  });
  if (!boot_time) return false;
  const int64_t apart = boot_time_now() - *boot_time;
  return apart > -kSameBootNs && apart < kSameBootNs;
}

std::vector<capture::SymbolInput> symbol_inputs(const Profile& profile, bool with_kernel) {
  std::vector<capture::SymbolInput> out;
  for (uint32_t id = 1; id < profile.modules().size(); ++id) {
    const profile::Module& module = profile.modules()[id];
    if (module.kind == recording::kModuleKernel && !with_kernel) continue;
    if (module.symbol_state != 0) continue;  // it was looked for, and is not there
    capture::SymbolInput& input = out.emplace_back();
    input.module = ModuleId{id};
    input.kind = module.kind;
    input.source.path = profile.string(module.path);
    input.source.build_id = {reinterpret_cast<const uint8_t*>(module.build_id.data()),
                             module.build_id.size()};
  }
  return out;
}

using ScriptFunctions = std::unordered_map<uint32_t, std::vector<capture::ScriptFunction>>;

// By module. Numbers are dense, in the order of their rows; a row may replace an earlier one.
ScriptFunctions script_functions(const recording::Reader& reader,
                                 base::FunctionRef<std::string_view(StringId)> text) {
  ScriptFunctions out;
  (void)reader.for_each<recording::ScriptFunctionRow>([&](const recording::ScriptFunctionRow& row) {
    std::vector<capture::ScriptFunction>& functions = out[raw(row.module)];
    if (row.number == 0 || row.number > functions.size() + 1) return;
    if (row.number > functions.size()) functions.emplace_back();
    functions[row.number - 1] = {.name = std::string(text(row.name)), .line = row.line};
  });
  return out;
}

LateSymbols late_symbols(const Profile& profile, const recording::Reader& reader,
                         bool with_kernel) {
  const ScriptFunctions scripts =
      script_functions(reader, [&](StringId id) { return profile.string(id); });
  std::vector<recording::Builder::FrameKey> frames;
  for (size_t id = 1; id < profile.frames().size(); ++id) {
    frames.push_back({profile.frames().module[id], profile.frames().address[id]});
  }
  std::vector<capture::SymbolInput> inputs = symbol_inputs(profile, with_kernel);
  for (capture::SymbolInput& input : inputs) {
    const auto found = scripts.find(raw(input.module));
    if (found != scripts.end()) input.script = found->second;
  }
  capture::NamedFrames names = capture::name_frames(frames, inputs, {});
  LateSymbols out;
  for (capture::NamedFunction& named : names.functions) {
    symbols::Function& f = named.function;
    out.functions.push_back({.module = named.module,
                             .name = std::move(f.name),
                             .mangled = std::move(f.mangled),
                             .file = std::move(f.file),
                             .start = raw(f.start),
                             .bytes = f.bytes,
                             .line = f.line,
                             .source = static_cast<uint8_t>(f.source)});
  }
  for (const capture::NamedLine& line : names.lines) {
    out.lines.push_back({.frame = line.frame,
                         .function = line.function,
                         .file = names.files[line.file],
                         .line = line.line,
                         .inlined = line.inlined});
  }
  for (capture::ModuleState& state : names.modules) {
    out.modules.push_back({.module = state.module,
                           .state = static_cast<uint8_t>(state.state),
                           .optimised = state.optimised,
                           .debug_file = std::move(state.debug_file),
                           .producer = std::move(state.producer),
                           .missing = std::move(state.missing)});
  }
  return out;
}

// A name that nothing has is a typing error more often than a question.
Result<void> check_taken(std::string_view kind, const std::string& wanted,
                         const analysis::Selection& selection, const Profile& profile) {
  if (wanted.empty()) return {};
  const analysis::SampleFilter filter(profile, selection);
  for (uint32_t id = 1; id < profile.threads().size(); ++id) {
    if (filter.takes_thread(ThreadId{id})) return {};
  }
  return tl::unexpected(Error{
      .code = Code::InvalidArgument,
      .message = fmt::format("no {} of the recording is '{}'", kind, wanted),
      .effect = "nothing was shown",
      .fixes = {fmt::format("hone report --by {}   (lists them; * and ? stand for any)", kind)},
      .number = "E002"});
}

Error unreadable(Error error) {
  if (!error.number.empty()) return error;
  if (error.code == Code::Corrupt || error.code == Code::Truncated) {
    error.number = "E013";
    error.effect = "nothing was read";
    return error;
  }
  return no_recording(std::move(error.message),
                      {"check the path", "hone record -- ./app   makes a recording"})
      .value();
}

}  // namespace

Result<std::string> recording_path(const Options& options, size_t index) {
  if (options.operands.size() > index) return options.operands[index];
  std::string newest;
  timespec newest_time{};
  std::error_code failed;
  for (std::filesystem::directory_iterator at(".", failed), end; !failed && at != end;
       at.increment(failed)) {
    if (at->path().extension() != ".hone") continue;
    struct stat status {};
    if (::stat(at->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    const std::string name = at->path().filename().string();
    const timespec& time = status.st_mtim;
    const bool newer = time.tv_sec != newest_time.tv_sec     ? time.tv_sec > newest_time.tv_sec
                       : time.tv_nsec != newest_time.tv_nsec ? time.tv_nsec > newest_time.tv_nsec
                                                             : name > newest;
    if (!newest.empty() && !newer) continue;
    newest = name;
    newest_time = time;
  }
  if (newest.empty()) {
    return no_recording("no recording (*.hone) in the current folder",
                        {"hone record -- ./app   makes one", "give the recording's path"});
  }
  return newest;
}

Result<recording::Reader> open_recording(const std::string& path) {
  auto reader = recording::Reader::open(path);
  if (reader) return reader;
  if (reader.error().number == kNotARecording) return read_foreign(path);
  return tl::unexpected(unreadable(std::move(reader.error())));
}

Result<void> look_at_recording(const std::string& path) {
  auto looked = recording::Reader::look_at(path);
  if (looked) return {};
  if (looked.error().number != kNotARecording) {
    return tl::unexpected(unreadable(std::move(looked.error())));
  }
  HONE_TRY(open_foreign(path, {}));
  return {};
}

Result<OpenProfile> open_profile(const std::string& path) {
  HONE_TRY_ASSIGN(const recording::Reader reader, open_recording(path));
  size_t named = 0, modules = 0;
  bool late = false;
  const auto symboliser = [&](const Profile& profile) {
    late = true;
    LateSymbols symbols = late_symbols(profile, reader, is_of_this_boot(reader));
    modules = symbols.modules.size();
    for (const LateSymbols::ModuleState& state : symbols.modules) {
      if (state.state != 0 && state.state <= static_cast<uint8_t>(symbols::SymbolState::kExports)) {
        ++named;
      }
    }
    return symbols;
  };
  auto loaded = profile::Profile::load(reader, {}, symboliser);
  if (!loaded) {
    Error error = std::move(loaded.error()).context(path);
    if (error.number.empty()) error.number = "E013";
    return tl::unexpected(std::move(error));
  }
  OpenProfile out{.path = path, .profile = std::move(*loaded), .note = {}};
  if (late && modules > 0) {
    const bool is_foreign = !out.profile.meta("import.format").empty();
    out.note = fmt::format("{}: {}; they were looked up on this machine, for {} of {} modules\n",
                           report::terminal_text(path),
                           is_foreign ? "the file had no names of functions"
                                      : "its recorder was stopped before it stored names",
                           named, modules);
  }
  return out;
}

Result<OpenProfile> open_profile(const Options& options, size_t index) {
  HONE_TRY_ASSIGN(const std::string path, recording_path(options, index));
  HONE_TRY_ASSIGN(OpenProfile out, open_profile(path));
  say(out.note);
  return out;
}

Result<void> set_time_range(std::string_view text, TimeNs start, analysis::Selection& selection) {
  if (text.empty()) return {};
  const auto wrong = [&] {
    return tl::unexpected(Error{.code = Code::InvalidArgument,
                                .message = fmt::format("--time takes A-B, not '{}'", text),
                                .effect = "nothing was done",
                                .fixes = {"--time 1.5-3   (seconds since the start)",
                                          "--time 2-      (from the third second on)"},
                                .number = "E002"});
  };
  // Seconds: some 31 years at most, so that nanoseconds stay far from overflow.
  constexpr double kSecondsMax = 1e9;
  const size_t dash = text.find('-');
  if (dash == text.npos || text.size() == 1) return wrong();
  const auto read = [&](std::string_view part, TimeNs& into) {
    if (part.empty()) return true;
    double seconds = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), seconds);
    if (error != std::errc() || end != part.data() + part.size()) return false;
    if (!(seconds >= 0 && seconds <= kSecondsMax)) return false;
    into = start + DurationNs{static_cast<int64_t>(seconds * 1e9)};
    return true;
  };
  if (!read(text.substr(0, dash), selection.time_first)) return wrong();
  if (!read(text.substr(dash + 1), selection.time_last)) return wrong();
  if (selection.time_first > selection.time_last) return wrong();
  return {};
}

Result<void> take_range(const Options& options, const analysis::RecordedTime& time,
                        analysis::Selection& selection) {
  if (options.from.empty() && options.to.empty()) return {};
  if (!options.time.empty()) {
    return usage_error("--time and --from or --to are two ways to say when", {"give one of them"});
  }
  if (!options.from.empty()) {
    HONE_TRY_ASSIGN(selection.time_first, moment("--from", options.from, time));
  }
  if (!options.to.empty()) {
    HONE_TRY_ASSIGN(selection.time_last, moment("--to", options.to, time));
  }
  if (selection.time_first <= selection.time_last) return {};
  return usage_error("--from is later than --to", {"--from 2s --to 5s", "--from=-10s"});
}

Result<void> check_range(const analysis::Selection& range, const analysis::RecordedTime& time,
                         std::string_view effect) {
  if (range.time_first <= time.end && range.time_last >= time.start) return {};
  return tl::unexpected(Error{
      .code = Code::InvalidArgument,
      .message = fmt::format("the recording has nothing in that range: it is {} long",
                             base::duration_text(time.end - time.start)),
      .effect = std::string(effect),
      .fixes = {"hone info FILE   says how long it is", "--from=-10s   takes the last ten seconds"},
      .number = "E053"});
}

Result<void> check_span(const std::string& pattern, const Profile& profile) {
  if (pattern.empty()) return {};
  std::vector<std::string> names;
  for (const profile::Site& site : profile.instrumentation().sites) {
    if (site.kind != HONE_SITE_SPAN) continue;
    names.emplace_back(profile.string(site.name));
    if (analysis::glob_match(pattern, names.back())) return {};
  }
  return tl::unexpected(
      Error{.code = Code::NotFound,
            .message = fmt::format("there is no span '{}' in the recording", pattern),
            .effect = "nothing was shown",
            .fixes = {names.empty() ? "mark spans in the program: hone/hone.h"
                                    : "hone report --spans --top 0   (lists the spans)"},
            .number = "E017"});
}

namespace {

// What stacks are weighed by: what was asked for, or what the recording has.
Result<analysis::Metric> metric_asked(const std::string& wanted, const Profile& profile) {
  if (wanted.empty()) {
    if (profile.samples().size() > 0 || profile.costs().empty()) return analysis::Metric::kCpu;
    return analysis::default_metric(profile).metric;
  }
  std::string there;
  const analysis::MetricState* absent = nullptr;
  const std::vector<analysis::MetricState> all = analysis::metrics_of(profile);
  for (const analysis::MetricState& state : all) {
    if (!analysis::is_of_stacks(state.metric)) continue;
    if (state.present() && state.id == wanted) return state.metric;
    if (state.present()) there += fmt::format("{}{}", there.empty() ? "" : ", ", state.id);
    if (state.id == wanted) absent = &state;
  }
  const bool has_some = !there.empty();
  std::vector<std::string> fixes;
  if (has_some) fixes.push_back(fmt::format("--weight takes of this recording: {}", there));
  if (absent != nullptr && !absent->command.empty()) fixes.emplace_back(absent->command);
  if (fixes.empty()) fixes.emplace_back("hone report   (what the recording has)");
  return tl::unexpected(Error{
      .code = Code::NotFound,
      .message = fmt::format("the recording has no '{}' by stack{}{}", wanted,
                             absent == nullptr ? "" : ": ", absent == nullptr ? "" : absent->why),
      .effect = "nothing was shown",
      .fixes = std::move(fixes),
      .number = "E055"});
}

}  // namespace

Result<analysis::Selection> selection_of(const Options& options, const Profile& profile) {
  analysis::Selection out;
  out.subsystems = options.subsystems;
  out.plots = options.plots;
  out.process = options.process;
  out.thread = options.thread;
  out.inside = options.inside;
  out.include_kernel = !options.no_kernel;
  HONE_TRY(check_taken("process", options.process, {.process = options.process}, profile));
  HONE_TRY(check_taken("thread", options.thread, {.thread = options.thread}, profile));
  HONE_TRY(check_span(options.inside, profile));
  const analysis::RecordedTime time = analysis::recorded_time(profile);
  HONE_TRY(set_time_range(options.time, time.start, out));
  HONE_TRY(take_range(options, time, out));
  HONE_TRY(check_range(out, time, "nothing was shown"));
  HONE_TRY_ASSIGN(out.metric, metric_asked(options.weight, profile));
  return out;
}

Result<void> require_samples(const profile::Profile& profile) {
  if (profile.meta("sampler.name") != "none" || profile.samples().size() > 0) return {};
  if (!profile.costs().empty()) return {};
  return tl::unexpected(
      Error{.code = Code::NotFound,
            .message = profile.meta("import.format").empty()
                           ? "the recording has no samples: the program made it itself"
                           : "the recording has no samples: the file had none",
            .effect = "nothing was written",
            .fixes = {"hone report   (its spans, frames and plots)",
                      "hone record -- COMMAND   (takes samples, too)"},
            .number = "E077"});
}

Error unclear_function(Error error, std::string_view command,
                       const std::vector<std::string>& operands) {
  if (!error.number.empty()) return error;
  error.number = "E016";
  error.effect = "nothing was shown";
  for (std::string& name : error.fixes) {
    name = fmt::format("{} {}", command, shell_word(name));
    for (size_t i = 1; i < operands.size(); ++i) name += " " + shell_word(operands[i]);
  }
  error.fixes.emplace_back("hone report --top 0   (lists the functions)");
  return error;
}

}  // namespace hone::cli
