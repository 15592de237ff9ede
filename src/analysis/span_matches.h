// Spans of some names among millions: how long they take, and where they are.
//
//   const auto times = span_times(timeline, sites_of_name(profile, "Physics::step"), 2);
//   const SpanMatches matches = find_spans(timeline, sites, filter, from, ...);
//
// Both look only into nodes that may hold such spans: some 10 ns a span of these.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analysis/durations.h"
#include "analysis/timeline_events.h"

namespace hone::analysis {

// Of all threads, asynchronous ones too; those that were open at the end are none.
Durations span_times(const Timeline& timeline, const SiteSet& sites, unsigned threads);
// How many took longer than this.
uint64_t longer_than(const Durations& times, int64_t ns);

struct SpanQuestion {
  TimeNs first{INT64_MIN}, last{INT64_MAX};  // that overlap this
  std::vector<uint8_t> threads;              // index = ThreadId; empty: all
  TimeNs from{INT64_MIN};                    // the matches that are given
  bool backward = false;                     // begin before `from`, else at it or later
  size_t most = 200;
};

struct SpanMatches {
  uint64_t count = 0;                 // all of the question, wherever they are
  std::vector<TimelineEvent> events;  // by start; backward: the latest first
};
SpanMatches find_spans(const Timeline& timeline, const SiteSet& sites, const SpanQuestion& question,
                       unsigned threads);

// The longest of all threads; of several the first.
std::optional<TimelineEvent> slowest_span(const Timeline& timeline, const SiteSet& sites,
                                          unsigned threads);

// Spans that ended within these times, inclusive, of threads that are taken.
uint64_t count_spans(const Timeline& timeline, const std::vector<uint8_t>& threads, TimeNs first,
                     TimeNs last);

}  // namespace hone::analysis
