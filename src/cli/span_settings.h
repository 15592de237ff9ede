// The text of `hone record --spans`.
#pragma once

#include <string>

#include "base/host/result.h"
#include "capture/span_settings.h"

namespace hone::cli {

// "full=block,min=10us,frames=10,clock=one,save-over=20ms", each at most once and in any order. A
// usage error says which part is wrong, and what would do.
Result<capture::SpanSettings> span_settings_of(const std::string& text);

}  // namespace hone::cli
