// Findings about how the program was built: without optimisation, without symbols, without
// inlining.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "analysis/finding_rules.h"
#include "analysis/function_names.h"
#include "base/host/text.h"
#include "symbols/resolve.h"

namespace hone::analysis {
namespace {

using profile::Profile;
using symbols::NameSource;
using symbols::SymbolState;

constexpr size_t kChainFramesMax = 64;

struct ModuleTime {
  ModuleId module{};
  int64_t ns = 0;
};

// Self time by module of the stacks that `counts` takes, most first.
template <class Counts>
std::vector<ModuleTime> self_by_module(const FindingInput& in, Counts&& counts) {
  const Profile& p = in.profile;
  std::vector<ModuleTime> all(p.modules().size());
  for (uint32_t i = 0; i < all.size(); ++i) all[i].module = ModuleId{i};
  for (const StackWeights::Own& own : in.weights.own) {
    if (own.stack == 0) continue;
    const ModuleId module = p.frames().module[raw(p.stacks().frame[own.stack])];
    if (counts(own.stack, p.modules()[raw(module)])) all[raw(module)].ns += own.ns;
  }
  std::erase_if(all, [](const ModuleTime& time) { return time.ns == 0; });
  std::stable_sort(all.begin(), all.end(),
                   [](const ModuleTime& a, const ModuleTime& b) { return a.ns > b.ns; });
  return all;
}

int64_t sum_of(const std::vector<ModuleTime>& times) {
  int64_t sum = 0;
  for (const ModuleTime& time : times) sum += time.ns;
  return sum;
}

// The function that owns the code of a stack's frame.
const profile::Function& physical_function(const Profile& p, uint32_t stack) {
  return p.functions()[raw(p.lines().function[rows_of(p, stack).end - 1])];
}

bool is_unnamed(const profile::Function& function) {
  return function.source == static_cast<uint8_t>(NameSource::kFrameInfo) ||
         function.source == static_cast<uint8_t>(NameSource::kUnknown);
}

bool from_distribution(std::string_view path) {
  return (path.starts_with("/usr/") && !path.starts_with("/usr/local/")) ||
         path.starts_with("/lib") || path.starts_with("/bin/") || path.starts_with("/sbin/");
}

std::string symbols_fix(const Profile& p, const profile::Module& module) {
  const std::string_view path = p.string(module.path);
  const auto state = static_cast<SymbolState>(module.symbol_state);
  if (state == SymbolState::kNoFile && p.meta("import.format") == "perf-data") {
    return fmt::format(
        "Put '{}' back as it was recorded (perf buildid-cache -a FILE keeps a copy), and import "
        "again",
        path);
  }
  if (state == SymbolState::kNoFile) {
    return fmt::format("Keep '{}' readable until the recording has ended, and record again", path);
  }
  if (state == SymbolState::kMismatch) {
    return fmt::format("'{}' was replaced after it ran: record again with the file in place", path);
  }
  if (!from_distribution(path)) {
    return fmt::format("Build '{}' with -g and do not strip it (-O2 -g is a good profiling build)",
                       profile::file_name(path));
  }
  const std::string_view os = p.meta("host.os");
  const bool ubuntu = os.find("Ubuntu") != std::string_view::npos;
  return fmt::format(
      "Install its -dbgsym package (dpkg -S {} names the package), or set "
      "DEBUGINFOD_URLS=https://debuginfod.{} and record again",
      path, ubuntu ? "ubuntu.com" : "debian.net");
}

}  // namespace

void find_debug_build(const FindingInput& in, Findings& out) {
  if (in.weights.sample_count < Thresholds::kSamplesForClaims) return;
  const Profile& p = in.profile;
  const std::vector<ModuleTime> times =
      self_by_module(in, [](uint32_t, const profile::Module& module) { return !module.optimised; });
  const Share share = in.weights.share(sum_of(times));
  if (times.empty() || share.value < Thresholds::kDebugShare) return;
  const profile::Module& top = p.modules()[raw(times[0].module)];
  const std::string name(p.module_name(times[0].module));
  Finding f{.kind = FindingKind::kDebugBuild, .id = "debug-build", .severity = 3};
  f.sentence =
      fmt::format("{} is in code compiled without optimisation: '{}'{}", share_text(share), name,
                  times.size() > 1 ? fmt::format(" and {} more", times.size() - 1) : "");
  f.next_step =
      "Build with -O2 -g (CMake: -DCMAKE_BUILD_TYPE=RelWithDebInfo) and record again; "
      "-fno-omit-frame-pointer is not needed";
  f.how = fmt::format(
      "Self time in modules whose compiler recorded that it was not told to optimise (-O0 or no "
      "-O in DW_AT_producer of the unit with most samples); reported from {:.0f}% on.",
      Thresholds::kDebugShare * 100);
  f.evidence = {{"module", std::string(p.string(top.path))},
                {"module_count", std::to_string(times.size())},
                {"self_share", number_text(share.value)},
                {"self_share_low", number_text(share.low)},
                {"self_ns", std::to_string(sum_of(times))},
                {"producer", std::string(p.string(top.producer))}};
  f.gain_share = share.value;
  out.push_back(std::move(f));
}

void find_missing_symbols(const FindingInput& in, Findings& out) {
  if (in.weights.sample_count < Thresholds::kSamplesForClaims) return;
  const Profile& p = in.profile;
  // Exported functions have names without any debug package, so time is counted by function.
  const std::vector<ModuleTime> times =
      self_by_module(in, [&](uint32_t stack, const profile::Module& module) {
        return module.kind == recording::kModuleFile &&
               module.symbol_state >= static_cast<uint8_t>(SymbolState::kExports) &&
               is_unnamed(physical_function(p, stack));
      });
  const Share share = in.weights.share(sum_of(times));
  if (times.empty() || share.value < Thresholds::kUnnamedShare) return;
  const profile::Module& top = p.modules()[raw(times[0].module)];
  const Share top_share = in.weights.share(times[0].ns);
  const std::string_view missing = p.string(top.missing);
  // A rest that rounds to nothing is not worth its words.
  const bool rest = share.value - top_share.value >= 0.001;
  Finding f{.kind = FindingKind::kMissingSymbols, .id = "missing-symbols", .severity = 2};
  const std::string_view module = p.module_name(times[0].module);
  f.sentence = fmt::format("{} is in functions without a name, ", share_text(share));
  f.sentence += rest ? fmt::format("{} in '{}', the rest in {} more",
                                   base::percent_text(top_share.value), module, times.size() - 1)
                     : fmt::format("all in '{}'", module);
  f.next_step = symbols_fix(p, top);
  f.how = fmt::format(
      "Self time in functions that only their code bounds tell of, or not even those, in files "
      "with no symbol table; reported from {:.0f}% on.",
      Thresholds::kUnnamedShare * 100);
  f.evidence = {{"module", std::string(p.string(top.path))},
                {"module_share", number_text(top_share.value)},
                {"unnamed_share", number_text(share.value)},
                {"unnamed_ns", std::to_string(sum_of(times))},
                {"missing", std::string(missing)}};
  f.gain_share = share.value;
  out.push_back(std::move(f));
}

void find_tall_small_functions(const FindingInput& in, Findings& out) {
  if (in.weights.sample_count < Thresholds::kSamplesForClaims) return;
  const Profile& p = in.profile;
  // Different small functions from the leaf of a stack upwards, in one optimised module. Recursion
  // counts once: inlining does not remove it.
  const auto chain_of = [&](uint32_t leaf) {
    std::vector<const profile::Function*> chain;
    const ModuleId module = p.frames().module[raw(p.stacks().frame[leaf])];
    uint32_t stack = leaf;
    for (size_t n = 0; stack != 0 && n < kChainFramesMax; ++n) {
      const profile::Function& function = physical_function(p, stack);
      const bool small = function.bytes != 0 && function.bytes <= Thresholds::kSmallBytes &&
                         function.source != static_cast<uint8_t>(NameSource::kPlt);
      if (!small || p.frames().module[raw(p.stacks().frame[stack])] != module) break;
      if (std::find(chain.begin(), chain.end(), &function) == chain.end()) {
        chain.push_back(&function);
      }
      stack = raw(p.stacks().parent[stack]);
    }
    return chain;
  };
  int64_t ns = 0, most = -1;
  std::vector<const profile::Function*> heaviest;
  for (const StackWeights::Own& own : in.weights.own) {
    if (own.stack == 0) continue;
    const ModuleId module = p.frames().module[raw(p.stacks().frame[own.stack])];
    if (p.in_kernel(module) || !p.modules()[raw(module)].optimised) continue;
    std::vector<const profile::Function*> chain = chain_of(own.stack);
    if (chain.size() < Thresholds::kSmallChain) continue;
    ns += own.ns;
    if (own.ns > most) {
      most = own.ns;
      heaviest = std::move(chain);
    }
  }
  const Share share = in.weights.share(ns);
  if (heaviest.empty() || share.low < Thresholds::kSmallShareLow) return;
  std::string names;
  for (size_t i = std::min<size_t>(heaviest.size(), Thresholds::kSmallChain); i-- > 0;) {
    names +=
        fmt::format("{}{}", names.empty() ? "" : " > ", short_name(p.string(heaviest[i]->name)));
  }
  Finding f{.kind = FindingKind::kTallSmallFunctions, .id = "tall-small-functions", .severity = 2};
  f.sentence = fmt::format(
      "{} is at the end of {} or more calls in a row of functions of at most {} bytes, as in {}",
      share_text(share), Thresholds::kSmallChain, Thresholds::kSmallBytes, names);
  f.next_step =
      "Let the compiler inline them: -O2 -flto, or define them where they are called (header, "
      "static, final instead of virtual)";
  f.how = fmt::format(
      "Stacks whose innermost {} or more different functions, none inlined, are of one optimised "
      "module and have at most {} bytes of code each; reported when the low end of the share's 95% "
      "interval is at least {:.0f}%.",
      Thresholds::kSmallChain, Thresholds::kSmallBytes, Thresholds::kSmallShareLow * 100);
  f.evidence = {{"self_share", number_text(share.value)},
                {"self_share_low", number_text(share.low)},
                {"self_ns", std::to_string(ns)},
                {"chain", names}};
  f.gain_share = share.value;
  out.push_back(std::move(f));
}

}  // namespace hone::analysis
