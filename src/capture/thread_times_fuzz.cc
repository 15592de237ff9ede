#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "capture/thread_times.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto times = hone::capture::parse_schedstat(text);
  if (times && (times->running_ns < 0 || times->queued_ns < 0)) std::abort();
  const auto stat = hone::capture::parse_thread_stat(text);
  if (stat && stat->name.size() + 4 > size) std::abort();
  if (hone::capture::parse_wait_channel(text).size() > size) std::abort();
  return 0;
}
