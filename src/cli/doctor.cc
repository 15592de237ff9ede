#include <linux/capability.h>
#include <linux/perf_event.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/host/file.h"
#include "cli/command.h"
#include "cli/doctor_checks.h"
#include "cli/shared_flags.h"
#include "cli/terminal.h"
#include "symbols/kernel.h"

namespace hone::cli {
namespace {

struct Attempt {
  uint32_t type = PERF_TYPE_SOFTWARE;
  uint64_t config = PERF_COUNT_SW_CPU_CLOCK;
  bool kernel = false;
  pid_t pid = 0;
  int cpu = -1;
};

// Opens the event and lets it go. 0, or the error number of the refusal.
int try_event(const Attempt& attempt) {
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = attempt.type;
  attr.config = attempt.config;
  attr.disabled = 1;
  attr.exclude_kernel = !attempt.kernel;
  attr.exclude_hv = 1;
  const auto fd = static_cast<int>(
      ::syscall(SYS_perf_event_open, &attr, attempt.pid, attempt.cpu, -1, PERF_FLAG_FD_CLOEXEC));
  if (fd < 0) return errno;
  ::close(fd);
  return 0;
}

long number_in(const char* path, long absent) {
  auto text = base::read_file(path, 4096);
  return text ? std::strtol(text->c_str(), nullptr, 10) : absent;
}

bool has_capability(unsigned bit) {
  auto status = base::read_file("/proc/self/status", 1 << 16);
  const size_t at = status ? status->find("CapEff:") : std::string::npos;
  if (at == std::string::npos) return false;
  return (std::strtoull(status->c_str() + at + 7, nullptr, 16) >> bit & 1) != 0;
}

MachineFacts look_around() {
  MachineFacts facts;
  facts.paranoid = static_cast<int>(number_in("/proc/sys/kernel/perf_event_paranoid", -100));
  facts.user_side_errno = try_event({});
  facts.kernel_side_errno = try_event({.kernel = true});
  facts.whole_machine_errno = try_event({.kernel = true, .pid = -1, .cpu = 0});
  facts.hardware_errno =
      try_event({.type = PERF_TYPE_HARDWARE, .config = PERF_COUNT_HW_CPU_CYCLES});
  facts.kptr_restrict = static_cast<int>(number_in("/proc/sys/kernel/kptr_restrict", -1));
  if (auto kernel = symbols::KernelSymbols::load(); !kernel) {
    facts.kernel_names_problem = kernel.error().message;
  }
  const char* urls = std::getenv("DEBUGINFOD_URLS");
  facts.debuginfod_urls = urls == nullptr ? "" : urls;
  facts.cache_folder = base::cache_folder();
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
    facts.locked_limit_bytes =
        limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : uint64_t{limit.rlim_cur};
  }
  facts.ring_limit_bytes =
      static_cast<uint64_t>(number_in("/proc/sys/kernel/perf_event_mlock_kb", 516)) * 1024;
  facts.privileged = ::geteuid() == 0 || has_capability(CAP_PERFMON);
  return facts;
}

Result<int> run_doctor(const Invocation& invocation) {
  const std::vector<Check> checks = judge(look_around());
  const report::TextStyle style = style_of(Stream::kOut, invocation.options.color, false);
  const bool works = all_required_ok(checks);
  if (invocation.options.json) {
    HONE_TRY(print(Stream::kOut, checks_json(checks)));
  } else {
    const char* verdict =
        works ? "\nhone record works here.\n" : "\nhone record cannot work here.\n";
    HONE_TRY(print(Stream::kOut, checks_text(checks, style) + verdict));
  }
  return works ? 0 : 1;
}

}  // namespace

const Command& doctor_command() {
  static const Command command = {
      .name = "doctor",
      .summary = "check what this machine permits, with the fix for each limit",
      .usage = "[flags]",
      .examples = {{"hone doctor", ""}, {"hone doctor --json", ""}},
      .details = "Exit status 1 when a required check fails: then hone record cannot work here.",
      .flags = {json_flag(), color_flag()},
      .run = &run_doctor};
  return command;
}

}  // namespace hone::cli
