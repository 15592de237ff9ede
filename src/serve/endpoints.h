// What endpoints.cc gathers: each file endpoints_*.cc has some.
#pragma once

#include "serve/endpoint.h"

namespace hone::serve {

// endpoints_recordings.cc
extern const Endpoint kRecordings, kAddRecording;
// endpoints_overview.cc
extern const Endpoint kOverview;
// endpoints_system.cc
extern const Endpoint kQuality, kSystem;
// endpoints_details.cc
extern const Endpoint kDetails;
// endpoints_messages.cc
extern const Endpoint kMessages;
// endpoints_functions.cc
extern const Endpoint kWeights, kFunctions, kFunction;
// endpoints_flame.cc
extern const Endpoint kFlame, kFlameSearch;
// endpoints_source.cc
extern const Endpoint kSource, kFiles;
// endpoints_spans.cc
extern const Endpoint kSpans, kSpan;
// endpoints_query.cc
extern const Endpoint kQuery, kSchema, kComplete;
// endpoints_timeline.cc
extern const Endpoint kTimeline, kTiles, kFrames;
// endpoints_event.cc
extern const Endpoint kEvent, kStep, kFind;
// endpoints_range.cc
extern const Endpoint kRange;
// endpoints_stretches.cc
extern const Endpoint kStretches;
// endpoints_page.cc
extern const Endpoint kPage;

}  // namespace hone::serve
