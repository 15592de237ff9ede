// What `hone record --probe` was asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace hone::capture {

struct ProbeOptions {
  static constexpr size_t kFunctionsMax = 200;
  std::vector<std::string> patterns;  // empty: no probes
  size_t functions_max = kFunctionsMax;
  uint32_t rate_max = 10'000;  // of calls that are timed, a second, function and thread
};

}  // namespace hone::capture
