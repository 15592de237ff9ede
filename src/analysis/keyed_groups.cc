#include "analysis/keyed_groups.h"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace hone::analysis {
namespace {

using profile::Profile;

uint64_t mixed(uint64_t x) {
  x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
  x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
  return x ^ (x >> 32);
}

uint64_t key_of_group(const Profile& p, const Selection& selection, const Grouping& g,
                      uint32_t group) {
  if (group == 0) return key_of_name("none", g.none);
  const uint32_t first = g.first[group];
  const profile::Lines& lines = p.lines();
  switch (g.by) {
    case GroupBy::kSubsystem:
      return key_of_name("subsystem", selection.subsystems[first].name);
    case GroupBy::kModule:
      return key_of_name("module", p.module_name(ModuleId{first}));
    case GroupBy::kLine:
      if (!g.is_without_line(p, group)) {
        return mixed(key_of_name("line", p.string(lines.file[first])) + lines.line[first]);
      }
      [[fallthrough]];
    default:
      return p.functions()[raw(lines.function[first])].key;
  }
}

// Groups of one key become one, the first of them.
void join_equal_keys(KeyedGroups& groups) {
  Grouping& g = groups.grouping;
  std::unordered_map<uint64_t, uint32_t> known;
  known.reserve(groups.keys.size());
  std::vector<uint32_t> new_of(g.size());
  uint32_t count = 0;
  for (uint32_t old = 0; old < g.size(); ++old) {
    const auto [at, added] = known.try_emplace(groups.keys[old], count);
    new_of[old] = at->second;
    if (!added) continue;
    groups.keys[count] = groups.keys[old];
    g.first[count] = g.first[old];
    if (!g.several_functions.empty()) g.several_functions[count] = g.several_functions[old];
    ++count;
  }
  if (count == g.size()) return;
  groups.keys.resize(count);
  g.first.resize(count);
  if (!g.several_functions.empty()) g.several_functions.resize(count);
  for (uint32_t& group : g.of_row) group = new_of[group];
}

void describe(const Profile& p, KeyedGroups& groups) {
  const Grouping& g = groups.grouping;
  groups.inlined.assign(g.size(), 0);
  const profile::Lines& lines = p.lines();
  for (size_t row = 0; row < lines.function.size(); ++row) {
    groups.inlined[g.of_row[row]] |= lines.inlined[row];
  }
  groups.kinds.assign(g.size(), CodeKind::kUser);
  if (g.by == GroupBy::kSubsystem) return;
  std::vector<CodeKind> of_module(p.modules().size());
  for (uint32_t i = 1; i < of_module.size(); ++i) of_module[i] = code_kind(p, ModuleId{i});
  for (uint32_t group = 1; group < g.size(); ++group) {
    const uint32_t first = g.first[group];
    const uint32_t module =
        g.by == GroupBy::kModule ? first : raw(p.functions()[raw(lines.function[first])].module);
    groups.kinds[group] = of_module[module];
  }
}

}  // namespace

std::string_view code_kind_name(CodeKind kind) {
  switch (kind) {
    case CodeKind::kSystem:
      return "system";
    case CodeKind::kKernel:
      return "kernel";
    default:
      return "user";
  }
}

CodeKind code_kind(const Profile& profile, ModuleId module) {
  if (profile.in_kernel(module)) return CodeKind::kKernel;
  const std::string_view path = profile.string(profile.modules()[raw(module)].path);
  static constexpr std::string_view kFolders[] = {"/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/",
                                                  "[vdso]"};
  const bool of_system =
      std::any_of(std::begin(kFolders), std::end(kFolders),
                  [&](std::string_view folder) { return path.starts_with(folder); });
  return of_system ? CodeKind::kSystem : CodeKind::kUser;
}

uint64_t key_of_name(std::string_view kind, std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  const auto add = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3ULL;
  };
  add(kind);
  add(std::string_view("\0", 1));
  add(name);
  return std::max<uint64_t>(mixed(hash), 1);
}

KeyedGroups keyed_groups(const Profile& profile, const Selection& selection, GroupBy by) {
  KeyedGroups out;
  out.grouping = group_rows(profile, selection, by);
  out.keys.resize(out.grouping.size());
  for (uint32_t group = 0; group < out.keys.size(); ++group) {
    out.keys[group] = key_of_group(profile, selection, out.grouping, group);
  }
  join_equal_keys(out);
  describe(profile, out);
  return out;
}

}  // namespace hone::analysis
