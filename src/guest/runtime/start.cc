// What is to be recorded, and where to: looked at when the program starts, and whenever a recorder
// asks for it (HONE_ASK).
#include "base/kernel.h"
#include "guest/runtime/runtime.h"
#include "wire/message.h"

extern "C" {
extern char** environ __attribute__((weak));
__attribute__((weak)) int pthread_atfork(void (*)(), void (*)(), void (*)());
__attribute__((weak)) int __register_atfork(void (*)(), void (*)(), void (*)(), void*);
// Of what this is linked into: a library that is closed takes its handler with it.
extern HONE_HIDDEN void* __dso_handle __attribute__((weak));
}

namespace hone::runtime {

using namespace kernel;

namespace {

// Until the recorder, which has been told, renews the lease itself.
constexpr uint32_t kFirstLeaseSeconds = 5;

// Between two looks whether another thread is done with starting, and how many there are: what
// takes longer (a thread that is stopped meanwhile) is not waited for.
constexpr long kStartNapNs = 20'000;
constexpr int kStartNaps = 1000;

bool may_fork_watched;

// Set while this thread starts: an event in a handler of a signal is not recorded then.
__thread bool starting __attribute__((tls_model("initial-exec"))) = false;

void wait_for_start() {
  for (int i = 0; i < kStartNaps && !starting; ++i) {
    if (__atomic_load_n(&hone_own_page.state, __ATOMIC_ACQUIRE) != HONE_STARTING) return;
    __kernel_timespec nap = {0, kStartNapNs};
    call(__NR_nanosleep, &nap, 0L);
  }
}

void set_min_ticks(uint64_t ticks) {
  hone_own_page.min_ticks = ticks < UINT32_MAX ? ticks : UINT32_MAX;
  hone_own_page.fit_ticks = UINT32_MAX - hone_own_page.min_ticks;
}

// What the recorder that has started us wants; once it has met us it says so itself.
void set_as_told() {
  const char* text = variable(wire::kSpansHowVariable);
  uint64_t numbers[7] = {};
  for (uint64_t& number : numbers) {
    if (!text) return;
    while (*text >= '0' && *text <= '9') number = number * 10 + (uint64_t)(*text++ - '0');
    if (*text == ' ') ++text;
  }
  hone_own_page.when_full = (uint32_t)numbers[0];
  set_min_ticks((hone_own_page.clock & HONE_CLOCK_NS) != 0 ? numbers[2] : numbers[1]);
  hone_own_page.frame_every = (uint32_t)numbers[3];
  if (numbers[4] == 1) hone_own_page.clock |= HONE_CLOCK_CHAINED;
  hone_own_page.hot_ticks = (hone_own_page.clock & HONE_CLOCK_NS) != 0 ? numbers[6] : numbers[5];
}

void in_forked_child() {
  const int parent = hone_own_page.pid;
  const bool was_on = hone_own_page.state == HONE_ON;
  const uint32_t when_full = hone_own_page.when_full, frame_every = hone_own_page.frame_every;
  const uint32_t chained = hone_own_page.clock & HONE_CLOCK_CHAINED;
  const uint64_t min_ticks = hone_own_page.min_ticks, hot_ticks = hone_own_page.hot_ticks;
  char filter[sizeof hone_own_page.filter], recorder[sizeof hone_own_page.recorder];
  __builtin_memcpy(filter, hone_own_page.filter, sizeof filter);
  __builtin_memcpy(recorder, hone_own_page.recorder, sizeof recorder);
  drop_threads();
  if (!memory.head) return;
  starting = true;
  forget_memory();
  forget_sites();
  if (!make_memory(parent)) {
    hone_own_page.state = HONE_OFF;
    starting = false;
    return;
  }
  describe_app_info();
  __builtin_memcpy(hone_own_page.filter, filter, sizeof filter);
  __builtin_memcpy(hone_own_page.recorder, recorder, sizeof recorder);
  hone_own_page.when_full = when_full;
  hone_own_page.frame_every = frame_every;
  hone_own_page.clock |= chained;
  hone_own_page.hot_ticks = hot_ticks;
  set_min_ticks(min_ticks);
  hone_own_page.lease = hone_ticks() + ticks_of_seconds(kFirstLeaseSeconds);
  const bool on = was_on && greet_recorder(true);
  __atomic_store_n(&hone_own_page.state, on ? HONE_ON : HONE_OFF, __ATOMIC_RELEASE);
  starting = false;
}

void start_once() {
  uint32_t state = HONE_OFF;
  if (make_memory(0)) {
    set_as_told();
    hone_own_page.lease = hone_ticks() + ticks_of_seconds(kFirstLeaseSeconds);
    if (greet_recorder(false)) state = HONE_ON;
    if (!may_fork_watched) {
      may_fork_watched = true;
      if (__register_atfork) {
        __register_atfork(nullptr, nullptr, &in_forked_child, &__dso_handle);
      } else if (pthread_atfork) {
        pthread_atfork(nullptr, nullptr, &in_forked_child);
      }
    }
    make_end_key();
  }
  __atomic_store_n(&hone_own_page.state, state, __ATOMIC_RELEASE);
}

// A recorder has come: what it wants may be something else than what the one before it wanted.
void start_again() {
  forget_hot();
  refilter();
  const bool leased = hone_ticks() <= hone_own_page.lease;
  __atomic_store_n(&hone_own_page.state, leased ? HONE_ON : HONE_OFF, __ATOMIC_RELEASE);
}

// So that a recorder finds every program that links libhone, also one that has marked nothing yet.
__attribute__((constructor(101))) void start_with_program() {
  start();
}

}  // namespace

const char* variable(const char* name) {
  const size_t bytes = length_of(name);
  if (!&environ || !environ) return nullptr;
  for (char** each = environ; *each; ++each) {
    if (__builtin_strncmp(*each, name, bytes) == 0 && (*each)[bytes] == '=') {
      return *each + bytes + 1;
    }
  }
  return nullptr;
}

bool same_text(const char* a, const char* b) {
  return length_of(a) == length_of(b) && __builtin_memcmp(a, b, length_of(a)) == 0;
}

// At least: the counter's rate is not known here, and no recorder minds a lease that is longer.
uint64_t ticks_of_seconds(uint32_t seconds) {
  if ((hone_own_page.clock & HONE_CLOCK_NS) != 0) return seconds * 1'000'000'000ull;
#if defined(__aarch64__)
  uint64_t hz;
  __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
  return seconds * hz;
#else
  return seconds * 4'000'000'000ull;
#endif
}

void start() {
  uint32_t state = HONE_ASK;
  const bool was_starting = starting;
  starting = true;
  if (!__atomic_compare_exchange_n(&hone_own_page.state, &state, HONE_STARTING, false,
                                   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
    starting = was_starting;
    return wait_for_start();
  }
  if (memory.head) {
    start_again();
  } else {
    start_once();
  }
  starting = was_starting;
}

}  // namespace hone::runtime
