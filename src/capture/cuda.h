// CUDA in programs that are started: libhone-cuda.so is named to the driver, so that what their
// devices do is recorded without building them again.
#pragma once

#include <string>
#include <vector>

namespace hone::capture {

// "CUDA_INJECTION64_PATH=...", for the program; or, when its kernels are not to be seen, why.
struct CudaInjection {
  std::vector<std::string> environment;
  std::vector<std::string> notices;
};
// A tool that the environment names already is left there.
CudaInjection cuda_injection();

}  // namespace hone::capture
