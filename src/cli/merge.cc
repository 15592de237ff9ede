#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/host/text.h"
#include "cli/command.h"
#include "cli/errors.h"
#include "cli/open.h"
#include "cli/shared_flags.h"
#include "cli/terminal.h"
#include "recording/copy.h"
#include "recording/merge.h"
#include "report/escape.h"

namespace hone::cli {
namespace {

using recording::MergeSide;
using recording::MergeTie;
using recording::MetaRow;

struct Input {
  std::string path;
  recording::Reader reader;
};

Result<std::vector<Input>> open_inputs(const Options& options) {
  std::vector<Input> out;
  for (const std::string& path : options.operands) {
    std::error_code absent;
    if (std::filesystem::equivalent(path, options.output, absent)) {
      return usage_error("a recording is not merged into itself", {"write another file with -o"});
    }
    HONE_TRY_ASSIGN(recording::Reader reader, open_recording(path));
    out.push_back({path, std::move(reader)});
  }
  return out;
}

std::string_view word_of(MergeTie::By by) {
  switch (by) {
    case MergeTie::By::kFirst:
      return "first";
    case MergeTie::By::kBoot:
      return "boot";
    case MergeTie::By::kCalendar:
      return "calendar";
    case MergeTie::By::kStart:
      break;
  }
  return "start";
}

// What is said of an input that is not the first.
std::string sentence(const MergeSide& side, const MergeTie& tie) {
  const std::string name = report::terminal_text(side.name);
  switch (tie.by) {
    case MergeTie::By::kBoot:
      return name + ": the same machine since it was started, one clock\n";
    case MergeTie::By::kCalendar:
      return fmt::format("{}: by the calendar{}, as far as the calendars of both agree\n", name,
                         tie.uncertainty_ns > 0
                             ? fmt::format(" (their own readings differ by {})",
                                           base::duration_text(DurationNs{tie.uncertainty_ns}))
                             : "");
    case MergeTie::By::kStart:
      return name + ": its beginning was put at that of the first, as you said\n";
    case MergeTie::By::kFirst:
      break;
  }
  return {};
}

void write_facts(recording::Builder& out, const std::vector<MergeSide>& sides,
                 const std::vector<MergeTie>& ties) {
  const auto fact = [&](const std::string& key, const std::string& value) {
    out.append(MetaRow{.key = key, .value = value});
  };
  int64_t start = INT64_MAX, end = 0;
  for (size_t i = 0; i < sides.size(); ++i) {
    const int64_t shift_ns = ties[i].input.shift_ns;
    const std::string prefix = fmt::format("merge.{}.", i + 1);
    fact(prefix + "file", std::filesystem::path(sides[i].name).filename().string());
    fact(prefix + "clock", std::string(word_of(ties[i].by)));
    fact(prefix + "shift_ns", fmt::format("{}", shift_ns));
    if (ties[i].by == MergeTie::By::kCalendar) {
      fact(prefix + "uncertainty_ns", fmt::format("{}", ties[i].uncertainty_ns));
    }
    start = std::min(start, raw(sides[i].start) + shift_ns);
    end = std::max(end, raw(sides[i].end) + shift_ns);
  }
  fact("merge.count", fmt::format("{}", sides.size()));
  fact("run.start_ns", fmt::format("{}", start));
  fact("run.wall_ns", fmt::format("{}", std::max<int64_t>(end - start, 0)));
}

Result<int> run_merge(const Invocation& invocation) {
  const Options& options = invocation.options;
  if (options.output.empty() || options.operands.size() < 2) {
    return usage_error("hone merge needs two recordings or more, and a file to write",
                       {"hone merge A.hone B.hone -o BOTH.hone"});
  }
  HONE_TRY_ASSIGN(const std::vector<Input> inputs, open_inputs(options));
  std::vector<MergeSide> sides;
  for (const Input& input : inputs) {
    HONE_TRY_ASSIGN(sides.emplace_back(), recording::look_at_side(input.reader, input.path));
  }
  HONE_TRY_ASSIGN(const std::vector<MergeTie> ties,
                  recording::tie_sides(sides, options.align == "start"));
  HONE_TRY_ASSIGN(recording::Writer writer, recording::Writer::create(options.output, {}));
  recording::Builder out(std::move(writer));
  recording::Copier copier(out, {.whole = true, .merge = true});
  uint64_t damaged = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    HONE_TRY(copier.add(inputs[i].reader, ties[i].input));
    const recording::Salvage& salvage = inputs[i].reader.salvage();
    damaged += !salvage.finished || salvage.chunks_damaged != 0;
  }
  copier.finish();
  write_facts(out, sides, ties);
  if (damaged > 0) {
    out.append(recording::DiagnosticRow{
        .name = "source_was_damaged",
        .severity = recording::kDataLoss,
        .count = damaged,
        .detail = "recordings that this one was merged of were cut off or damaged themselves"});
  }
  HONE_TRY(out.writer().finish());
  std::string said;
  for (size_t i = 1; i < sides.size(); ++i) said += sentence(sides[i], ties[i]);
  say(said + fmt::format("{} recordings, {} samples ({}) to {}\n", inputs.size(),
                         base::count_text(copier.sample_count()),
                         base::bytes_text(out.writer().bytes_written()),
                         report::terminal_text(options.output)));
  return 0;
}

}  // namespace

const Command& merge_command() {
  static const Command command = {
      .name = "merge",
      .summary = "make one recording of several, on one clock",
      .usage = "[flags] FILE FILE... -o OUT",
      .examples = {{"hone merge client.hone server.hone -o both.hone", "of one machine, or of two"},
                   {"hone merge program.hone system.hone -o all.hone",
                    "a program that recorded itself, and the rest"},
                   {"hone merge --align start before.hone trace.json -o both.hone",
                    "clocks that nothing ties"}},
      .details =
          "Recordings of one machine since it was started share their clock. Others are put on\n"
          "the first one's by the calendar, which each recording notes as it begins: as well as\n"
          "the calendars of both machines agree, which no recording can tell. Where one tells\n"
          "neither, nothing is written, unless --align start says that they began together.\n"
          "\n"
          "On one machine a process with one pid at one time is one process. Facts of the second\n"
          "recording on bear its number (merge.2.run.command); what only one of them tells is\n"
          "told of all. What both have is in the result twice: of threads that both sampled, that\n"
          "is said. The files that are read stay as they are.",
      .operands = Operands::kFiles,
      .flags = {{"output", 'o', "OUT", "the file to write", &Options::output, {}, ValueKind::kFile},
                {"align",
                 0,
                 "HOW",
                 "start: the recordings began at one moment, whatever their clocks say",
                 &Options::align,
                 {"start"}}},
      .run = &run_merge};
  return command;
}

}  // namespace hone::cli
