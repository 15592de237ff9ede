// Callers and callees of one function, and finding it by what a person types.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "analysis/call_tree.h"
#include "analysis/function_names.h"
#include "analysis/stack_walk.h"
#include "analysis/weights.h"
#include "base/host/text.h"

namespace hone::analysis {
namespace {

using profile::Profile;

constexpr size_t kNamesShown = 5;

// Functions that some frame refers to, each once.
std::vector<FunctionId> functions_met(const Profile& p) {
  std::vector<uint8_t> met(p.functions().size(), 0);
  for (const FunctionId id : p.lines().function) met[raw(id)] = 1;
  std::vector<FunctionId> ids;
  for (uint32_t i = 1; i < met.size(); ++i) {
    if (met[i] != 0) ids.push_back(FunctionId{i});
  }
  return ids;
}

std::string_view name_of(const Profile& p, FunctionId id) {
  return p.string(p.functions()[raw(id)].name);
}

template <class Matches>
std::vector<FunctionId> matching(const std::vector<FunctionId>& ids, Matches&& matches) {
  std::vector<FunctionId> found;
  std::copy_if(ids.begin(), ids.end(), std::back_inserter(found), matches);
  return found;
}

// Of several of one name (static functions, two modules), the one with most samples at its leaf
// or above.
FunctionId heaviest(const Profile& p, const std::vector<FunctionId>& ids) {
  if (ids.size() == 1) return ids[0];
  const HotSpots spots = hot_spots(p, {}, GroupBy::kFunction, SortBy::kTotal);
  for (const HotSpot& row : spots.rows) {
    if (std::find(ids.begin(), ids.end(), row.function) != ids.end()) return row.function;
  }
  return ids[0];
}

tl::unexpected<Error> not_found(const Profile& p, const std::vector<FunctionId>& ids,
                                std::string_view wanted) {
  std::vector<std::string_view> names;
  for (const FunctionId id : ids) names.push_back(without_parameters(name_of(p, id)));
  std::string message = fmt::format("no function named '{}' in the recording", wanted);
  std::string near;
  for (size_t i = 0; i < 3 && !names.empty(); ++i) {
    const std::string_view name = base::nearest(wanted, names.data(), names.size());
    if (name.empty()) break;
    near += fmt::format("{}'{}'", near.empty() ? "" : ", ", name);
    std::erase(names, name);
  }
  if (!near.empty()) message += "; the nearest: " + near;
  return fail(Code::NotFound, std::move(message));
}

// The ways out are the names themselves, those with most time first.
tl::unexpected<Error> ambiguous(const Profile& p, const std::vector<FunctionId>& ids,
                                std::string_view wanted) {
  std::vector<uint8_t> is_match(p.functions().size(), 0);
  for (const FunctionId id : ids) is_match[raw(id)] = 1;
  Error error{
      .code = Code::InvalidArgument,
      .message = fmt::format("'{}' matches {} functions", wanted, base::count_text(ids.size()))};
  const HotSpots spots = hot_spots(p, {}, GroupBy::kFunction, SortBy::kTotal);
  for (const HotSpot& row : spots.rows) {
    if (error.fixes.size() == kNamesShown) break;
    if (raw(row.function) >= is_match.size() || is_match[raw(row.function)] == 0) continue;
    // Those of one name in several modules are asked for by that name.
    if (std::find(error.fixes.begin(), error.fixes.end(), row.name) == error.fixes.end()) {
      error.fixes.push_back(row.name);
    }
  }
  return tl::unexpected(std::move(error));
}

std::vector<Neighbour> heaviest_first(const Profile& p,
                                      const std::unordered_map<uint32_t, Neighbour>& by_function) {
  std::vector<Neighbour> rows;
  for (const auto& [id, edge] : by_function) {
    if (edge.samples == 0) continue;
    Neighbour& row = rows.emplace_back(edge);
    row.function = FunctionId{id};
    const profile::Function& function = p.functions()[id];
    row.name = id == 0 ? "[unknown]" : p.string(function.name);
    row.module = p.module_name(function.module);
  }
  std::sort(rows.begin(), rows.end(), [](const Neighbour& a, const Neighbour& b) {
    if (a.total_ns != b.total_ns) return a.total_ns > b.total_ns;
    return std::tie(a.name, a.function) < std::tie(b.name, b.function);
  });
  return rows;
}

}  // namespace

Result<FunctionId> find_function(const Profile& profile, std::string_view function) {
  const std::vector<FunctionId> ids = functions_met(profile);
  const auto name = [&](FunctionId id) { return name_of(profile, id); };
  // From the strictest reading to the loosest; the first that fits anything decides.
  std::vector<FunctionId> found =
      matching(ids, [&](FunctionId id) { return name(id) == function; });
  if (!found.empty()) return heaviest(profile, found);
  found = matching(ids, [&](FunctionId id) { return without_parameters(name(id)) == function; });
  if (found.empty() && function.find_first_of("*?") != std::string_view::npos) {
    found = matching(ids, [&](FunctionId id) {
      return glob_match(function, name(id)) || glob_match(function, without_parameters(name(id)));
    });
    const std::string part = fmt::format("*{}*", function);
    if (found.empty()) {
      found = matching(ids, [&](FunctionId id) { return glob_match(part, name(id)); });
    }
  }
  if (found.empty() && !function.empty()) {
    found = matching(
        ids, [&](FunctionId id) { return name(id).find(function) != std::string_view::npos; });
  }
  if (found.empty()) return not_found(profile, ids, function);
  const bool one_name = std::all_of(found.begin(), found.end(),
                                    [&](FunctionId id) { return name(id) == name(found[0]); });
  if (!one_name) return ambiguous(profile, found, function);
  return heaviest(profile, found);
}

Result<Neighbours> neighbours(const Profile& profile, const Selection& selection,
                              std::string_view function) {
  HONE_TRY_ASSIGN(const FunctionId wanted, find_function(profile, function));
  const StackWeights weights = weigh(profile, selection);
  Neighbours result;
  result.name = name_of(profile, wanted);
  std::unordered_map<uint32_t, Neighbour> callers, callees;
  // How often an edge (or the function itself) is on the path from the root: a sample counts once
  // for each edge that it went through.
  std::unordered_map<uint32_t, uint32_t> caller_on_path, callee_on_path;
  uint32_t on_path = 0;

  // Calls visit(row, caller's function or kNone, is root) for the rows of a stack, outermost first.
  const auto for_rows = [&](uint32_t stack, auto&& visit) {
    const RowRange rows = rows_of(profile, stack);
    const uint32_t parent = raw(profile.stacks().parent[stack]);
    bool has_caller = parent != 0;
    FunctionId caller =
        has_caller ? profile.lines().function[rows_of(profile, parent).begin] : FunctionId::kNone;
    for (uint32_t row = rows.end; row-- > rows.begin;) {
      const FunctionId here = profile.lines().function[row];
      visit(here, caller, has_caller);
      caller = here;
      has_caller = true;
    }
  };
  const auto enter = [&](uint32_t stack) {
    for_rows(stack, [&](FunctionId here, FunctionId caller, bool has_caller) {
      if (here == wanted) {
        ++on_path;
        if (has_caller) ++caller_on_path[raw(caller)];
      }
      if (has_caller && caller == wanted) ++callee_on_path[raw(here)];
    });
  };
  const auto leave = [&](uint32_t stack, const Weight& total) {
    const auto add = [&](Neighbour& edge) {
      edge.total_ns += total.ns;
      edge.samples += total.samples;
    };
    for_rows(stack, [&](FunctionId here, FunctionId caller, bool has_caller) {
      if (here == wanted) {
        if (--on_path == 0) {
          result.total_ns += total.ns;
          result.total_samples += total.samples;
        }
        if (has_caller && --caller_on_path[raw(caller)] == 0) add(callers[raw(caller)]);
      }
      if (has_caller && caller == wanted && --callee_on_path[raw(here)] == 0) {
        add(callees[raw(here)]);
      }
    });
  };
  StackWalk(profile.stacks(), weights).run(enter, leave);
  for (const StackWeights::Own& own : weights.own) {
    if (own.stack == 0) continue;
    if (profile.lines().function[rows_of(profile, own.stack).begin] != wanted) continue;
    result.self_ns += own.ns;
    result.self_samples += own.samples;
  }
  result.callers = heaviest_first(profile, callers);
  result.callees = heaviest_first(profile, callees);
  return result;
}

}  // namespace hone::analysis
