// The timeline of an open recording, and tracks as questions name them.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "analysis/timeline.h"
#include "serve/endpoint.h"

namespace hone::serve {

// Made at the first call: about half a second for 50 million spans, and others wait for it.
const analysis::Timeline& timeline_of(const Call& call, const Opened& of);

// Errors: NotFound for a track that the recording has not.
Result<const analysis::TimelineTrack*> track_named(const analysis::Timeline& timeline,
                                                   std::string_view id);

inline int64_t since_start(const Opened& of, TimeNs time) {
  return of.source.since_start(time);
}

}  // namespace hone::serve
