// Tables of what threads waited for, of locks, pools of memory, plots, GPUs and counters: the parts
// of `hone.report/1` that have no endpoint of their own.
#include <unordered_map>

#include "analysis/wait_kinds.h"
#include "report/collect.h"
#include "report/json.h"
#include "report/wait_text.h"
#include "serve/endpoints.h"
#include "serve/json_answer.h"
#include "serve/weights_asked.h"

namespace hone::serve {
namespace {

// More rows of a table nobody reads on a page; `hone report --json` has all of them.
constexpr size_t kRowsMax = 1000;

// Leaves the first rows of that table, and says how many more there are.
void cut(Json& part, const char* table) {
  const auto found = part.find(table);
  if (found == part.end() || found->size() <= kRowsMax) return;
  const size_t hidden = found->size() - kRowsMax;
  found->erase(found->begin() + kRowsMax, found->end());
  part[std::string(table) + "_hidden"] = hidden;
}

// Keys of functions by their names; of names that several functions have, none: a link must not
// lead to another function than it says.
class KeysByName {
 public:
  explicit KeysByName(const profile::Profile& profile) {
    for (uint32_t id = 1; id < profile.functions().size(); ++id) {
      const auto& function = profile.functions()[id];
      const auto [at, added] = keys_.try_emplace(profile.string(function.name), function.key);
      if (!added && at->second != function.key) at->second = 0;
    }
  }
  Json of(std::string_view name) const {
    const auto found = keys_.find(name);
    if (name.empty() || found == keys_.end() || found->second == 0) return nullptr;
    return key_text(found->second);
  }

 private:
  std::unordered_map<std::string_view, uint64_t> keys_;
};

Json waits_of(const profile::Profile& profile, const report::ReportData& data, Json part) {
  const analysis::WaitReport& waits = data.waits;
  if (!waits.recorded) {
    part["absent"] =
        absent("Waits were not recorded. " + waits.why_not, "hone record -o run.hone -- ./app");
    return part;
  }
  part["method"] = report::wait_method_text(waits);
  for (size_t i = 0; i < analysis::kWaitKinds; ++i) {
    const auto kind = static_cast<analysis::WaitKind>(i);
    part["kind_texts"][std::string(wait_kind_name(kind))] = wait_kind_text(kind);
  }
  for (size_t i = 0; i < std::min(part["threads"].size(), waits.threads.size()); ++i) {
    part["threads"][i]["id"] = raw(waits.threads[i].thread);
  }
  for (const char* table : {"threads", "sites", "wakers"}) cut(part, table);
  const KeysByName keys(profile);
  for (Json& site : part["sites"]) site["key"] = keys.of(site["function"].get<std::string>());
  return part;
}

Json locks_of(const report::ReportData& data, Json part) {
  if (data.locks.locks.empty()) {
    part["absent"] = absent("The program marks no locks, or its marks were off: hone/lock.h.",
                            "HONE_LOCKABLE(std::mutex, mutex_);");
  }
  for (size_t i = 0; i < std::min(part["threads"].size(), data.locks.threads.size()); ++i) {
    part["threads"][i]["id"] = raw(data.locks.threads[i].thread);
  }
  for (const char* table : {"locks", "threads", "standstill"}) cut(part, table);
  for (Json& lock : part["locks"]) cut(lock, "pairs");
  return part;
}

Json pools_of(const report::ReportData& data, Json part) {
  if (data.pools.pools.empty()) {
    part["absent"] = absent("The program marks no allocations, or its marks were off: hone/hone.h.",
                            "HONE_ALLOCATE(\"pool\", address, bytes);");
  }
  cut(part, "pools");
  for (Json& pool : part["pools"]) {
    for (const char* table : {"spans", "left"}) cut(pool, table);
  }
  return part;
}

Json counters_of(const report::ReportData& data, Json part) {
  if (data.counters.empty()) {
    part["absent"] = absent("No counters were recorded.", "hone record -- ./app");
  }
  cut(part, "tracks");
  return part;
}

// By name, and what could not be worked out of others.
Json plots_of(const report::ReportData& data, Json plots) {
  Json missing = Json::array();
  for (const auto& [name, lacks] : data.spans.plots_missing) {
    missing.push_back({{"name", name}, {"lacks", lacks}});
  }
  Json part{{"plots", plots.is_null() ? Json::array() : std::move(plots)},
            {"missing", std::move(missing)}};
  if (data.spans.plots.empty() && data.spans.plots_missing.empty()) {
    part["absent"] = absent("The program plots nothing, or its marks were off: hone/hone.h.",
                            "HONE_PLOT(\"bodies\", count);");
  }
  cut(part, "plots");
  return part;
}

// Queues of GPUs and what bounds frames.
Json gpu_of(const report::ReportData& data, Json instrumentation) {
  Json part{{"queues", std::move(instrumentation["gpu"])},
            {"frames", std::move(instrumentation["gpu_frames"])}};
  if (data.gpu.empty()) {
    part["absent"] = absent("The program marks nothing that GPUs do, or its marks were off.", "");
  }
  cut(part, "queues");
  for (Json& queue : part["queues"]) cut(queue, "spans");
  return part;
}

Result<Json> details_of(const Call& call, const Opened& side) {
  HONE_TRY_ASSIGN(const analysis::Selection selection, call.selection(side));
  report::ReportOptions options{.by = {}, .findings = false};
  options.waits = options.counters = options.spans = options.locks = true;
  options.pools = options.gpu = true;
  options.budget_ns = call.context.budget_ns;
  HONE_TRY_ASSIGN(report::ReportData data, report::collect(side.profile, selection, options));
  Json report = Json::parse(report::json_report(data), nullptr, false);
  return Json{{"id", side.id},
              {"start_ns", raw(side.start)},
              {"waits", waits_of(side.profile, data, std::move(report["waits"]))},
              {"locks", locks_of(data, std::move(report["locks"]))},
              {"pools", pools_of(data, std::move(report["pools"]))},
              {"counters", counters_of(data, std::move(report["counters"]))},
              {"plots", plots_of(data, report["instrumentation"]["plots"])},
              {"gpu", gpu_of(data, std::move(report["instrumentation"]))}};
}

Result<Response> details(const Call& call) {
  return call.kept("details", [&]() -> Result<Response> {
    Json out;
    HONE_TRY_ASSIGN(out["a"], details_of(call, *call.a));
    out["b"] = nullptr;
    if (call.b) {
      HONE_TRY_ASSIGN(out["b"], details_of(call, *call.b));
    }
    return json_response(out);
  });
}

}  // namespace

const Endpoint kDetails = {
    .path = "details",
    .sides = Sides::kAB,
    .selects = true,
    .summary = "Tables of waits, locks, pools of memory, plots, GPUs and counters.",
    .returns =
        "`{a, b}`, each `{id, start_ns, waits, locks, pools, counters, plots: {plots, missing: "
        "[{name, lacks}]}, gpu: {queues, frames}}`, as in `hone.report/1`, with `absent: {why, "
        "command}` in a part that the recording does not "
        "hold. Times named `..._ns` that are moments count as `start_ns` does. Sites of waits have "
        "the `key` of their function where one function alone has that name, threads the `id` that "
        "`threads` selects by; `waits.kind_texts` names kinds. Tables end after 1,000 rows: "
        "`sites_hidden` is how many more there are, and so of all.",
    .answer = &details};

}  // namespace hone::serve
