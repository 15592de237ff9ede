#include "capture/jit.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <string>

namespace hone::capture {
namespace {

int64_t now_ns(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

// When a process began, by the calendar; negative when it is gone. proc(5): the 22nd field of stat.
int64_t started_at_ns(pid_t pid) {
  const auto stat = base::read_file(fmt::format("/proc/{}/stat", pid), 1 << 16);
  size_t at = stat ? stat->rfind(')') : std::string::npos;
  for (int field = 2; field < 22 && at != std::string::npos; ++field) at = stat->find(' ', at + 1);
  if (at == std::string::npos) return -1;
  const int64_t ticks = std::strtoll(stat->c_str() + at, nullptr, 10);
  const int64_t boot_ns = now_ns(CLOCK_REALTIME) - now_ns(CLOCK_BOOTTIME);
  return boot_ns + ticks * (1'000'000'000 / ::sysconf(_SC_CLK_TCK));
}

// The id that the process has for itself, in the innermost of its namespaces.
pid_t own_id(pid_t pid) {
  const auto status = base::read_file(fmt::format("/proc/{}/status", pid), 1 << 16);
  const size_t at = status ? status->find("\nNSpid:") : std::string::npos;
  if (at == std::string::npos) return pid;
  const std::string line = status->substr(at + 1, status->find('\n', at + 1) - at - 1);
  const size_t last = line.find_last_of(" \t");
  return static_cast<pid_t>(std::strtol(line.c_str() + last + 1, nullptr, 10));
}

}  // namespace

base::UniqueFd open_perf_map(pid_t pid, int64_t alive_at) {
  constexpr int64_t kTickNs = 10'000'000;
  const int64_t started = started_at_ns(pid);
  const std::string candidates[] = {fmt::format("/proc/{}/root/tmp/perf-{}.map", pid, own_id(pid)),
                                    fmt::format("/tmp/perf-{}.map", pid)};
  for (const std::string& path : candidates) {
    base::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)};
    struct stat status = {};
    if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    const int64_t written =
        static_cast<int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
    if (written + kTickNs >= (started >= 0 ? started : alive_at)) return fd;
  }
  return {};
}

}  // namespace hone::capture
