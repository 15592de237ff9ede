// Chrome's trace events as JSON: what Perfetto, Chrome's DevTools, Firefox Profiler and speedscope
// open.
//
// Spans are complete events (X), written in the order in which they began, a span before those
// inside it. What does not nest is asynchronous (b, e), each with an id of its own: readers tie
// them together by category and id alone. Frames are complete events on a thread of their own.
// Waits, locks and queues of GPUs have tracks of their own (chrome_lane.h), so that nothing lies
// across a span of a thread. Pools are counters of what is live.
// Samples are a CPU profile a thread (P: Profile, ProfileChunk): the one form that all of these
// readers show; its times are whole microseconds.
#include "exchange/export.h"

#include <fmt/format.h>

#include <map>

#include "exchange/chrome_parts.h"
#include "exchange/earliest.h"
#include "exchange/text.h"

namespace hone::exchange {
namespace {

void write_facts(chrome::Events& events, uint64_t not_timed) {
  const profile::Profile& p = events.profile;
  std::map<std::string, std::string> facts = {
      {"made by", "Hone " + events.options.version},
      {"clock", "CLOCK_MONOTONIC"},
      {"zero of ts, ns", fmt::format("{}", raw(events.zero()))},
      {"spans that contradict others, as asynchronous", fmt::format("{}", events.left.not_nested)},
      {"values that are no numbers, left out", fmt::format("{}", events.left.not_numbers)},
      {"ends without a beginning, left out", fmt::format("{}", events.left.unpaired)}};
  if (not_timed > 0) {
    facts.emplace("spans that were counted and not timed", fmt::format("{}", not_timed));
  }
  for (const std::string_view key :
       {"run.command", "run.started", "spans.lost", "spans.marks_lost"}) {
    if (!p.meta(key).empty()) facts.emplace(key, p.meta(key));
  }
  std::string text;
  for (const auto& [key, value] : facts) {
    if (!text.empty()) text += ',';
    append_json(text, key);
    text += ':';
    append_json(text, value);
  }
  events.out.put("\n],\"displayTimeUnit\":\"ns\",\"otherData\":{");
  events.out.put(text);
  events.out.put("}}\n");
}

}  // namespace

Result<Left> export_chrome(const profile::Profile& profile, const ExportOptions& options,
                           Output& out) {
  chrome::Events events(profile, options, earliest_of(profile, options), out);
  Arguments arguments(profile);
  const StandsFor stands_for(profile);
  out.put("{\"traceEvents\":[");
  chrome::write_names(events);
  chrome::write_frames(events);
  chrome::write_spans(events, arguments, stands_for);
  chrome::write_flows(events);
  chrome::write_messages(events, arguments);
  chrome::write_plots(events);
  chrome::write_tracks(events);
  chrome::write_pools(events);
  chrome::write_gpu(events);
  chrome::write_locks(events);
  chrome::write_waits(events);
  chrome::write_samples(events);
  write_facts(events, stands_for.not_timed());
  HONE_TRY(out.finish());
  return events.left;
}

}  // namespace hone::exchange
