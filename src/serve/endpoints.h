// What endpoints.cc gathers: each file endpoints_*.cc has some.
#pragma once

#include "serve/endpoint.h"

namespace hone::serve {

extern const Endpoint kRecordings, kAddRecording;  // endpoints_recordings.cc
extern const Endpoint kQuality, kSystem;           // endpoints_system.cc
extern const Endpoint kOverview;                   // endpoints_overview.cc
extern const Endpoint kQuery, kSchema, kComplete;  // endpoints_query.cc
extern const Endpoint kPage;                       // endpoints_page.cc

}  // namespace hone::serve
