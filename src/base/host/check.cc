#include "base/host/check.h"

#include <cstdio>
#include <cstdlib>

namespace hone::base {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "hone: internal error: %s (%s:%d). This is a bug in Hone.\n", condition,
               file, line);
  std::abort();
}

}  // namespace hone::base
