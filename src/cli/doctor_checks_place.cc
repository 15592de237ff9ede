#include <fmt/format.h>

#include <algorithm>

#include "base/host/text.h"
#include "cli/doctor_checks.h"

namespace hone::cli {
namespace {

// A recording of some minutes, and the cache of a large program.
constexpr uint64_t kFreeBytesWanted = 50'000'000;

Check timer_sampler(const TimerTrial& timer) {
  Check out{.id = "timer-sampler", .says = "the timer sampler can be loaded into programs"};
  if (!timer.agent.empty() && timer.problem.empty() && timer.timer_errno == 0) return out;
  out.state = CheckState::kLimited;
  out.effect = "where the kernel refuses perf, nothing can be recorded";
  if (timer.agent.empty()) {
    out.says = "libhone-agent.so is not beside this program";
    out.fixes = {"install the whole package, or build it: ./dev build"};
  } else if (!timer.problem.empty()) {
    out.says = timer.problem;
    out.fixes = {"check that it may be read and mapped: " + timer.agent};
  } else {
    out.says = "timer_create: " + errno_name(timer.timer_errno);
    out.fixes = {"a seccomp profile that lets timer_create through"};
  }
  return out;
}

Check kernel_names(const MachineFacts& facts) {
  Check out{.id = "kernel-names", .says = "names of kernel functions can be read"};
  if (facts.kernel_names_problem.empty()) return out;
  out.state = CheckState::kLimited;
  out.says = facts.kptr_restrict < 0
                 ? facts.kernel_names_problem
                 : fmt::format("kernel addresses are hidden (kernel.kptr_restrict = {})",
                               facts.kptr_restrict);
  out.effect = "kernel time is shown without function names";
  out.fixes = {"sudo sysctl kernel.kptr_restrict=0 kernel.perf_event_paranoid=1   (until reboot)"};
  return out;
}

Check debuginfod(const Surroundings& place) {
  if (!place.debuginfod_urls.empty()) {
    return {.id = "debuginfod", .says = "DEBUGINFOD_URLS = " + place.debuginfod_urls};
  }
  return {.id = "debuginfod",
          .state = CheckState::kLimited,
          .says = "DEBUGINFOD_URLS is not set",
          .effect = "stripped system libraries show without function names or lines",
          .fixes = {"export DEBUGINFOD_URLS=https://debuginfod.debian.net",
                    "install the -dbgsym packages"}};
}

Check proc(const Surroundings& place) {
  if (place.proc_mounted) return {.id = "proc", .says = "/proc is mounted"};
  return {.id = "proc",
          .state = CheckState::kLimited,
          .says = "/proc is not mounted",
          .effect = "hone record -p does not work, and deep stacks and kernel names are not had",
          .fixes = {"mount -t proc proc /proc"}};
}

Check seccomp(const Surroundings& place) {
  Check out{.id = "seccomp", .says = "no filter of system calls"};
  if (place.seccomp_mode == 2) out.says = "a filter of system calls is in force";
  if (place.seccomp_mode == 1) out.says = "strict";
  return out;
}

Check surroundings(const Surroundings& place) {
  std::vector<std::string> kinds;
  if (!place.container.empty()) kinds.push_back("a container: " + place.container);
  if (place.user_namespace) kinds.push_back("a user namespace");
  if (place.pid_namespace) kinds.push_back("a PID namespace");
  Check out{.id = "place", .says = "no container and no namespace of its own"};
  if (kinds.empty()) return out;
  out.says = fmt::format("in {}", fmt::join(kinds, ", "));
  return out;
}

Check clock(const Surroundings& place) {
  static constexpr std::string_view kFast[] = {"tsc", "kvm-clock", "arch_sys_counter",
                                               "hyperv_clocksource_tsc_page"};
  Check out{.id = "clock", .says = place.clock_source};
  if (place.clock_source.empty()) {
    out.says = "the clock source cannot be read";
    return out;
  }
  const bool fast =
      std::find(std::begin(kFast), std::end(kFast), place.clock_source) != std::end(kFast);
  if (fast) return out;
  out.state = CheckState::kLimited;
  out.effect = "each time stamp is a system call: samples and spans cost more";
  out.fixes = {"look why: sudo dmesg | grep -i -e tsc -e clocksource"};
  return out;
}

Check folder(const Surroundings& place) {
  Check out{.id = "folder", .says = place.folder.empty() ? "the current folder" : place.folder};
  if (place.folder_errno != 0) {
    out.state = CheckState::kLimited;
    out.says += ": " + errno_name(place.folder_errno);
    out.effect = "recordings cannot be written here";
    out.fixes = {"hone record -o /a/folder/of/yours/app.hone -- ./app"};
  } else if (place.folder_free_bytes < kFreeBytesWanted) {
    out.state = CheckState::kLimited;
    out.says += fmt::format(": {} free", base::bytes_text(place.folder_free_bytes));
    out.effect = "long recordings do not fit";
    out.fixes = {"make room, or record elsewhere with -o FILE"};
  }
  return out;
}

Check cache(const Surroundings& place) {
  Check out{.id = "cache", .says = place.cache_folder};
  if (place.cache_folder.empty()) {
    out.says = "no cache folder can be written";
  } else if (place.cache_free_bytes < kFreeBytesWanted) {
    out.says += fmt::format(": {} free", base::bytes_text(place.cache_free_bytes));
  } else {
    return out;
  }
  out.state = CheckState::kLimited;
  out.effect = "every recording reads tables and symbols anew";
  out.fixes = {"export XDG_CACHE_HOME=/a/folder/of/yours"};
  return out;
}

}  // namespace

void judge_place(const MachineFacts& facts, std::vector<Check>& out) {
  out.push_back(timer_sampler(facts.timer));
  out.push_back(kernel_names(facts));
  out.push_back(debuginfod(facts.place));
  out.push_back(proc(facts.place));
  out.push_back(seccomp(facts.place));
  out.push_back(surroundings(facts.place));
  out.push_back(clock(facts.place));
  out.push_back(folder(facts.place));
  out.push_back(cache(facts.place));
}

}  // namespace hone::cli
