#include "cli/pages.h"

#include <fmt/format.h>

#include "base/host/text.h"
#include "cli/open.h"
#include "cli/output_file.h"
#include "cli/quantities.h"
#include "cli/terminal.h"
#include "cli/version.h"
#include "serve/report_file.h"

namespace hone::cli {
namespace {

// In the names of the API. What was said wrong is an error here, and not one on some page.
Result<serve::ReportOptions> report_options(const Options& options, const serve::Opened& opened) {
  HONE_TRY_ASSIGN(const analysis::Selection selection, selection_of(options, opened.profile));
  serve::ReportOptions out;
  const auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) out.selection.emplace_back(name, value);
  };
  put("process", selection.process);
  put("thread", selection.thread);
  put("in", selection.inside);
  if (!selection.include_kernel) put("kernel", "0");
  const analysis::Selection all;
  if (selection.time_first != all.time_first || selection.time_last != all.time_last) {
    const TimeNs first = std::max(selection.time_first, opened.start);
    const TimeNs last = std::min(selection.time_last, analysis::recorded_time(opened.profile).end);
    put("t", fmt::format("{}-{}", raw(first) - raw(opened.start), raw(last) - raw(opened.start)));
  }
  return out;
}

}  // namespace

Result<serve::Library::Loaded> open_for_pages(const std::string& path) {
  HONE_TRY_ASSIGN(OpenProfile open, open_profile(path));
  return serve::Library::Loaded{std::move(open.profile), std::move(open.note)};
}

Result<void> take_options(const Options& options, serve::Context& context) {
  context.tool_version = kVersion;
  context.rules.subsystems = options.subsystems;
  context.rules.plots = options.plots;
  if (!options.budget.empty()) {
    HONE_TRY_ASSIGN(const DurationNs budget, duration_of("--budget", options.budget));
    context.budget_ns = raw(budget);
  }
  return {};
}

void take_sources(const SourceFiles& sources, serve::Context& context) {
  context.source_files = &sources;
  context.find_source = [](const void* files, std::string_view file) {
    return static_cast<const SourceFiles*>(files)->find(file);
  };
}

Result<int> write_html_report(const Options& options) {
  constexpr int64_t kAsLongAsItTakes = INT64_MAX / 4;
  HONE_TRY_ASSIGN(const std::string path, recording_path(options, 0));
  serve::Library library(&open_for_pages);
  serve::Cache cache;
  serve::Context context;
  context.recordings = &library;
  context.cache = &cache;
  HONE_TRY(take_options(options, context));
  const std::string id = library.add(path);
  HONE_TRY_ASSIGN(const std::shared_ptr<const serve::Opened> opened,
                  library.get(id, kAsLongAsItTakes));
  say(opened->note);
  HONE_TRY(check_span(options.span, opened->profile));
  HONE_TRY_ASSIGN(const SourceFiles sources,
                  SourceFiles::make(options.source_path, opened->profile.meta("run.folder")));
  take_sources(sources, context);
  HONE_TRY_ASSIGN(const serve::ReportOptions wanted, report_options(options, *opened));
  HONE_TRY_ASSIGN(const serve::ReportFile report, serve::make_report(context, id, wanted));
  HONE_TRY(write_output(options.html, report.html));
  say_wrote(options.html);
  return 0;
}

}  // namespace hone::cli
