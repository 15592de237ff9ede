// The report for machines: schema "hone.report/1", documented in docs/reference/json.md. Keys carry
// their units; keys are only ever added.
#pragma once

#include <string>

#include "analysis/annotate.h"
#include "report/collect.h"

namespace hone::report {

// One object, indented, ending in a newline.
std::string json_report(const ReportData& data);
// The same without trees and code and with 20 rows a table at most, on one line: what the HTML page
// carries for tools.
std::string json_summary(const ReportData& data);
// Schema "hone.annotate/1".
std::string json_annotation(const analysis::Annotation& annotation,
                            const analysis::MetricState& weight, std::string_view tool_version);

}  // namespace hone::report
