// A report: the pages of `hone view` in one file, with the answers of the API inside that they ask
// for first. It makes no request, and opens from disk.
//
//   HONE_TRY_ASSIGN(ReportFile report, make_report(context, "app", {}));
//   write(report.html);
//
// What goes in, in this order, until the budget is met: overview, quality, system; flame graphs and
// functions of every weight; spans; the hottest functions' source and callers; the timeline in the
// fineness that fits, and its slowest frames in full. What was left out is said on the pages.
//
// Of two recordings: all of that compared, the timeline of both, and then what fits of each alone.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/host/result.h"
#include "serve/endpoint.h"

namespace hone::serve {

struct ReportOptions {
  size_t bytes_max = 10'000'000;  // of the file; the shell and the first answers are always in
  std::string compared_with;      // id of a second recording, B; empty: none
  // The selection, as the API's parameters: {"t", "0-1000"}. All answers are of it.
  std::vector<std::pair<std::string, std::string>> selection;
};

struct ReportFile {
  std::string html;
  std::vector<std::string> cut;  // what was left out, in words
};

// `id`: of a recording of the context's library. Errors: those of opening it; E096 without pages.
Result<ReportFile> make_report(Context& context, const std::string& id,
                               const ReportOptions& options);

}  // namespace hone::serve
