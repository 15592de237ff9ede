// What endpoints.cc gathers: each file endpoints_*.cc has some.
#pragma once

#include "serve/endpoint.h"

namespace hone::serve {

extern const Endpoint kRecordings, kAddRecording;  // endpoints_recordings.cc

}  // namespace hone::serve
