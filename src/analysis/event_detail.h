// What there is to say of one event: what ran inside it, what it waited for, what it was told,
// where it led.
//
//   const EventDetail detail = event_detail(timeline, event);
//
// Samples and waits are those of its thread within its time; of a wait the part that lies in it,
// and of several that the recording sums up an even part.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/durations.h"
#include "analysis/span_detail.h"
#include "analysis/timeline_events.h"

namespace hone::analysis {

struct InsideFunction {
  FunctionId function{};
  int64_t ns = 0;
  uint64_t samples = 0;
};

// The other end of a flow.
struct EventFlow {
  std::string name;
  ThreadId thread{};
  TimeNs start{}, end{};               // of the flow: where it began and where it ended
  bool is_out = false;                 // from this event to the other
  std::optional<TimelineEvent> other;  // the innermost span there
};

struct EventDetail {
  int64_t self_ns = -1;  // without the spans right inside; -1 not known, or nothing can be inside
  bool inside_cut = false;  // there are so many spans inside that the first were not looked at
  std::optional<TimelineEvent> parent;
  std::vector<InsideSpan> children;  // most time first
  std::vector<InsideSpan> waits;     // the same
  std::vector<InsideFunction> functions;
  uint64_t samples = 0;
  std::vector<std::pair<std::string, std::string>> arguments;
  std::vector<EventFlow> flows;
  std::vector<TimelineEvent> messages;
  StackId stack{};                           // where it was: of a wait, of a sample
  ThreadId waker{};                          // who ended the wait
  ThreadId owner{};                          // who held the lock when the wait for it began
  std::optional<TimelineEvent> waker_event;  // what the waker was in when it did
};

inline constexpr size_t kInsideRows = 10, kFlowsShown = 50, kMessagesShown = 50;
// Spans inside that are looked at: some 60 ms.
inline constexpr size_t kInsideMost = 4'000'000;

EventDetail event_detail(const Timeline& timeline, const TimelineEvent& event);

// The innermost span of a thread at a time.
std::optional<TimelineEvent> innermost_span(const Timeline& timeline, ThreadId thread, TimeNs time);

}  // namespace hone::analysis
