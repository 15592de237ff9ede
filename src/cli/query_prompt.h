// The prompt of `hone query`: lines with history and completion, statements that may go over
// several lines, Ctrl-C for the one that runs.
#pragma once

#include "cli/query.h"

namespace hone::cli {

// Until the end of input, or .quit. Gives the exit status.
Result<int> run_prompt(query::Database& database, QueryOutput output);

}  // namespace hone::cli
