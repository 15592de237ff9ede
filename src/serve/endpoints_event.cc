// One event of the timeline, and the way from it to others.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/event_detail.h"
#include "analysis/lock_ties.h"
#include "analysis/span_matches.h"
#include "analysis/timeline_tiles.h"
#include "analysis/weights.h"
#include "serve/endpoints.h"
#include "serve/json_answer.h"
#include "serve/timelines.h"
#include "serve/weights_asked.h"

namespace hone::serve {
namespace {

using analysis::EventDetail;
using analysis::EventStep;
using analysis::Timeline;
using analysis::TimelineEvent;
using analysis::TimelineKind;

constexpr unsigned kThreads = 2;

Json thread_json(const profile::Profile& p, ThreadId id) {
  if (id == ThreadId::kNone || raw(id) >= p.threads().size()) return {};
  const profile::Thread& thread = p.threads()[raw(id)];
  return {{"id", raw(id)}, {"tid", thread.tid}, {"name", p.string(thread.name)}};
}

Json event_json(const Opened& of, const TimelineEvent& event) {
  return {{"track", event.track->id},
          {"event", event.number},
          {"name", event.name},
          {"start", since_start(of, event.start)},
          {"end", since_start(of, event.end)}};
}

Json event_or_null(const Opened& of, const std::optional<TimelineEvent>& event) {
  return event ? event_json(of, *event) : Json();
}

// Errors: NotFound for a track or an event that there is not.
Result<TimelineEvent> event_asked(const Call& call, const Timeline& timeline) {
  HONE_TRY_ASSIGN(const analysis::TimelineTrack* const track,
                  track_named(timeline, call.request.value("track")));
  HONE_TRY_ASSIGN(const int64_t number, call.number("event", -1, 0, UINT32_MAX));
  const auto event = analysis::event_at(timeline, *track, static_cast<uint64_t>(number));
  if (number >= 0 && event) return *event;
  return fail(Code::NotFound, fmt::format("track '{}' has no event {}", track->id, number));
}

Json place_json(const profile::Profile& p, SiteId id) {
  if (id == SiteId::kNone || raw(id) >= p.instrumentation().sites.size()) return {};
  const profile::Site& site = p.instrumentation().sites[raw(id)];
  return {{"file", p.string(site.file)},
          {"line", site.line},
          {"function", p.string(site.function)},
          {"category", p.string(site.category)}};
}

Json inside_json(const std::vector<analysis::InsideSpan>& rows) {
  Json out = Json::array();
  for (const analysis::InsideSpan& row : rows) {
    out.push_back({{"name", row.name}, {"count", row.count}, {"total", row.ns}});
  }
  return out;
}

Json waits_json(const std::vector<analysis::InsideSpan>& rows) {
  Json out = Json::array();
  for (const analysis::InsideSpan& row : rows) {
    out.push_back(
        {{"cause", row.name}, {"function", row.detail}, {"count", row.count}, {"total", row.ns}});
  }
  return out;
}

Json functions_json(const profile::Profile& p, const EventDetail& detail) {
  Json out = Json::array();
  for (const analysis::InsideFunction& row : detail.functions) {
    const profile::Function& function = p.functions()[raw(row.function)];
    const bool is_known = row.function != FunctionId::kNone;
    out.push_back({{"key", is_known ? Json(key_text(function.key)) : Json()},
                   {"name", is_known ? p.string(function.name) : "[no stack]"},
                   {"module", p.module_name(function.module)},
                   {"self", row.ns},
                   {"samples", row.samples}});
  }
  return out;
}

// Innermost first.
Json stack_json(const profile::Profile& p, StackId id) {
  constexpr size_t kFramesMax = 500;
  if (id == StackId::kNone) return {};
  Json out = Json::array();
  for (uint32_t at = raw(id); at != 0 && out.size() < kFramesMax; at = raw(p.stacks().parent[at])) {
    const analysis::RowRange rows = analysis::rows_of(p, at);
    for (uint32_t row = rows.begin; row < rows.end; ++row) {
      const profile::Function& function = p.functions()[raw(p.lines().function[row])];
      out.push_back({{"key", key_text(function.key)},
                     {"name", p.string(function.name)},
                     {"module", p.module_name(function.module)},
                     {"file", p.string(p.lines().file[row])},
                     {"line", p.lines().line[row]},
                     {"inlined", p.lines().inlined[row] != 0}});
    }
  }
  return out;
}

// How long all of its name take. Errors: none; null where a kind has no such thing.
Result<Json> statistics_json(const Call& call, const Timeline& timeline,
                             const TimelineEvent& event) {
  const profile::Profile& p = call.a->profile;
  analysis::Durations times;
  const TimelineKind kind = event.track->kind;
  if (kind == TimelineKind::kSpans || kind == TimelineKind::kAsync) {
    const std::string key = fmt::format("span times\n{}\n{}", call.a->id, event.name);
    HONE_TRY_ASSIGN(const auto kept,
                    call.context.cache->kept<analysis::Durations>(
                        key,
                        [&]() -> Result<analysis::Durations> {
                          return analysis::span_times(
                              timeline, analysis::sites_of_name(p, event.name), kThreads);
                        },
                        [](const analysis::Durations& all) {
                          size_t bytes = 0;
                          all.for_each([&](uint64_t, uint64_t) { bytes += sizeof(uint64_t); });
                          return bytes;
                        }));
    times = *kept;
  } else if (kind == TimelineKind::kGpu) {
    const analysis::SiteSet sites = analysis::sites_of_name(p, event.name);
    for (const profile::GpuSpan& span : p.instrumentation().gpu_spans) {
      if (sites.has[raw(span.site)]) times.add(static_cast<uint64_t>(raw(span.end - span.start)));
    }
  } else if (kind == TimelineKind::kFrames) {
    for (const analysis::TimelineFrames& frames : timeline.frame_sets()) {
      if (&timeline.tracks()[frames.track] != event.track) continue;
      for (const analysis::FrameTime& frame : frames.set.frames) {
        times.add(static_cast<uint64_t>(frame.duration_ns));
      }
    }
  } else {
    return Json();
  }
  const uint64_t longer = analysis::longer_than(times, event.duration_ns());
  const analysis::Distribution all = times.distribution();
  return Json{{"count", all.count},  {"total", all.total_ns}, {"mean", all.mean_ns},
              {"min", all.least_ns}, {"p50", all.p50_ns},     {"p95", all.p95_ns},
              {"p99", all.p99_ns},   {"max", all.most_ns},    {"rank", longer + 1}};
}

Json flows_json(const Opened& of, const EventDetail& detail) {
  Json out = Json::array();
  for (const analysis::EventFlow& flow : detail.flows) {
    out.push_back({{"name", flow.name},
                   {"direction", flow.is_out ? "out" : "in"},
                   {"start", since_start(of, flow.start)},
                   {"end", since_start(of, flow.end)},
                   {"track", flow.other ? Json(flow.other->track->id)
                                        : Json(fmt::format("thread:{}", raw(flow.thread)))},
                   {"event", flow.other ? Json(flow.other->number) : Json()},
                   {"thread", thread_json(of.profile, flow.thread)}});
  }
  return out;
}

// Who held the lock of this event, and who waited for it, at the same time.
Json lock_json(const Opened& of, const analysis::LockTies& ties) {
  if (ties.track == nullptr) return {};
  const auto event = [&](const TimelineEvent& one) {
    Json out = event_json(of, one);
    out["thread"] = thread_json(of.profile, one.thread);
    return out;
  };
  const auto list = [&](const std::vector<TimelineEvent>& all) {
    Json out = Json::array();
    for (const TimelineEvent& one : all) out.push_back(event(one));
    return out;
  };
  return {{"track", ties.track->id},
          {"name", ties.track->name},
          {"role", ties.own->depth == 0 ? "holds" : "waits"},
          {"own", event(*ties.own)},
          {"holders", list(ties.holders)},
          {"holder_count", ties.holder_count},
          {"waiters", list(ties.waiters)},
          {"waiter_count", ties.waiter_count}};
}

Result<Response> event(const Call& call) {
  const Timeline& all = timeline_of(call, *call.a);
  const profile::Profile& p = call.a->profile;
  HONE_TRY_ASSIGN(const TimelineEvent of, event_asked(call, all));
  const EventDetail detail = analysis::event_detail(all, of);
  HONE_TRY_ASSIGN(Json statistics, statistics_json(call, all, of));
  Json arguments = Json::array(), messages = Json::array();
  for (const auto& [key, value] : detail.arguments) {
    arguments.push_back({{"key", key}, {"value", value}});
  }
  for (const TimelineEvent& message : detail.messages) {
    messages.push_back(event_json(*call.a, message));
  }
  Json waker;
  if (detail.waker != ThreadId::kNone) {
    waker = {{"thread", thread_json(p, detail.waker)},
             {"span", event_or_null(*call.a, detail.waker_event)}};
  }
  Json out = event_json(*call.a, of);
  out["kind"] = analysis::timeline_kind_name(of.track->kind);
  out["duration"] = of.duration_ns();
  out["self"] = detail.self_ns >= 0 ? Json(detail.self_ns) : Json();
  out["open"] = of.open;
  out["thread"] = thread_json(p, of.thread);
  out["depth"] = of.depth;
  out["place"] = place_json(p, of.site);
  out["arguments"] = std::move(arguments);
  out["parent"] = event_or_null(*call.a, detail.parent);
  out["children"] = inside_json(detail.children);
  out["children_cut"] = detail.inside_cut;
  out["waits"] = waits_json(detail.waits);
  out["samples"] = functions_json(p, detail);
  out["sample_count"] = detail.samples;
  out["statistics"] = std::move(statistics);
  out["flows"] = flows_json(*call.a, detail);
  out["waker"] = std::move(waker);
  out["owner"] = thread_json(p, detail.owner);
  out["lock"] = lock_json(*call.a, analysis::lock_ties(all, of));
  out["stack"] = stack_json(p, detail.stack);
  out["messages"] = std::move(messages);
  return json_response(out);
}

Result<Response> step(const Call& call) {
  constexpr std::string_view kWays[] = {"next",      "previous",      "parent",      "child",
                                        "next-same", "previous-same", "slowest-same"};
  constexpr EventStep kSteps[] = {
      EventStep::kNext,     EventStep::kPrevious,     EventStep::kParent,     EventStep::kChild,
      EventStep::kNextSame, EventStep::kPreviousSame, EventStep::kSlowestSame};
  const Timeline& all = timeline_of(call, *call.a);
  HONE_TRY_ASSIGN(const TimelineEvent of, event_asked(call, all));
  HONE_TRY_ASSIGN(const std::string_view way, call.choice("to", kWays));
  const auto at = std::find(std::begin(kWays), std::end(kWays), way) - std::begin(kWays);
  const auto found = analysis::event_step(all, of, kSteps[at]);
  return json_response(found ? event_json(*call.a, *found) : Json{{"event", nullptr}});
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool holds(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

struct Found {
  uint64_t count = 0;
  std::vector<TimelineEvent> events;
};

// In tracks of rows: asynchronous spans, GPU queues, messages.
void find_rows(const Timeline& timeline, const analysis::SiteSet& sites,
               const analysis::SpanQuestion& question, bool messages, Found& out) {
  for (const analysis::TimelineTrack& track : timeline.tracks()) {
    const bool is_wanted =
        messages ? track.kind == TimelineKind::kMessages
                 : track.kind == TimelineKind::kAsync || track.kind == TimelineKind::kGpu;
    if (!is_wanted) continue;
    for (size_t i = 0; i < timeline.rows().size(track.part); ++i) {
      const analysis::TrackRow row = timeline.rows().row(track.part, i);
      if (row.name >= sites.has.size() || !sites.has[row.name] || row.end < question.first ||
          row.start > question.last) {
        continue;
      }
      const auto event = analysis::event_at(timeline, track, i);
      if (!event || (!question.threads.empty() && question.threads[raw(event->thread)] == 0)) {
        continue;
      }
      ++out.count;
      if (question.backward ? row.start < question.from : row.start >= question.from) {
        out.events.push_back(*event);
      }
    }
  }
}

Json thread_matches(const Timeline& timeline, std::string_view text) {
  Json out = Json::array();
  for (const analysis::TimelineTrack& track : timeline.tracks()) {
    if (track.kind != TimelineKind::kThread || !holds(track.name, text)) continue;
    out.push_back({{"track", track.id},
                   {"event", nullptr},
                   {"name", track.name},
                   {"start", nullptr},
                   {"end", nullptr}});
  }
  return out;
}

std::vector<uint8_t> taken_threads(const Opened& of, const analysis::Selection& selection) {
  const analysis::SampleFilter filter(of.profile, selection);
  std::vector<uint8_t> out(of.profile.threads().size(), 0);
  for (uint32_t i = 0; i < out.size(); ++i) out[i] = filter.takes_thread(ThreadId{i});
  return out;
}

Result<Response> find(const Call& call) {
  constexpr std::string_view kKinds[] = {"any", "span", "message", "thread"};
  constexpr std::string_view kWays[] = {"next", "previous"};
  constexpr size_t kMatchesMax = 200;
  const Timeline& all = timeline_of(call, *call.a);
  HONE_TRY_ASSIGN(const std::string_view kind, call.choice("kind", kKinds));
  HONE_TRY_ASSIGN(const std::string_view way, call.choice("to", kWays));
  HONE_TRY_ASSIGN(const int64_t from, call.number("from", 0, INT64_MIN / 4, INT64_MAX / 4));
  HONE_TRY_ASSIGN(const analysis::Selection selection, call.selection(*call.a));
  const std::string_view text = call.request.value("text");
  if (text.empty()) return json_response({{"count", 0}, {"matches", Json::array()}});
  const profile::Profile& p = call.a->profile;
  analysis::SiteSet sites;
  sites.has.resize(p.instrumentation().sites.size());
  for (size_t i = 1; i < sites.has.size(); ++i) {
    if (holds(p.string(p.instrumentation().sites[i].name), text)) sites.add(i);
  }
  analysis::SpanQuestion question{.first = selection.time_first,
                                  .last = selection.time_last,
                                  .threads = taken_threads(*call.a, selection),
                                  .from = call.a->start + DurationNs{from},
                                  .backward = way == "previous",
                                  .most = kMatchesMax};
  Json matches = Json::array();
  if (kind == "any" || kind == "thread") matches = thread_matches(all, text);
  Found found{.count = matches.size(), .events = {}};
  if (kind == "any" || kind == "span") {
    analysis::SpanMatches spans = analysis::find_spans(all, sites, question, kThreads);
    found.count += spans.count;
    found.events = std::move(spans.events);
    find_rows(all, sites, question, false, found);
  }
  if (kind == "any" || kind == "message") find_rows(all, sites, question, true, found);
  std::stable_sort(found.events.begin(), found.events.end(),
                   [&](const TimelineEvent& a, const TimelineEvent& b) {
                     return question.backward ? a.start > b.start : a.start < b.start;
                   });
  if (found.events.size() > kMatchesMax) found.events.resize(kMatchesMax);
  for (const TimelineEvent& each : found.events) matches.push_back(event_json(*call.a, each));
  return json_response({{"count", found.count}, {"matches", std::move(matches)}});
}

}  // namespace

const Endpoint kEvent = {
    .path = "event",
    .sides = Sides::kA,
    .summary = "One event of a track: what ran inside it, what it waited for, how it compares.",
    .parameters = {{"track", "id"}, {"event", "its number, as in `tiles`"}},
    .returns =
        "`{track, event, kind, name, start, end, duration, self, open, thread: {id, tid, name}, "
        "depth, place: {file, line, function, category}, arguments: [{key, value}], parent, "
        "children: [{name, count, total}], children_cut, waits: [{cause, function, count, total}], "
        "samples: [{key, name, module, self, samples}], sample_count, statistics: {count, total, "
        "mean, min, p50, p95, p99, max, rank}, flows: [{name, direction, start, end, track, event, "
        "thread}], waker: {thread, span}, owner, lock, stack: [{key, name, module, file, line, "
        "inlined}] (innermost first), messages}`. `lock`, of an event of a lock or of a state that "
        "is a wait for one: `{track, name, role: \"holds\" or \"waits\", own, holders, "
        "holder_count, waiters, waiter_count}`: its event on the lock's track, and others of the "
        "lock at the same time, `{track, event, name, start, end, thread}`, at most 20. What an "
        "event of that kind cannot have is null or empty. "
        "`rank` 1 is the longest of its name.",
    .answer = &event};

const Endpoint kStep = {
    .path = "step",
    .sides = Sides::kA,
    .summary = "The next event from one: along its track, up or down, or of the same name.",
    .parameters = {{"track", "id"},
                   {"event", "number"},
                   {"to",
                    "`next`, `previous`, `parent`, `child`, `next-same`, `previous-same`, "
                    "`slowest-same`"}},
    .returns = "`{track, event, name, start, end}`; `{event: null}` where there is none.",
    .answer = &step};

const Endpoint kFind = {
    .path = "find",
    .sides = Sides::kA,
    .selects = true,
    .summary = "Spans, messages and threads whose name holds a text, in whichever case.",
    .parameters = {{"text", "part of the name"},
                   {"from", "ns: matches that begin there or later; default 0"},
                   {"to", "`next`; `previous`: those that begin before, the latest first"},
                   {"kind", "`any`, `span`, `message`, `thread`"}},
    .returns =
        "`{count, matches: [{track, event, name, start, end}]}`: how many there are in all of "
        "the selection, threads first, and the first 200 events from there on.",
    .answer = &find};

}  // namespace hone::serve
