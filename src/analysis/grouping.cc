#include "analysis/grouping.h"

#include <algorithm>
#include <unordered_map>

#include "analysis/function_names.h"
#include "analysis/weights.h"

namespace hone::analysis {
namespace {

using profile::Profile;

void name_by_function(const Profile& p, FunctionId id, HotSpot& group) {
  const profile::Function& function = p.functions()[raw(id)];
  group.function = id;
  group.name = p.string(function.name);
  group.module = p.module_name(function.module);
  group.file = p.string(function.file);
  group.line = function.line;
}

Grouping by_function(const Profile& p) {
  Grouping g;
  const auto& function = p.lines().function;
  g.of_row.resize(function.size());
  g.groups.resize(1);
  std::vector<uint32_t> group_of(p.functions().size(), 0);
  for (size_t row = 0; row < function.size(); ++row) {
    const uint32_t id = raw(function[row]);
    if (id != 0 && group_of[id] == 0) {
      group_of[id] = static_cast<uint32_t>(g.groups.size());
      name_by_function(p, FunctionId{id}, g.groups.emplace_back());
    }
    g.of_row[row] = group_of[id];
  }
  g.groups[0].name = "[no stack]";
  return g;
}

Grouping by_line(const Profile& p) {
  Grouping g;
  const profile::Lines& lines = p.lines();
  g.of_row.resize(lines.line.size());
  g.groups.resize(1);
  g.groups[0].name = "[no stack]";
  std::unordered_map<uint64_t, uint32_t> group_of;
  for (size_t row = 0; row < lines.line.size(); ++row) {
    const bool known = lines.file[row] != StringId::kNone && lines.line[row] != 0;
    if (!known && lines.function[row] == FunctionId::kNone) continue;
    // A place without a line goes with the others of its function.
    const uint64_t key = known ? uint64_t{raw(lines.file[row])} << 32 | lines.line[row]
                               : uint64_t{raw(lines.function[row])};
    const auto [found, added] = group_of.try_emplace(key, static_cast<uint32_t>(g.groups.size()));
    if (added) {
      HotSpot& group = g.groups.emplace_back();
      name_by_function(p, lines.function[row], group);
      if (known) {
        group.in = std::move(group.name);
        group.function = FunctionId::kNone;
        group.file = p.string(lines.file[row]);
        group.line = lines.line[row];
        group.name = group.file + ":" + std::to_string(group.line);
      }
    }
    // Instances of one template share a line; then no single function can be named.
    HotSpot& place = g.groups[found->second];
    const StringId name = p.functions()[raw(lines.function[row])].name;
    if (!place.in.empty() && p.string(name) != place.in) place.in.clear();
    g.of_row[row] = found->second;
  }
  return g;
}

Grouping by_module(const Profile& p) {
  Grouping g;
  g.of_row.resize(p.lines().line.size());
  g.groups.resize(1);
  g.groups[0].name = "[unknown]";
  std::unordered_map<std::string_view, uint32_t> group_of;  // two modules may have one path
  std::vector<uint32_t> of_module(p.modules().size(), 0);
  for (size_t i = 1; i < p.modules().size(); ++i) {
    const std::string_view path = p.string(p.modules()[i].path);
    const auto [found, added] = group_of.try_emplace(path, static_cast<uint32_t>(g.groups.size()));
    of_module[i] = found->second;
    if (!added) continue;
    HotSpot& group = g.groups.emplace_back();
    group.name = path.empty() ? "[unnamed]" : path;
    group.module = p.module_name(ModuleId{static_cast<uint32_t>(i)});
  }
  const profile::Frames& frames = p.frames();
  for (size_t f = 0; f < frames.size(); ++f) {
    std::fill(g.of_row.begin() + frames.first_line[f], g.of_row.begin() + frames.first_line[f + 1],
              of_module[raw(frames.module[f])]);
  }
  return g;
}

bool any_match(const std::vector<std::string>& patterns, std::string_view whole,
               std::string_view part) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return glob_match(pattern, whole) || glob_match(pattern, part);
  });
}

// Groups are the rules in order, from 1; rules of one name share the first one's group.
Grouping by_subsystem(const Profile& p, const Selection& selection) {
  Grouping g;
  g.look_outward = true;
  const profile::Lines& lines = p.lines();
  g.of_row.resize(lines.line.size());
  g.groups.resize(1);
  g.groups[0].name = "(other)";
  std::vector<uint32_t> group_of_rule;
  for (const SubsystemRule& rule : selection.subsystems) {
    const auto known = std::find_if(g.groups.begin(), g.groups.end(),
                                    [&](const HotSpot& group) { return group.name == rule.name; });
    group_of_rule.push_back(static_cast<uint32_t>(known - g.groups.begin()));
    if (known == g.groups.end()) g.groups.emplace_back().name = rule.name;
  }
  std::unordered_map<uint64_t, uint32_t> known;  // by function and file
  for (size_t row = 0; row < lines.line.size(); ++row) {
    const profile::Function& function = p.functions()[raw(lines.function[row])];
    const StringId file = lines.file[row] != StringId::kNone ? lines.file[row] : function.file;
    const auto [found, added] =
        known.try_emplace(uint64_t{raw(lines.function[row])} << 32 | raw(file), 0);
    if (added) {
      const std::string_view name = p.string(function.name);
      const std::string_view path = p.string(file);
      const std::string_view module = p.string(p.modules()[raw(function.module)].path);
      for (size_t i = 0; i < selection.subsystems.size(); ++i) {
        const SubsystemRule& rule = selection.subsystems[i];
        if (any_match(rule.function, name, without_parameters(name)) ||
            any_match(rule.file, path, profile::file_name(path)) ||
            any_match(rule.module, module, profile::file_name(module))) {
          found->second = group_of_rule[i];
          break;
        }
      }
    }
    g.of_row[row] = found->second;
  }
  return g;
}

}  // namespace

Grouping group_rows(const Profile& profile, const Selection& selection, GroupBy by) {
  switch (by) {
    case GroupBy::kLine:
      return by_line(profile);
    case GroupBy::kModule:
      return by_module(profile);
    case GroupBy::kSubsystem:
      return by_subsystem(profile, selection);
    default:
      return by_function(profile);
  }
}

}  // namespace hone::analysis
