// NVTX 3 and CUDA in programs that are started: libraries of Hone are named to them, so that ranges
// of NVTX, and what CUDA's devices do, are recorded without building the programs again.
#pragma once

#include <string>
#include <vector>

namespace hone::capture {

// "NVTX_INJECTION64_PATH=..." and the like, for the program; where one is not to be given, why.
struct Injections {
  std::vector<std::string> environment;
  std::vector<std::string> notices;
};
// A tool that the environment names already is left there.
Injections injections();

}  // namespace hone::capture
