// What instrumented programs say of themselves, as JSON. Private to the room.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "report/collect.h"

namespace hone::report {

nlohmann::ordered_json spans_json(const analysis::SpanReport& report);
nlohmann::ordered_json gpu_json(const analysis::GpuReport& report);
nlohmann::ordered_json gpu_frames_json(const analysis::GpuReport& report);
nlohmann::ordered_json span_detail_json(const analysis::SpanDetail& detail);

}  // namespace hone::report
