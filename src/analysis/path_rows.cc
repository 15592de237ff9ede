#include "analysis/path_rows.h"

#include <fmt/format.h>

#include <utility>

namespace hone::analysis {

size_t Children::free_slot(uint64_t key) const {
  size_t slot = slot_of(key);
  while (slots_[slot].row != 0) slot = (slot + 1) & mask_;
  return slot;
}

size_t Children::claim(uint64_t key) {
  if (++taken_ > slots_.size() / 4 * 3) {
    const std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
    mask_ = slots_.size() - 1;
    --shift_;
    for (const Slot& each : before) {
      if (each.row != 0) slots_[free_slot(each.key)] = each;
    }
  }
  const size_t slot = free_slot(key);
  slots_[slot].key = key;
  return slot;
}

PathRows::PathRows(const profile::Profile& profile)
    : profile_(profile),
      module_of_(profile.modules().size(), 0),
      thread_name_(profile.threads().size(), 0) {
  names_->modules.emplace_back();
  name("all", 0, key_of_name("none", "all"));
  append(0, 0, false);
}

uint32_t PathRows::name(std::string_view name, uint32_t module_id, uint64_t key) {
  names_->all.push_back(
      {.key = key, .name = name, .module = names_->modules[module_id], .module_id = module_id});
  return static_cast<uint32_t>(names_->all.size() - 1);
}

std::string_view PathRows::text(std::string text) {
  return names_->texts.emplace_back(std::move(text));
}

uint32_t PathRows::module(ModuleId id) {
  uint32_t& known = module_of_[raw(id)];
  if (known != 0 || id == ModuleId::kNone) return known;
  const std::string_view name = profile_.module_name(id);
  const auto [at, added] =
      modules_.try_emplace(name, static_cast<uint32_t>(names_->modules.size()));
  if (added) names_->modules.push_back(name);
  return known = at->second;
}

uint32_t PathRows::thread(ThreadId id, bool by_name) {
  uint32_t& known = thread_name_[raw(id)];
  if (known != 0) return known;
  if (times_of_thread_name_.empty()) {
    for (const profile::Thread& thread : profile_.threads()) {
      ++times_of_thread_name_[profile_.string(thread.name)];
    }
  }
  const profile::Thread& thread = profile_.threads()[raw(id)];
  std::string_view shown = profile_.string(thread.name);
  const bool alone = by_name || times_of_thread_name_[shown] == 1;
  if (shown.empty()) shown = "[unknown]";
  if (!alone) shown = text(fmt::format("{} (tid {})", shown, thread.tid));
  return known = named("thread", shown);
}

uint32_t PathRows::named(std::string_view kind, std::string_view text) {
  const uint64_t key = key_of_name(kind, text);
  const auto [at, added] = named_.try_emplace(key, 0);
  if (added) at->second = name(text, 0, key);
  return at->second;
}

KeyedGroups path_groups(const profile::Profile& profile, const Selection& selection, PathBy by) {
  return keyed_groups(profile, selection,
                      by == PathBy::kLine     ? GroupBy::kLine
                      : by == PathBy::kModule ? GroupBy::kModule
                                              : GroupBy::kFunction);
}

uint32_t name_groups(PathRows& rows, const profile::Profile& p, const KeyedGroups& groups) {
  const Grouping& g = groups.grouping;
  const uint32_t before = rows.name("[unknown]", 0, key_of_name("none", "[unknown]"));
  for (uint32_t group = 1; group < g.size(); ++group) {
    const uint32_t first = g.first[group];
    uint32_t made = 0;
    if (g.by == GroupBy::kModule) {
      const std::string_view name = p.module_name(ModuleId{first});
      made = rows.name(name.empty() ? "[unnamed]" : name, rows.module(ModuleId{first}),
                       groups.keys[group]);
    } else {
      const profile::Function& function = p.functions()[raw(p.lines().function[first])];
      std::string_view name = p.string(function.name);
      if (g.by == GroupBy::kLine && !g.is_without_line(p, group)) {
        const std::string_view file = profile::file_name(p.string(p.lines().file[first]));
        const std::string line = fmt::format("{}:{}", file, p.lines().line[first]);
        name =
            rows.text(g.several_functions[group] != 0 ? line : fmt::format("{} ({})", name, line));
      }
      made = rows.name(name, rows.module(function.module), groups.keys[group]);
    }
    rows.names().all[made].kind = groups.kinds[group];
  }
  return before;
}

std::vector<uint32_t> name_sites(PathRows& rows, const profile::Profile& p) {
  const std::vector<profile::Site>& sites = p.instrumentation().sites;
  std::vector<uint32_t> out(sites.size());
  for (size_t i = 0; i < sites.size(); ++i) {
    const std::string_view name = p.string(sites[i].name);
    out[i] = rows.named("span", name.empty() ? "[unnamed]" : name);
  }
  return out;
}

PathTree PathRows::done() {
  tree_.names = std::move(names_);
  return std::move(tree_);
}

}  // namespace hone::analysis
