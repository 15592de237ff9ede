// What a person is told about a statement that cannot be run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/host/result.h"

namespace hone::query {

// Adds the line of `sql` that is wrong, with a mark under the place, and the nearest names that
// there are. `recordings`: their names.
void advise(Error& error, std::string_view sql, const std::vector<std::string>& recordings);

}  // namespace hone::query
