#include "cli/pages.h"

#include "cli/open.h"
#include "cli/quantities.h"
#include "cli/version.h"

namespace hone::cli {

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

}  // namespace hone::cli
