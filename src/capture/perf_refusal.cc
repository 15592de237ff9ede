#include "capture/perf_refusal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/host/file.h"

namespace hone::capture {
namespace {

int paranoid_level() {
  auto text = base::read_file("/proc/sys/kernel/perf_event_paranoid");
  return text ? std::atoi(text->c_str()) : -2;
}

// Whether system calls of this process pass a seccomp filter, which may answer as it likes.
bool is_filtered() {
  auto status = base::read_file("/proc/self/status", 1 << 16);
  return status && status->find("\nSeccomp:\t2") != std::string::npos;
}

}  // namespace

tl::unexpected<Error> perf_refusal(int sys_errno, const PerfOptions& options) {
  Error error;
  error.number = "E020";
  error.sys_errno = sys_errno;
  if (sys_errno == EACCES || sys_errno == EPERM || (sys_errno == ENOSYS && is_filtered())) {
    const int level = paranoid_level();
    error.code = Code::Permission;
    const char* name = sys_errno == EPERM ? "EPERM" : sys_errno == ENOSYS ? "ENOSYS" : "EACCES";
    if (options.pid == 0 && options.tasks.empty() && level > 0 && sys_errno == EACCES) {
      error.message =
          fmt::format("the kernel refuses to sample {}: {} (kernel.perf_event_paranoid = {})",
                      options.cgroup_fd >= 0 ? "a control group" : "the whole system", name, level);
      error.fixes = {"record as root: sudo hone record ...",
                     "sudo sysctl kernel.perf_event_paranoid=0      (until reboot)",
                     "record your own processes: hone record -p PID"};
    } else if (level > 2) {
      error.message = fmt::format(
          "the kernel refuses to sample: EACCES (kernel.perf_event_paranoid = {})", level);
      error.fixes = {"sudo sysctl kernel.perf_event_paranoid=2      (until reboot)",
                     "sudo setcap cap_perfmon=ep $(command -v hone) (for this program only)"};
    } else if (!options.tasks.empty() && sys_errno == EACCES) {
      error.message =
          "the kernel refuses to sample the process: EACCES (it has other privileges than you)";
      error.fixes = {"record it as root: sudo hone record -p PID"};
    } else {
      error.message = fmt::format(
          "the kernel refuses to sample: {} (kernel.perf_event_paranoid = {}, so a container or "
          "seccomp profile forbids perf_event_open)",
          name, level);
      error.fixes = {
          "run the container with --cap-add PERFMON (or --security-opt seccomp=unconfined)",
          "record from outside of the container"};
    }
    error.effect = "the program was not started; nothing was recorded";
    return tl::unexpected(std::move(error));
  }
  auto other = fail_errno("perf_event_open", sys_errno);
  other.value().number = "E020";
  other.value().effect = "the program was not started; nothing was recorded";
  if (sys_errno == ENOSYS) other.value().fixes = {"use a kernel built with CONFIG_PERF_EVENTS"};
  if (sys_errno == EMFILE) other.value().fixes = {"raise the limit of open files: ulimit -n 65536"};
  return other;
}

}  // namespace hone::capture
