/* Hone for programs: spans, frames, plots and messages, recorded by `hone record`, or by nobody.
 *
 *   #include <hone/hone.h>
 *
 *   void World::step(double dt) {
 *     HONE_SPAN("Physics::World::step");
 *     HONE_PLOT("bodies", count());
 *     ...
 *   }
 *   while (running) { ...; HONE_FRAME(); }
 *
 * Compile with HONE_ENABLE defined and link libhone. Without HONE_ENABLE nothing of this is left in
 * the program. With it, and nobody recording, a span is one load and one branch.
 *
 * C11 and C++14, GCC and clang. Any thread, signal handlers, static constructors and destructors;
 * no lock, no allocation and no system call while recording but at a thread's first event. Nothing
 * here fails in a way that a program would see. */
#ifndef HONE_HONE_H
#define HONE_HONE_H

#ifndef HONE_ENABLE

#define HONE_SPAN(...) ((void)0)
#define HONE_SPAN_AT(level, ...) ((void)0)
#define HONE_SPAN_COLORED(color, ...) ((void)0)
#define HONE_FUNCTION() ((void)0)
#define HONE_SPAN_NAMED(text) ((void)0)
#define HONE_SPAN_VARIABLE(variable)
#define HONE_SPAN_BEGIN(variable, name) ((void)0)
#define HONE_SPAN_END(variable) ((void)0)
#define HONE_FRAME() ((void)0)
#define HONE_FRAME_OF(set) ((void)0)
#define HONE_FRAME_BEGIN(set) ((void)0)
#define HONE_FRAME_END(set) ((void)0)
#define HONE_PLOT(name, value) ((void)0)
#define HONE_PLOT_UNIT(name, unit, value) ((void)0)
#define HONE_EVENT(...) ((void)0)
#define HONE_EVENT_AT(level, ...) ((void)0)
#define HONE_TIME(name, ...) (__VA_ARGS__)
#define HONE_SAVE(why) ((void)0)
#define HONE_THREAD(name) ((void)0)
#define HONE_APP_INFO(key, value) ((void)0)
#define HONE_ASYNC_BEGIN(name, id) ((void)0)
#define HONE_ASYNC_END(name, id) ((void)0)
#define HONE_FLOW_BEGIN(name, id) ((void)0)
#define HONE_FLOW_END(name, id) ((void)0)
#define HONE_ALLOCATE(pool, address, bytes) ((void)0)
#define HONE_FREE(pool, address) ((void)0)
#define HONE_POOL_RESET(pool) ((void)0)
#define HONE_LOCK_WAIT(name, address) ((void)0)
#define HONE_LOCK_OBTAINED(name, address) ((void)0)
#define HONE_LOCK_RELEASED(name, address) ((void)0)

#else

#include "hone/layout.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HONE_LEVEL_ERROR 1
#define HONE_LEVEL_WARN 2
#define HONE_LEVEL_INFO 3
#define HONE_LEVEL_DEBUG 4
#define HONE_LEVEL_TRACE 5

/* One place in the source: made by the macros, and described to Hone when it is first met. */
typedef struct hone_site {
  uint32_t word; /* of a span at depth 0: hone_word(), HONE_WORD_LEAST or more; 0: not met yet;
                    1: not recorded; 2 + i: hot, hone_thread.hot[i] */
  uint32_t line;
  const hone_page* home; /* of the library that met it */
  const char* name;
  const char* category; /* empty: what is before the first "::" of the name */
  const char* function;
  const char* file;
  const char* unit;
  const char* keys; /* names of arguments, each ended by a 0, one more at the end; may be null */
  uint32_t color;
  uint8_t kind, level;
  uint16_t reserved; /* HONE_SITE_MARK */
  uint32_t id;       /* for this library; 0: there was no room to describe it */
  struct hone_site* next;
} hone_site;

#define HONE_WORD_LEAST (1u << 12)

/* A span that is open. To be ended once. */
typedef struct hone_scope {
  hone_thread* thread; /* null: it is not recorded */
  uint64_t start;
  hone_site* site;
} hone_scope;
typedef struct hone_begun {
  hone_thread* thread;
  uint64_t start;
} hone_begun;

/* What the inline parts below use; not to be called. Each library that links libhone has its own.
 */
#define HONE_HIDDEN __attribute__((visibility("hidden")))
extern HONE_HIDDEN hone_page hone_own_page;
extern HONE_HIDDEN __thread hone_thread* hone_own_thread __attribute__((tls_model("initial-exec")));
HONE_HIDDEN hone_begun hone_begin_slowly(hone_site* site) __attribute__((cold));
HONE_HIDDEN void hone_end_slowly(hone_thread* thread, uint64_t start, uint64_t end, hone_site* site)
    __attribute__((cold));
HONE_HIDDEN uint64_t hone_clock_slowly(void) __attribute__((cold));
HONE_HIDDEN void hone_frame_slowly(hone_site* site) __attribute__((cold));
/* The thread, when `site` is recorded now; else null. */
HONE_HIDDEN hone_thread* hone_thread_slowly(hone_site* site) __attribute__((cold));
/* True when `slots` may be taken now. */
HONE_HIDDEN int hone_room_slowly(hone_thread* thread, uint32_t slots) __attribute__((cold));
/* The site of a name made at run time: one for each name and kind. */
HONE_HIDDEN hone_site* hone_site_named(const char* name, const char* category, uint8_t kind);

#define HONE_INLINE static inline __attribute__((always_inline, unused))
#define HONE_LIKELY(x) __builtin_expect(!!(x), 1)
#define HONE_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* The CPU's counter, which needs no system call and no vDSO. */
HONE_INLINE uint64_t hone_counter(void) {
#if defined(__x86_64__)
  uint32_t low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return (uint64_t)high << 32 | low;
#elif defined(__aarch64__)
  uint64_t ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  return hone_clock_slowly();
#endif
}

/* Ticks of the clock of hone_page.clock. */
HONE_INLINE uint64_t hone_ticks(void) {
  return HONE_LIKELY(hone_own_page.clock & HONE_CLOCK_COUNTER) ? hone_counter()
                                                               : hone_clock_slowly();
}

/* Slots are taken by one instruction, so that a signal handler's records stand between the thread's
 * own, never across one. */
HONE_INLINE uint64_t hone_take_slots(hone_thread* thread, uint64_t slots) {
#if defined(__x86_64__)
  __asm__ volatile("xaddq %0, %1" : "+r"(slots), "+m"(thread->head) : : "cc");
  return slots;
#else
  return __atomic_fetch_add(&thread->head, slots, __ATOMIC_RELAXED);
#endif
}

HONE_INLINE void hone_put_slot(hone_thread* thread, uint64_t index, uint64_t first,
                               uint64_t second) {
  hone_slot* const slot = thread->slots + (index & (HONE_RING_SLOTS - 1));
  __atomic_store_n(&slot->first, first, __ATOMIC_RELAXED);
  __atomic_store_n(&slot->second, second | (index / HONE_RING_SLOTS & 3), __ATOMIC_RELEASE);
}

/* The second word of a slot, but for its lap. */
HONE_INLINE uint64_t hone_word(uint32_t type, uint32_t depth, uint32_t site, uint64_t value) {
  return (uint64_t)type << 2 | (uint64_t)depth << 4 | (uint64_t)site << 12 | value << 32;
}
HONE_INLINE uint32_t hone_id_of(const hone_site* site) {
  return site->word >> 12;
}

/* True when `site` is recorded, each time, as far as it has been met by this library: a site in an
 * inline function may be shared with others, each of which counts its own. */
HONE_INLINE int hone_is_met(const hone_site* site) {
  return __atomic_load_n(&site->word, __ATOMIC_RELAXED) >= HONE_WORD_LEAST &&
         site->home == &hone_own_page;
}

/* One less; true while some are left. In one instruction, so that handlers of signals count too. */
HONE_INLINE int hone_count_down(int32_t* left) {
#if defined(__x86_64__)
  int more;
  __asm__ volatile("subl $1, %0" : "+m"(*left), "=@ccg"(more) : : "memory");
  return more;
#else
  return __atomic_fetch_sub(left, 1, __ATOMIC_RELAXED) > 1;
#endif
}

/* True when a span here is not timed: the place is filtered out, or hot, and the span is counted.
 * Both are quick. */
HONE_INLINE int hone_is_left_out(uint32_t state, hone_thread* thread, const hone_site* site) {
  const uint32_t word = __atomic_load_n(&site->word, __ATOMIC_RELAXED);
  if (HONE_UNLIKELY(state != HONE_ON || site->home != &hone_own_page)) return 0;
  if (word == 1) return 1;
  return word - 2 < HONE_HOT_MAX && HONE_LIKELY(thread != 0) &&
         HONE_LIKELY(hone_count_down(&thread->hot[word - 2].left));
}

HONE_INLINE hone_scope hone_begin(hone_site* site) {
  hone_scope scope;
  hone_open_span* open;
  hone_thread* thread;
  uint32_t depth, word;
  const uint32_t state = __atomic_load_n(&hone_own_page.state, __ATOMIC_RELAXED);
  scope.thread = 0;
  scope.start = 0;
  scope.site = site;
  if (HONE_LIKELY(state == HONE_OFF)) return scope;
  thread = hone_own_thread;
  word = __atomic_load_n(&site->word, __ATOMIC_RELAXED);
  if (HONE_UNLIKELY(state != HONE_ON || !thread || word < HONE_WORD_LEAST ||
                    site->home != &hone_own_page || thread->depth >= HONE_DEPTH_MAX)) {
    hone_begun begun;
    if (HONE_LIKELY(hone_is_left_out(state, thread, site))) return scope;
    begun = hone_begin_slowly(site);
    scope.thread = begun.thread;
    scope.start = begun.start;
    return scope;
  }
  if (HONE_LIKELY(hone_own_page.clock == HONE_CLOCK_COUNTER)) {
    scope.start = hone_counter();
  } else {
    scope.start = hone_own_page.clock & HONE_CLOCK_CHAINED ? thread->last : hone_ticks();
  }
  scope.thread = thread;
  depth = thread->depth;
  /* The place is taken first: a handler of a signal uses the next one. */
  thread->depth = depth + 1;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  open = &thread->open[depth];
  open->start = scope.start;
  open->word = word + (depth << 4);
  return scope;
}

HONE_INLINE void hone_end(const hone_scope* scope) {
  hone_thread* const thread = scope->thread;
  uint64_t end, duration;
  uint32_t depth;
  if (!thread) return;
  end = hone_ticks();
  duration = end - scope->start;
  depth = thread->depth - 1;
  if (HONE_UNLIKELY(thread != hone_own_thread || depth >= HONE_DEPTH_MAX ||
                    thread->open[depth].start != scope->start ||
                    duration - hone_own_page.min_ticks > hone_own_page.fit_ticks ||
                    end > __atomic_load_n(&hone_own_page.lease, __ATOMIC_RELAXED) ||
                    thread->head >= thread->limit)) {
    hone_end_slowly(thread, scope->start, end, scope->site);
    return;
  }
  hone_put_slot(thread, hone_take_slots(thread, 1), end, thread->open[depth].word | duration << 32);
  thread->last = end;
  __atomic_signal_fence(__ATOMIC_RELEASE);
  thread->depth = depth;
}

/* The thread that a mark at `site` is written by, with room for it; null when it is not recorded.
 */
HONE_INLINE hone_thread* hone_mark_thread(hone_site* site, uint32_t slots) {
  hone_thread* thread;
  const uint32_t state = __atomic_load_n(&hone_own_page.state, __ATOMIC_RELAXED);
  if (HONE_LIKELY(state == HONE_OFF)) return 0;
  thread = hone_own_thread;
  if (HONE_UNLIKELY(state != HONE_ON || !thread || !hone_is_met(site))) {
    if (state == HONE_ON && site->word == 1 && site->home == &hone_own_page) return 0;
    thread = hone_thread_slowly(site);
    if (!thread) return 0;
  }
  if (HONE_UNLIKELY(thread->head + slots > thread->limit) && !hone_room_slowly(thread, slots)) {
    return 0;
  }
  return thread;
}

/* A mark with one more word. The last slot is written first: a reader takes a record by its first.
 */
HONE_INLINE void hone_mark(hone_site* site, uint32_t kind, uint64_t word) {
  hone_thread* const thread = hone_mark_thread(site, 2);
  uint64_t ticks, at;
  if (!thread) return;
  ticks = hone_ticks();
  at = hone_take_slots(thread, 2);
  hone_put_slot(thread, at + 1, word, hone_word(HONE_TYPE_REST, 0, 0, 0));
  hone_put_slot(thread, at, ticks, hone_word(HONE_TYPE_MARK, kind, hone_id_of(site), 1));
  thread->last = ticks;
}

/* With the innermost span that is open. */
HONE_INLINE void hone_mark_allocated(hone_site* site, uint64_t address, uint64_t bytes) {
  hone_thread* const thread = hone_mark_thread(site, 3);
  uint64_t ticks, at, span;
  uint32_t depth;
  if (!thread) return;
  depth = thread->depth < HONE_DEPTH_MAX ? thread->depth : HONE_DEPTH_MAX;
  span = depth ? thread->open[depth - 1].word >> 12 & (HONE_SITES_MAX - 1) : 0;
  ticks = hone_ticks();
  at = hone_take_slots(thread, 3);
  hone_put_slot(thread, at + 2, bytes, hone_word(HONE_TYPE_REST, 0, (uint32_t)span, 0));
  hone_put_slot(thread, at + 1, address, hone_word(HONE_TYPE_REST, 0, 0, 0));
  hone_put_slot(thread, at, ticks,
                hone_word(HONE_TYPE_MARK, HONE_MARK_ALLOCATE, hone_id_of(site), 2));
  thread->last = ticks;
}

HONE_INLINE void hone_mark_alone(hone_site* site, uint32_t kind) {
  hone_thread* const thread = hone_mark_thread(site, 1);
  uint64_t ticks;
  if (!thread) return;
  ticks = hone_ticks();
  hone_put_slot(thread, hone_take_slots(thread, 1), ticks,
                hone_word(HONE_TYPE_MARK, kind, hone_id_of(site), 0));
  thread->last = ticks;
}

/* The end of a frame, where one in so many may be recorded. */
HONE_INLINE void hone_frame(hone_site* site) {
  if (HONE_UNLIKELY(hone_own_page.frame_every > 1)) {
    hone_frame_slowly(site);
  } else {
    hone_mark_alone(site, HONE_MARK_FRAME);
  }
}

HONE_INLINE void hone_plot_integer(hone_site* site, int64_t value) {
  hone_mark(site, HONE_MARK_INTEGER, (uint64_t)value);
}
HONE_INLINE void hone_plot_real(hone_site* site, double value) {
  uint64_t word;
  __builtin_memcpy(&word, &value, sizeof word);
  hone_mark(site, HONE_MARK_REAL, word);
}

/* An argument's value. Strings are copied, at most HONE_STRING_MAX bytes. */
#define HONE_STRING_MAX 1023u
typedef struct hone_value {
  uint32_t type; /* HONE_ARGUMENT_... */
  uint64_t word; /* the value; of a string its address */
} hone_value;

/* Arguments of the span that was begun last, or (kind HONE_MARK_MESSAGE) of a message. */
HONE_HIDDEN void hone_name_thread(const char* name);
HONE_HIDDEN void hone_app_info(const char* key, hone_value value);
HONE_HIDDEN void hone_put_arguments(hone_site* site, uint32_t kind, uint32_t detail, uint64_t first,
                                    const hone_value* values, uint32_t count);

#ifdef __cplusplus
}
#endif

#include "hone/macros.h"

#endif /* HONE_ENABLE */
#endif
