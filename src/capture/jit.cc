#include "capture/jit.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "capture/running.h"

namespace hone::capture {
namespace {

std::string map_path(pid_t pid) {
  return fmt::format("/tmp/perf-{}.map", pid);
}

}  // namespace

pid_t id_in_own_namespace(const std::string& proc_folder, pid_t id) {
  const auto status = base::read_file(proc_folder + "/status", 1 << 16);
  const size_t at = status ? status->find("\nNSpid:") : std::string::npos;
  if (at == std::string::npos) return id;
  const std::string line = status->substr(at + 1, status->find('\n', at + 1) - at - 1);
  const size_t last = line.find_last_of(" \t");
  return static_cast<pid_t>(std::strtol(line.c_str() + last + 1, nullptr, 10));
}

base::UniqueFd open_perf_map(pid_t pid, int64_t alive_at) {
  constexpr int64_t kTickNs = 10'000'000;
  const int64_t started = process_started_at(pid);
  // As the process sees it, then as we do.
  const std::string candidates[] = {
      fmt::format("/proc/{}/root{}", pid,
                  map_path(id_in_own_namespace(fmt::format("/proc/{}", pid), pid))),
      map_path(pid)};
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
