// Times and sizes as people write them on a command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "analysis/recorded_time.h"
#include "base/host/result.h"
#include "base/types.h"

namespace hone::cli {

// "2", "2s", "500ms", "1.5m", "1h", "-10s". Errors: E002, naming `flag`.
Result<DurationNs> duration_of(std::string_view flag, const std::string& text);
// "1000000", "500M", "1.5G", "64k"; powers of 1000. Errors: E002.
Result<uint64_t> bytes_of(std::string_view flag, const std::string& text);
// Whether it ends in a unit of time.
bool is_duration(std::string_view text);
// A time since the start of a recording, or before its end when it is negative. Errors: E002.
Result<TimeNs> moment(std::string_view flag, const std::string& text,
                      const analysis::RecordedTime& time);

}  // namespace hone::cli
