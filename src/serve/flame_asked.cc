#include "serve/flame_asked.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace hone::serve {
namespace {

using analysis::PathBy;
using analysis::PathTransform;
using analysis::PathTree;

constexpr std::array<std::string_view, 4> kModes = {"left", "time", "sandwich-callers",
                                                    "sandwich-callees"};
constexpr std::array<std::string_view, 4> kGroups = {"function", "line", "module", "thread"};
constexpr std::array<std::string_view, 2> kNoYes = {"0", "1"};

Result<std::vector<uint64_t>> path_asked(std::string_view text) {
  std::vector<uint64_t> out;
  while (!text.empty()) {
    if (out.size() == analysis::FlameOptions::kDepthMax) {
      return fail(Code::InvalidArgument, "root: no path is that deep");
    }
    const size_t comma = text.find(',');
    HONE_TRY_ASSIGN(const uint64_t key, key_asked("root", text.substr(0, comma)));
    out.push_back(key);
    text.remove_prefix(comma == text.npos ? text.size() : comma + 1);
  }
  return out;
}

// Functions are known by key whatever the paths are grouped by.
bool has_key(const KeptPaths* side, uint64_t key) {
  if (side == nullptr) return false;
  const auto& names = side->paths.names().all;
  if (std::any_of(names.begin(), names.end(), [&](const auto& name) { return name.key == key; })) {
    return true;
  }
  const auto functions = side->opened->profile.functions();
  return std::any_of(functions.begin(), functions.end(),
                     [&](const profile::Function& function) { return function.key == key; });
}

// What a side's tree depends on: it is the same whatever it is compared with, but for threads.
std::string key_of_paths(const Call& call, const Opened& side, const Asked2& asked, PathBy by,
                         std::string_view transforms) {
  const Request& request = call.request;
  const bool by_name = by == PathBy::kThread && asked.compares();
  std::string out =
      fmt::format("paths\n{}\n{}\n{}\n{}\n{}", side.id, asked.weight.id,
                  kGroups[static_cast<size_t>(by)], by_name ? "by name" : "", transforms);
  if (request.has("threads")) out += "\n" + call.a->id;
  for (const char* name : {"t", "threads", "process", "thread", "in", "kernel"}) {
    out += '\n';
    out += request.value(name);
  }
  return out;
}

struct Wanted {
  PathBy by{};
  std::string_view text;
  std::vector<PathTransform> transforms;
};

Result<std::shared_ptr<const KeptPaths>> paths_of(const Call& call, const Asked2& asked,
                                                  const std::shared_ptr<const Opened>& side,
                                                  const analysis::Selection& selected,
                                                  const Wanted& wanted) {
  const auto make = [&]() -> Result<KeptPaths> {
    PathTree tree = analysis::path_tree(side->profile, selected, asked.weight.metric,
                                        {.by = wanted.by, .threads_by_name = asked.compares()});
    tree = analysis::transformed(std::move(tree), wanted.transforms);
    return KeptPaths{side, analysis::packed(std::move(tree))};
  };
  return call.context.cache->kept<KeptPaths>(
      key_of_paths(call, *side, asked, wanted.by, wanted.text), make,
      [](const KeptPaths& made) { return made.paths.bytes(); });
}

}  // namespace

Result<FlameMode> flame_mode(const Call& call) {
  HONE_TRY_ASSIGN(const std::string_view mode, call.choice("mode", kModes));
  return static_cast<FlameMode>(std::find(kModes.begin(), kModes.end(), mode) - kModes.begin());
}

namespace {

Result<double> decimal(const Call& call, std::string_view name, double otherwise, double least,
                       double most) {
  if (!call.request.has(name)) return otherwise;
  const std::string_view text = call.request.value(name);
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(Code::InvalidArgument,
                fmt::format("{}: '{}' is no number", name, text.substr(0, 40)));
  }
  if (!(out >= least && out <= most)) {
    return fail(Code::InvalidArgument,
                fmt::format("{}: {} is not from {} to {}", name, out, least, most));
  }
  return out;
}

}  // namespace

Result<FlameShape> flame_shape(const Call& call) {
  FlameShape out;
  HONE_TRY_ASSIGN(const std::string_view group, call.choice("group", kGroups));
  out.by = static_cast<PathBy>(std::find(kGroups.begin(), kGroups.end(), group) - kGroups.begin());
  HONE_TRY_ASSIGN(out.pixels, decimal(call, "pixels", 1400, 1, 20'000));
  HONE_TRY_ASSIGN(out.min_px, decimal(call, "min_px", 0.5, 0.01, 20'000));
  return out;
}

Result<FlameAsked> flame_asked(const Call& call, FlameMode mode) {
  FlameAsked out;
  HONE_TRY_ASSIGN(out.asked, weight_asked(call));
  Wanted wanted;
  HONE_TRY_ASSIGN(const FlameShape shape, flame_shape(call));
  wanted.by = shape.by;
  out.options.pixels = shape.pixels;
  out.options.min_px = shape.min_px;
  HONE_TRY_ASSIGN(const std::string_view invert, call.choice("invert", kNoYes));
  HONE_TRY_ASSIGN(out.options.root, path_asked(call.request.value("root")));
  HONE_TRY_ASSIGN(wanted.transforms, analysis::parse_transforms(call.request.value("transforms")));
  const std::vector<PathTransform> named = wanted.transforms;
  std::string text(call.request.value("transforms"));
  if (invert == "1") out.options.way = analysis::FlameWay::kInverted;
  if (mode == FlameMode::kCallers || mode == FlameMode::kCallees) {
    HONE_TRY_ASSIGN(out.options.key, key_asked("key", call.request.value("key")));
    out.options.way =
        mode == FlameMode::kCallers ? analysis::FlameWay::kCallers : analysis::FlameWay::kCallees;
  }
  if (mode == FlameMode::kCallees) {
    wanted.transforms.push_back({.kind = PathTransform::Kind::kFocus, .key = out.options.key});
    text += ",focus:" + key_text(out.options.key);
  }
  wanted.text = text;
  HONE_TRY_ASSIGN(out.a, paths_of(call, out.asked, call.a, out.asked.selected_a, wanted));
  if (call.b) {
    HONE_TRY_ASSIGN(out.b, paths_of(call, out.asked, call.b, out.asked.selected_b, wanted));
  }
  for (const PathTransform& each : named) {
    if (each.key == 0 || has_key(out.a.get(), each.key) || has_key(out.b.get(), each.key)) continue;
    return fail(
        Code::InvalidArgument,
        fmt::format("transforms: nothing in the recording has the key {}", key_text(each.key)));
  }
  const uint64_t key = out.options.key;
  if (key != 0 && !has_key(out.a.get(), key) && !has_key(out.b.get(), key)) {
    return fail(Code::NotFound, fmt::format("no function has the key {}", key_text(key)));
  }
  return out;
}

}  // namespace hone::serve
