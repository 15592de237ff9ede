// The parts of hone/lock.h that are not in the way of a lock that nobody waits for.
#include "guest/runtime/runtime.h"
#include "hone/describe.h"
#include "hone/lock.h"

extern "C" {

__thread hone_shared_holds hone_own_holds __attribute__((tls_model("initial-exec")));

hone_lock_wait hone_wait_begins(hone_thread* thread, hone_site* site, const void* lock,
                                uint32_t owner) {
  // A lock that is made of others waits for one within the wait for another.
  const hone_lock_wait before = thread->waiting;
  __atomic_store_n(&thread->waiting.start, 0, __ATOMIC_RELAXED);
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  thread->waiting.lock = (uint64_t)(uintptr_t)lock;
  thread->waiting.word = hone_word(HONE_TYPE_MARK, 0, hone_id_of(site), owner);
  __atomic_store_n(&thread->waiting.start, hone_ticks(), __ATOMIC_RELEASE);
  return before;
}

void hone_wait_ends(hone_thread* thread, const hone_lock_wait* before) {
  // A fiber that has moved meanwhile leaves what another thread may have written since.
  if (thread != hone_own_thread) return;
  __atomic_store_n(&thread->waiting.start, 0, __ATOMIC_RELAXED);
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  thread->waiting.lock = before->lock;
  thread->waiting.word = before->word;
  __atomic_store_n(&thread->waiting.start, before->start, __ATOMIC_RELEASE);
}

void hone_lock_slowly(hone_site* site, const void* lock, uint64_t end, uint64_t hold, uint64_t wait,
                      uint32_t owner, uint32_t flags) {
  hone_thread* const thread = hone_mark_thread(site, 4);
  if (!thread) return;
  const uint64_t at = hone_take_slots(thread, 4);
  hone_put_slot(thread, at + 3, wait, hone_word(HONE_TYPE_REST, 0, 0, owner));
  hone_put_slot(thread, at + 2, hold, hone_word(HONE_TYPE_REST, 0, 0, 0));
  hone_put_slot(thread, at + 1, (uint64_t)(uintptr_t)lock, hone_word(HONE_TYPE_REST, 0, 0, 0));
  hone_put_slot(
      thread, at, end,
      hone_word(HONE_TYPE_MARK, HONE_MARK_LOCK_HELD, hone_id_of(site), 3 | (uint64_t)flags << 8));
  thread->last = end;
}

void hone_hold_shared(hone_site* site, const void* lock, uint64_t start, uint64_t wait,
                      uint32_t owner) {
  hone_shared_holds& holds = hone_own_holds;
  if (holds.count == HONE_SHARED_HOLDS) {
    // More than anybody holds at once, or some were let go by other threads.
    const hone_shared_hold oldest = holds.at[0];
    for (uint32_t i = 1; i < HONE_SHARED_HOLDS; ++i) holds.at[i - 1] = holds.at[i];
    --holds.count;
    hone_lock_slowly(oldest.site, oldest.lock, oldest.start, 0, oldest.wait, oldest.owner,
                     HONE_LOCK_SHARED | HONE_LOCK_HOLD_UNKNOWN);
  }
  holds.at[holds.count] = {lock, site, start, wait, owner};
  ++holds.count;
}

int hone_shared_ends(const void* lock, hone_shared_hold* hold) {
  hone_shared_holds& holds = hone_own_holds;
  for (uint32_t i = holds.count; i > 0; --i) {
    if (holds.at[i - 1].lock != lock) continue;
    *hold = holds.at[i - 1];
    for (; i < holds.count; ++i) holds.at[i - 1] = holds.at[i];
    --holds.count;
    return 1;
  }
  return 0;
}

void hone_shared_wait(hone_site* site, const void* lock) {
  hone_thread* const thread = hone_mark_thread(site, 0);
  if (thread) hone_wait_begins(thread, site, lock, 0);
}

void hone_shared_taken(hone_site* site, const void* lock) {
  hone_thread* const thread = hone_mark_thread(site, 0);
  if (!thread) return;
  const uint64_t now = hone_ticks();
  const bool has_waited = thread->waiting.start != 0 && thread->waiting.lock == (uintptr_t)lock;
  const uint64_t waited = has_waited ? now - thread->waiting.start : 0;
  const hone_lock_wait none = {};
  if (has_waited) hone_wait_ends(thread, &none);
  hone_hold_shared(site, lock, now, waited, 0);
}

void hone_shared_left(const void* lock) {
  hone_shared_hold hold;
  if (!hone_shared_ends(lock, &hold)) return;
  const uint64_t now = hone_ticks();
  hone_lock_slowly(hold.site, lock, now, now - hold.start, hold.wait, hold.owner, HONE_LOCK_SHARED);
}

}  // extern "C"
