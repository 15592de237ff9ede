#include "cli/doctor_checks.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "base/host/text.h"

namespace hone::cli {
namespace {

// With less, the kernel drops samples whenever the recorder has to wait for a CPU.
constexpr uint64_t kRingBytesWanted = 512 << 10;
// The rate of `hone record`.
constexpr long kRateWanted = 997;

bool is_refusal(int number) {
  return number == EACCES || number == EPERM;
}

std::string for_hone_alone() {
  return "sudo setcap cap_perfmon=ep $(command -v hone)   (for Hone only)";
}

// What lets perf_event_open through, where the place forbids it and not the sysctl.
std::vector<std::string> place_fixes(const Surroundings& place) {
  const bool contained = !place.container.empty() || place.seccomp_mode == 2;
  std::vector<std::string> out;
  if (place.container == "kubernetes") {
    out.push_back(
        "securityContext: {capabilities: {add: [PERFMON]}, "
        "seccompProfile: {type: Unconfined}}");
  } else if (contained) {
    out.push_back("in a container: docker run --cap-add PERFMON --security-opt seccomp=unconfined");
  }
  if (place.user_namespace) {
    out.push_back("outside of the user namespace: its root has no rights over the machine's perf");
  }
  if (contained || place.user_namespace || place.pid_namespace) {
    out.push_back("record from outside of it: hone record -p PID");
  }
  return out;
}

// `level`: of kernel.perf_event_paranoid, up to which it is permitted to everybody.
std::vector<std::string> permission_fixes(const MachineFacts& facts, int error, int level) {
  const bool by_level = facts.paranoid > level;
  std::vector<std::string> out;
  // A filter answers EPERM or ENOSYS, the kernel's own rule EACCES.
  if (error != EACCES || !by_level) out = place_fixes(facts.place);
  if (by_level && error == EACCES) {
    out.push_back(fmt::format("sudo sysctl kernel.perf_event_paranoid={}   (until reboot)", level));
    if (!facts.place.user_namespace) out.push_back(for_hone_alone());
  }
  if (!out.empty()) return out;
  if (error == ENOSYS) return {"a kernel built with CONFIG_PERF_EVENTS"};
  if (!is_refusal(error)) return {"see what the kernel logged: sudo dmesg"};
  return {for_hone_alone(), "in a container: docker run --cap-add PERFMON"};
}

std::string plan_text(const SamplerTrial& trial) {
  return fmt::format("perf: {}, {}, by {}; {} of stack a sample, {} of buffer a CPU",
                     trial.whole_machine ? "every CPU at a steady rate" : "process by process",
                     trial.kernel_side ? "kernel frames" : "user side only",
                     trial.hardware_cycles ? "the cycle counter" : "the CPU clock",
                     base::bytes_text(trial.stack_bytes), base::bytes_text(trial.ring_bytes));
}

bool timers_work(const TimerTrial& timer) {
  return !timer.agent.empty() && timer.problem.empty() && timer.timer_errno == 0;
}

// The sum of it: which sampler `hone record` takes for a program, and within which limits.
Check sampler(const MachineFacts& facts) {
  Check out{.id = "sampler", .required = true};
  if (facts.sampler.error == 0) {
    out.says = plan_text(facts.sampler);
    return out;
  }
  if (timers_work(facts.timer)) {
    out.state = CheckState::kLimited;
    out.says = "timers inside the program: perf is refused here";
    out.effect =
        "programs that Hone starts, user side only; no -p, -a or --cgroup, no static "
        "programs";
    out.fixes = permission_fixes(facts, facts.sampler.error, 2);
    return out;
  }
  out.state = CheckState::kFailed;
  out.says = "none: perf is refused here, and there are no timers to take its place";
  out.effect = "hone record ends with E020 and runs nothing";
  out.fixes = permission_fixes(facts, facts.sampler.error, 2);
  return out;
}

Check sampling(const MachineFacts& facts) {
  Check out{.id = "sampling"};
  const SamplerTrial& trial = facts.sampler;
  if (trial.error == 0) {
    out.says = fmt::format("programs of yours can be sampled ({} samples of {})", trial.samples,
                           base::duration_text(DurationNs{trial.cpu_ns}));
    if (trial.samples > 0 || trial.cpu_ns == 0) return out;
    out.state = CheckState::kLimited;
    out.says = fmt::format("events open, but {} of CPU time gave no sample",
                           base::duration_text(DurationNs{trial.cpu_ns}));
    out.effect = "recordings may hold no samples";
    out.fixes = {"check kernel.perf_event_max_sample_rate and perf_cpu_time_max_percent"};
    return out;
  }
  out.state = CheckState::kFailed;
  out.says = "perf_event_open: " + errno_name(trial.error);
  out.effect =
      timers_work(facts.timer) ? "hone record takes the timer sampler" : "hone record cannot work";
  out.fixes = permission_fixes(facts, trial.error, 2);
  return out;
}

Check paranoid(const MachineFacts& facts) {
  Check out{.id = "paranoid"};
  if (facts.paranoid == -100) {
    out.state = CheckState::kLimited;
    out.says = "kernel.perf_event_paranoid cannot be read";
    out.effect = "what is permitted was found by trying";
    out.fixes = {"mount -t proc proc /proc"};
    return out;
  }
  out.says = fmt::format("kernel.perf_event_paranoid = {}", facts.paranoid);
  if (facts.paranoid > 1 && facts.kernel_side_errno == EACCES) {
    out.state = CheckState::kLimited;
    out.effect = facts.paranoid > 2 ? "no sampling without CAP_PERFMON" : "user side only";
    out.fixes = permission_fixes(facts, EACCES, 1);
  }
  return out;
}

// Where something that a recording can do without was tried.
Check optional(std::string_view id, int error, std::string works, std::string effect,
               std::vector<std::string> fixes) {
  if (error == 0) return {.id = id, .says = std::move(works)};
  return {.id = id,
          .state = CheckState::kLimited,
          .says = "perf_event_open: " + errno_name(error),
          .effect = std::move(effect),
          .fixes = std::move(fixes)};
}

Check attach(const MachineFacts& facts) {
  Check out =
      optional("attach", facts.attach_errno, "what runs already can be sampled: -p works",
               "hone record -p does not work", permission_fixes(facts, facts.attach_errno, 2));
  if (!facts.place.proc_mounted) {
    out.says = "what runs already is not known: /proc is not mounted";
    out.fixes = {"mount -t proc proc /proc"};
  }
  return out;
}

Check hardware(const MachineFacts& facts) {
  const bool absent = facts.hardware_errno == ENOENT || facts.hardware_errno == EOPNOTSUPP ||
                      facts.hardware_errno == ENODEV;
  return optional("hardware-counters", facts.hardware_errno, "the processor's cycle counter works",
                  "samples are taken by the CPU clock instead, which is as good for time; "
                  "instructions and cache misses cannot be counted",
                  absent ? std::vector<std::string>{"nothing, where a virtual machine has no "
                                                    "counters"}
                         : permission_fixes(facts, facts.hardware_errno, 2));
}

Check tracepoints(const MachineFacts& facts) {
  Check out{.id = "tracepoints", .says = "sched:sched_switch can be read"};
  if (facts.tracepoint_errno == 0) return out;
  out.state = CheckState::kLimited;
  out.effect = "who woke a waiting thread is not known";
  if (facts.tracefs.empty()) {
    out.says = "tracefs is not mounted";
    out.fixes = {"sudo mount -t tracefs nodev /sys/kernel/tracing   (Hone never does)"};
    return out;
  }
  out.says = fmt::format("{}: {}", facts.tracefs, errno_name(facts.tracepoint_errno));
  out.fixes = {"sudo hone record ...   (tracepoints are for root alone)"};
  return out;
}

// Stacks that are deeper than the copy are read from the process itself.
Check memory(std::string_view id, int error, std::string works, std::string effect) {
  if (error == 0) return {.id = id, .says = std::move(works)};
  return {.id = id,
          .state = CheckState::kLimited,
          .says = "process_vm_readv: " + errno_name(error),
          .effect = std::move(effect),
          .fixes = {"sudo sysctl kernel.yama.ptrace_scope=0   (until reboot)",
                    "in a container: docker run --cap-add SYS_PTRACE"}};
}

Check locked_memory(const MachineFacts& facts) {
  Check out{.id = "locked-memory"};
  if (facts.sampler.error != 0) {
    out.says = fmt::format("{} a CPU for sample buffers", base::bytes_text(facts.ring_limit_bytes));
    return out;
  }
  out.says = fmt::format("{} a CPU for sample buffers", base::bytes_text(facts.sampler.ring_bytes));
  if (facts.sampler.ring_bytes >= kRingBytesWanted) return out;
  // The kernel adds both: what a user may lock a CPU, and what the process may lock in all.
  const uint64_t permitted = facts.ring_limit_bytes + facts.locked_limit_bytes;
  if (facts.locked_limit_bytes != UINT64_MAX && permitted >= kRingBytesWanted * 2) return out;
  out.state = CheckState::kLimited;
  out.effect = "samples may be lost when the machine is busy";
  out.fixes = {"sudo sysctl kernel.perf_event_mlock_kb=1028   (until reboot)"};
  return out;
}

Check sample_rate(const MachineFacts& facts) {
  Check out{.id = "sample-rate"};
  if (facts.sample_rate_max == 0) {
    out.says = "kernel.perf_event_max_sample_rate cannot be read";
    return out;
  }
  out.says = fmt::format("up to {} samples a second and CPU",
                         base::count_text(static_cast<uint64_t>(facts.sample_rate_max)));
  if (facts.sample_rate_max >= kRateWanted) return out;
  out.state = CheckState::kLimited;
  out.effect = "the kernel drops what is more than that: shares hold, rates do not";
  out.fixes = {"sudo sysctl kernel.perf_event_max_sample_rate=100000   (until reboot)",
               "hone record -F 97 -- ./app"};
  return out;
}

}  // namespace

std::string errno_name(int number) {
  if (number == EACCES) return "EACCES";
  if (number == EPERM) return "EPERM";
  if (number == ENOENT) return "ENOENT";
  if (number == ENOSYS) return "ENOSYS";
  if (number == EOPNOTSUPP) return "EOPNOTSUPP";
  if (number == ENOTTY) return "ENOTTY";
  return std::strerror(number);
}

void judge_sampling(const MachineFacts& facts, std::vector<Check>& out) {
  out.push_back(sampler(facts));
  out.push_back(sampling(facts));
  out.push_back(paranoid(facts));
  out.push_back(optional("kernel-side", facts.kernel_side_errno, "kernel frames can be sampled",
                         "time in the kernel is not seen",
                         permission_fixes(facts, facts.kernel_side_errno, 1)));
  out.push_back(optional("whole-machine", facts.whole_machine_errno,
                         "every CPU can be sampled at a steady rate: -a and --cgroup work",
                         "threads shorter than a sampling period are counted, not sampled; "
                         "hone record -a and --cgroup do not work",
                         permission_fixes(facts, facts.whole_machine_errno, 0)));
  out.push_back(attach(facts));
  out.push_back(hardware(facts));
  out.push_back(optional("switch-records", facts.switches_errno, "context switches are told",
                         "waiting cannot be timed",
                         permission_fixes(facts, facts.switches_errno, 2)));
  out.push_back(tracepoints(facts));
  out.push_back(memory("stack-reading", facts.child_memory_errno,
                       "stacks deeper than their copies can be read from the program",
                       "stacks deeper than their copies end early, and are counted as broken"));
  out.push_back(memory("attach-reading", facts.other_memory_errno, "and from what runs already",
                       "with -p, stacks deeper than their copies end early"));
  out.push_back(locked_memory(facts));
  out.push_back(sample_rate(facts));
}

std::vector<Check> judge(const MachineFacts& facts) {
  std::vector<Check> out;
  judge_sampling(facts, out);
  judge_place(facts, out);
  return out;
}

bool all_required_ok(const std::vector<Check>& checks) {
  for (const Check& check : checks) {
    if (check.required && check.state == CheckState::kFailed) return false;
  }
  return true;
}

}  // namespace hone::cli
