// One event of a track, and the way from it to others.
//
//   const auto event = event_at(timeline, *timeline.find("spans:1"), 42);
//   const auto outer = event_step(timeline, *event, EventStep::kParent);
//
// Numbers are those of tiles (TileSlices::event): of spans the number in Spans, of strips that of a
// sample, else from 0 in the order of ends.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/timeline.h"
#include "profile/span_search.h"

namespace hone::analysis {

struct TimelineEvent {
  const TimelineTrack* track = nullptr;
  uint32_t number = 0;
  TimeNs start{}, end{};
  uint32_t depth = 0;
  uint32_t name_number = 0;  // see slice_name()
  std::string name;
  SiteId site{};                   // of events that have one
  ThreadId thread{};               // whose it is: of a lock's, who had it
  bool open = false;               // at the end of the recording
  uint32_t original = UINT32_MAX;  // TrackRow::original
  int64_t duration_ns() const { return raw(end) - raw(start); }
};

enum class EventStep : uint8_t {
  kNext,  // on its track, at its depth
  kPrevious,
  kParent,    // the one around it
  kChild,     // the first of those right inside it
  kNextSame,  // of its name, on its track
  kPreviousSame,
  kSlowestSame,  // of its name, on any track of its kind
};

// Nothing: the track has no such event.
std::optional<TimelineEvent> event_at(const Timeline& timeline, const TimelineTrack& track,
                                      uint64_t number);
// Nothing: there is none that way.
std::optional<TimelineEvent> event_step(const Timeline& timeline, const TimelineEvent& from,
                                        EventStep step);

TimelineEvent event_of(const Timeline& timeline, const TimelineTrack& track,
                       const profile::SpanAt& span);

// Sites of a name, for searching: index = SiteId, and as SpanLevels::Node::sites has them.
struct SiteSet {
  std::vector<bool> has;
  uint64_t bits = 0;
  bool may_be_in(const profile::SpanLevels::Node& node) const { return (node.sites & bits) != 0; }
  void add(size_t site) {
    has[site] = true;
    bits |= uint64_t{1} << (site & 63);
  }
};
SiteSet sites_of_name(const profile::Profile& profile, std::string_view name);

}  // namespace hone::analysis
