#include "capture/probes/probe_definitions.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace hone::capture {
namespace {

// Of <linux/mount.h>, which older headers have not.
constexpr unsigned kFsopenCloexec = 1, kFsconfigCreate = 6, kFsmountCloexec = 1;
constexpr size_t kListBytesMax = size_t{16} << 20;
constexpr const char* kGroup = "hone_";

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

// What recorders left that were killed.
void remove_stale(int folder, int events) {
  const auto list = read_at(folder, "uprobe_events");
  if (!list) return;
  std::string last;
  for (size_t at = list->find(kGroup); at != std::string::npos; at = list->find(kGroup, at + 1)) {
    const std::string group = list->substr(at, list->find('/', at) - at);
    const int pid = std::atoi(group.c_str() + std::strlen(kGroup));
    const bool is_gone = pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH;
    if (!is_gone || group == last) continue;
    append_to(events, "-:" + group + "/calls");
    last = group;
  }
}

}  // namespace

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
  const std::string group = fmt::format("{}{}", kGroup, ::getpid());
  for (size_t i = 0; i < plan.points.size(); ++i) {
    const ProbePoint& point = plan.points[i];
    // By descriptor: paths may have blanks and colons, and lead elsewhere by now.
    const std::string line =
        fmt::format("p:{}/calls /proc/{}/fd/{}:{:#x} point=\\{}:u32 sp=%sp:u64 flags=%flags:u64",
                    group, ::getpid(), plan.files[point.file].fd.get(), raw(point.offset), i);
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
