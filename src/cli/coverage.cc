#include "cli/coverage.h"

#include <algorithm>
#include <cmath>

#include "base/host/file.h"
#include "base/host/guarded_mapping.h"
#include "cli/terminal.h"
#include "elf/hone_sites.h"
#include "report/coverage_text.h"

namespace hone::cli {
namespace {

// Names and kinds of what a file has built in; what stands in the way otherwise.
struct Looked {
  std::vector<analysis::BuiltInPlace> places;
  std::string problem;
};

Looked look_into(const std::string& path, const std::string& build_id) {
  auto mapping = base::Mapping::of_file(path);
  if (!mapping) return {{}, "it cannot be read"};
  const base::GuardedMapping file(std::move(*mapping));
  auto image = elf::Image::parse(file.bytes());
  if (!image) return {{}, "it is no ELF file"};
  const auto id = image->build_id();
  const bool is_same = std::equal(id.begin(), id.end(), build_id.begin(), build_id.end(),
                                  [](uint8_t a, char b) { return a == static_cast<uint8_t>(b); });
  if (!is_same) return {{}, "it is another one than was recorded"};
  Looked out;
  for (const elf::BuiltInSite& site : elf::built_in_sites(*image)) {
    out.places.push_back({std::string(site.name), site.kind});
  }
  return out;
}

report::CoverageData collected(const profile::Profile& p, const Options& options,
                               const analysis::Selection& selection) {
  report::CoverageData out;
  std::vector<analysis::BuiltInPlace> built_in;
  for (const profile::Module& module : p.modules()) {
    const std::string path(p.string(module.path));
    if (module.kind != recording::kModuleFile || path.empty() || path.front() != '/') continue;
    Looked looked = look_into(path, module.build_id);
    if (!looked.problem.empty()) {
      out.unread.push_back({path, std::move(looked.problem)});
    } else if (!looked.places.empty()) {
      out.files.push_back(path);
    }
    std::move(looked.places.begin(), looked.places.end(), std::back_inserter(built_in));
  }
  out.coverage = analysis::coverage_of(p, selection, options.coverage, built_in);
  return out;
}

}  // namespace

Result<int> report_coverage(const Options& options, bool is_required, const OpenProfile& open,
                            const analysis::Selection& selection) {
  if (options.coverage.empty()) {
    return tl::unexpected(
        Error{.code = Code::InvalidArgument,
              .message = "nothing is to be covered: no hone.toml has [[coverage]]",
              .effect = "nothing was shown",
              .fixes = {"add [[coverage]] with subsystem and spans to hone.toml   (see: hone help "
                        "formats)",
                        "name a file that has some: --config FILE"},
              .number = "E072"});
  }
  report::CoverageData data = collected(open.profile, options, selection);
  data.recording = open.path;
  data.tool_version = HONE_VERSION;
  if (is_required) data.required = options.require_percent / 100;
  if (options.json) {
    HONE_TRY(print(Stream::kOut, report::coverage_json(data)));
  } else {
    const report::TextStyle style = style_of(Stream::kOut, options.color, options.full_names);
    HONE_TRY(print(Stream::kOut, report::coverage_text(data, style)));
  }
  return data.is_met() ? 0 : 1;
}

}  // namespace hone::cli
