// Where on the timeline a function is.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/function_stretches.h"
#include "serve/endpoints.h"
#include "serve/json_answer.h"
#include "serve/timelines.h"
#include "serve/weights_asked.h"

namespace hone::serve {
namespace {

constexpr size_t kStretchesMost = 10;

Json stretch_json(const Opened& of, const analysis::FunctionStretch& run) {
  const profile::Profile& p = of.profile;
  const profile::Thread& thread = p.threads()[raw(run.thread)];
  return {
      {"thread", {{"id", raw(run.thread)}, {"tid", thread.tid}, {"name", p.string(thread.name)}}},
      {"track", fmt::format("samples:{}", raw(run.thread))},
      {"event", run.sample},
      {"start", std::max<int64_t>(0, since_start(of, run.start))},
      {"end", since_start(of, run.end)},
      {"samples", run.samples},
      {"cpu_ns", run.cpu_ns}};
}

Result<Response> stretches_of(const Call& call, uint64_t key) {
  const Opened& of = *call.a;
  const profile::Profile& p = of.profile;
  const auto& all = p.functions();
  const auto is_it = [&](const auto& function) { return function.key == key; };
  const auto function =
      all.empty() ? all.end() : std::find_if(all.begin() + 1, all.end(), is_it);  // [0] is none
  if (function == all.end()) {
    return fail(Code::NotFound, fmt::format("no function has the key {}", key_text(key)));
  }
  HONE_TRY_ASSIGN(const analysis::Selection selection, call.selection(of));
  const analysis::FunctionStretches found = analysis::function_stretches(
      p, timeline_of(call, of).samples(), selection, key, kStretchesMost);
  Json rows = Json::array();
  for (const analysis::FunctionStretch& run : found.longest) rows.push_back(stretch_json(of, run));
  return json_response({{"key", key_text(key)},
                        {"name", p.string(function->name)},
                        {"samples", found.samples},
                        {"cpu_ns", found.cpu_ns},
                        {"stretches_total", found.runs},
                        {"stretches", std::move(rows)}});
}

Result<Response> stretches(const Call& call) {
  HONE_TRY_ASSIGN(const uint64_t key, key_asked("key", call.request.value("key")));
  return call.kept("stretches " + key_text(key), [&] { return stretches_of(call, key); });
}

}  // namespace

const Endpoint kStretches = {
    .path = "stretches",
    .sides = Sides::kA,
    .selects = true,
    .summary = "Where on the timeline a function is: the longest stretches of samples in it.",
    .parameters = {{"key", "of `functions`"}},
    .returns =
        "`{key, name, samples, cpu_ns, stretches_total, stretches: [{thread: {id, tid, name}, "
        "track, event, start, end, samples, cpu_ns}]}`: of all samples whose stacks go through the "
        "function how many stretches they make, and the 10 of most CPU time. A stretch is samples "
        "of one thread one behind the other; it ends where one saw something else, and where more "
        "time passed than twice what a sample stands for. `track` and `event`: its first sample. "
        "404 of a key that nothing has.",
    .answer = &stretches};

}  // namespace hone::serve
