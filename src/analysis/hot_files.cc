#include "analysis/hot_files.h"

#include <algorithm>
#include <unordered_map>

namespace hone::analysis {
namespace {

using profile::Profile;

struct Place {
  uint32_t file = 0, function = 0;
  Weight self;
};

// By file and function.
std::vector<Place> places_of(const Profile& p, const StackWeights& weights) {
  std::unordered_map<uint64_t, Weight> sums;
  for (const StackWeights::Own& own : weights.own) {
    if (own.stack == 0) continue;
    const uint32_t row = rows_of(p, own.stack).begin;
    const FunctionId function = p.lines().function[row];
    StringId file = p.lines().file[row];
    if (file == StringId::kNone) file = p.functions()[raw(function)].file;
    if (file == StringId::kNone) continue;
    Weight& sum = sums[uint64_t{raw(file)} << 32 | raw(function)];
    sum.ns += own.ns;
    sum.samples += own.samples;
  }
  std::vector<Place> out;
  for (const auto& [key, self] : sums) {
    out.push_back({static_cast<uint32_t>(key >> 32), static_cast<uint32_t>(key), self});
  }
  // Heaviest first, and by name and number where they weigh the same.
  std::sort(out.begin(), out.end(), [](const Place& a, const Place& b) {
    if (a.self.ns != b.self.ns) return a.self.ns > b.self.ns;
    return a.file != b.file ? a.file < b.file : a.function < b.function;
  });
  return out;
}

}  // namespace

std::vector<HotFile> hot_files(const Profile& profile, const StackWeights& weights,
                               const HotFileOptions& options) {
  std::unordered_map<uint32_t, size_t> known;
  std::vector<HotFile> out;
  for (const Place& place : places_of(profile, weights)) {
    const auto [at, added] = known.try_emplace(place.file, out.size());
    if (added) out.emplace_back().name = profile.string(StringId{place.file});
    HotFile& file = out[at->second];
    file.self += place.self.ns;
    file.samples += place.self.samples;
    if (file.functions.size() == options.functions) continue;
    const profile::Function& function = profile.functions()[place.function];
    file.functions.push_back({.key = function.key,
                              .name = std::string(profile.string(function.name)),
                              .self = place.self.ns,
                              .samples = place.self.samples,
                              .line = function.line});
  }
  std::stable_sort(out.begin(), out.end(), [](const HotFile& a, const HotFile& b) {
    return a.self != b.self ? a.self > b.self : a.name < b.name;
  });
  if (out.size() > options.files) out.resize(options.files);
  return out;
}

}  // namespace hone::analysis
