#include "exchange/export.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "analysis/derived_plots.h"
#include "analysis/metrics.h"
#include "analysis/recorded_time.h"
#include "analysis/weights.h"
#include "base/host/file.h"
#include "base/host/text.h"
#include "cli/command.h"
#include "cli/errors.h"
#include "cli/open.h"
#include "cli/output_file.h"
#include "cli/settings.h"
#include "cli/shared_flags.h"
#include "cli/terminal.h"
#include "report/escape.h"

namespace hone::cli {
namespace {

using exchange::ExportOptions;
using exchange::Format;
using exchange::Left;

// "runs/app.hone" -> "app", for files beside which one stands.
std::string stem_of(const std::string& recording) {
  const std::string stem = std::filesystem::path(recording).stem().string();
  return stem.empty() ? "recording" : stem;
}

tl::unexpected<Error> cannot_write(Error error, const std::string& path) {
  if (!error.number.empty()) return tl::unexpected(std::move(error));
  if (error.message.find(path) == std::string::npos) {
    error = std::move(error).context("cannot write " + path);
  }
  error.number = "E040";
  error.effect = "nothing was written";
  error.fixes = {"choose another place with -o, or make room"};
  return tl::unexpected(std::move(error));
}

// Written beside the file and renamed over it: a file that was there stays until the new one is
// whole. What is no regular file (a pipe, /dev/stdout) is written into.
Result<Left> write_file(const Format& format, const profile::Profile& profile,
                        const ExportOptions& options, const std::string& path) {
  HONE_TRY(spare_recordings(path));
  struct stat status {};
  const bool in_place = ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
  const std::string beside = in_place ? path : fmt::format("{}.{}.part", path, ::getpid());
  auto fd = base::open_file(beside, in_place ? O_WRONLY : O_WRONLY | O_CREAT | O_TRUNC);
  if (!fd) return cannot_write(std::move(fd.error()), path);
  exchange::Output out = exchange::Output::to_descriptor(fd->get());
  auto left = format.write(profile, options, out);
  if (!in_place) {
    if (left && std::rename(beside.c_str(), path.c_str()) != 0) {
      left = tl::unexpected(Error{.code = Code::Io, .message = "cannot write " + path});
    }
    if (!left) ::unlink(beside.c_str());
  }
  if (!left) return cannot_write(std::move(left.error()), path);
  return left;
}

void say_left(const Left& left) {
  const auto note = [](uint64_t count, std::string_view what) {
    if (count > 0) say(fmt::format("note: {} {}\n", base::count_text(count), what));
  };
  note(left.not_nested, "spans contradict the others of their thread: they are asynchronous");
  note(left.unpaired, "ends of asynchronous spans or flows have no beginning: left out");
  note(left.left_out, "samples, marks and values are of kinds that the format has not: left out");
  note(left.not_numbers, "values of plots are no numbers: left out");
  if (!left.unit.empty()) {
    say(fmt::format("note: the numbers are {}, which the format does not say\n",
                    report::terminal_text(left.unit)));
  }
}

Result<int> write_one(const Format& format, const profile::Profile& profile,
                      const ExportOptions& options, const std::string& path) {
  if (path == "-") {
    exchange::Output out = exchange::Output::to_descriptor(STDOUT_FILENO);
    HONE_TRY_ASSIGN(const Left left, format.write(profile, options, out));
    say_left(left);
    return 0;
  }
  HONE_TRY_ASSIGN(const Left left, write_file(format, profile, options, path));
  say_left(left);
  say_wrote(path);
  return 0;
}

// Every table that has rows, into one folder.
Result<int> write_tables(const Format& format, const profile::Profile& profile,
                         ExportOptions options, const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) {
    return cannot_write({.code = Code::Io, .message = failed.message()}, folder);
  }
  for (const exchange::CsvTable& table : exchange::csv_tables()) {
    if (exchange::csv_row_count(profile, options, table.name) == 0) continue;
    options.table = table.name;
    const std::string path =
        (std::filesystem::path(folder) / fmt::format("{}.csv", table.name)).string();
    HONE_TRY(write_one(format, profile, options, path));
  }
  return 0;
}

ExportOptions export_options(const Options& options, const OpenProfile& open,
                             const analysis::Selection& selection) {
  ExportOptions out;
  const analysis::SampleFilter filter(open.profile, selection);
  out.threads.resize(open.profile.threads().size());
  for (uint32_t i = 0; i < out.threads.size(); ++i) {
    // A mark of a thread that is not known goes with everything, and with nothing that is chosen.
    const bool all = selection.process.empty() && selection.thread.empty();
    out.threads[i] = i == 0 ? all : filter.takes_thread(ThreadId{i});
  }
  out.first = selection.time_first;
  out.last = selection.time_last;
  out.start = analysis::recorded_time(open.profile).start;
  out.of = options.folded_of == "spans" ? exchange::FoldedOf::kSpans : exchange::FoldedOf::kSamples;
  const analysis::MetricState weight = analysis::metric_state(open.profile, selection.metric);
  out.weight = weight.metric == analysis::Metric::kCpu      ? exchange::Weight::kCpu
               : weight.metric == analysis::Metric::kOffCpu ? exchange::Weight::kOffCpu
                                                            : exchange::Weight::kCosts;
  out.metric = weight.id;
  out.table = options.table;
  out.version = HONE_VERSION;
  for (analysis::DerivedPlot& plot : analysis::derived_plots(open.profile, selection)) {
    if (!plot.missing.empty()) {
      say(fmt::format("note: {}: the recording has no plot '{}'\n",
                      report::terminal_text(plot.name), report::terminal_text(plot.missing)));
      continue;
    }
    out.derived.push_back({.name = std::move(plot.name),
                           .unit = std::move(plot.unit),
                           .expression = std::move(plot.expression),
                           .time = std::move(plot.time),
                           .value = std::move(plot.value)});
  }
  return out;
}

Result<void> check(const Invocation& invocation) {
  const Options& options = invocation.options;
  if (options.to_format.empty()) {
    return usage_error(
        "hone export needs a format",
        {"hone export --to chrome", "hone export --to folded", "hone export --to csv"});
  }
  if (options.to_format != "csv" && invocation.was_given("table")) {
    return usage_error("--table is for --to csv", {"hone export --to csv --table spans"});
  }
  if (options.to_format != "folded" &&
      (invocation.was_given("of") || invocation.was_given("weight"))) {
    return usage_error("--of and --weight are for --to folded",
                       {"hone export --to folded --of spans"});
  }
  if (options.folded_of == "spans" && invocation.was_given("weight")) {
    return usage_error("--weight is of samples; spans have their own time",
                       {"hone export --to folded --of spans"});
  }
  if (options.to_format == "csv" && options.table.empty() && options.output == "-") {
    return usage_error("several tables cannot go to standard output",
                       {"hone export --to csv --table spans -o -"});
  }
  return {};
}

Result<int> run_export(const Invocation& given) {
  Invocation invocation = given;
  Options& options = invocation.options;
  HONE_TRY(check(invocation));
  HONE_TRY_ASSIGN(const Settings settings, load_settings(options.config));
  HONE_TRY(apply_settings(settings, invocation));
  HONE_TRY_ASSIGN(const OpenProfile open, open_profile(options, 0));
  HONE_TRY_ASSIGN(const analysis::Selection selection, selection_of(options, open.profile));
  const Format& format = *exchange::find_format(options.to_format);
  const ExportOptions wanted = export_options(options, open, selection);
  const std::string stem = stem_of(open.path);
  if (options.to_format == "csv" && options.table.empty()) {
    return write_tables(format, open.profile, wanted,
                        options.output.empty() ? stem + "-tables" : options.output);
  }
  std::string path = options.output;
  if (path.empty()) {
    path = options.table.empty() ? fmt::format("{}{}", stem, format.extension)
                                 : fmt::format("{}.{}{}", stem, options.table, format.extension);
  }
  return write_one(format, open.profile, wanted, path);
}

std::vector<std::string_view> format_names() {
  std::vector<std::string_view> out;
  for (const Format& format : exchange::formats()) out.push_back(format.name);
  return out;
}

std::vector<std::string_view> table_names() {
  std::vector<std::string_view> out;
  for (const exchange::CsvTable& table : exchange::csv_tables()) out.push_back(table.name);
  return out;
}

// Those of every report that other tools' formats can follow.
std::vector<Flag> export_selection_flags() {
  std::vector<Flag> out;
  for (Flag& flag : selection_flags()) {
    if (flag.name == "in" || flag.name == "no-kernel" || flag.name == "weight") continue;
    // Here --to is the format.
    if (flag.name == "to") flag.name = "until";
    out.push_back(std::move(flag));
  }
  return out;
}

}  // namespace

const Command& export_command() {
  static const Command command = {
      .name = "export",
      .summary = "write a recording in the format of other tools",
      .usage = "--to FORMAT [flags] [FILE]",
      .examples = {{"hone export --to chrome", "NAME.trace.json, for Perfetto and its like"},
                   {"hone export --to perfetto", "NAME.pftrace, for Perfetto: smaller, and more"},
                   {"hone export --to folded -o - | flamegraph.pl > f.svg", ""},
                   {"hone export --to folded --of spans", "span paths by their own time"},
                   {"hone export --to csv", "NAME-tables/spans.csv, plots.csv, ..."},
                   {"hone export --to csv --table spans -o spans.csv app.hone", ""},
                   {"hone export --to chrome --from 2s --until 3s --thread 'worker*'", ""}},
      .details =
          "chrome: trace events as JSON. Spans nest whatever their stamps say; what ended on\n"
          "another thread, or not at all, is asynchronous. Times in microseconds with three\n"
          "digits after the point, so that no nanosecond is lost; samples' in whole ones.\n"
          "Waits, locks and queues of GPUs have tracks of their own; pools of memory are counters\n"
          "of what is live.\n"
          "perfetto: the same and more (modules, build ids, lines of samples) as protocol "
          "buffers.\n"
          "firefox: samples, markers, counters as Firefox Profiler writes them; it has no flows.\n"
          "speedscope: nested spans and samples of each thread. pprof: stacks, with their samples\n"
          "and CPU time, and with waits and time blocked where those were recorded. What a format\n"
          "has no place for is counted and said.\n"
          "folded: one line a stack and its nanoseconds: of samples, waits or spans alone.\n"
          "csv: RFC 4180, times in nanoseconds since the start of the recording. Tables: spans,\n"
          "frames, plots, messages, flows, gpu, locks, pools, samples, waits, counters, threads.\n"
          "Plots that hone.toml derives from others are exported as they are.",
      .operands = Operands::kFile,
      .flags = joined(
          {{{"to", 0, "FORMAT", "chrome, perfetto, firefox, speedscope, pprof, folded or csv",
             &Options::to_format, format_names()},
            {"output",
             'o',
             "FILE",
             "where it goes (default: named after the recording; - is standard "
             "output)",
             &Options::output,
             {},
             ValueKind::kFile},
            {"table", 0, "NAME", "csv: only that table, into one file", &Options::table,
             table_names()},
            {"of",
             0,
             "WHAT",
             "folded: samples (the default) or spans",
             &Options::folded_of,
             {"samples", "spans"}},
            {"weight", 0, "WHAT",
             "folded: by cpu (the default), off-cpu (time blocked), or sums that the recording has",
             &Options::weight}},
           export_selection_flags(),
           {config_flag()}}),
      .run = &run_export};
  return command;
}

}  // namespace hone::cli
