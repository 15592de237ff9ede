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
  Grouping g{.by = GroupBy::kFunction, .none = "[no stack]", .first = {0}};
  const auto& function = p.lines().function;
  g.of_row.resize(function.size());
  std::vector<uint32_t> group_of(p.functions().size(), 0);
  for (uint32_t row = 0; row < function.size(); ++row) {
    const uint32_t id = raw(function[row]);
    if (id != 0 && group_of[id] == 0) {
      group_of[id] = static_cast<uint32_t>(g.first.size());
      g.first.push_back(row);
    }
    g.of_row[row] = group_of[id];
  }
  return g;
}

bool has_line(const profile::Lines& lines, size_t row) {
  return lines.file[row] != StringId::kNone && lines.line[row] != 0;
}

Grouping by_line(const Profile& p) {
  Grouping g{.by = GroupBy::kLine, .none = "[no stack]", .first = {0}, .several_functions = {0}};
  const profile::Lines& lines = p.lines();
  g.of_row.resize(lines.line.size());
  std::unordered_map<uint64_t, uint32_t> group_of;
  group_of.reserve(lines.line.size());
  for (uint32_t row = 0; row < lines.line.size(); ++row) {
    const bool known = has_line(lines, row);
    if (!known && lines.function[row] == FunctionId::kNone) continue;
    // A place without a line goes with the others of its function.
    const uint64_t key = known ? uint64_t{raw(lines.file[row])} << 32 | lines.line[row]
                               : uint64_t{raw(lines.function[row])};
    const auto [found, added] = group_of.try_emplace(key, static_cast<uint32_t>(g.first.size()));
    const uint32_t group = found->second;
    g.of_row[row] = group;
    if (added) {
      g.first.push_back(row);
      g.several_functions.push_back(0);
      continue;
    }
    // Instances of one template share a line.
    const FunctionId one = lines.function[g.first[group]], other = lines.function[row];
    if (one != other &&
        p.string(p.functions()[raw(one)].name) != p.string(p.functions()[raw(other)].name)) {
      g.several_functions[group] = 1;
    }
  }
  return g;
}

Grouping by_module(const Profile& p) {
  Grouping g{.by = GroupBy::kModule, .none = "[unknown]", .first = {0}};
  g.of_row.resize(p.lines().line.size());
  std::unordered_map<std::string_view, uint32_t> group_of;  // two modules may have one path
  std::vector<uint32_t> of_module(p.modules().size(), 0);
  for (uint32_t i = 1; i < p.modules().size(); ++i) {
    const std::string_view path = p.string(p.modules()[i].path);
    const auto [found, added] = group_of.try_emplace(path, static_cast<uint32_t>(g.first.size()));
    of_module[i] = found->second;
    if (added) g.first.push_back(i);
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
  Grouping g{.look_outward = true, .by = GroupBy::kSubsystem, .none = "(other)", .first = {0}};
  const profile::Lines& lines = p.lines();
  g.of_row.resize(lines.line.size());
  const std::vector<SubsystemRule>& rules = selection.subsystems;
  std::vector<uint32_t> group_of_rule;
  for (uint32_t i = 0; i < rules.size(); ++i) {
    uint32_t group = rules[i].name == g.none ? 0 : 1;
    while (group != 0 && group < g.first.size() && rules[g.first[group]].name != rules[i].name) {
      ++group;
    }
    if (group == g.first.size()) g.first.push_back(i);
    group_of_rule.push_back(group);
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

bool Grouping::is_without_line(const Profile& profile, uint32_t group) const {
  return by == GroupBy::kLine && group != 0 && !has_line(profile.lines(), first[group]);
}

HotSpot named_group(const Profile& p, const Selection& selection, const Grouping& grouping,
                    uint32_t group) {
  HotSpot named;
  if (group == 0) {
    named.name = grouping.none;
    return named;
  }
  const uint32_t first = grouping.first[group];
  if (grouping.by == GroupBy::kSubsystem) {
    named.name = selection.subsystems[first].name;
  } else if (grouping.by == GroupBy::kModule) {
    const std::string_view path = p.string(p.modules()[first].path);
    named.name = path.empty() ? "[unnamed]" : path;
    named.module = p.module_name(ModuleId{first});
  } else {
    const profile::Lines& lines = p.lines();
    name_by_function(p, lines.function[first], named);
    if (grouping.by == GroupBy::kLine && has_line(lines, first)) {
      named.in = grouping.several_functions[group] != 0 ? std::string() : std::move(named.name);
      named.function = FunctionId::kNone;
      named.file = p.string(lines.file[first]);
      named.line = lines.line[first];
      named.name = named.file + ":" + std::to_string(named.line);
    }
  }
  return named;
}

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
