#include "cli/doctor_checks.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/host/text.h"
#include "cli/version.h"
#include "report/escape.h"

namespace hone::cli {
namespace {

// With less, the kernel drops samples whenever the recorder has to wait for a CPU.
constexpr uint64_t kRingBytesWanted = 512 << 10;

std::string errno_text(int number) {
  if (number == EACCES) return "EACCES";
  if (number == EPERM) return "EPERM";
  if (number == ENOENT) return "ENOENT";
  if (number == ENOSYS) return "ENOSYS";
  if (number == EOPNOTSUPP) return "EOPNOTSUPP";
  return std::strerror(number);
}

bool is_refusal(int number) {
  return number == EACCES || number == EPERM;
}

std::vector<std::string> permission_fixes(const MachineFacts& facts, int level) {
  if (facts.paranoid <= level && facts.paranoid != -100) {
    return {"in a container: docker run --cap-add PERFMON --security-opt seccomp=unconfined"};
  }
  return {fmt::format("sudo sysctl kernel.perf_event_paranoid={}   (until reboot)", level),
          "sudo setcap cap_perfmon=ep $(command -v hone)   (for Hone only)"};
}

Check sampling(const MachineFacts& facts) {
  Check out{.id = "sampling", .required = true};
  if (facts.user_side_errno == 0) {
    out.says = "programs of yours can be sampled";
    return out;
  }
  out.state = CheckState::kFailed;
  out.says = "perf_event_open: " + errno_text(facts.user_side_errno);
  out.effect = "hone record cannot work";
  out.fixes = is_refusal(facts.user_side_errno)
                  ? permission_fixes(facts, 2)
                  : std::vector<std::string>{"a kernel built with CONFIG_PERF_EVENTS"};
  return out;
}

Check paranoid(const MachineFacts& facts) {
  Check out{.id = "paranoid"};
  if (facts.paranoid == -100) {
    out.state = CheckState::kLimited;
    out.says = "kernel.perf_event_paranoid cannot be read";
    out.effect = "what is permitted was found by trying";
    out.fixes = {"mount /proc"};
    return out;
  }
  out.says = fmt::format("kernel.perf_event_paranoid = {}", facts.paranoid);
  if (facts.paranoid > 1 && !facts.privileged) {
    out.state = CheckState::kLimited;
    out.effect = facts.paranoid > 2 ? "no sampling without CAP_PERFMON" : "user side only";
    out.fixes = permission_fixes(facts, 1);
  }
  return out;
}

// Where something that a recording can do without was tried.
Check optional(std::string_view id, int error, std::string works, std::string effect,
               std::vector<std::string> fixes) {
  if (error == 0) return {.id = id, .says = std::move(works)};
  return {.id = id,
          .state = CheckState::kLimited,
          .says = "perf_event_open: " + errno_text(error),
          .effect = std::move(effect),
          .fixes = std::move(fixes)};
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

Check debuginfod(const MachineFacts& facts) {
  if (!facts.debuginfod_urls.empty()) {
    return {.id = "debuginfod", .says = "DEBUGINFOD_URLS = " + facts.debuginfod_urls};
  }
  return {.id = "debuginfod",
          .state = CheckState::kLimited,
          .says = "DEBUGINFOD_URLS is not set",
          .effect = "stripped system libraries show without function names or lines",
          .fixes = {"export DEBUGINFOD_URLS=https://debuginfod.debian.net",
                    "install the -dbgsym packages"}};
}

Check cache(const MachineFacts& facts) {
  if (!facts.cache_folder.empty()) return {.id = "cache", .says = facts.cache_folder};
  return {.id = "cache",
          .state = CheckState::kLimited,
          .says = "no cache folder can be written",
          .effect = "every recording reads tables and symbols anew",
          .fixes = {"export XDG_CACHE_HOME=/a/folder/of/yours"}};
}

Check locked_memory(const MachineFacts& facts) {
  Check out{.id = "locked-memory"};
  if (facts.privileged || facts.locked_limit_bytes == UINT64_MAX) {
    out.says = "no limit on sample buffers";
    return out;
  }
  out.says = fmt::format("{} a CPU for sample buffers, and {} in all",
                         base::bytes_text(facts.ring_limit_bytes),
                         base::bytes_text(facts.locked_limit_bytes));
  if (facts.ring_limit_bytes + facts.locked_limit_bytes >= kRingBytesWanted) return out;
  out.state = CheckState::kLimited;
  out.effect = "samples may be lost when the machine is busy";
  out.fixes = {"sudo sysctl kernel.perf_event_mlock_kb=1028   (until reboot)"};
  return out;
}

std::string_view state_name(CheckState state) {
  switch (state) {
    case CheckState::kOk:
      return "ok";
    case CheckState::kLimited:
      return "limited";
    case CheckState::kFailed:
      return "failed";
  }
  return "";
}

}  // namespace

std::vector<Check> judge(const MachineFacts& facts) {
  std::vector<Check> out;
  out.push_back(sampling(facts));
  out.push_back(paranoid(facts));
  out.push_back(optional("kernel-side", facts.kernel_side_errno, "kernel frames can be sampled",
                         "time in the kernel is not seen", permission_fixes(facts, 1)));
  out.push_back(optional("whole-machine", facts.whole_machine_errno,
                         "every CPU can be sampled at a steady rate",
                         "threads shorter than a sampling period are counted, not sampled; "
                         "hone record -a and --cgroup do not work",
                         permission_fixes(facts, 0)));
  out.push_back(optional("hardware-counters", facts.hardware_errno,
                         "the processor's cycle counter works",
                         "samples are taken by the timer instead, which is as good for time",
                         {"nothing, where a virtual machine has no counters"}));
  out.push_back(kernel_names(facts));
  out.push_back(debuginfod(facts));
  out.push_back(cache(facts));
  out.push_back(locked_memory(facts));
  return out;
}

bool all_required_ok(const std::vector<Check>& checks) {
  for (const Check& check : checks) {
    if (check.required && check.state == CheckState::kFailed) return false;
  }
  return true;
}

std::string checks_text(const std::vector<Check>& checks, const report::TextStyle& style) {
  std::string out;
  for (const Check& check : checks) {
    const report::Ink ink = check.state == CheckState::kOk       ? report::Ink::kDim
                            : check.state == CheckState::kFailed ? report::Ink::kAct
                                                                 : report::Ink::kLook;
    out += fmt::format("{}  {:<18} {}\n",
                       report::paint(style, ink, fmt::format("{:<7}", state_name(check.state))),
                       check.id, report::terminal_text(check.says));
    if (check.state == CheckState::kOk) continue;
    out += fmt::format("           effect: {}\n", report::terminal_text(check.effect));
    for (size_t i = 0; i < check.fixes.size(); ++i) {
      out += fmt::format("           {}{}\n",
                         i == 0 ? "fix:    " : "or:     ", report::terminal_text(check.fixes[i]));
    }
  }
  return out;
}

std::string checks_json(const std::vector<Check>& checks) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Check& check : checks) {
    list.push_back({{"id", check.id},
                    {"required", check.required},
                    {"state", state_name(check.state)},
                    {"says", check.says},
                    {"effect", check.effect},
                    {"fixes", check.fixes}});
  }
  const nlohmann::ordered_json out = {{"schema", "hone.doctor/1"},
                                      {"tool", "hone"},
                                      {"version", kVersion},
                                      {"ok", all_required_ok(checks)},
                                      {"checks", std::move(list)}};
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace hone::cli
