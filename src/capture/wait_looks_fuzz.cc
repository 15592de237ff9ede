// What /proc and tracefs say of threads and tracepoints, as text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "capture/switch_events.h"
#include "capture/wait_looks.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hone::capture;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  SystemCall call;
  if (parse_system_call(text, call) && (call.number < -1 || call.number > INT32_MAX)) std::abort();
  if (parse_run_delay(text) < -1) std::abort();
  if (parse_wait_place(text).size() > 64) std::abort();
  if (pid_offset_of(text) < -1 || pid_offset_of(text) > 4096) std::abort();
  return 0;
}
