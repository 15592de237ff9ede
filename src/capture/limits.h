// Limits of this process that a recorder raises for itself.
#pragma once

#include <sys/resource.h>

#include <cstddef>
#include <optional>

namespace hone::capture {

// Many modules are held open at once. Gives how many may be: the half. `before` becomes the limit
// that there was: a program that is started keeps it.
inline size_t raise_file_limit(std::optional<rlimit>& before) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;
  before = limit;
  if (limit.rlim_cur < limit.rlim_max) {
    rlimit raised = limit;
    raised.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return limit.rlim_cur / 2;
}

}  // namespace hone::capture
