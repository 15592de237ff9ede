// The report as one HTML file: it opens from disk, makes no request, works by keyboard, in the dark
// and on paper, and says the essential without scripts.
#pragma once

#include <string>

#include "report/collect.h"

namespace hone::report {

// Best with data collected by html_options() and add_sources(): what is empty is left out.
std::string html_report(const ReportData& data);

}  // namespace hone::report
