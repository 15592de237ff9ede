// What of a script is slow. The time of a function of a script is its interpreter's own code's,
// which is what the tables of functions name: here it counts for the script.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "analysis/finding_rules.h"
#include "analysis/function_names.h"
#include "base/host/text.h"

namespace hone::analysis {
namespace {

using profile::Profile;

// The innermost function of a script on a stack; kNone where there is none.
FunctionId script_function(const Profile& p, uint32_t stack) {
  for (; stack != 0; stack = raw(p.stacks().parent[stack])) {
    const FrameId frame = p.stacks().frame[stack];
    const profile::Module& module = p.modules()[raw(p.frames().module[raw(frame)])];
    if (module.kind != recording::kModuleScript) continue;
    const RowRange rows = rows_of(p, stack);
    if (rows.begin < rows.end) return p.lines().function[rows.begin];
  }
  return FunctionId::kNone;
}

}  // namespace

void find_script_function(const FindingInput& in, Findings& out) {
  const Profile& p = in.profile;
  const bool has_scripts = std::any_of(
      p.modules().begin(), p.modules().end(),
      [](const profile::Module& module) { return module.kind == recording::kModuleScript; });
  if (!has_scripts || in.weights.sample_count < Thresholds::kSamplesForClaims) return;
  std::vector<int64_t> ns(p.functions().size(), 0);
  for (const StackWeights::Own& own : in.weights.own) {
    ns[raw(script_function(p, own.stack))] += own.ns;
  }
  ns[0] = 0;  // no script was running
  const auto most = std::max_element(ns.begin(), ns.end());
  const Share share = in.weights.share(*most);
  if (*most <= 0 || share.low < Thresholds::kFunctionShareLow) return;
  const profile::Function& function = p.functions()[static_cast<size_t>(most - ns.begin())];
  const std::string_view name = p.string(function.name);
  const std::string_view file = profile::file_name(p.string(function.file));
  Finding f{.kind = FindingKind::kScriptFunction, .id = "script-function"};
  f.severity = share.low >= Thresholds::kFunctionAct ? 3 : 2;
  f.sentence = fmt::format("'{}'{} has {}: its own code, run by the interpreter", short_name(name),
                           file.empty() ? "" : fmt::format(" ({}:{})", file, function.line),
                           share_text(share));
  f.next_step = fmt::format("See its lines: hone annotate {}", quoted(name_pattern(name)));
  f.how = fmt::format(
      "CPU time by the innermost function of a script on each stack; reported when the low end of "
      "its 95% interval is at least {:.0f}%; severity 3 from {:.0f}% on.",
      Thresholds::kFunctionShareLow * 100, Thresholds::kFunctionAct * 100);
  f.evidence = {
      {"function", std::string(name)},         {"file", std::string(p.string(function.file))},
      {"line", std::to_string(function.line)}, {"share", number_text(share.value)},
      {"share_low", number_text(share.low)},   {"share_high", number_text(share.high)},
      {"script_ns", std::to_string(*most)}};
  f.gain_share = share.value;
  out.push_back(std::move(f));
}

}  // namespace hone::analysis
