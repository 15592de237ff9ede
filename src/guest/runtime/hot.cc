// Places that are met so often that timing each span would cost more than it tells: every span is
// counted, one in so many is timed. Which places these are is found by looking at what the thread
// has written last; how many spans lie between those that are timed follows the place's rate.
#include "guest/runtime/runtime.h"

namespace hone::runtime {

namespace {

// What is looked at, and what is seen of a place in there before its rate is believed.
constexpr uint64_t kLookSlots = 2048;
constexpr uint32_t kSeenLeast = 16;
// A power of two.
constexpr uint32_t kPlaces = 64;
// What a mark's number holds, and far more than is needed.
constexpr uint32_t kMeanMax = 1u << 20;
// One that warms the code, and one that counts.
constexpr uint64_t kTimedTogether = 2;

struct Place {
  uint32_t site, count;
};

// Counts a span; places beyond the room are too rare to be hot.
void count(Place (&places)[kPlaces], uint32_t site) {
  for (uint32_t i = 0; i < 8; ++i) {
    Place& place = places[(site * 2654435769u + i) % kPlaces];
    if (place.site != 0 && place.site != site) continue;
    place.site = site;
    ++place.count;
    return;
  }
}

void make_hot(uint32_t id) {
  hone_site* const site = site_of_id(id);
  if (!site || site->kind != HONE_SITE_SPAN) return;
  const uint32_t at = __atomic_fetch_add(&hone_own_page.hot_used, 1u, __ATOMIC_RELAXED);
  if (at >= HONE_HOT_MAX) return;
  __atomic_store_n(&hone_own_page.hot_sites[at], id, __ATOMIC_RELEASE);
  __atomic_store_n(&site->word, kHotWord + at, __ATOMIC_RELEASE);
}

// A number from 1 to 2 * mean - 1, by the low bits of a time (Fibonacci hashing).
uint32_t gap_around(uint32_t mean, uint64_t ticks) {
  const uint64_t random = (ticks * 0x9e3779b97f4a7c15u) >> 32;
  return 1 + (uint32_t)(random * (2 * uint64_t{mean} - 1) >> 32);
}

// It follows a place that is met less often at once, and one that is met more often by doubling: a
// few spans close together are not a rate.
uint32_t mean_after(const hone_hot& hot, uint32_t spans, uint64_t ticks) {
  const uint64_t wanted =
      ticks == 0 ? kMeanMax : kTimedTogether * hone_own_page.hot_ticks * spans / ticks;
  const uint32_t most = hot.mean < kMeanMax / 2 ? 2 * hot.mean : kMeanMax;
  return wanted < 1 ? 1 : wanted < most ? (uint32_t)wanted : most;
}

void begin_gap(hone_hot& hot, uint32_t gap) {
  hot.gap = gap;
  hot.left = (int32_t)gap;
}

uint64_t put_stands_for(hone_thread* thread, uint32_t id, uint32_t spans) {
  const uint64_t at = hone_take_slots(thread, 1);
  const uint64_t start = hone_ticks();
  hone_put_slot(thread, at, start,
                hone_word(HONE_TYPE_MARK, HONE_MARK_STANDS_FOR, id, uint64_t{spans} << 8));
  return start;
}

}  // namespace

void look_for_hot(const hone_thread& thread) {
  const uint64_t hot_ticks = hone_own_page.hot_ticks;
  if (hot_ticks == 0 || hone_own_page.hot_used >= HONE_HOT_MAX) return;
  const uint64_t head = thread.head;
  const uint64_t from = head > kLookSlots ? head - kLookSlots : 0;
  Place places[kPlaces] = {};
  uint64_t first = 0, last = 0;
  for (uint64_t at = from; at < head; ++at) {
    const hone_slot& slot = thread.slots[at & (HONE_RING_SLOTS - 1)];
    if ((slot.second >> 2 & 3) != HONE_TYPE_SPAN) continue;
    count(places, (uint32_t)(slot.second >> 12) & (HONE_SITES_MAX - 1));
    last = slot.first;
    if (first == 0) first = last;
  }
  if (last <= first) return;
  for (const Place& place : places) {
    if (place.count >= kSeenLeast && (last - first) / place.count < hot_ticks) make_hot(place.site);
  }
}

bool take_hot(hone_thread* thread, const hone_site* site, uint64_t* start) {
  const uint32_t index = site->word - kHotWord;
  if (index >= HONE_HOT_MAX) {  // the recorder has changed since
    *start = hone_ticks();
    return true;
  }
  hone_hot& hot = thread->hot[index];
  // Counted down already, but for a thread or a place that is new here.
  const int64_t counted = (int64_t)hot.gap - hot.left + (hot.left > 0 ? 1 : 0);
  uint32_t spans = counted < 1 ? 1 : (uint32_t)counted;
  if (spans > 1) {
    // The code that times spans has not run for a while: this one says more of that than of itself,
    // and stands for itself alone. The next one stands for those before.
    hot.carried += spans - 1;
    begin_gap(hot, 1);
    *start = hone_ticks();
    return true;
  }
  spans += hot.carried;
  if (spans > 1 && thread->head + 1 > thread->limit && !has_room(thread, 1)) {
    hot.carried = spans;
    begin_gap(hot, hot.mean);
    return false;
  }
  hot.carried = 0;
  *start = spans > 1 ? put_stands_for(thread, site->id, spans) : hone_ticks();
  hot.mean = hot.last == 0 ? 1 : mean_after(hot, spans, *start - hot.last);
  hot.last = *start;
  begin_gap(hot, gap_around(hot.mean, *start));
  return true;
}

void begin_hot(hone_thread* thread) {
  if (hone_own_page.hot_used > 0) __builtin_memset(thread->hot, 0, sizeof thread->hot);
}

void tell_counted(hone_thread* thread) {
  const uint32_t used = hone_own_page.hot_used;
  for (uint32_t i = 0; i < used && i < HONE_HOT_MAX; ++i) {
    const hone_hot& hot = thread->hot[i];
    const int64_t counted = (int64_t)hot.gap - hot.left + hot.carried;
    if (counted <= 0 || hone_own_page.state != HONE_ON) continue;
    if (thread->head + 1 > thread->limit && !hone_room_slowly(thread, 1)) return;
    hone_put_slot(thread, hone_take_slots(thread, 1), hone_ticks(),
                  hone_word(HONE_TYPE_MARK, HONE_MARK_COUNTED, hone_own_page.hot_sites[i],
                            (uint64_t)counted << 8));
  }
}

void forget_hot() {
  const uint32_t used = __atomic_exchange_n(&hone_own_page.hot_used, 0u, __ATOMIC_ACQ_REL);
  if (used == 0) return;
  const uint32_t rings = hone_own_page.rings_used;
  for (uint32_t ring = 0; ring < rings && ring < hone_own_page.rings; ++ring) {
    __builtin_memset(thread_at(ring)->hot, 0, sizeof thread_at(ring)->hot);
  }
}

}  // namespace hone::runtime
