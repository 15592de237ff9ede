// The signal handler: when a sample is due, what it stands for, and when to leave a thread alone.
#include "guest/agent/agent.h"
#include "guest/agent/kernel.h"

namespace hone::agent {
namespace {

constexpr unsigned long kSaSiginfo = 4, kSaOnstack = 0x08000000, kSaRestart = 0x10000000,
                        kSaRestorer = 0x04000000;
constexpr int kFirstRealTime = 35, kLastRealTime = 64;
// Nobody reads: look again when the thread has run for that long.
constexpr int64_t kAbandonedNs = 250'000'000;
// A sample stands for at most that many periods and a tick of the slowest kernel: what lies longer
// back (the signal was blocked) happened somewhere else.
constexpr int64_t kPeriodsMax = 4, kTickNs = 10'000'000;
// In a pause a thread looks again when it has run for a period, then for twice as long, and so on:
// a short pause ends at once for it, and a long one costs it a hundredth of a sampler. No signal
// from outside could tell it of the end: one that comes while it calls exec would kill it.
constexpr int64_t kPauseWaitMaxNs = 10'000'000;

#if defined(__x86_64__)
// In the bytes by which debuggers and unwinders know it.
__asm__(
    ".text\n"
    ".p2align 4\n"
    "  nop\n"
    "hone_agent_restore:\n"
    "  mov $15, %rax\n"
    "  syscall\n");
extern "C" __attribute__((visibility("hidden"))) void hone_agent_restore();
#endif

void leave_alone(uint32_t ring, ThreadState& thread, int64_t period_ns) {
  const int64_t wait_ns = thread.pause_wait_ns > 0 ? 2 * thread.pause_wait_ns : period_ns;
  thread.pause_wait_ns = wait_ns < kPauseWaitMaxNs ? wait_ns : kPauseWaitMaxNs;
  thread.first = false;
  set_awake(ring, false, thread.pause_wait_ns);
}

void sample(uint32_t ring, ThreadState& thread, ucontext* context) {
  const int64_t cpu = clock_ns(kClockThreadCpu);
  const Interrupted what = resume_call(context, cpu);
  wire::RingEntry& entry = session.entries[ring];
  const wire::ControlPage& control = *session.control;
  follow_tables();
  const int64_t now = clock_ns(kClockMonotonic);
  const auto period = (int64_t)wire::load_relaxed(control.period_ns);
  int64_t weight = cpu - thread.cpu_ns;
  wire::store_relaxed(entry.cpu_ns, cpu);
  if (now >= wire::load_relaxed(control.lease_until_ns)) {
    thread.cpu_ns = cpu;
    set_awake(ring, false, kAbandonedNs);
    return;
  }
  if (wire::load_acquire(control.enabled) == 0) {
    thread.cpu_ns = cpu;
    leave_alone(ring, thread, period);
    return;
  }
  if (thread.pause_wait_ns > 0) {
    // Of what it has used since it last looked, no more than lies behind the pause.
    const int64_t since = now - wire::load_relaxed(control.resumed_ns);
    if (weight > since) thread.cpu_ns += weight - (since > 0 ? since : 0);
    weight = cpu - thread.cpu_ns;
    thread.pause_wait_ns = 0;
  }
  if (what == Interrupted::kBlockedCall) {
    // What it has used goes to the next sample, which it takes when it runs: at a random time, else
    // bursts of one length would always be seen at the same place.
    set_awake(ring, false, 1 + within(now, period));
    return;
  }
  set_awake(ring, true, 0);
  if (weight <= 0) return;
  thread.cpu_ns = cpu;
  // The timer's first came at a random time: what is found then stands for a period, as it would at
  // any other. (The end of a thread, after its last sample, makes up for it.)
  if (thread.first && weight < period) weight = period;
  thread.first = false;
  const int64_t weight_max = kPeriodsMax * period + kTickNs;
  if (weight > weight_max) {
    wire::store_relaxed(entry.cpu_lost_ns, entry.cpu_lost_ns + weight - weight_max);
    weight = weight_max;
  }
  write_sample(ring, context, now, weight);
}

void on_signal(int, siginfo_t* info, void* context) {
  // Another's signal of the same number: there is nobody to hand it to.
  if (info->si_code != kSiTimer || !session.on) return;
  const auto ring = (uint32_t)info->si_value.sival_int;
  if (ring >= session.ring_count) return;
  ThreadState& thread = session.threads[ring];
  if (thread.tid != thread_id() || thread.in_handler) return;
  thread.in_handler = true;
  sample(ring, thread, (ucontext*)context);
  thread.in_handler = false;
}

}  // namespace

bool install_handler(int signal) {
  struct sigaction action = {};
#if defined(__x86_64__)
  action.sa_handler = (__sighandler_t)(void*)&on_signal;
  action.sa_restorer = &hone_agent_restore;
  action.sa_flags = kSaSiginfo | kSaOnstack | kSaRestart | kSaRestorer;
#else
  action.sa_handler = (__sighandler_t)(void*)&on_signal;
  action.sa_flags = kSaSiginfo | kSaOnstack | kSaRestart;
#endif
  // All others wait: see resume.cc. The kernel excepts SIGKILL and SIGSTOP by itself, and sends
  // signals for faults in any case.
  memset(&action.sa_mask, 0xff, sizeof action.sa_mask);
  return !failed(call(__NR_rt_sigaction, signal, &action, 0L, kSignalSetBytes));
}

namespace {
bool is_free(int signal) {
  struct sigaction action = {};
  return signal != session.signal &&
         !failed(call(__NR_rt_sigaction, signal, 0L, &action, kSignalSetBytes)) &&
         action.sa_handler == SIG_DFL;
}
}  // namespace

// One that has no handler and is not ignored, from where programs seldom look; 0: none.
int free_signal() {
  for (int signal = kLastRealTime - 2; signal >= kFirstRealTime; --signal) {
    if (is_free(signal)) return signal;
  }
  // The two that debuggers like, and one that no kernel of today sends (SIGSTKFLT).
  constexpr int kOthers[] = {kLastRealTime - 1, kLastRealTime, 16};
  for (const int signal : kOthers) {
    if (is_free(signal)) return signal;
  }
  return 0;
}

}  // namespace hone::agent
