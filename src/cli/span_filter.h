// --filter, HONE_FILTER and [spans] filter of hone.toml: which spans and messages are recorded.
#pragma once

#include <string>

#include "base/host/result.h"

namespace hone::cli {

// "Physics=trace,Render=info", "info,Physics=debug"; empty is none. The program itself takes what
// it is given as it is, so mistakes are told here. Errors: E071.
Result<void> check_filter(const std::string& filter);

}  // namespace hone::cli
