#include "report/collect.h"

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/coverage.h"
#include "cli/html_report.h"
#include "cli/open.h"
#include "cli/quantities.h"
#include "cli/settings.h"
#include "cli/shared_flags.h"
#include "cli/terminal.h"
#include "report/json.h"
#include "report/text.h"

namespace hone::cli {
namespace {

using analysis::GroupBy;

GroupBy group_of(std::string_view by) {
  if (by == "line") return GroupBy::kLine;
  if (by == "module") return GroupBy::kModule;
  if (by == "thread") return GroupBy::kThread;
  if (by == "process") return GroupBy::kProcess;
  if (by == "subsystem") return GroupBy::kSubsystem;
  return GroupBy::kFunction;
}

report::ReportOptions report_options(const Invocation& invocation) {
  const Options& options = invocation.options;
  report::ReportOptions out;
  out.by = {group_of(options.by)};
  out.top = options.top;
  if (options.by_total || options.sort == "total") out.sort = analysis::SortBy::kTotal;
  if (invocation.was_given("over")) {
    out.min_share = options.over_percent / 100;
    out.tree_min_share = out.min_share;
    if (!invocation.was_given("top")) out.top = 0;
  }
  out.waits = out.waits || options.waits;
  if (options.tree) out.tree = report::TreeKind::kTopDown;
  if (options.inverted) out.tree = report::TreeKind::kInverted;
  out.counters = out.counters || options.counters;
  out.spans = out.spans || options.spans;
  out.span = options.span;
  out.locks = out.locks || options.locks;
  out.pools = out.pools || options.pools;
  out.gpu = options.gpu;
  out.callers_of = options.callers.empty() ? options.callees : options.callers;
  // A question about one thing gets its answer; the tables come when they are asked for, too.
  const bool narrow = out.tree != report::TreeKind::kNone || !out.callers_of.empty() ||
                      options.counters || options.waits || options.spans || options.locks ||
                      options.pools || options.gpu || !options.span.empty();
  if (narrow && !invocation.was_given("by")) {
    out.by = {};
    out.findings = options.json;
  }
  return out;
}

Result<void> check(const Options& options) {
  const auto wrong = [](std::string message, std::string fix) {
    return tl::unexpected(Error{.code = Code::InvalidArgument,
                                .message = std::move(message),
                                .effect = "nothing was done",
                                .fixes = {std::move(fix)},
                                .number = "E002"});
  };
  if (options.tree && options.inverted) {
    return wrong("--tree and --inverted are two views of the same calls", "give one of them");
  }
  if (!options.callers.empty() && !options.callees.empty()) {
    return wrong("--callers and --callees each show both sides of one function",
                 "give one of them");
  }
  if (options.json && !options.html.empty()) {
    return wrong("--json and --html are two outputs", "run hone report twice");
  }
  if (options.html.empty() && options.operands.size() > 1) {
    return wrong("hone report speaks of one recording: a second one is compared in the pages",
                 "hone report --html report.html BEFORE AFTER");
  }
  if (options.operands.size() > 2) {
    return wrong("two recordings can be compared, and not more",
                 "hone report --html report.html BEFORE AFTER");
  }
  if (options.html.empty() && (!options.redact.empty() || options.no_source)) {
    return wrong("--redact and --no-source say what the file of --html is not to hold",
                 "hone report --html FILE --redact paths,args,env");
  }
  if (options.by == "subsystem" && options.subsystems.empty()) {
    return wrong("there are no subsystem rules: no hone.toml has [[subsystem]]",
                 "add rules to hone.toml, or name a file that has some: --config FILE   "
                 "(see: hone help formats)");
  }
  return {};
}

Result<void> set_budget(const Options& options, report::ReportOptions& out) {
  if (options.budget.empty()) return {};
  HONE_TRY_ASSIGN(const DurationNs budget, duration_of("--budget", options.budget));
  out.budget_ns = raw(budget);
  return {};
}

Result<int> run_report(const Invocation& given) {
  Invocation invocation = given;
  Options& options = invocation.options;
  HONE_TRY_ASSIGN(const Settings settings, load_settings(options.config));
  HONE_TRY(apply_settings(settings, invocation));
  HONE_TRY(check(options));
  if (!options.html.empty()) return write_html_report(options);
  HONE_TRY_ASSIGN(const OpenProfile open, open_profile(options, 0));
  HONE_TRY_ASSIGN(const analysis::Selection selection, selection_of(options, open.profile));
  HONE_TRY(check_span(options.span, open.profile));
  const bool is_required = invocation.was_given("require");
  if (options.want_coverage || is_required) {
    return report_coverage(options, is_required, open, selection);
  }
  report::ReportOptions wanted = report_options(invocation);
  HONE_TRY(set_budget(options, wanted));
  auto data = report::collect(open.profile, selection, wanted);
  if (!data) {
    return tl::unexpected(unclear_function(std::move(data.error()), "hone report --callers",
                                           {std::string(), open.path}));
  }
  data->recording = open.path;
  if (options.json) {
    HONE_TRY(print(Stream::kOut, report::json_report(*data)));
    return 0;
  }
  const report::TextStyle style = style_of(Stream::kOut, options.color, options.full_names);
  HONE_TRY(print(Stream::kOut, report::text_report(*data, style)));
  return 0;
}

std::vector<Flag> coverage_flags() {
  return {{"coverage", 0, "", "which spans and plots that hone.toml names have fired",
           &Options::want_coverage},
          {"require",
           0,
           "PERCENT",
           "the same; exit status 1 when fewer of them have",
           &Options::require_percent,
           {},
           ValueKind::kWord,
           0,
           100}};
}

// What programs mark themselves.
std::vector<Flag> span_flags() {
  return {{"spans", 0, "", "spans, frames, plots and messages of the program", &Options::spans},
          {"span", 0, "SPAN", "one span: durations, by argument, the slowest and what ran in them",
           &Options::span},
          {"locks", 0, "", "locks of the program: who waits for whom", &Options::locks},
          {"pools", 0, "", "its pools of memory: what is live, who took it, what is left",
           &Options::pools},
          {"gpu", 0, "", "what its GPUs do, and whether frames wait for them", &Options::gpu},
          {"budget", 0, "TIME", "of a frame (default 16.67ms)", &Options::budget}};
}

// Which table, and how.
std::vector<Flag> table_flags() {
  return {{"by",
           0,
           "WHAT",
           "one row a function, line, module, thread, process or subsystem",
           &Options::by,
           {"function", "line", "module", "thread", "process", "subsystem"}},
          {"top", 'n', "N", "rows to show, 0 for all (default 10)", &Options::top},
          {"sort",
           0,
           "TIME",
           "by self (its own code) or total (with what it calls) time",
           &Options::sort,
           {"self", "total"}},
          {"total", 0, "", "the same as --sort total", &Options::by_total},
          {"over",
           0,
           "PERCENT",
           "only rows and branches of at least that, however many",
           &Options::over_percent,
           {},
           ValueKind::kWord,
           0,
           100},
          {"tree", 0, "", "the call tree, callers above what they call", &Options::tree},
          {"inverted", 0, "", "the inverted tree: hot functions above their callers",
           &Options::inverted},
          {"callers", 0, "FUNCTION", "who calls FUNCTION, and what it calls", &Options::callers},
          {"waits", 0, "", "where threads wait, and for what", &Options::waits},
          {"callees", 0, "FUNCTION", "the same: both sides are shown", &Options::callees},
          {"counters", 0, "", "what the system counted: CPUs, memory, faults, disks, events",
           &Options::counters}};
}

}  // namespace

const Command& report_command() {
  static const Command command = {
      .name = "report",
      .summary = "say what is slow: findings first, then where the time went",
      .usage = "[flags] [FILE] | --html OUT BEFORE AFTER",
      .examples = {{"hone report", "the newest recording of the current folder"},
                   {"hone report --total", "top 10 by cumulative time"},
                   {"hone report --over 5", "every function over 5%"},
                   {"hone report --by line app.hone", ""},
                   {"hone report --callers malloc", "who calls it, and what it calls"},
                   {"hone report --counters", "memory, disks, events, limits"},
                   {"hone report --spans --budget 8ms", "what the program marks, its frames"},
                   {"hone report --coverage --require 90",
                    "marked places; exit status 1 below 90%"},
                   {"hone report --span Physics::step", "one span: how long, when, and why"},
                   {"hone report --in 'Physics::*'", "hot functions inside these spans"},
                   {"hone report --tree --thread 'worker*' --time 2-4", ""},
                   {"hone report --html report.html", "one file, opens from disk"},
                   {"hone report --html report.html before.hone after.hone",
                    "the first compared with the second"},
                   {"hone report --html report.html --redact all --no-source",
                    "to show it to others"}},
      .details =
          "Percentages are of the CPU time that was sampled in the selection, with the 95%\n"
          "interval (±) where few samples make it matter.",
      .operands = Operands::kFiles,
      .flags = joined(
          {table_flags(),
           coverage_flags(),
           span_flags(),
           selection_flags(),
           {json_flag(),
            {"html",
             0,
             "FILE",
             "write the report as one HTML file",
             &Options::html,
             {},
             ValueKind::kFile},
            {"no-source", 0, "", "of --html: put no source text into it", &Options::no_source},
            redact_flag(),
            source_path_flag(),
            config_flag(),
            color_flag(),
            full_names_flag()}}),
      .run = &run_report};
  return command;
}

}  // namespace hone::cli
