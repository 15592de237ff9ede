#include "guest/agent/agent.h"
#include "guest/agent/kernel.h"

namespace hone::agent {
namespace {

constexpr int kSigUnblock = 1;
constexpr int kPrGetName = 16;

bool try_take(uint32_t ring) {
  auto expected = (uint32_t)wire::RingState::kFree;
  uint32_t* const state = &session.entries[ring].state;
  return __atomic_load_n(state, __ATOMIC_RELAXED) == expected &&
         __atomic_compare_exchange_n(state, &expected, (uint32_t)wire::RingState::kTaking, false,
                                     __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

// One that was used before, or the next: the recorder looks at no more than have been used.
uint32_t take_ring() {
  static uint32_t hint = 0;
  uint32_t* const used = &session.control->rings_used;
  uint32_t count = wire::load_acquire(*used);
  const uint32_t start = wire::load_relaxed(hint);
  for (uint32_t i = 0; i < count && count <= session.ring_count; ++i) {
    const uint32_t ring = (start + i) % count;
    if (!try_take(ring)) continue;
    wire::store_relaxed(hint, ring + 1);
    return ring;
  }
  while (count < session.ring_count) {
    if (__atomic_compare_exchange_n(used, &count, count + 1, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
      if (try_take(count)) return count;
      ++count;
    }
  }
  return kNoRing;
}

int make_timer(int clock, uint32_t ring, int tid) {
  sigevent event = {};
  event.sigev_value.sival_int = (int)ring;
  event.sigev_signo = session.signal;
  event.sigev_notify = kSigevThreadId;
  event._sigev_un._tid = tid;
  int timer = -1;
  return failed(call(__NR_timer_create, clock, &event, &timer)) ? -1 : timer;
}

void set_timer(int timer, int64_t first_ns, int64_t period_ns) {
  const auto spec = [](int64_t ns) {
    return __kernel_timespec{ns / 1'000'000'000, ns % 1'000'000'000};
  };
  const __kernel_itimerspec wanted = {spec(period_ns), spec(first_ns)};
  call(__NR_timer_settime, timer, 0, &wanted, 0L);
}

void delete_timers(ThreadState& thread) {
  if (thread.wall_timer >= 0) call(__NR_timer_delete, thread.wall_timer);
  if (thread.cpu_timer >= 0) call(__NR_timer_delete, thread.cpu_timer);
  thread.wall_timer = thread.cpu_timer = -1;
}

// Of this thread, one that a start function of libc hands from begin to end.
__thread uint32_t own_ring __attribute__((tls_model("initial-exec"))) = kNoRing;

}  // namespace

int64_t within(int64_t seed, int64_t limit) {
  auto mixed = (uint64_t)seed * 0x9e3779b97f4a7c15;
  mixed ^= mixed >> 32;
  mixed *= 0xd6e8feb86659fd93;
  return limit > 0 ? (int64_t)((mixed >> 20) % (uint64_t)limit) : 0;
}

void begin_thread(int64_t cpu_ns) {
  own_ring = kNoRing;
  if (!session.on || session.signal == 0) return;
  const uint32_t ring = take_ring();
  if (ring == kNoRing) {
    wire::add_relaxed(session.control->threads_refused, uint64_t{1});
    return;
  }
  const int tid = thread_id();
  ThreadState& thread = session.threads[ring];
  thread = {.tid = tid,
            .wall_timer = -1,
            .cpu_timer = -1,
            .awake = true,
            .first = false,
            .in_handler = false,
            .pause_wait_ns = 0,
            .cpu_ns = cpu_ns};
  thread.wall_timer = make_timer(kClockMonotonic, ring, tid);
  // Of the thread itself by name, so that the clock need not be told apart from another thread's.
  thread.cpu_timer = make_timer(kClockThreadCpu, ring, tid);
  wire::RingEntry& entry = session.entries[ring];
  if (thread.wall_timer < 0 || thread.cpu_timer < 0) {
    // Queued signals are limited (ulimit -i), and timers with them.
    delete_timers(thread);
    wire::add_relaxed(session.control->threads_refused, uint64_t{1});
    wire::store_release(entry.state, (uint32_t)wire::RingState::kFree);
    return;
  }
  entry.tid = (uint32_t)tid;
  entry.start_ns = clock_ns(kClockMonotonic);
  entry.end_ns = 0;
  entry.cpu_start_ns = entry.cpu_ns = cpu_ns;
  entry.samples_lost = 0;
  entry.cpu_lost_ns = 0;
  entry.woken_at = 0;
  call(__NR_prctl, kPrGetName, entry.name);
  wire::store_release(entry.state, (uint32_t)wire::RingState::kLive);
  own_ring = ring;
  const uint64_t ours = uint64_t{1} << (session.signal - 1);
  call(__NR_rt_sigprocmask, kSigUnblock, &ours, 0L, kSignalSetBytes);
  // The first comes anywhere within a period, so that short threads are seen as often as is their
  // due, and stands for a whole one: see sampler.cc.
  const auto period = (int64_t)wire::load_relaxed(session.control->period_ns);
  set_timer(thread.wall_timer, 1 + within(entry.start_ns ^ (int64_t)tid << 32, period), period);
  thread.first = true;
}

void end_thread() {
  const uint32_t ring = own_ring;
  own_ring = kNoRing;
  if (ring == kNoRing || !session.on) return;
  ThreadState& thread = session.threads[ring];
  wire::RingEntry& entry = session.entries[ring];
  delete_timers(thread);
  // A signal that is on its way finds no thread of that name.
  thread.tid = 0;
  entry.cpu_ns = clock_ns(kClockThreadCpu);
  entry.end_ns = clock_ns(kClockMonotonic);
  call(__NR_prctl, kPrGetName, entry.name);
  wire::store_release(entry.state, (uint32_t)wire::RingState::kEnded);
}

// Awake: a sample every period. Else nothing happens until the thread has run for `cpu_wait_ns`,
// so that it is not disturbed while it waits.
void set_awake(uint32_t ring, bool awake, int64_t cpu_wait_ns) {
  ThreadState& thread = session.threads[ring];
  if (awake == thread.awake && awake) return;
  if (awake) {
    const auto period = (int64_t)wire::load_relaxed(session.control->period_ns);
    set_timer(thread.wall_timer, period, period);
  } else {
    if (thread.awake) set_timer(thread.wall_timer, 0, 0);
    set_timer(thread.cpu_timer, cpu_wait_ns, 0);
  }
  thread.awake = awake;
}

void change_signal() {
  const int signal = free_signal();
  const bool found = signal != 0 && install_handler(signal);
  session.signal = found ? signal : 0;
  session.control->signal = session.signal;
  const uint32_t used = wire::load_acquire(session.control->rings_used);
  for (uint32_t ring = 0; ring < used; ++ring) {
    ThreadState& thread = session.threads[ring];
    if (__atomic_load_n(&session.entries[ring].state, __ATOMIC_ACQUIRE) !=
        (uint32_t)wire::RingState::kLive)
      continue;
    const int tid = thread.tid;
    delete_timers(thread);
    if (!found) continue;
    thread.wall_timer = make_timer(kClockMonotonic, ring, tid);
    thread.cpu_timer = make_timer(kClockThreadCpu, ring, tid);
    thread.awake = false;
    set_awake(ring, true, 0);
  }
}

}  // namespace hone::agent
