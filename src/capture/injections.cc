#include "capture/injections.h"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>

#include "capture/agent_socket.h"

namespace hone::capture {
namespace {

struct Injection {
  const char* variable;
  const char* library;
  const char* lost;  // where another tool is named
};

constexpr Injection kInjections[] = {
    {"NVTX_INJECTION64_PATH", "libhone-nvtx.so", "ranges of NVTX go there, not into the recording"},
    {"CUDA_INJECTION64_PATH", "libhone-cuda.so",
     "kernels of CUDA are told there, not in the recording"},
};

}  // namespace

Injections injections() {
  Injections out;
  for (const Injection& one : kInjections) {
    const std::optional<std::string> library = find_installed(one.library);
    const char* const set = std::getenv(one.variable);
    if (set && (!library || *library != set)) {
      out.notices.push_back(fmt::format("{} is set already, to {}: {}", one.variable,
                                        *set ? set : "nothing", one.lost));
    } else if (library) {
      out.environment.push_back(fmt::format("{}={}", one.variable, *library));
    }
  }
  return out;
}

}  // namespace hone::capture
