// Spans, flows, messages and frames of Chrome's format.
#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <tuple>
#include <unordered_map>

#include "exchange/chrome_parts.h"
#include "exchange/span_order.h"
#include "exchange/text.h"

namespace hone::exchange::chrome {
namespace {

using profile::Instrumentation;

// A span's arguments were stamped by the same reading of the clock as its start; but its start is
// told by its end and its length, and the line from ticks to time may have moved in between.
int64_t slack_of(int64_t duration_ns) {
  return 2 * kJitterNs + duration_ns / 1024;
}

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

// Both ends of asynchronous spans (or of flows), by process, name and id: each end is of the oldest
// beginning that has none yet.
struct Ends {
  std::vector<size_t> begun;
  size_t next = 0;
};
using EndsByName = std::map<std::tuple<ProcessId, StringId, uint64_t>, Ends>;

class Pairing {
 public:
  explicit Pairing(Events& events) : events_(events), all_(events.profile.instrumentation()) {}

  void run() {
    std::vector<size_t> order(all_.flows.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return all_.flows[a].time < all_.flows[b].time; });
    for (const size_t i : order) {
      const profile::Flow& flow = all_.flows[i];
      last_ = std::max(last_, flow.time);
      if (flow.kind == 1 || flow.kind == 3) {
        ends_of(flow).begun.push_back(i);
      } else {
        end(flow);
      }
    }
    for (auto& [key, ends] : spans_) {
      for (; ends.next < ends.begun.size(); ++ends.next) {
        const profile::Flow& from = all_.flows[ends.begun[ends.next]];
        if (!events_.options.takes(from.thread, from.time)) continue;
        write_async(
            events_,
            {from.thread, from.thread, from.time, std::max(last_, from.time), from.site, true}, {});
      }
    }
  }

 private:
  Ends& ends_of(const profile::Flow& flow) {
    const ProcessId process = events_.profile.threads()[raw(flow.thread)].process;
    const StringId name = all_.sites[raw(flow.site)].name;
    return (flow.kind <= 2 ? spans_ : flows_)[{process, name, flow.id}];
  }

  void end(const profile::Flow& to) {
    Ends& ends = ends_of(to);
    if (ends.next >= ends.begun.size()) {
      ++events_.left.unpaired;
      return;
    }
    const profile::Flow& from = all_.flows[ends.begun[ends.next++]];
    if (!events_.options.takes(to.time) ||
        !(events_.options.takes(from.thread) || events_.options.takes(to.thread))) {
      return;
    }
    if (to.kind == 2) {
      write_async(events_, {from.thread, to.thread, from.time, to.time, from.site, false}, {});
      return;
    }
    const uint64_t id = events_.next_id++;
    const auto put = [&](char phase, const profile::Flow& flow) {
      events_.begin(events_.head_of(phase, from.site));
      events_.put_thread(flow.thread);
      events_.put_time(flow.time);
      events_.out.put(phase == 'f' ? ",\"bp\":\"e\",\"id\":\"" : ",\"id\":\"");
      events_.out.put_hex(id);
      events_.out.put('"');
      events_.end();
    };
    put('s', from);
    put('f', to);
  }

  Events& events_;
  const Instrumentation& all_;
  EndsByName spans_, flows_;
  TimeNs last_{INT64_MIN};
};

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
  Pairing(events).run();
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

// A set of frames is one name in one process.
void write_frames(Events& events) {
  const Instrumentation& all = events.profile.instrumentation();
  std::map<std::pair<ProcessId, StringId>, std::vector<profile::FrameMark>> sets;
  for (const profile::FrameMark& mark : all.frames) {
    if (!events.options.takes(mark.thread)) continue;
    const ProcessId process = events.profile.threads()[raw(mark.thread)].process;
    sets[{process, all.sites[raw(mark.site)].name}].push_back(mark);
  }
  for (auto& [key, marks] : sets) {
    std::stable_sort(marks.begin(), marks.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    const uint32_t pid = events.ids.pid(key.first), tid = events.ids.next();
    const std::string name(events.profile.string(key.second));
    events.name_thread(pid, tid, "frames: " + name);
    TimeNs begin{};
    bool begun = false;
    uint64_t number = 0;
    for (const profile::FrameMark& mark : marks) {
      if (mark.kind != 2 && begun) {
        ++number;
        if (events.options.takes(mark.time)) {
          events.begin(events.head_of('X', mark.site));
          events.out.put(",\"pid\":");
          events.out.put_unsigned(pid);
          events.out.put(",\"tid\":");
          events.out.put_unsigned(tid);
          events.put_time(begin);
          events.put_duration(begin, mark.time);
          events.out.put(",\"args\":{\"number\":");
          events.out.put_unsigned(number);
          events.out.put("}}");
        }
      }
      begun = mark.kind != 3;
      begin = mark.time;
    }
  }
}

}  // namespace hone::exchange::chrome
