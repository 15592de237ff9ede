#include "cli/doctor_surroundings.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/host/file.h"

namespace hone::cli {
namespace {

// linux/proc_ns.h, PROC_USER_INIT_INO and PROC_PID_INIT_INO: the same on every kernel.
constexpr unsigned long kFirstUserNamespace = 0xEFFFFFFD;
constexpr unsigned long kFirstPidNamespace = 0xEFFFFFFC;
constexpr size_t kTextBytesMax = 1 << 16;

std::string text_of(const char* path) {
  auto text = base::read_file(path, kTextBytesMax);
  return text ? std::move(*text) : std::string();
}

std::string link_of(const char* path) {
  char text[128];
  const ssize_t bytes = ::readlink(path, text, sizeof text);
  return bytes > 0 ? std::string(text, static_cast<size_t>(bytes)) : std::string();
}

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

std::string container() {
  if (::access("/run/.containerenv", F_OK) == 0) return "podman";
  if (!environment("KUBERNETES_SERVICE_HOST").empty()) return "kubernetes";
  if (std::string kind = container_in(text_of("/proc/self/cgroup")); !kind.empty()) return kind;
  if (::access("/.dockerenv", F_OK) == 0) return "docker";
  return container_in(environment("container"));
}

uint64_t free_bytes(const std::string& folder) {
  struct statvfs system = {};
  if (folder.empty() || ::statvfs(folder.c_str(), &system) != 0) return UINT64_MAX;
  return uint64_t{system.f_bavail} * system.f_frsize;
}

// A file without a name, so that nothing is left, even by a process that is killed. Where the file
// system knows none, permission is all that can be asked for.
TriedErrno try_writing(const std::string& folder) {
  const base::UniqueFd fd{::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600)};
  if (fd) return 0;
  if (errno != EOPNOTSUPP && errno != EISDIR) return errno;
  return ::access(folder.c_str(), W_OK) == 0 ? 0 : errno;
}

}  // namespace

long status_number(std::string_view status, std::string_view key, long absent, int base) {
  const std::string line = "\n" + std::string(key) + ":";
  size_t at = status.find(line);
  if (at == std::string_view::npos) return absent;
  at = status.find_first_not_of(" \t", at + line.size());
  if (at == std::string_view::npos) return absent;
  long value = 0;
  const auto [end, error] =
      std::from_chars(status.data() + at, status.data() + status.size(), value, base);
  return error == std::errc() ? value : absent;
}

bool is_inner_namespace(std::string_view link, unsigned long first) {
  const size_t at = link.find('[');
  if (at == std::string_view::npos) return false;
  unsigned long inode = 0;
  const auto [end, error] = std::from_chars(link.data() + at + 1, link.data() + link.size(), inode);
  return error == std::errc() && inode != first;
}

std::string container_in(std::string_view text) {
  static constexpr struct {
    std::string_view part, kind;
  } kKinds[] = {{"kubepods", "kubernetes"},
                {"docker", "docker"},
                {"libpod", "podman"},
                {"podman", "podman"},
                {"lxc", "lxc"},
                {"containerd", "container"},
                {"machine.slice", "systemd-nspawn"},
                {"systemd-nspawn", "systemd-nspawn"}};
  for (const auto& known : kKinds) {
    if (text.find(known.part) != std::string_view::npos) return std::string(known.kind);
  }
  return {};
}

Surroundings look_around() {
  Surroundings place;
  const std::string status = text_of("/proc/self/status");
  place.proc_mounted = !status.empty();
  place.seccomp_mode = static_cast<int>(status_number(status, "Seccomp", 0));
  place.user_namespace = is_inner_namespace(link_of("/proc/self/ns/user"), kFirstUserNamespace);
  place.pid_namespace = is_inner_namespace(link_of("/proc/self/ns/pid"), kFirstPidNamespace);
  place.container = container();
  place.clock_source = text_of("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  while (!place.clock_source.empty() && place.clock_source.back() == '\n') {
    place.clock_source.pop_back();
  }
  std::error_code gone;  // the folder may have been removed
  place.folder = std::filesystem::current_path(gone).string();
  place.folder_errno = gone ? gone.value() : try_writing(place.folder);
  place.folder_free_bytes = free_bytes(place.folder);
  place.cache_folder = base::cache_folder();
  place.cache_free_bytes = free_bytes(place.cache_folder);
  place.debuginfod_urls = environment("DEBUGINFOD_URLS");
  return place;
}

}  // namespace hone::cli
