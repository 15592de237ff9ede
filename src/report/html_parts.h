// The sections of the HTML report. Each returns a whole element, with all text escaped.
#pragma once

#include <cstdint>
#include <string>

#include "report/collect.h"

namespace hone::report {

std::string html_findings(const ReportData& data);
std::string html_tables(const ReportData& data);
std::string html_source(const ReportData& data);
std::string html_counters(const ReportData& data);  // empty when there are none
std::string html_spans(const ReportData& data);     // empty when the program marks none
std::string html_gpu(const ReportData& data);       // these three: empty when it marks none
std::string html_locks(const ReportData& data);
std::string html_pools(const ReportData& data);
std::string html_waits(const ReportData& data);  // empty when none were recorded
std::string html_run(const ReportData& data);
std::string html_quality(const ReportData& data);

// A bar of `share` of its cell. SVG attributes need no inline style, which the policy forbids.
std::string html_bar(double share);
// "41.2%" of all CPU time.
std::string html_share(int64_t ns, int64_t all_ns);
// `code` in backquotes and a command that ends the text (": hone annotate f") become <code>;
// everything is escaped.
std::string html_prose(std::string_view text);
// The anchor of the n-th annotation.
std::string code_anchor(size_t index);

}  // namespace hone::report
