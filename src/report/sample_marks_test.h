// What a made-up program marks beside spans, for the tests of this room. `what` is put behind every
// name: text that tries to break out, or nothing.
#pragma once

#include <string>

#include "report/collect.h"

namespace hone::report {

void add_gpu(ReportData& data, const std::string& what);
void add_locks(ReportData& data, const std::string& what);
void add_pools(ReportData& data, const std::string& what);

}  // namespace hone::report
