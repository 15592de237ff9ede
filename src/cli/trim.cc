#include <fmt/format.h>

#include <filesystem>

#include "analysis/recorded_time.h"
#include "base/host/text.h"
#include "cli/command.h"
#include "cli/errors.h"
#include "cli/open.h"
#include "cli/quantities.h"
#include "cli/shared_flags.h"
#include "cli/terminal.h"
#include "recording/copy.h"
#include "report/escape.h"

namespace hone::cli {
namespace {

using recording::MetaRow;

// What was hidden before stays so, and is still said.
Result<recording::Redaction> redaction_of(const Options& options, const profile::Profile& profile) {
  HONE_TRY_ASSIGN(const recording::Redaction wanted, redaction_asked(options));
  recording::RedactionOptions both = wanted.options();
  if (const auto before = recording::Redaction::parse(profile.meta("redaction"))) {
    both.command |= before->options().command;
    both.environment |= before->options().environment;
    both.paths |= before->options().paths;
  }
  return recording::Redaction(both);
}

struct Cut {
  analysis::RecordedTime time;
  analysis::Selection range;
  bool whole = false;  // only redacted
};

Result<Cut> cut_of(const Options& options, const profile::Profile& profile) {
  Cut cut;
  cut.time = analysis::recorded_time(profile);
  HONE_TRY(set_time_range(options.time, cut.time.start, cut.range));
  HONE_TRY(take_range(options, cut.time, cut.range));
  cut.whole = options.from.empty() && options.to.empty() && options.time.empty();
  HONE_TRY(check_range(cut.range, cut.time, "nothing was written"));
  return cut;
}

// What the copy says of itself, and of what it was cut.
void write_facts(recording::Builder& out, const Cut& cut, const profile::Profile& profile,
                 const std::string& source) {
  const auto fact = [&](std::string_view key, const std::string& value) {
    out.append(MetaRow{.key = key, .value = value});
  };
  const auto keep_whole = [&](std::string_view key, int64_t now) {
    const std::string_view before = profile.meta(key);  // it was cut before
    fact(key, before.empty() ? fmt::format("{}", now) : std::string(before));
  };
  fact("trim.source", std::filesystem::path(source).filename().string());
  if (cut.whole) return;
  const analysis::RecordedTime part = analysis::recorded_time(profile, cut.range);
  fact("run.start_ns", fmt::format("{}", raw(part.start)));
  fact("run.wall_ns", fmt::format("{}", part.wall_ns));
  if (part.pause_count > 0) fact("run.recorded_ns", fmt::format("{}", part.recorded_ns));
  fact("trim.from_ns", fmt::format("{}", raw(part.start - cut.time.start)));
  fact("trim.to_ns", fmt::format("{}", raw(part.end - cut.time.start)));
  // The measurement's cost is known of the whole: it is stated with what it was the cost of.
  int64_t cpu_ns = 0;
  for (const int64_t weight : profile.samples().weight_ns) cpu_ns += weight;
  for (const profile::Process& process : profile.processes()) cpu_ns += process.unsampled_ns;
  keep_whole("trim.whole_wall_ns", cut.time.wall_ns);
  keep_whole("trim.whole_cpu_ns", cpu_ns);
  keep_whole("trim.whole_samples", static_cast<int64_t>(profile.samples().size()));
}

Result<int> run_trim(const Invocation& invocation) {
  const Options& options = invocation.options;
  if (options.output.empty()) {
    return usage_error("hone trim needs a file to write", {"hone trim IN -o OUT --from 2s"});
  }
  if (options.from.empty() && options.to.empty() && options.redact.empty()) {
    return usage_error("hone trim has nothing to do", {"hone trim IN -o OUT --from 2s --to 5s",
                                                       "hone trim IN -o OUT --redact all"});
  }
  HONE_TRY_ASSIGN(const std::string path, recording_path(options, 0));
  std::error_code other;
  if (std::filesystem::equivalent(path, options.output, other)) {
    return usage_error("a recording is not trimmed in place", {"write another file with -o FILE"});
  }
  HONE_TRY_ASSIGN(const recording::Reader reader, open_recording(path));
  HONE_TRY_ASSIGN(const profile::Profile profile, profile::Profile::load(reader, {}));
  HONE_TRY_ASSIGN(const Cut cut, cut_of(options, profile));
  HONE_TRY_ASSIGN(const recording::Redaction redaction, redaction_of(options, profile));
  HONE_TRY_ASSIGN(recording::Writer writer, recording::Writer::create(options.output, {}));
  recording::Builder out(std::move(writer), redaction);
  recording::Copier copier(
      out, {.from = cut.range.time_first, .to = cut.range.time_last, .whole = cut.whole});
  HONE_TRY(copier.add(reader));
  copier.finish();
  write_facts(out, cut, profile, path);
  if (!reader.salvage().finished || reader.salvage().chunks_damaged != 0) {
    out.append(recording::DiagnosticRow{
        .name = "source_was_damaged",
        .severity = recording::kDataLoss,
        .count = 1,
        .detail = "the recording that this one was cut out of was cut off or damaged itself"});
  }
  HONE_TRY(out.writer().finish());
  const analysis::RecordedTime part = analysis::recorded_time(profile, cut.range);
  say(fmt::format(
      "{} of {}, {} samples ({}) to {}\n", base::duration_text(DurationNs{part.wall_ns}),
      base::duration_text(DurationNs{cut.time.wall_ns}), base::count_text(copier.sample_count()),
      base::bytes_text(out.writer().bytes_written()), report::terminal_text(options.output)));
  return 0;
}

}  // namespace

const Command& trim_command() {
  static const Command command = {
      .name = "trim",
      .summary = "cut a recording to a range of time, or take names out of it",
      .usage = "[flags] [FILE] -o OUT",
      .examples = {{"hone trim app.hone -o part.hone --from 2s --to 5s", ""},
                   {"hone trim app.hone -o end.hone --from=-10s", "the last ten seconds"},
                   {"hone trim app.hone -o public.hone --redact all", "to show it to others"}},
      .details =
          "Times are seconds since the recording's start, or before its end when negative;\n"
          "ms, m and h can be said, too. What nothing in the range refers to is left out.\n"
          "CPU time that no sample saw is known for the whole recording only, and is no part\n"
          "of a range. The file that is read stays as it is.",
      .operands = Operands::kFile,
      .flags = {{"output", 'o', "OUT", "the file to write", &Options::output, {}, ValueKind::kFile},
                {"from", 0, "TIME", "only from then on: 2s, 500ms, 1m; -10s: before the end",
                 &Options::from},
                {"to", 0, "TIME", "only until then", &Options::to},
                {"time", 0, "A-B", "only from second A to second B; either may be left out",
                 &Options::time},
                redact_flag()},
      .run = &run_trim};
  return command;
}

}  // namespace hone::cli
