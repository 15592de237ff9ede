// NVTX 3 in programs that are started: libhone-nvtx.so is named to them, so that what they mark by
// NVTX is recorded without building them again.
#pragma once

#include <string>
#include <vector>

namespace hone::capture {

// "NVTX_INJECTION64_PATH=...", for the program; or, when its ranges are not to be seen, why.
struct NvtxInjection {
  std::vector<std::string> environment;
  std::vector<std::string> notices;
};
// A tool that the environment names already is left there.
NvtxInjection nvtx_injection();

}  // namespace hone::capture
