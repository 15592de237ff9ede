// Limits of this process that a recorder raises for itself.
#pragma once

#include <sys/resource.h>

#include <cstddef>

namespace hone::capture {

// Many modules are held open at once. To be called after a program was forked: it keeps its own
// limit. Gives how many modules may be held: the half.
inline size_t raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;
  if (limit.rlim_cur < limit.rlim_max) {
    rlimit raised = limit;
    raised.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return limit.rlim_cur / 2;
}

}  // namespace hone::capture
