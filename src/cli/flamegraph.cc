#include "report/flamegraph.h"

#include <fmt/format.h>

#include "analysis/call_tree.h"
#include "analysis/metrics.h"
#include "analysis/summary.h"
#include "analysis/waits.h"
#include "base/host/text.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/output_file.h"
#include "cli/settings.h"
#include "cli/shared_flags.h"
#include "cli/terminal.h"
#include "report/text.h"

namespace hone::cli {
namespace {

analysis::CallTree tree_of(const Options& options, const profile::Profile& profile,
                           const analysis::Selection& selection) {
  if (options.waits) return analysis::wait_tree(profile, selection);
  if (options.inverted) return analysis::inverted_tree(profile, selection);
  analysis::TreeRoot root = analysis::TreeRoot::kAll;
  if (options.root == "thread") root = analysis::TreeRoot::kThread;
  if (options.root == "process") root = analysis::TreeRoot::kProcess;
  return analysis::call_tree(profile, selection, root);
}

std::string facts_text(const analysis::Summary& summary, const analysis::CallTree& tree,
                       const analysis::MetricState& weight) {
  std::string out = fmt::format("{} of {}", report::amount_text(tree.cpu_ns, weight.unit),
                                analysis::name_in_text(weight));
  if (weight.metric == analysis::Metric::kCpu && summary.sample_count > 0) {
    out = fmt::format("{} of CPU time, {} samples", base::duration_text(DurationNs{summary.cpu_ns}),
                      base::count_text(summary.sample_count));
  }
  if (!summary.started.empty()) out += ", " + summary.started;
  return out;
}

Result<int> run_flamegraph(const Invocation& given) {
  Invocation invocation = given;
  Options& options = invocation.options;
  if (options.icicle && options.flame) {
    return tl::unexpected(Error{.code = Code::InvalidArgument,
                                .message = "--icicle and --flame are two directions",
                                .effect = "nothing was done",
                                .fixes = {"give one of them"},
                                .number = "E002"});
  }
  HONE_TRY_ASSIGN(const Settings settings, load_settings(options.config));
  HONE_TRY(apply_settings(settings, invocation));
  HONE_TRY_ASSIGN(const OpenProfile open, open_profile(options, 0));
  HONE_TRY_ASSIGN(const analysis::Selection selection, selection_of(options, open.profile));
  const analysis::CallTree tree = tree_of(options, open.profile, selection);
  const analysis::Summary summary = analysis::summarise(open.profile, selection);
  HONE_TRY(require_samples(open.profile));
  report::FlameOptions flame;
  flame.title = !options.title.empty()     ? options.title
                : !summary.command.empty() ? summary.command
                                           : open.path;
  flame.facts = options.waits ? base::duration_text(DurationNs{tree.cpu_ns}) + " blocked"
                              : facts_text(summary, tree,
                                           analysis::metric_state(open.profile, selection.metric));
  const analysis::MetricState weight = analysis::metric_state(open.profile, selection.metric);
  flame.of = options.waits ? "time blocked" : analysis::name_in_text(weight);
  flame.unit = weight.unit;
  flame.icicle = !options.flame;
  const std::string output = options.output.empty() ? "flame.svg" : options.output;
  HONE_TRY(write_output(output, report::flamegraph_svg(tree, flame)));
  say_wrote(output);
  return 0;
}

}  // namespace

const Command& flamegraph_command() {
  static const Command command = {
      .name = "flamegraph",
      .summary = "draw a recording as one interactive SVG",
      .usage = "[flags] [FILE]",
      .examples = {{"hone flamegraph", "writes flame.svg"},
                   {"hone flamegraph --inverted -o hot.svg app.hone", "hot functions first"},
                   {"hone flamegraph --by thread", "one flame a thread"}},
      .details =
          "The file makes no request. In a browser it can be searched, zoomed and walked by\n"
          "keyboard.",
      .operands = Operands::kFile,
      .flags = joined(
          {{{"output",
             'o',
             "FILE",
             "where the picture goes (default flame.svg; - is standard "
             "output)",
             &Options::output,
             {},
             ValueKind::kFile},
            {"inverted", 0, "", "hot functions first, their callers on them", &Options::inverted},
            {"icicle", 0, "", "roots at the top (the default)", &Options::icicle},
            {"flame", 0, "", "roots at the bottom", &Options::flame},
            {"by",
             0,
             "WHAT",
             "one part a thread or a process",
             &Options::root,
             {"all", "thread", "process"}},
            {"waits", 0, "", "time blocked by where it was, in place of CPU time", &Options::waits},
            {"title", 0, "TEXT", "the title (default: the recorded command)", &Options::title}},
           selection_flags(),
           {config_flag()}}),
      .run = &run_flamegraph};
  return command;
}

}  // namespace hone::cli
