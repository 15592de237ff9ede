// Spans of a GPU whose times the program reads itself, query by query, and tells later
// (hone/describe.h). hone/vulkan.h needs none of this.
#include "base/kernel.h"
#include "guest/runtime/runtime.h"
#include "hone/describe.h"

using namespace hone::runtime;

namespace {

constexpr uint32_t kQueues = 256, kQueries = 1u << 16, kOpenMax = 254;
// Ids of queues that hone/vulkan.h gives count from 1.
constexpr uint32_t kFirstId = 1u << 16;
constexpr uint32_t kSpanSlots = 4;
// How far clocks may be off that were compared by a call of the program's. It does not say: this is
// what it takes to call twice, and no promise.
constexpr int64_t kErrorNs = 1'000'000;

struct Query {
  hone_site* site;
  uint64_t issued;  // ticks
  int64_t time;     // of the device
  uint32_t tid;
  uint16_t partner;  // the other end's query
  uint8_t state, depth;
};
enum State : uint8_t { kFree, kBegin, kBeginTimed, kEnd, kEndTimed };

struct Queue {
  uint32_t lock, is_open, how;
  double period_ns;
  int64_t ticks, ns, error_ns;  // the two clocks at one moment
  hone_site* name;
  int32_t told;  // the recorder that knows of it
  uint32_t open_count;
  uint16_t open[kOpenMax];  // begun and not ended, of all threads
  Query* queries;
};
Queue* queues;

// Held for some lines; a handler of a signal that comes in between, or a thread that is stopped
// there, makes others lose what they tell rather than wait for ever. No destructor lets it go:
// where this file is compiled into a program with exceptions it would ask for libstdc++.
Queue* lock(uint8_t number) {
  auto* const all = (Queue*)map_once((void**)&queues, kQueues * sizeof(Queue));
  if (!all) return nullptr;
  for (uint32_t tries = 0; tries < 10'000; ++tries) {
    if (__atomic_exchange_n(&all[number].lock, 1u, __ATOMIC_ACQUIRE) == 0) return &all[number];
  }
  if (hone_own_thread) ++hone_own_thread->marks_lost;
  return nullptr;
}

void unlock(Queue& queue) {
  __atomic_store_n(&queue.lock, 0u, __ATOMIC_RELEASE);
}

// With the queue, when it was opened.
template <class F>
void with(uint8_t number, F&& use) {
  Queue* const queue = lock(number);
  if (!queue) return;
  if (queue->is_open != 0) use(*queue);
  unlock(*queue);
}

void announce(Queue& queue) {
  const int32_t owner = __atomic_load_n(&hone_own_page.owner, __ATOMIC_RELAXED);
  if (queue.told == owner && owner != 0) return;
  queue.told = owner;
  const uint64_t id = kFirstId + (uint64_t)(&queue - queues);
  const hone_value values[] = {{HONE_ARGUMENT_STRING, (uint64_t)(uintptr_t) ""},
                               {HONE_ARGUMENT_UNSIGNED, id},
                               {HONE_ARGUMENT_UNSIGNED, 0},
                               {HONE_ARGUMENT_UNSIGNED, queue.how},
                               {HONE_ARGUMENT_INTEGER, (uint64_t)queue.error_ns},
                               {HONE_ARGUMENT_INTEGER, 0},
                               {HONE_ARGUMENT_UNSIGNED, 0}};
  hone_put_arguments(queue.name, HONE_MARK_GPU_QUEUE, 0, hone_ticks(), values, 7);
}

void compare(Queue& queue, int64_t ticks) {
  queue.ticks = ticks;
  queue.ns = hone::kernel::clock_ns(hone::kernel::kClockMonotonic);
  queue.error_ns = kErrorNs;
  queue.how = HONE_GPU_BRACKETED;
}

// Of two's complement, whatever the program says.
int64_t time_of(const Queue& queue, int64_t ticks) {
  const auto since = (int64_t)((uint64_t)ticks - (uint64_t)queue.ticks);
  const double ns = (double)since * queue.period_ns;
  if (!(ns > -4e18 && ns < 4e18)) return 0;
  return (int64_t)((uint64_t)queue.ns + (uint64_t)(int64_t)ns);
}

void put(Queue& queue, const Query& begin, const Query& end) {
  announce(queue);
  hone_thread* const thread = hone_mark_thread(begin.site, kSpanSlots);
  if (!thread) return;
  const uint64_t at = hone_take_slots(thread, kSpanSlots);
  const uint64_t rest = hone_word(HONE_TYPE_REST, 0, 0, 0);
  const uint64_t id = kFirstId + (uint64_t)(&queue - queues);
  hone_put_slot(thread, at + 3, (uint64_t)time_of(queue, end.time), rest);
  hone_put_slot(thread, at + 2, (uint64_t)time_of(queue, begin.time), rest);
  hone_put_slot(thread, at + 1, id | (uint64_t)begin.tid << 32, rest);
  hone_put_slot(thread, at, begin.issued,
                hone_word(HONE_TYPE_MARK, HONE_MARK_GPU_SPAN, begin.site->id,
                          (kSpanSlots - 1) | (uint64_t)begin.depth << 8));
}

void open(Queue& queue, int64_t ticks, double period_ns) {
  if (!queue.queries && !map_once((void**)&queue.queries, kQueries * sizeof(Query))) return;
  queue.is_open = 1;
  queue.period_ns = period_ns > 0 ? period_ns : 1;
  compare(queue, ticks);
  if (!queue.name) queue.name = hone_site_named("GPU", "", HONE_SITE_GPU_QUEUE);
  queue.name->level = HONE_LEVEL_ERROR;
}

bool begin(Queue& queue, hone_thread& thread, uint16_t query, hone_site* site) {
  if (queue.open_count == kOpenMax) {
    ++thread.spans_lost;
    return false;
  }
  uint32_t depth = 0;
  for (uint32_t i = 0; i < queue.open_count; ++i) {
    depth += queue.queries[queue.open[i]].tid == thread.tid;
  }
  queue.queries[query] = {site, hone_ticks(), 0, thread.tid, query, kBegin, (uint8_t)depth};
  queue.open[queue.open_count++] = query;
  return true;
}

// Of what this thread has begun, the last.
void end(Queue& queue, const hone_thread& thread, uint16_t query) {
  uint32_t at = queue.open_count;
  while (at > 0 && queue.queries[queue.open[at - 1]].tid != thread.tid) --at;
  if (at == 0) return;
  const uint16_t begun = queue.open[at - 1];
  for (; at < queue.open_count; ++at) queue.open[at - 1] = queue.open[at];
  --queue.open_count;
  if (begun == query) return;
  queue.queries[query] = {nullptr, 0, 0, thread.tid, begun, kEnd, 0};
  queue.queries[begun].partner = query;
}

void take_time(Queue& queue, uint16_t query, int64_t ticks) {
  Query& told = queue.queries[query];
  Query& other = queue.queries[told.partner];
  told.time = ticks;
  if (told.state == kBegin) {
    told.state = kBeginTimed;
    if (other.state == kEndTimed && other.partner == query) put(queue, told, other);
  } else if (told.state == kEnd) {
    told.state = kEndTimed;
    if (other.state == kBeginTimed && other.partner == query) put(queue, other, told);
  } else {
    return;
  }
  if (told.state + other.state == kBeginTimed + kEndTimed) told.state = other.state = kFree;
}

}  // namespace

extern "C" {

void hone_gpu_opened(uint8_t number, int64_t ticks, double period_ns) {
  Queue* const queue = lock(number);
  if (!queue) return;
  open(*queue, ticks, period_ns);
  unlock(*queue);
}

void hone_gpu_named(uint8_t number, const char* name, uint64_t bytes) {
  char copy[256];
  if (bytes >= sizeof copy) bytes = sizeof copy - 1;
  __builtin_memcpy(copy, name, bytes);
  copy[bytes] = '\0';
  with(number, [&copy](Queue& queue) {
    queue.name = hone_site_named(copy, "", HONE_SITE_GPU_QUEUE);
    queue.name->level = HONE_LEVEL_ERROR;
    queue.told = 0;
  });
}

void hone_gpu_compared(uint8_t number, int64_t ticks) {
  with(number, [ticks](Queue& queue) { compare(queue, ticks); });
}

void hone_gpu_compared_at(uint8_t number, int64_t ticks, int64_t ns, int64_t error_ns,
                          uint32_t how) {
  with(number, [&](Queue& queue) {
    queue.ticks = ticks;
    queue.ns = ns;
    queue.error_ns = error_ns;
    queue.how = how;
  });
}

int hone_gpu_begin(uint8_t number, uint16_t query, hone_site* site) {
  hone_thread* const thread = hone_mark_thread(site, 0);
  if (!thread) return 0;
  bool is_begun = false;
  with(number, [&](Queue& queue) { is_begun = begin(queue, *thread, query, site); });
  return is_begun;
}

void hone_gpu_end(uint8_t number, uint16_t query) {
  hone_thread* const thread = hone_own_thread;
  if (!thread) return;
  with(number, [&](Queue& queue) { end(queue, *thread, query); });
}

void hone_gpu_time(uint8_t number, uint16_t query, int64_t ticks) {
  with(number, [&](Queue& queue) { take_time(queue, query, ticks); });
}

}  // extern "C"
