// Spans, flows, messages and frames of Chrome's format.
#include <map>
#include <string>
#include <vector>

#include "exchange/chrome_parts.h"
#include "exchange/flow_pairs.h"
#include "exchange/span_order.h"

namespace hone::exchange::chrome {
namespace {

using profile::Instrumentation;

struct AsyncSpan {
  ThreadId begun_on{}, ended_on{};
  TimeNs start{}, end{};
  SiteId site{};
  bool open = false;
};

void write_async(Events& events, const AsyncSpan& span, std::span<const uint32_t> arguments) {
  const uint64_t id = events.next_id++;
  const auto put = [&](char phase, ThreadId thread, TimeNs time) {
    events.begin(events.head_of(phase, span.site));
    events.put_thread(thread);
    events.put_time(time);
    events.out.put(",\"id\":\"");
    events.out.put_hex(id);
    events.out.put('"');
  };
  put('b', span.begun_on, span.start);
  if (span.open) {
    events.out.put(",\"args\":{\"still open\":true}");
  } else {
    events.put_arguments(arguments);
  }
  events.end();
  put('e', span.ended_on, span.end);
  events.end();
}

}  // namespace

void write_spans(Events& events, Arguments& arguments, const StandsFor& stands_for) {
  const Instrumentation& all = events.profile.instrumentation();
  profile::SpanReader spans(all.spans);
  std::vector<size_t> strays;
  for (const profile::Spans::OfThread& part : spans.threads()) {
    if (!events.options.takes(part.thread)) continue;
    if (events.out.failed()) return;
    for_each_span(
        spans, part,
        [&](const NestedSpan& span) {
          if (!events.options.takes(spans.end(span.index))) return;
          const SiteId site = spans.site(span.index);
          events.begin(events.head_of('X', site));
          events.put_thread(part.thread);
          events.put_time(span.start);
          events.put_duration(span.start, span.end);
          events.put_arguments(arguments.take(part.thread, site, spans.start(span.index),
                                              slack_of(spans.duration_ns(span.index))),
                               stands_for.of(part.thread, site, spans.start(span.index)));
          events.end();
        },
        [&](size_t i) { strays.push_back(i); });
    events.left.not_nested += strays.size();
    for (const size_t i : strays) {
      if (!events.options.takes(spans.end(i))) continue;
      write_async(events,
                  {part.thread, part.thread, spans.start(i), spans.end(i), spans.site(i), false},
                  arguments.take(part.thread, spans.site(i), spans.start(i),
                                 slack_of(spans.duration_ns(i))));
    }
    strays.clear();
  }
  for (const profile::LooseSpan& span : all.loose) {
    if (!events.options.takes(span.thread, span.end)) continue;
    const std::span<const uint32_t> found =
        span.open ? std::span<const uint32_t>()
                  : arguments.take(span.thread, span.site, span.start,
                                   slack_of(raw(span.end - span.start)));
    write_async(events, {span.thread, span.thread, span.start, span.end, span.site, span.open},
                found);
  }
}

void write_flows(Events& events) {
  const auto write = [&](const FlowPair& pair) {
    const profile::Flow& from = *pair.from;
    if (pair.is_span) {
      const ThreadId ended_on = pair.to == nullptr ? from.thread : pair.to->thread;
      return write_async(
          events, {from.thread, ended_on, from.time, pair.until, from.site, pair.to == nullptr},
          {});
    }
    const uint64_t id = events.next_id++;
    const auto put = [&](char phase, const profile::Flow& flow) {
      events.begin(events.head_of(phase, from.site));
      events.put_thread(flow.thread);
      events.put_time(flow.time);
      events.out.put(phase == 'f' ? ",\"bp\":\"e\",\"id\":\"" : ",\"id\":\"");
      events.out.put_hex(id);
      events.out.put('"');
      events.end();
    };
    put('s', from);
    put('f', *pair.to);
  };
  for_each_pair(events.profile, events.options, write, events.left);
}

void write_messages(Events& events, Arguments& arguments) {
  for (const profile::Message& message : events.profile.instrumentation().messages) {
    if (!events.options.takes(message.thread, message.time)) continue;
    events.begin(events.head_of('i', message.site));
    events.put_thread(message.thread);
    events.put_time(message.time);
    events.out.put(",\"s\":\"t\"");
    events.put_arguments(arguments.take(message.thread, message.site, message.time, 0));
    events.end();
  }
}

void write_frames(Events& events) {
  std::map<std::pair<ProcessId, StringId>, uint32_t> tids;
  for_each_frame(events.profile, events.options, [&](const FrameTime& frame) {
    const uint32_t pid = events.ids.pid(frame.process);
    const StringId name = events.profile.instrumentation().sites[raw(frame.site)].name;
    uint32_t& tid = tids[{frame.process, name}];
    if (tid == 0) {
      tid = events.ids.next();
      events.name_thread(pid, tid, "frames: " + std::string(events.profile.string(name)));
    }
    events.begin(events.head_of('X', frame.site));
    events.out.put(",\"pid\":");
    events.out.put_unsigned(pid);
    events.out.put(",\"tid\":");
    events.out.put_unsigned(tid);
    events.put_time(frame.start);
    events.put_duration(frame.start, frame.end);
    events.out.put(",\"args\":{\"number\":");
    events.out.put_unsigned(frame.number);
    events.out.put("}}");
  });
}

}  // namespace hone::exchange::chrome
