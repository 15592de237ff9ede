// Callers and callees of one function, and finding it by what a person types.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "analysis/call_edges.h"
#include "analysis/call_tree.h"
#include "analysis/function_names.h"
#include "analysis/metrics.h"
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

HotSpots all_spots(const Profile& p) {
  const Selection all{.metric = default_metric(p).metric};
  return hot_spots(p, all, GroupBy::kFunction, SortBy::kTotal);
}

// Of several of one name (static functions, two modules), the one with most samples at its leaf
// or above.
FunctionId heaviest(const Profile& p, const std::vector<FunctionId>& ids) {
  if (ids.size() == 1) return ids[0];
  const HotSpots spots = all_spots(p);
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
  const HotSpots spots = all_spots(p);
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
                                      const std::unordered_map<uint32_t, Weight>& by_function) {
  std::vector<Neighbour> rows;
  for (const auto& [id, weight] : by_function) {
    if (weight.samples == 0) continue;
    const profile::Function& function = p.functions()[id];
    rows.push_back({.name = std::string(id == 0 ? "[unknown]" : p.string(function.name)),
                    .module = std::string(p.module_name(function.module)),
                    .function = FunctionId{id},
                    .total_ns = weight.ns,
                    .samples = weight.samples});
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
  const std::vector<FunctionId>& functions = profile.lines().function;
  std::vector<uint32_t> group_of_row(functions.size());
  std::transform(functions.begin(), functions.end(), group_of_row.begin(),
                 [](FunctionId id) { return raw(id); });
  const StackWeights weights = weigh(profile, selection);
  const CallEdges edges = call_edges(profile, weights, group_of_row, raw(wanted));
  return Neighbours{.name = std::string(name_of(profile, wanted)),
                    .all_ns = weights.cpu_ns,
                    .self_ns = edges.self.ns,
                    .total_ns = edges.total.ns,
                    .self_samples = edges.self.samples,
                    .total_samples = edges.total.samples,
                    .callers = heaviest_first(profile, edges.callers),
                    .callees = heaviest_first(profile, edges.callees)};
}

}  // namespace hone::analysis
