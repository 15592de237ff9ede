#include "capture/nvtx.h"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>

#include "capture/agent_socket.h"

namespace hone::capture {

NvtxInjection nvtx_injection() {
  constexpr const char* kVariable = "NVTX_INJECTION64_PATH";
  const std::optional<std::string> library = find_installed("libhone-nvtx.so");
  const char* const set = std::getenv(kVariable);
  NvtxInjection out;
  if (set && (!library || *library != set)) {
    out.notices.push_back(
        fmt::format("{} is set already, to {}: ranges of NVTX go there, not into the recording",
                    kVariable, *set ? set : "nothing"));
  } else if (library) {
    out.environment.push_back(fmt::format("{}={}", kVariable, *library));
  }
  return out;
}

}  // namespace hone::capture
