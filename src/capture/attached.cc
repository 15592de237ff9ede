#include "capture/attached.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "capture/running.h"

namespace hone::capture {
namespace {

Error no_such_process(pid_t pid) {
  return {.code = Code::NotFound,
          .message = fmt::format("no process has the id {}", pid),
          .effect = "nothing was recorded",
          .fixes = {"find it by name: hone record -p $(pgrep -n NAME)"},
          .number = "E032"};
}

// Threads, mapped files and names of what runs already are known from /proc alone.
Result<void> check_proc() {
  if (::access("/proc/self/stat", R_OK) == 0) return {};
  return tl::unexpected(Error{.code = Code::Unsupported,
                              .message = "what runs already cannot be looked at: /proc is not "
                                         "mounted",
                              .effect = "nothing was recorded",
                              .fixes = {"mount -t proc proc /proc",
                                        "record from outside of the chroot: hone record -p PID"},
                              .number = "E060"});
}

// A process may be looked into by its own user, or by root.
bool is_ours(pid_t pid) {
  struct stat status = {};
  if (::stat(fmt::format("/proc/{}", pid).c_str(), &status) != 0) return true;
  return ::geteuid() == 0 || status.st_uid == ::geteuid();
}

}  // namespace

Attached Attached::everyone() {
  Attached out;
  out.scope_ = Scope::kEveryone;
  out.name_ = "system";
  out.command_ = out.description();
  return out;
}

Result<Attached> Attached::cgroup(const std::string& name) {
  Attached out;
  out.scope_ = Scope::kCgroup;
  HONE_TRY_ASSIGN(out.cgroup_folder_, cgroup_folder(name));
  HONE_TRY_ASSIGN(out.cgroup_fd_, base::open_file(out.cgroup_folder_, O_RDONLY | O_DIRECTORY));
  out.name_ = std::filesystem::path(out.cgroup_folder_).filename().string();
  out.command_ = out.description();
  return out;
}

Result<Attached> Attached::find(const std::vector<pid_t>& pids) {
  Attached out;
  out.pids_ = pids;
  if (!pids.empty()) {
    out.scope_ = Scope::kProcesses;
    HONE_TRY(check_proc());
  }
  for (const pid_t pid : pids) {
    base::UniqueFd end{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    // A thread's id is no process's; kernels before 5.3 have no such call.
    if (!end && (errno == ESRCH || errno == EINVAL)) return tl::unexpected(no_such_process(pid));
    if (!end) return fail_errno("pidfd_open", errno);
    auto running = running_process(pid);
    if (!running) return tl::unexpected(no_such_process(pid));
    if (!is_ours(pid)) {
      return tl::unexpected(
          Error{.code = Code::Permission,
                .message = fmt::format("{} (pid {}) belongs to another user", running->name, pid),
                .effect = "nothing was recorded; the process was left as it is",
                .fixes = {fmt::format("sudo hone record -p {}", pid)},
                .number = "E033"});
    }
    out.ends_.push_back(std::move(end));
    if (out.name_.empty()) {
      out.name_ = running->name;
      out.command_ = running->command.empty() ? running->name : running->command;
    }
  }
  if (pids.size() > 1) out.command_ = out.description();
  return out;
}

std::string Attached::description() const {
  if (scope_ == Scope::kEveryone) return "the whole system";
  if (scope_ == Scope::kCgroup) return "the control group " + name_;
  if (pids_.size() == 1) return fmt::format("{} (pid {})", name_, pids_.front());
  return fmt::format("{} processes", pids_.size());
}

std::vector<pid_t> Attached::now() const {
  if (scope_ == Scope::kEveryone) return all_processes();
  if (scope_ == Scope::kCgroup) return processes_in_cgroup(cgroup_folder_);
  return with_descendants(pids_);
}

std::vector<pid_t> Attached::threads() const {
  std::vector<pid_t> out;
  if (scope_ != Scope::kProcesses) return out;
  for (const pid_t pid : now()) {
    const std::vector<pid_t> threads = threads_of(pid);
    out.insert(out.end(), threads.begin(), threads.end());
  }
  std::sort(out.begin(), out.end());
  return out;
}

void Attached::introduce(Collector& collector, ProcessClocks& clocks, TimeNs time) {
  for (const pid_t pid : now()) {
    const int64_t used_ns = process_cpu_ns(pid);
    const auto running = running_process(pid);
    if (!running) continue;
    clocks.meet(pid, used_ns);
    collector.add_running(*running, time);
  }
}

bool Attached::all_ended() const {
  return scope_ == Scope::kProcesses &&
         std::all_of(ends_.begin(), ends_.end(), [](const base::UniqueFd& end) {
           pollfd fd{end.get(), POLLIN, 0};
           return ::poll(&fd, 1, 0) > 0 && (fd.revents & POLLIN) != 0;
         });
}

}  // namespace hone::capture
