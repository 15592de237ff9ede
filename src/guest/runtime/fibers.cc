// Fibers: stacks that a program switches between by itself. Each has a ring of its own from its
// first event on, so that its spans nest as it calls, on whichever threads it runs.
#include "guest/runtime/runtime.h"
#include "hone/describe.h"

using namespace hone::runtime;

namespace {

// Each that marks something has a ring, for ever: nobody says that a fiber has ended.
constexpr uint32_t kFibersMax = 1024;
constexpr uint32_t kPlaces = 2 * kFibersMax;

struct Fiber {
  const char* key;  // the address of its name
  uint32_t number;  // from 1
  hone_thread* thread;
  hone_site* name;
};

Fiber fibers[kPlaces];
uint32_t fibers_used;

struct Running {
  Fiber* fiber;         // null: none
  hone_thread* thread;  // that the thread itself has
};
__thread Running running __attribute__((tls_model("initial-exec")));

Fiber* fiber_of(const char* key) {
  const uint64_t hash = ((uint64_t)(uintptr_t)key * 0x9e3779b97f4a7c15u) >> 32;
  for (uint32_t step = 0; step < kPlaces; ++step) {
    Fiber& fiber = fibers[(hash + step) % kPlaces];
    const char* known = __atomic_load_n(&fiber.key, __ATOMIC_ACQUIRE);
    if (known == key) return &fiber;
    if (known) continue;
    if (__atomic_load_n(&fibers_used, __ATOMIC_RELAXED) >= kFibersMax) return nullptr;
    if (__atomic_compare_exchange_n(&fiber.key, &known, key, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
      fiber.number = __atomic_add_fetch(&fibers_used, 1u, __ATOMIC_RELAXED);
      fiber.name = site_named(key, "", HONE_SITE_THREAD_NAME);
      return &fiber;
    }
    if (known == key) return &fiber;
  }
  return nullptr;
}

}  // namespace

namespace hone::runtime {

uint32_t fiber_number() {
  return running.fiber ? running.fiber->number : 0;
}

uint32_t fiber_name() {
  hone_site* const name = running.fiber->name;
  if (!name) return 0;
  meet_site(name);
  return name->id;
}

void leave_fiber() {
  if (!running.fiber) return;
  running.fiber->thread = hone_own_thread;
  running.fiber = nullptr;
  hone_own_thread = running.thread;
}

void forget_fibers() {
  for (Fiber& each : fibers) each.thread = nullptr;
  running.thread = nullptr;
}

}  // namespace hone::runtime

extern "C" {

void hone_fiber_enter(const char* name) {
  leave_fiber();
  Fiber* const fiber = name ? fiber_of(name) : nullptr;
  if (!fiber) {
    if (name) __atomic_fetch_add(&hone_own_page.threads_refused, 1u, __ATOMIC_RELAXED);
    return;
  }
  running.thread = hone_own_thread;
  running.fiber = fiber;
  hone_own_thread = fiber->thread;
}

void hone_fiber_leave(void) {
  leave_fiber();
}

}  // extern "C"
