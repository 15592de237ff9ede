// The slow paths of hone/hone.h: what is met for the first time, or does not fit in one slot.
#include "base/kernel.h"
#include "guest/runtime/runtime.h"

using namespace hone::runtime;

namespace {

// True when there is something to record now, as far as the whole program goes.
bool is_on() {
  const uint32_t state = __atomic_load_n(&hone_own_page.state, __ATOMIC_ACQUIRE);
  // Another thread may be about to start: what happens meanwhile is not to be lost.
  if (state == HONE_ASK || state == HONE_STARTING) start();
  return __atomic_load_n(&hone_own_page.state, __ATOMIC_ACQUIRE) == HONE_ON;
}

// Nobody reads any more: a recorder that comes back says so.
bool lease_is_over(uint64_t now) {
  if (now <= __atomic_load_n(&hone_own_page.lease, __ATOMIC_RELAXED)) return false;
  uint32_t on = HONE_ON;
  __atomic_compare_exchange_n(&hone_own_page.state, &on, HONE_OFF, false, __ATOMIC_RELAXED,
                              __ATOMIC_RELAXED);
  return true;
}

void write_span(hone_thread* thread, uint64_t start, uint64_t end, uint32_t depth, uint32_t site,
                uint32_t flags) {
  const uint64_t duration = end - start;
  const bool is_wide = flags != 0 || duration >> 32 != 0;
  const uint32_t slots = is_wide ? 2 : 1;
  if (thread->head + slots > thread->limit && !has_room(thread, slots)) {
    ++thread->spans_lost;
    return;
  }
  const uint64_t at = hone_take_slots(thread, slots);
  if (is_wide) {
    hone_put_slot(thread, at + 1, start, hone_word(HONE_TYPE_REST, 0, 0, 0));
    hone_put_slot(thread, at, end, hone_word(HONE_TYPE_WIDE, depth, site, flags));
  } else {
    hone_put_slot(thread, at, end, hone_word(HONE_TYPE_SPAN, depth, site, duration));
  }
  thread->last = end;
}

// The depth of the span that began at `start`, among those that are open; HONE_DEPTH_MAX: it is
// deeper, or none of them.
uint32_t depth_of(const hone_thread& thread, uint64_t start) {
  uint32_t depth = thread.depth < HONE_DEPTH_MAX ? thread.depth : HONE_DEPTH_MAX;
  while (depth > 0 && thread.open[depth - 1].start != start) --depth;
  return depth == 0 ? HONE_DEPTH_MAX : depth - 1;
}

}  // namespace

extern "C" {

uint64_t hone_clock_slowly(void) {
  return (uint64_t)hone::kernel::clock_ns(hone::kernel::kClockMonotonic);
}

hone_thread* hone_thread_slowly(hone_site* site) {
  if (!is_on()) return nullptr;
  if (!hone_is_met(site)) {
    meet_site(site);
    if (!is_recorded(*site)) return nullptr;
  }
  return hone_own_thread ? hone_own_thread : take_thread();
}

hone_begun hone_begin_slowly(hone_site* site) {
  hone_thread* const thread = hone_thread_slowly(site);
  if (!thread) return {nullptr, 0};
  uint64_t start = 0;
  if (is_hot(*site)) {
    if (!take_hot(thread, site, &start)) return {nullptr, 0};
  } else {
    start = (hone_own_page.clock & HONE_CLOCK_CHAINED) != 0 ? thread->last : hone_ticks();
  }
  const uint32_t depth = thread->depth;
  thread->depth = depth + 1;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  if (depth < HONE_DEPTH_MAX) {
    thread->open[depth].start = start;
    thread->open[depth].word = hone_word(HONE_TYPE_SPAN, depth, site->id, 0);
  }
  return {thread, start};
}

void hone_end_slowly(hone_thread* begun_on, uint64_t start, uint64_t end, hone_site* site) {
  hone_thread* thread = hone_own_thread;
  uint32_t flags = 0, depth = HONE_DEPTH_MAX, place = site->id;
  if (thread != begun_on) {
    // A fiber that has moved, or a scope that was handed over: the other thread's stack of open
    // spans is not ours to change.
    flags = HONE_WIDE_STRAY;
    if (!thread) thread = is_on() ? take_thread() : nullptr;
    if (!thread) return;
  } else if (thread->depth > HONE_DEPTH_MAX) {
    thread->depth -= 1;
  } else {
    depth = depth_of(*thread, start);
    // Those inside were never ended (longjmp), or will be later (a fiber).
    if (depth + 1 != thread->depth) flags = HONE_WIDE_STRAY;
    // It may have been given another name since it began.
    if (depth < HONE_DEPTH_MAX) {
      place = (uint32_t)(thread->open[depth].word >> 12) & (HONE_SITES_MAX - 1);
    }
  }
  if (__atomic_load_n(&hone_own_page.state, __ATOMIC_RELAXED) == HONE_ON && !lease_is_over(end)) {
    if (end - start < hone_own_page.min_ticks) {
      ++thread->spans_short;
    } else {
      write_span(thread, start, end, depth, place, flags);
    }
  }
  __atomic_signal_fence(__ATOMIC_RELEASE);
  if (depth < HONE_DEPTH_MAX) thread->depth = depth;
}

void hone_put_arguments(hone_site* site, uint32_t kind, uint32_t detail, uint64_t first,
                        const hone_value* values, uint32_t count) {
  uint32_t slots = 1;
  uint32_t bytes[8] = {};
  if (count > 8) count = 8;
  uint32_t texts = 0;
  for (uint32_t i = 0; i < count; ++i) texts += values[i].type == HONE_ARGUMENT_STRING;
  for (uint32_t i = 0; i < count; ++i) {
    if (values[i].type == HONE_ARGUMENT_STRING && values[i].word != 0) {
      const size_t length = length_of((const char*)values[i].word);
      const size_t room = HONE_STRING_MAX / texts;
      bytes[i] = (uint32_t)(length < room ? length : room);
    }
    slots += 1 + (bytes[i] + 7) / 8;
  }
  hone_thread* const thread = hone_mark_thread(site, slots);
  if (!thread) return;
  if (kind == HONE_MARK_MESSAGE) first = thread->last = hone_ticks();
  const uint64_t at = hone_take_slots(thread, slots);
  uint64_t next = at + 1;
  for (uint32_t i = 0; i < count; ++i) {
    hone_put_slot(thread, next++, values[i].word,
                  hone_word(HONE_TYPE_REST, values[i].type, 0, bytes[i]));
    for (uint32_t done = 0; done < bytes[i]; done += 8) {
      uint64_t word = 0;
      const uint32_t rest = bytes[i] - done;
      __builtin_memcpy(&word, (const char*)values[i].word + done, rest < 8 ? rest : 8);
      hone_put_slot(thread, next++, word, hone_word(HONE_TYPE_REST, 0, 0, 0));
    }
  }
  // The record is there when its first slot is.
  hone_put_slot(thread, at, first,
                hone_word(HONE_TYPE_MARK, kind, site->id, (slots - 1) | (uint64_t)detail << 8));
}

}  // extern "C"
