// How reports tell that of a place not each span was timed, and its times are estimates.
#pragma once

#include <string>
#include <string_view>

#include "analysis/spans.h"

namespace hone::report {

// "34,512 of them timed, total ±0.6%"; empty where each was timed.
std::string timed_note(const analysis::SpanStats& span, std::string_view plus_minus);
// The self time, likewise: "<= 1.2 ms" where it is known to be no more.
std::string self_estimate(const analysis::SpanStats& span, std::string figure);
// A figure that is an estimate there: "~1.2 ms".
std::string estimate(const analysis::SpanStats& span, std::string figure);

}  // namespace hone::report
