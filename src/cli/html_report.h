// `hone report --html`: the pages of the browser in one file.
#pragma once

#include "base/host/result.h"
#include "cli/options.h"

namespace hone::cli {

// Writes the report of --html. Errors: those of opening the recording, of selecting and of writing.
Result<int> write_html_report(const Options& options);

}  // namespace hone::cli
