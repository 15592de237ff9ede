// The command line as an Invocation. CLI11 takes the words apart; what they mean stands in the
// table of command.h.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/host/result.h"
#include "cli/command.h"

namespace hone::cli {

// `words` without the program's own name. Errors: E001 for an unknown command, E002 for a flag that
// is unknown or has a wrong value; each offers the nearest that there is.
Result<Invocation> parse(std::span<const std::string> words);

// Stores a value as its flag wants it. `what` names the source in errors: "--top",
// "HONE_REPORT_TOP". Errors: E002.
Result<void> store(Options& options, const Flag& flag, const std::string& value,
                   std::string_view what);

}  // namespace hone::cli
