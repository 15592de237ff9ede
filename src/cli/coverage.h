// hone report --coverage: the spans and plots that hone.toml names, against what was recorded and
// what the program's files hold.
#pragma once

#include "cli/open.h"
#include "cli/options.h"

namespace hone::cli {

// Prints it. The exit status: 1 when less than --require PERCENT fired. Errors: E072 when no
// hone.toml has [[coverage]].
Result<int> report_coverage(const Options& options, bool is_required, const OpenProfile& open,
                            const analysis::Selection& selection);

}  // namespace hone::cli
