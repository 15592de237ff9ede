// Rings for threads: taken at the first event, given back at the end of the thread, taken again by
// others, so that threads that come and go by the thousand need no more than run at a time.
#include "base/kernel.h"
#include "guest/runtime/runtime.h"

extern "C" {
__thread hone_thread* hone_own_thread __attribute__((tls_model("initial-exec"))) = nullptr;

__attribute__((weak)) int pthread_key_create(unsigned*, void (*)(void*));
__attribute__((weak)) int pthread_key_delete(unsigned);
__attribute__((weak)) int pthread_setspecific(unsigned, const void*);

// Of a program that is built with the thread sanitizer (sanitizer/tsan_interface.h): this library
// is not, and what it hands from thread to thread would look like races.
__attribute__((weak)) void __tsan_acquire(void*);
__attribute__((weak)) void __tsan_release(void*);
}

namespace hone::runtime {

using namespace kernel;

namespace {

// Between two looks whether a full ring has been read: some times what a look costs, and no more
// than a part of what the reader takes for it.
constexpr long kFirstNapNs = 100'000, kLongestNapNs = 1'600'000;

constexpr int kMadvPopulateWrite = 23;

unsigned end_key;
bool has_end_key;

// Set while this thread takes a ring: an event in a handler of a signal is not recorded then.
__thread bool taking __attribute__((tls_model("initial-exec"))) = false;

bool try_take(uint32_t ring) {
  hone_thread& thread = *thread_at(ring);
  uint32_t state = __atomic_load_n(&thread.state, __ATOMIC_ACQUIRE);
  const bool is_free = state == HONE_RING_FREE;
  // What an ended thread left is to be read first.
  const bool is_read =
      state == HONE_RING_ENDED && __atomic_load_n(&thread.tail, __ATOMIC_ACQUIRE) >= thread.head;
  return (is_free || is_read) &&
         __atomic_compare_exchange_n(&thread.state, &state, HONE_RING_TAKING, false,
                                     __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

// One that was used before, or the next: the recorder looks at no more than have been used.
hone_thread* find_ring(uint32_t* index) {
  uint32_t* const used = &hone_own_page.rings_used;
  uint32_t count = __atomic_load_n(used, __ATOMIC_ACQUIRE);
  for (uint32_t ring = 0; ring < count && ring < hone_own_page.rings; ++ring) {
    if (!try_take(ring)) continue;
    *index = ring;
    return thread_at(ring);
  }
  const uint32_t limit = __atomic_load_n(&hone_own_page.rings_limit, __ATOMIC_RELAXED);
  while (count < hone_own_page.rings && (limit == 0 || count < limit)) {
    if (__atomic_compare_exchange_n(used, &count, count + 1, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
      *index = count;
      if (try_take(count)) return thread_at(count);
      ++count;
    }
  }
  return nullptr;
}

// Backs the next part of a ring by memory, so that no event has to wait for a page.
void touch_more(hone_thread& thread) {
  const uint64_t slots = HONE_RING_SLOTS;
  if (thread.touched >= slots) return;
  hone_slot* const from = thread.slots + thread.touched;
  const uint64_t bytes = kTouchSlots * sizeof(hone_slot);
  if (failed(call(__NR_madvise, from, bytes, kMadvPopulateWrite))) {
    // A kernel before 5.14: each page is written where it holds nothing yet.
    for (uint64_t i = 0; i < kTouchSlots; i += HONE_PAGE_BYTES / sizeof(hone_slot)) {
      *(volatile uint64_t*)&from[i].first = 0;
    }
  }
  thread.touched += kTouchSlots;
}

uint64_t limit_now(const hone_thread& thread) {
  const uint64_t slots = HONE_RING_SLOTS;
  const uint64_t tail = __atomic_load_n(&thread.tail, __ATOMIC_ACQUIRE);
  const uint64_t head = thread.head;
  uint64_t limit = hone_own_page.when_full == HONE_OVERWRITE_OLDEST || tail > head
                       ? head + slots / 4
                       : tail + slots - kMarginSlots;
  // Looked at four times a round at least, for a recorder that sleeps.
  limit = limit < head + slots / 4 ? limit : head + slots / 4;
  const bool first_round = thread.touched < slots;
  return first_round && limit > thread.touched ? thread.touched : limit;
}

void on_thread_end(void*) {
  give_back_thread();
}

}  // namespace

bool make_end_key() {
  if (!has_end_key && pthread_key_create && pthread_setspecific) {
    has_end_key = pthread_key_create(&end_key, &on_thread_end) == 0;
  }
  return has_end_key;
}

// The key's function goes away with a library that is closed.
__attribute__((destructor)) static void forget_end_key() {
  if (has_end_key && pthread_key_delete) pthread_key_delete(end_key);
  has_end_key = false;
}

hone_thread* take_thread() {
  if (taking || !memory.head) return nullptr;
  taking = true;
  uint32_t ring = 0;
  hone_thread* thread = find_ring(&ring);
  hone_slot* const slots = thread ? map_ring(ring) : nullptr;
  if (!slots) {
    if (thread) __atomic_store_n(&thread->state, HONE_RING_FREE, __ATOMIC_RELEASE);
    __atomic_fetch_add(&hone_own_page.threads_refused, 1u, __ATOMIC_RELAXED);
    taking = false;
    return nullptr;
  }
  if (__tsan_acquire) __tsan_acquire(thread);
  thread->slots = slots;
  thread->depth = 0;
  const uint32_t fiber = fiber_number();
  thread->tid = fiber != 0 ? HONE_TID_FIBER + fiber : (uint32_t)thread_id();
  ++thread->turn;
  thread->start = thread->last = hone_ticks();
  thread->end = 0;
  thread->name = fiber != 0 ? fiber_name() : own_name();
  thread->waiting.start = 0;
  begin_hot(thread);
  if (thread->touched == 0) touch_more(*thread);
  thread->limit = limit_now(*thread);
  __atomic_store_n(&thread->state, HONE_RING_LIVE, __ATOMIC_RELEASE);
  hone_own_thread = thread;
  // Called again when a later destructor of the thread has written once more.
  if (has_end_key) pthread_setspecific(end_key, thread);
  taking = false;
  return thread;
}

void give_back_thread() {
  leave_fiber();
  hone_thread* const thread = hone_own_thread;
  if (!thread) return;
  if (memory.head) tell_counted(thread);
  hone_own_thread = nullptr;
  if (!memory.head) return;
  thread->end = hone_ticks();
  if (__tsan_release) __tsan_release(thread);
  __atomic_store_n(&thread->state, HONE_RING_ENDED, __ATOMIC_RELEASE);
}

// In a forked child: the rings are its parent's.
void drop_threads() {
  forget_fibers();
  hone_own_thread = nullptr;
  taking = false;
}

bool has_room(hone_thread* thread, uint32_t slots) {
  hone_page& page = hone_own_page;
  __kernel_timespec nap = {0, kFirstNapNs};
  for (;;) {
    if (thread->head + slots > thread->touched && thread->touched < HONE_RING_SLOTS) {
      touch_more(*thread);
    }
    thread->limit = limit_now(*thread);
    wake_recorder(*thread);
    look_for_hot(*thread);
    if (thread->head + slots <= thread->limit) return true;
    if (page.when_full != HONE_BLOCK || page.state != HONE_ON || hone_ticks() > page.lease) {
      return false;
    }
    ++thread->waits;
    call(__NR_nanosleep, &nap, 0L);
    if (nap.tv_nsec < kLongestNapNs) nap.tv_nsec *= 2;
  }
}

}  // namespace hone::runtime

extern "C" int hone_room_slowly(hone_thread* thread, uint32_t slots) {
  if (hone::runtime::has_room(thread, slots)) return 1;
  ++thread->marks_lost;
  return 0;
}
