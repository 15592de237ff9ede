#include "cli/doctor_trials.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "base/host/clock.h"
#include "base/host/file.h"
#include "capture/agent_socket.h"
#include "capture/perf_events.h"
#include "cli/doctor_surroundings.h"
#include "symbols/kernel.h"

extern char** environ;

namespace hone::cli {
namespace {

// A process that was left behind, because we were killed, ends itself after that long.
constexpr unsigned kLifeSeconds = 10;
// So much CPU time of the process is sampled, and so long it is waited for on a busy machine.
constexpr int64_t kSampledNs = 20'000'000;
constexpr int64_t kPatienceNs = 500'000'000;
constexpr int64_t kNapNs = 4'000'000;

// A process that computes until this is gone.
class Busy {
 public:
  enum class Kind : uint8_t { kChild, kOrphan };

  explicit Busy(Kind kind) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    const base::UniqueFd from{ends[0]};
    base::UniqueFd to{ends[1]};
    const pid_t child = ::fork();
    if (child == 0) begin(kind, to.get());
    to.reset();
    if (child < 0) return;
    pid_t told = 0;
    if (::read(from.get(), &told, sizeof told) == sizeof told) pid_ = told;
    if (kind == Kind::kChild) {
      child_ = child;
    } else {
      ::waitpid(child, nullptr, 0);
    }
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    if (child_ > 0) ::waitpid(child_, nullptr, 0);
  }

  pid_t pid() const { return pid_; }  // 0: it could not be started
  int64_t cpu_ns() const {
    clockid_t clock{};
    return ::clock_getcpuclockid(pid_, &clock) == 0 ? base::now_ns(clock) : -1;
  }

 private:
  [[noreturn]] static void begin(Kind kind, int to) {
    if (kind == Kind::kOrphan && ::fork() != 0) ::_exit(0);
    ::alarm(kLifeSeconds);
    const pid_t self = ::getpid();
    if (::write(to, &self, sizeof self) != sizeof self) ::_exit(1);
    for (;;) asm volatile("");
  }
  pid_t pid_ = 0, child_ = 0;
};

struct Attempt {
  uint32_t type = PERF_TYPE_SOFTWARE;
  uint64_t config = PERF_COUNT_SW_CPU_CLOCK;
  bool kernel = false;
  bool switches = false;
  pid_t pid = 0;
  int cpu = -1;
};

TriedErrno try_event(const Attempt& attempt) {
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = attempt.type;
  attr.config = attempt.config;
  attr.disabled = 1;
  attr.exclude_kernel = !attempt.kernel;
  attr.exclude_hv = 1;
  attr.context_switch = attempt.switches;
  const auto fd = static_cast<int>(
      ::syscall(SYS_perf_event_open, &attr, attempt.pid, attempt.cpu, -1, PERF_FLAG_FD_CLOEXEC));
  if (fd < 0) return errno;
  ::close(fd);
  return 0;
}

uint64_t count_samples(capture::PerfEvents& events, pid_t pid) {
  uint64_t count = 0;
  for (capture::PerfCpu& cpu : events.cpus()) {
    cpu.ring.refresh();
    for (auto record = cpu.ring.peek(); !record.empty(); record = cpu.ring.peek()) {
      // Header, instruction pointer, process: see capture::kPerfSampleBase.
      perf_event_header header;
      uint32_t of = 0;
      std::memcpy(&header, record.data(), sizeof header);
      if (header.type == PERF_RECORD_SAMPLE && record.size() >= sizeof header + 12) {
        std::memcpy(&of, record.data() + sizeof header + 8, sizeof of);
        if (of == static_cast<uint32_t>(pid)) ++count;
      }
      cpu.ring.pop();
    }
  }
  return count;
}

// By what `hone record` itself uses, so that what is said here is what happens there.
SamplerTrial try_sampler() {
  const Busy busy(Busy::Kind::kChild);
  if (busy.pid() == 0) return {.error = EAGAIN, .says = "no process could be started"};
  auto events = capture::PerfEvents::open({.tasks = {busy.pid()}});
  if (!events) {
    const int error = events.error().sys_errno;
    return {.error = error == 0 ? EIO : error, .says = events.error().message};
  }
  const capture::PerfPlan& plan = events->plan();
  SamplerTrial out{.whole_machine = plan.whole_machine,
                   .kernel_side = plan.kernel_side,
                   .hardware_cycles = plan.hardware_cycles,
                   .stack_bytes = plan.stack_bytes,
                   .ring_bytes = plan.ring_bytes,
                   .cpu_count = plan.cpu_count};
  const int64_t cpu_before = busy.cpu_ns();
  const int64_t deadline = base::now_ns(CLOCK_MONOTONIC) + kPatienceNs;
  while (base::now_ns(CLOCK_MONOTONIC) < deadline) {
    const timespec nap{.tv_sec = 0, .tv_nsec = kNapNs};
    ::nanosleep(&nap, nullptr);
    out.cpu_ns = busy.cpu_ns() - cpu_before;
    out.samples += count_samples(*events, busy.pid());
    if (out.cpu_ns >= kSampledNs && out.samples > 0) break;
  }
  return out;
}

TriedErrno try_memory(pid_t pid) {
  if (pid == 0) return EAGAIN;
  // It is a copy of us: what lies here lies there, too.
  static const uint64_t marker = 0x686f6e65;
  uint64_t copy = 0;
  iovec here{.iov_base = &copy, .iov_len = sizeof copy};
  iovec there{.iov_base = const_cast<uint64_t*>(&marker), .iov_len = sizeof marker};
  if (::process_vm_readv(pid, &here, 1, &there, 1, 0) < 0) return errno;
  return copy == marker ? 0 : EFAULT;
}

// Neither a child of ours nor known to us: as any process that runs already.
void try_orphan(MachineFacts& facts) {
  const Busy orphan(Busy::Kind::kOrphan);
  facts.other_memory_errno = try_memory(orphan.pid());
  facts.attach_errno = orphan.pid() == 0 ? EAGAIN : try_event({.pid = orphan.pid()});
  if (facts.attach_errno != 0) return;
  const auto maps = base::read_file("/proc/" + std::to_string(orphan.pid()) + "/maps");
  if (!maps) facts.attach_errno = maps.error().sys_errno;
}

void try_tracepoint(MachineFacts& facts) {
  const auto mounts = base::read_file("/proc/self/mounts");
  facts.tracepoint_errno = ENOENT;
  if (!mounts) return;
  // Each line is: device, folder, kind, and more.
  for (size_t line = 0; line < mounts->size(); line = mounts->find('\n', line) + 1) {
    const size_t end = std::min(mounts->find('\n', line), mounts->size());
    const std::string text = mounts->substr(line, end - line);
    const size_t folder = text.find(' ') + 1, kind = text.find(' ', folder);
    if (kind != std::string::npos && text.compare(kind, 9, " tracefs ") == 0) {
      facts.tracefs = text.substr(folder, kind - folder);
    }
    if (end == mounts->size()) break;
  }
  if (facts.tracefs.empty()) return;
  const auto id = base::read_file(facts.tracefs + "/events/sched/sched_switch/id", 64);
  if (!id) {
    facts.tracepoint_errno = id.error().sys_errno;
    return;
  }
  facts.tracepoint_errno = try_event({.type = PERF_TYPE_TRACEPOINT,
                                      .config = std::strtoull(id->c_str(), nullptr, 10),
                                      .kernel = true});
}

// What the dynamic linker says of loading it into a program: into this one, started anew.
std::string try_preload(const std::string& agent) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::strerror(errno);
  const base::UniqueFd from{ends[0]};
  base::UniqueFd to{ends[1]};
  std::string preload = "LD_PRELOAD=" + agent;
  std::vector<char*> environment;
  for (char** at = environ; *at != nullptr; ++at) {
    if (std::strncmp(*at, "LD_PRELOAD=", 11) != 0) environment.push_back(*at);
  }
  environment.push_back(preload.data());
  environment.push_back(nullptr);
  char program[] = "/proc/self/exe", word[] = "version";
  char* words[] = {program, word, nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, to.get(), STDERR_FILENO);
  pid_t child = 0;
  const int refused = ::posix_spawn(&child, program, &actions, nullptr, words, environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  to.reset();
  if (refused != 0) return std::strerror(refused);
  std::string said;
  char bytes[1024];
  for (ssize_t n; (n = ::read(from.get(), bytes, sizeof bytes)) > 0;) {
    said.append(bytes, static_cast<size_t>(n));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0 && said.empty()) said = "a program that loads it does not run";
  return said.substr(0, said.find('\n'));
}

TimerTrial try_timers() {
  TimerTrial out;
  if (auto agent = capture::find_agent()) out.agent = std::move(*agent);
  timer_t timer{};
  sigevent event{};
  event.sigev_notify = SIGEV_NONE;
  if (::timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) != 0) {
    out.timer_errno = errno;
  } else {
    ::timer_delete(timer);
  }
  if (out.agent.empty()) return out;
  out.problem = try_preload(out.agent);
  // Its programs find us through a socket.
  if (auto socket = capture::AgentSocket::open(); out.problem.empty() && !socket) {
    out.problem = socket.error().message;
  }
  return out;
}

long number_in(const char* path, long absent) {
  auto text = base::read_file(path, 4096);
  return text ? std::strtol(text->c_str(), nullptr, 10) : absent;
}

void read_limits(MachineFacts& facts) {
  facts.paranoid = static_cast<int>(number_in("/proc/sys/kernel/perf_event_paranoid", -100));
  facts.kptr_restrict = static_cast<int>(number_in("/proc/sys/kernel/kptr_restrict", -1));
  facts.sample_rate_max = number_in("/proc/sys/kernel/perf_event_max_sample_rate", 0);
  facts.ring_limit_bytes =
      static_cast<uint64_t>(number_in("/proc/sys/kernel/perf_event_mlock_kb", 516)) * 1024;
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
    facts.locked_limit_bytes =
        limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : uint64_t{limit.rlim_cur};
  }
}

}  // namespace

MachineFacts try_machine() {
  MachineFacts facts;
  facts.place = look_around();
  read_limits(facts);
  facts.sampler = try_sampler();
  facts.kernel_side_errno = try_event({.kernel = true});
  facts.whole_machine_errno = try_event({.kernel = true, .pid = -1, .cpu = 0});
  facts.hardware_errno =
      try_event({.type = PERF_TYPE_HARDWARE, .config = PERF_COUNT_HW_CPU_CYCLES});
  facts.switches_errno = try_event({.switches = true});
  {
    const Busy child(Busy::Kind::kChild);
    facts.child_memory_errno = try_memory(child.pid());
  }
  try_orphan(facts);
  try_tracepoint(facts);
  if (auto kernel = symbols::KernelSymbols::load(); !kernel) {
    facts.kernel_names_problem = kernel.error().message;
  }
  facts.timer = try_timers();
  return facts;
}

}  // namespace hone::cli
