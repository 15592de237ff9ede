// Waits for the terminal.
#pragma once

#include <string>

#include "report/collect.h"
#include "report/text_style.h"

namespace hone::report {

// "running 12.0%, blocked 80.1% (lock (futex) 60.2%, sleep 19.9%), waiting for a CPU 7.9%"; empty
// when waits were not recorded. The same words in every voice.
std::string wait_line(const analysis::WaitReport& waits);
// So much of it was taken from other waits that it is marked: "~".
bool is_estimate(int64_t ns, int64_t estimated_ns);
// How the waits were measured and what of them is estimated: sentences.
std::string wait_method_text(const analysis::WaitReport& waits);

// The whole section. Ends in a newline.
std::string waits_text(const ReportData& data, const TextStyle& style);

}  // namespace hone::report
