#include <algorithm>
#include <cmath>

#include "analysis/recorded_time.h"
#include "analysis/weights.h"
#include "report/collect.h"
#include "report/json.h"
#include "serve/endpoints.h"
#include "serve/finding_links.h"
#include "serve/json_answer.h"
#include "serve/weights_asked.h"

namespace hone::serve {
namespace {

constexpr size_t kStripSteps = 200;

// CPUs that were busy, by equal parts of the selected time.
Json cpu_strip(const profile::Profile& profile, const analysis::Selection& selection) {
  const analysis::RecordedTime time = analysis::recorded_time(profile, selection);
  const int64_t step = std::max<int64_t>(1, time.wall_ns / static_cast<int64_t>(kStripSteps));
  std::vector<double> busy(kStripSteps, 0);
  const analysis::SampleFilter filter(profile, selection);
  const profile::Samples& samples = profile.samples();
  for (size_t i = 0; i < samples.size(); ++i) {
    if (!filter.takes(i)) continue;
    const int64_t at = (raw(samples.time[i]) - raw(time.start)) / step;
    const auto bucket = std::clamp<int64_t>(at, 0, kStripSteps - 1);
    busy[static_cast<size_t>(bucket)] +=
        static_cast<double>(samples.weight_ns[i]) / static_cast<double>(step);
  }
  return {{"step_ns", step}, {"values", busy}};
}

Json memory_strip(const analysis::Counters& counters) {
  const analysis::TrackSummary* track =
      counters.find(recording::TrackScope::kProcess, "memory.resident");
  if (track == nullptr) return nullptr;
  Json values = Json::array();
  for (const double point : track->points) {
    values.push_back(std::isfinite(point) ? Json(point) : Json());
  }
  return {{"step_ns", counters.step_ns}, {"values", std::move(values)}};
}

Json number(std::string_view id, std::string_view name, std::string_view unit, Json value,
            Json why_not = nullptr) {
  return {{"id", id},
          {"name", name},
          {"unit", unit},
          {"value", std::move(value)},
          {"absent", std::move(why_not)}};
}

Json numbers_of(const report::ReportData& data) {
  const analysis::Summary& s = data.summary;
  const double memory = data.counters.facts.peak_memory_bytes;
  Json out = Json::array();
  out.push_back(s.wall_ns > 0 ? number("wall", "Wall time", "ns", s.wall_ns)
                              : number("wall", "Wall time", "ns", nullptr,
                                       absent("the recording says nothing of time", "")));
  out.push_back(s.sampled ? number("cpu", "CPU time", "ns", s.cpu_ns)
                          : number("cpu", "CPU time", "ns", nullptr,
                                   absent("nobody sampled this run", "hone record -- ./app")));
  out.push_back(s.sampled ? number("busy", "CPUs busy", "", s.busy_cpus)
                          : number("busy", "CPUs busy", "", nullptr,
                                   absent("nobody sampled this run", "hone record -- ./app")));
  out.push_back(memory >= 0 ? number("memory", "Peak memory", "bytes", memory)
                            : number("memory", "Peak memory", "bytes", nullptr,
                                     absent("no counters were recorded", "hone record -- ./app")));
  out.push_back(number("allocations", "Allocations", "count", nullptr,
                       absent("this version records no allocations of malloc", "")));
  return out;
}

Json findings_of(const profile::Profile& profile, const report::ReportData& data,
                 const Json& report) {
  Json out = Json::array();
  for (size_t i = 0; i < data.findings.size(); ++i) {
    Json one = i < report["findings"].size() ? report["findings"][i] : Json::object();
    one["links"] = finding_links(profile, data.findings[i]);
    out.push_back(std::move(one));
  }
  return out;
}

Result<Json> side_of(const Call& call, const Opened& side) {
  HONE_TRY_ASSIGN(analysis::Selection selection, call.selection(side));
  if (side.profile.samples().size() == 0 && !side.profile.costs().empty()) {
    selection.metric = analysis::default_metric(side.profile).metric;
  }
  report::ReportOptions options;
  options.top = 5;
  options.spans = true;
  options.counters = true;
  options.budget_ns = call.context.budget_ns;
  HONE_TRY_ASSIGN(report::ReportData data, report::collect(side.profile, selection, options));
  data.recording = side.path;
  data.tool_version = call.context.tool_version;
  Json report = Json::parse(report::json_report(data), nullptr, false);
  Json findings = findings_of(side.profile, data, report);
  Json top = report["hot_spots"][0]["rows"];
  for (size_t i = 0; i < top.size(); ++i) {
    const FunctionId function = data.tables[0].spots.rows[i].function;
    top[i]["key"] = key_text(side.profile.functions()[raw(function)].key);
  }
  return Json{
      {"id", side.id},
      {"path", side.path},
      {"summary", report["summary"]},
      {"numbers", numbers_of(data)},
      {"findings", std::move(findings)},
      {"waits", report["waits"]},
      {"weight", report["weight"]},
      {"functions", std::move(top)},
      {"spans", report.contains("instrumentation") ? report["instrumentation"] : Json()},
      {"strips",
       {{"cpu", cpu_strip(side.profile, selection)}, {"memory", memory_strip(data.counters)}}}};
}

Result<Response> overview(const Call& call) {
  return call.kept("overview", [&]() -> Result<Response> {
    Json out;
    HONE_TRY_ASSIGN(out["a"], side_of(call, *call.a));
    out["b"] = nullptr;
    if (call.b) {
      HONE_TRY_ASSIGN(out["b"], side_of(call, *call.b));
    }
    return json_response(out);
  });
}

}  // namespace

const Endpoint kOverview = {
    .path = "overview",
    .sides = Sides::kAB,
    .selects = true,
    .summary = "What a person should look at first.",
    .returns =
        "`{a, b}`, each `{summary, numbers: [{id, name, unit, value, absent}], findings, waits, "
        "functions, spans, strips: {cpu, memory}}`: `findings` are those of `hone.report/1` with "
        "`links: [{page, text, state}]` to where their evidence stands; `functions` are the five "
        "with most self `weight` (CPU time where there are samples, else what the recording has); "
        "strips are `{step_ns, values}`.",
    .answer = &overview};

}  // namespace hone::serve
