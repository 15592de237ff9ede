// How values of tracks are written for people, the same in every voice.
#pragma once

#include <string>
#include <vector>

#include "analysis/counters.h"

namespace hone::report {

// A value of a track as it is shown: of cumulative tracks its rate. "1.53 CPUs", "12.4 MB/s",
// "38%", "2.60 GHz".
std::string counter_value(const analysis::TrackSummary& track, double value);
// What came together; empty for a gauge.
std::string counter_total(const analysis::TrackSummary& track);
// Whose it is; of control groups with long names the end: "control group …/4a6b12ff03c1…".
std::string counter_owner(const analysis::TrackSummary& track);
// What a count means beside another of the same events: "0.85 a cycle", "12.3% of
// cache-references"; and that it was estimated. Empty when there is nothing to say.
std::string counter_note(const analysis::Counters& counters, const analysis::TrackSummary& track);
// The line of facts under a report's head: "memory 71 MB at most", "15,300 page faults", ...
// Without what is not known or not worth a word.
std::vector<std::string> system_facts(const analysis::SystemFacts& facts);

}  // namespace hone::report
