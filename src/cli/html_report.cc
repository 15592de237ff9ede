#include "cli/html_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/host/text.h"
#include "cli/errors.h"
#include "cli/open.h"
#include "cli/output_file.h"
#include "cli/pages.h"
#include "cli/shared_flags.h"
#include "cli/terminal.h"
#include "profile/redact.h"
#include "serve/report_file.h"

namespace hone::cli {
namespace {

using profile::HiddenFile;
using recording::Redaction;
using recording::TextKind;

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

// Source texts by the names that a report gives their files: they are found by the true ones, of
// which nothing is told.
struct ShownSources {
  std::vector<std::string> maps;  // --source-path
  Redaction hide;
  std::vector<SourceFiles> files;  // of each recording, which knows its own working folder
  std::vector<HiddenFile> hidden;  // by `shown`

  void add(std::vector<HiddenFile> more) {
    hidden.insert(hidden.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
    std::sort(hidden.begin(), hidden.end(), [](const HiddenFile& one, const HiddenFile& other) {
      return one.shown != other.shown ? one.shown < other.shown : one.name < other.name;
    });
  }

  report::SourceFile find(std::string_view shown) const {
    const auto at = std::lower_bound(
        hidden.begin(), hidden.end(), shown,
        [](const HiddenFile& file, std::string_view name) { return file.shown < name; });
    const bool is_hidden = at != hidden.end() && at->shown == shown;
    const std::string_view name = is_hidden ? std::string_view(at->name) : shown;
    report::SourceFile out;
    for (const SourceFiles& one : files) {
      out = one.find(name);
      if (!out.lines.empty()) break;
    }
    out.file = shown;
    for (std::string& place : out.tried) place = hide.text(place, TextKind::kPath);
    return out;
  }
};

// Opens a recording, takes out of it what is to be hidden, and gives its id.
Result<std::string> add_recording(const std::string& path, serve::Library& library,
                                  ShownSources& sources) {
  HONE_TRY_ASSIGN(serve::Library::Loaded loaded, open_for_pages(path));
  say(loaded.note);
  HONE_TRY_ASSIGN(SourceFiles files,
                  SourceFiles::make(sources.maps, loaded.profile.meta("run.folder")));
  sources.files.push_back(std::move(files));
  if (sources.hide.any()) {
    profile::Redacted redacted = profile::redact(std::move(loaded.profile), sources.hide);
    loaded = {std::move(redacted.profile), sources.hide.text(loaded.note, TextKind::kSentence)};
    sources.add(std::move(redacted.files));
  }
  return library.add(sources.hide.text(path, TextKind::kPath), std::move(loaded));
}

}  // namespace

Result<int> write_html_report(const Options& options) {
  constexpr int64_t kIsThere = 0;
  HONE_TRY_ASSIGN(const Redaction hide, redaction_asked(options));
  HONE_TRY_ASSIGN(const std::string path, recording_path(options, 0));
  serve::Library library(&open_for_pages);
  serve::Cache cache;
  serve::Context context;
  context.recordings = &library;
  context.cache = &cache;
  HONE_TRY(take_options(options, context));
  ShownSources sources{.maps = options.source_path, .hide = hide, .files = {}, .hidden = {}};
  HONE_TRY_ASSIGN(const std::string id, add_recording(path, library, sources));
  HONE_TRY_ASSIGN(const std::shared_ptr<const serve::Opened> opened, library.get(id, kIsThere));
  HONE_TRY(check_span(options.span, opened->profile));
  HONE_TRY_ASSIGN(serve::ReportOptions wanted, report_options(options, *opened));
  if (options.operands.size() > 1) {
    HONE_TRY_ASSIGN(wanted.compared_with, add_recording(options.operands[1], library, sources));
    if (wanted.compared_with == id) {
      return usage_error("the recording is to be compared with itself",
                         {"hone report --html report.html BEFORE AFTER"});
    }
  }
  if (!options.no_source) {
    context.source_files = &sources;
    context.find_source = [](const void* from, std::string_view file) {
      return static_cast<const ShownSources*>(from)->find(file);
    };
  }
  HONE_TRY_ASSIGN(const serve::ReportFile report, serve::make_report(context, id, wanted));
  HONE_TRY(write_output(options.html, report.html));
  say_wrote(options.html);
  return 0;
}

}  // namespace hone::cli
