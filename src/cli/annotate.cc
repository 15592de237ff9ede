#include "analysis/annotate.h"
#include "analysis/metrics.h"

#include "analysis/call_tree.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/shared_flags.h"
#include "cli/source_files.h"
#include "cli/terminal.h"
#include "cli/version.h"
#include "report/annotate_text.h"
#include "report/json.h"

namespace hone::cli {
namespace {

Result<int> run_annotate(const Invocation& invocation) {
  const Options& options = invocation.options;
  const bool only_a_file = options.operands.size() == 1 && options.operands[0].ends_with(".hone");
  if (options.operands.empty() || only_a_file) {
    const std::string file = only_a_file ? " " + shell_word(options.operands[0]) : "";
    return tl::unexpected(Error{.code = Code::InvalidArgument,
                                .message = "hone annotate needs the name of a function",
                                .effect = "nothing was shown",
                                .fixes = {"hone annotate FUNCTION" + file,
                                          "hone report" + file + "   (lists the hot ones)"},
                                .number = "E002"});
  }
  HONE_TRY_ASSIGN(const OpenProfile open, open_profile(options, 1));
  HONE_TRY_ASSIGN(const analysis::Selection selection, selection_of(options, open.profile));
  HONE_TRY(require_samples(open.profile));
  auto function = analysis::find_function(open.profile, options.operands.front());
  if (!function) {
    return tl::unexpected(
        unclear_function(std::move(function.error()), "hone annotate", options.operands));
  }
  HONE_TRY_ASSIGN(const SourceFiles sources,
                  SourceFiles::make(options.source_path, open.profile.meta("run.folder")));
  const analysis::Annotation annotation = analysis::annotate(open.profile, selection, *function);
  const analysis::MetricState weight = analysis::metric_state(open.profile, selection.metric);
  if (options.json) {
    HONE_TRY(print(Stream::kOut, report::json_annotation(annotation, weight, kVersion)));
    return 0;
  }
  const report::TextStyle style = style_of(Stream::kOut, options.color, options.full_names);
  report::AnnotateOptions how;
  how.weight = analysis::name_in_text(weight);
  how.is_time = weight.unit == "ns";
  if (options.all_instructions) how.instructions = report::Instructions::kAll;
  HONE_TRY(print(
      Stream::kOut,
      report::annotate_text(
          annotation, [&](std::string_view file) { return sources.find(file); }, style, how)));
  return 0;
}

}  // namespace

const Command& annotate_command() {
  static const Command command = {
      .name = "annotate",
      .summary = "show one function's cost by source line and by instruction",
      .usage = "[flags] FUNCTION [FILE]",
      .examples = {{"hone annotate compress_block", "in the newest recording"},
                   {"hone annotate 'Parser::*next' app.hone", "a unique part or a glob will do"},
                   {"hone annotate main --source-path /build/app=$HOME/src/app", ""}},
      .details =
          "Instructions come from the recording itself, so they show on another machine, too;\n"
          "source text is read from the files that the debug information names.",
      .operands = Operands::kFunctionAndFile,
      .flags = joined({{{"all-instructions", 0, "", "every instruction, not only the hottest",
                         &Options::all_instructions},
                        source_path_flag()},
                       selection_flags(),
                       {json_flag(), color_flag(), full_names_flag()}}),
      .run = &run_annotate};
  return command;
}

}  // namespace hone::cli
