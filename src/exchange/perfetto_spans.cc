// Spans, flows, messages and frames of Perfetto's format.
#include <map>
#include <vector>

#include "exchange/flow_pairs.h"
#include "exchange/perfetto_lanes.h"
#include "exchange/span_order.h"

namespace hone::exchange::perfetto {
namespace {

using profile::Instrumentation;

// The spans of a thread, one inside the other: before one begins, those that are over end.
class ThreadSpans {
 public:
  ThreadSpans(Trace& trace, uint64_t track) : trace_(trace), track_(track) {}

  void end_all_of(uint32_t depth) {
    for (; !open_.empty() && open_.back().depth >= depth; open_.pop_back()) {
      trace_.end_span(track_, open_.back().end);
    }
  }
  // The event is open then.
  void begin(const NestedSpan& span) {
    end_all_of(span.depth);
    trace_.begin_event(EventType::kBegin, track_, span.start);
    open_.push_back({span.depth, span.end});
  }

 private:
  struct Open {
    uint32_t depth = 0;
    TimeNs end{};
  };
  Trace& trace_;
  uint64_t track_;
  std::vector<Open> open_;
};

// What lies across the spans of its thread.
void write_strays(Trace& trace, Arguments& arguments, profile::SpanReader& spans, ThreadId thread,
                  std::span<const size_t> strays) {
  if (strays.empty()) return;
  Lanes lanes(trace, trace.thread_track(thread), "not nested");
  for (size_t k = 0; k < strays.size(); ++k) {
    lanes.add({.start = spans.start(strays[k]),
               .end = spans.end(strays[k]),
               .index = static_cast<uint32_t>(k)});
  }
  lanes.write([&](uint32_t k) {
    const size_t i = strays[k];
    trace.put_site(spans.site(i));
    trace.put_arguments(
        arguments.take(thread, spans.site(i), spans.start(i), slack_of(spans.duration_ns(i))));
  });
}

void write_loose(Trace& trace, Arguments& arguments) {
  const std::vector<profile::LooseSpan>& all = trace.profile.instrumentation().loose;
  std::map<ThreadId, Lanes> lanes;
  for (uint32_t i = 0; i < all.size(); ++i) {
    if (!trace.options.takes(all[i].thread, all[i].end)) continue;
    lanes.try_emplace(all[i].thread, trace, trace.thread_track(all[i].thread), "not nested")
        .first->second.add(
            {.start = std::min(all[i].start, all[i].end), .end = all[i].end, .index = i});
  }
  for (auto& [thread, lane] : lanes) {
    lane.write([&](uint32_t i) {
      const profile::LooseSpan& span = all[i];
      trace.put_site(span.site);
      if (span.open) return trace.put_yes("still open");
      trace.put_arguments(
          arguments.take(span.thread, span.site, span.start, slack_of(raw(span.end - span.start))));
    });
  }
}

}  // namespace

void write_spans(Trace& trace, Arguments& arguments, const StandsFor& stands_for) {
  const Instrumentation& all = trace.profile.instrumentation();
  profile::SpanReader spans(all.spans);
  std::vector<size_t> strays;
  for (const profile::Spans::OfThread& part : spans.threads()) {
    if (!trace.options.takes(part.thread)) continue;
    if (trace.out.failed()) return;
    ThreadSpans open(trace, trace.thread_track(part.thread));
    for_each_span(
        spans, part,
        [&](const NestedSpan& span) {
          if (!trace.options.takes(spans.end(span.index))) return;
          const SiteId site = spans.site(span.index);
          const TimeNs start = spans.start(span.index);
          open.begin(span);
          trace.put_site(site);
          trace.put_arguments(
              arguments.take(part.thread, site, start, slack_of(spans.duration_ns(span.index))));
          const uint32_t count = stands_for.of(part.thread, site, start);
          if (count > 1) trace.put_number("stands for", count);
          trace.end_event();
        },
        [&](size_t i) {
          ++trace.left.not_nested;
          if (trace.options.takes(spans.end(i))) strays.push_back(i);
        });
    open.end_all_of(0);
    write_strays(trace, arguments, spans, part.thread, strays);
    strays.clear();
  }
  write_loose(trace, arguments);
}

// Asynchronous spans of one name are tracks of their process. A flow goes from an instant of one
// thread to one of another.
void write_flows(Trace& trace) {
  const auto& sites = trace.profile.instrumentation().sites;
  std::map<std::pair<ProcessId, StringId>, std::vector<FlowPair>> spans;
  uint64_t next_flow = 1;
  const auto put = [&](const profile::Flow& flow, SiteId site, bool is_last) {
    trace.begin_event(EventType::kInstant, trace.thread_track(flow.thread), flow.time);
    trace.put_name(trace.profile.string(sites[raw(site)].name), "flow");
    trace.put_flow(next_flow, is_last);
    trace.end_event();
  };
  for_each_pair(
      trace.profile, trace.options,
      [&](const FlowPair& pair) {
        const profile::Flow& from = *pair.from;
        if (pair.is_span) {
          const ProcessId process = trace.profile.threads()[raw(from.thread)].process;
          spans[{process, sites[raw(from.site)].name}].push_back(pair);
          return;
        }
        put(from, from.site, false);
        put(*pair.to, from.site, true);
        ++next_flow;
      },
      trace.left);
  for (const auto& [key, found] : spans) {
    const std::vector<FlowPair>& pairs = found;
    Lanes lanes(trace, trace.process_track(key.first), trace.profile.string(key.second));
    for (uint32_t i = 0; i < pairs.size(); ++i) {
      lanes.add({.start = std::min(pairs[i].from->time, pairs[i].until),
                 .end = pairs[i].until,
                 .index = i});
    }
    lanes.write([&](uint32_t i) {
      const FlowPair& pair = pairs[i];
      trace.put_site(pair.from->site);
      trace.put_text("begun on", thread_text(trace.profile, pair.from->thread));
      if (pair.to == nullptr) return trace.put_yes("still open");
      trace.put_text("ended on", thread_text(trace.profile, pair.to->thread));
    });
  }
}

void write_messages(Trace& trace, Arguments& arguments) {
  for (const profile::Message& message : trace.profile.instrumentation().messages) {
    if (!trace.options.takes(message.thread, message.time)) continue;
    trace.begin_event(EventType::kInstant, trace.thread_track(message.thread), message.time);
    trace.put_site(message.site);
    trace.put_arguments(arguments.take(message.thread, message.site, message.time, 0));
    trace.end_event();
  }
}

void write_frames(Trace& trace) {
  std::map<std::pair<ProcessId, StringId>, uint64_t> tracks;
  for_each_frame(trace.profile, trace.options, [&](const FrameTime& frame) {
    const StringId name = trace.profile.instrumentation().sites[raw(frame.site)].name;
    uint64_t& track = tracks[{frame.process, name}];
    if (track == 0) {
      track = trace.new_track(trace.process_track(frame.process),
                              "frames: " + std::string(trace.profile.string(name)));
    }
    trace.begin_event(EventType::kBegin, track, frame.start);
    trace.put_site(frame.site);
    trace.put_number("number", frame.number);
    trace.end_event();
    trace.end_span(track, frame.end);
  });
}

}  // namespace hone::exchange::perfetto
