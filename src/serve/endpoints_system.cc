#include <algorithm>

#include "analysis/summary.h"
#include "base/host/text.h"
#include "report/collect.h"
#include "report/json.h"
#include "serve/endpoints.h"
#include "serve/json_answer.h"

namespace hone::serve {
namespace {

uint8_t worst_of(const profile::Profile& profile, const analysis::Summary& summary) {
  uint8_t out = 0;
  for (const profile::Diagnostic& d : profile.diagnostics()) {
    if (d.severity < recording::kDataLoss) out = std::max(out, d.severity);
  }
  for (const profile::Diagnostic& d : summary.losses) out = std::max(out, d.severity);
  return out;
}

Json quality_of(const Opened& side, const analysis::Selection& rules) {
  const analysis::Summary summary = analysis::summarise(side.profile, rules);
  return {{"samples", summary.sample_count},
          {"lost", summary.lost_samples},
          {"sampler", summary.sampler},
          {"complete_share", summary.stacks.complete_share()},
          {"overhead_share", summary.overhead_share},
          {"recorder_cpu_ns", summary.recorder_cpu_ns},
          {"worst", worst_of(side.profile, summary)},
          {"note", side.note}};
}

Result<Response> quality(const Call& call) {
  return call.kept("quality", [&]() -> Result<Response> {
    const analysis::Selection& rules = call.context.rules;
    return json_response(
        {{"a", quality_of(*call.a, rules)}, {"b", call.b ? quality_of(*call.b, rules) : Json()}});
  });
}

std::string_view symbols_word(const profile::Module& module) {
  // symbols::SymbolState, of which this room sees the numbers alone.
  static constexpr std::string_view kWords[] = {"not looked for",
                                                "names and lines",
                                                "names, no lines",
                                                "exported names only",
                                                "bounds of functions only",
                                                "the file could not be read",
                                                "the file is of another build"};
  const size_t state = module.symbol_state;
  return state < std::size(kWords) ? kWords[state] : "not known";
}

Json modules_of(const profile::Profile& profile) {
  Json out = Json::array();
  for (size_t id = 1; id < profile.modules().size(); ++id) {
    const profile::Module& module = profile.modules()[id];
    const std::span<const uint8_t> build_id{
        reinterpret_cast<const uint8_t*>(module.build_id.data()), module.build_id.size()};
    out.push_back({{"path", profile.string(module.path)},
                   {"build_id", base::hex_text(build_id)},
                   {"symbols", symbols_word(module)},
                   {"debug_file", profile.string(module.debug_file)},
                   {"producer", profile.string(module.producer)},
                   {"optimised", module.optimised},
                   {"missing", profile.string(module.missing)}});
  }
  return out;
}

Result<Json> system_of(const Call& call, const Opened& side) {
  HONE_TRY_ASSIGN(report::ReportData data,
                  report::collect(side.profile, call.context.rules, {.by = {}, .findings = false}));
  data.recording = side.path;
  data.tool_version = call.context.tool_version;
  const Json report = Json::parse(report::json_report(data), nullptr, false);
  return Json{{"id", side.id},
              {"path", side.path},
              {"note", side.note},
              {"report", report},
              {"modules", modules_of(side.profile)}};
}

Result<Response> system(const Call& call) {
  return call.kept("system", [&]() -> Result<Response> {
    Json out;
    HONE_TRY_ASSIGN(out["a"], system_of(call, *call.a));
    out["b"] = nullptr;
    if (call.b) {
      HONE_TRY_ASSIGN(out["b"], system_of(call, *call.b));
    }
    out["doctor"] = call.context.doctor == nullptr
                        ? Json()
                        : Json::parse(call.context.doctor(), nullptr, false);
    return json_response(out);
  });
}

}  // namespace

const Endpoint kQuality = {
    .path = "quality",
    .sides = Sides::kAB,
    .summary = "How far the numbers of a recording can be trusted, in one line.",
    .returns =
        "`{a, b}`, each `{samples, lost, sampler, complete_share, overhead_share, "
        "recorder_cpu_ns, worst, note}`; `worst` is the severity of the worst diagnostic (3: data "
        "was lost).",
    .answer = &quality};

const Endpoint kSystem = {
    .path = "system",
    .sides = Sides::kAB,
    .summary =
        "Facts of the machine and the run, quality of the measurement, modules, and what "
        "`hone doctor` says of this machine.",
    .returns =
        "`{a, b, doctor}`; each side has `report` (schema `hone.report/1` without tables) and "
        "`modules: [{path, build_id, symbols, debug_file, producer, optimised, missing}]`; "
        "`doctor` is `hone.doctor/1`.",
    .answer = &system};

}  // namespace hone::serve
