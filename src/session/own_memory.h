// The shared memory of the libhones in this very program, and who else reads it.
#pragma once

#include <sys/types.h>

#include <memory>
#include <vector>

#include "base/host/result.h"
#include "session/teller.h"

namespace hone::session {

// Adds the memories that are not among `sources` yet; those of a parent, which a forked child still
// has descriptors of, are not its own. Errors: there is no /proc.
Result<void> find_own_memory(std::vector<std::unique_ptr<Source>>& sources,
                             const drain::TickClock* clock, drain::SiteIds& sites);

// Errors (E075): another recorder has it, named by its pid, or has been asked to come.
Result<void> own(Source& source);

// Changes when a library was loaded: one may have brought a libhone of its own.
uint64_t libraries_loaded();

}  // namespace hone::session
