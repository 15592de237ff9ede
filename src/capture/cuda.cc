#include "capture/cuda.h"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>

#include "capture/agent_socket.h"

namespace hone::capture {

CudaInjection cuda_injection() {
  constexpr const char* kVariable = "CUDA_INJECTION64_PATH";
  const std::optional<std::string> library = find_installed("libhone-cuda.so");
  const char* const set = std::getenv(kVariable);
  CudaInjection out;
  if (set && (!library || *library != set)) {
    out.notices.push_back(fmt::format(
        "{} is set already, to {}: kernels of CUDA are told there, not in the recording", kVariable,
        *set ? set : "nothing"));
  } else if (library) {
    out.environment.push_back(fmt::format("{}={}", kVariable, *library));
  }
  return out;
}

}  // namespace hone::capture
