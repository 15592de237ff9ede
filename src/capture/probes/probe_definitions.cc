#include "capture/probes/probe_definitions.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <system_error>

#include "capture/running.h"

namespace hone::capture {
namespace {

// Of <linux/mount.h>, which older headers have not.
constexpr unsigned kFsopenCloexec = 1, kFsconfigCreate = 6, kFsmountCloexec = 1;
constexpr size_t kListBytesMax = size_t{16} << 20;
constexpr std::string_view kGroup = "hone_", kEvent = "/calls";

// The tracing file system where it is mounted, else an instance that no folder leads to: it goes
// with its descriptor, and nobody else sees it.
Result<base::UniqueFd> open_tracing() {
  for (const char* path : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    base::UniqueFd folder{::open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (folder && ::faccessat(folder.get(), "uprobe_events", F_OK, 0) == 0) return folder;
  }
  const base::UniqueFd made{static_cast<int>(::syscall(SYS_fsopen, "tracefs", kFsopenCloexec))};
  if (!made) return probes_refused("fsopen of tracefs", errno);
  if (::syscall(SYS_fsconfig, made.get(), kFsconfigCreate, nullptr, nullptr, 0) != 0) {
    return probes_refused("fsconfig of tracefs", errno);
  }
  base::UniqueFd folder{static_cast<int>(::syscall(SYS_fsmount, made.get(), kFsmountCloexec, 0))};
  if (!folder) return probes_refused("fsmount of tracefs", errno);
  return folder;
}

Result<std::string> read_at(int folder, const std::string& path) {
  const base::UniqueFd fd{::openat(folder, path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd) return fail_errno(path, errno);
  std::string out;
  char buffer[16384];
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0) return fail_errno(path, errno);
    if (got == 0 || out.size() > kListBytesMax) return out;
    out.append(buffer, static_cast<size_t>(got));
  }
}

// One command a write: of several the kernel would tell us of the last only.
int append_to(int fd, const std::string& line) {
  const std::string text = line + "\n";
  return ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : errno;
}

// What recorders left that were killed. A line is "p:GROUP/EVENT FILE:OFFSET ...".
void remove_stale(int folder, int events) {
  const auto list = read_at(folder, "uprobe_events");
  if (!list) return;
  std::string last;
  for (size_t begin = 0, end = 0; begin < list->size(); begin = end + 1) {
    end = std::min(list->find('\n', begin), list->size());
    std::string_view line = std::string_view(*list).substr(begin, end - begin);
    if (line.substr(0, 2) != "p:") continue;
    line.remove_prefix(2);
    const std::string group(line.substr(0, line.find('/')));
    const bool is_ours = line.substr(group.size(), kEvent.size() + 1) == std::string(kEvent) + " ";
    if (!is_ours || group == last || !is_left_behind(group)) continue;
    append_to(events, "-:" + group + std::string(kEvent));
    last = group;
  }
}

// Of process ids: 0 where the kernel does not tell.
uint64_t own_namespace() {
  struct stat status = {};
  return ::stat("/proc/self/ns/pid", &status) == 0 ? status.st_ino : 0;
}

}  // namespace

std::string own_probe_group() {
  return fmt::format("{}{}_{}_{}", kGroup, ::getpid(),
                     std::max<int64_t>(process_start_ticks(::getpid()), 0), own_namespace());
}

bool is_left_behind(std::string_view group) {
  if (group.substr(0, kGroup.size()) != kGroup) return false;
  uint64_t words[3] = {};  // process id, start, namespace
  const char* at = group.data() + kGroup.size();
  const char* const end = group.data() + group.size();
  for (size_t i = 0; i < std::size(words); ++i) {
    if (i > 0 && (at == end || *at++ != '_')) return false;
    const auto read = std::from_chars(at, end, words[i]);
    if (read.ec != std::errc{}) return false;
    at = read.ptr;
  }
  const auto [pid, start, name_space] = words;
  if (at != end || pid == 0 || pid > INT32_MAX || start == 0) return false;
  if (name_space == 0 || name_space != own_namespace()) return false;
  if (::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) return true;
  const int64_t now = process_start_ticks(static_cast<pid_t>(pid));
  return now > 0 && static_cast<uint64_t>(now) != start;
}

tl::unexpected<Error> probes_refused(const std::string& what, int sys_errno) {
  Error error{.code = Code::Permission,
              .message = fmt::format("the kernel refuses probes of functions: {}: {}", what,
                                     std::strerror(sys_errno)),
              .sys_errno = sys_errno,
              .effect = "the program was not started; nothing was recorded",
              .fixes = {"record as root: sudo hone record --probe ..."},
              .number = "E061"};
  if (::geteuid() == 0) {
    error.fixes = {"in a container: run it with --privileged, or record from outside of it",
                   "use a kernel built with CONFIG_UPROBE_EVENTS"};
  }
  error.fixes.push_back(
      "compile with -finstrument-functions, which needs no privilege: "
      "docs/guide/functions.md");
  return tl::unexpected(std::move(error));
}

Result<ProbeDefinitions> ProbeDefinitions::make(const ProbePlan& plan) {
  ProbeDefinitions out;
  HONE_TRY_ASSIGN(out.folder_, open_tracing());
  const base::UniqueFd events{
      ::openat(out.folder_.get(), "uprobe_events", O_WRONLY | O_APPEND | O_CLOEXEC)};
  if (!events) return probes_refused("uprobe_events", errno);
  remove_stale(out.folder_.get(), events.get());
  const std::string group = own_probe_group();
  for (size_t i = 0; i < plan.points.size(); ++i) {
    const ProbePoint& point = plan.points[i];
    // By descriptor: paths may have blanks and colons, and lead elsewhere by now.
    const std::string line = fmt::format(
        "p:{}/calls /proc/{}/fd/{}:{:#x} point=\\{}:u32 sp=%sp:u64 flags=%flags:u64 target={}:u64",
        group, ::getpid(), plan.files[point.file].fd.get(), raw(point.offset), i,
        point.target.empty() ? "\\0" : point.target);
    if (const int refused = append_to(events.get(), line); refused != 0) {
      return probes_refused("a probe of " + plan.functions[point.function].name, refused);
    }
    out.group_ = group;
  }
  auto id = read_at(out.folder_.get(), "events/" + group + "/calls/id");
  if (!id) return probes_refused("the event's number", id.error().sys_errno);
  out.id_ = std::strtoull(id->c_str(), nullptr, 10);
  return out;
}

ProbeDefinitions::~ProbeDefinitions() {
  if (group_.empty() || !folder_) return;
  const base::UniqueFd events{
      ::openat(folder_.get(), "uprobe_events", O_WRONLY | O_APPEND | O_CLOEXEC)};
  if (events) append_to(events.get(), "-:" + group_ + "/calls");
}

}  // namespace hone::capture
