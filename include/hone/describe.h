/* Places and texts that are made at run time: what the headers of hone/compat are made of, by which
 * programs that are marked for other profilers are recorded. Programs include those.
 *
 *   static hone_site place = ...;                      // keys: HONE_SPAN_KEYS
 *   hone_scope scope = hone_begin(&place);
 *   scope.site = hone_span_renamed(scope.thread, scope.start, scope.site, text, bytes);
 *   hone_span_text(scope.thread, scope.start, scope.site, text, bytes);
 *   hone_end(&scope);
 *
 * C11 and C++11, with HONE_ENABLE alone. Texts are copied. Places that are made stay for ever, one
 * for each description; when there is no room for more, the place that was there before is used
 * and the loss is counted. Any thread and handler of a signal; nothing allocates from the heap. */
#ifndef HONE_DESCRIBE_H
#define HONE_DESCRIBE_H

#include "hone/hone.h"

#ifdef HONE_ENABLE

#ifdef __cplusplus
extern "C" {
#endif

/* The arguments that spans and messages of such places have, by these numbers. */
#define HONE_SPAN_KEYS "text\0value\0"
#define HONE_KEY_TEXT 0u
#define HONE_KEY_VALUE 1u
#define HONE_MESSAGE_KEYS "text\0color\0"

/* A place as it is known only now. Texts that are null are empty. */
typedef struct hone_description {
  const char *name, *function, *file;
  uint64_t name_bytes, function_bytes, file_bytes;
  uint32_t line, color;
  uint8_t kind, level; /* HONE_SITE_..., HONE_LEVEL_... */
} hone_description;

/* Looked up by all that it says. Never null. */
HONE_HIDDEN hone_site* hone_site_described(const hone_description* description);
/* The same, looked up by an address that always means this description. */
HONE_HIDDEN hone_site* hone_site_by_address(const void* address,
                                            const hone_description* description);

/* An open span, as hone_begin() gave it, gets another name or color. Returns its place from now on;
 * nothing happens where `thread` is null. */
HONE_HIDDEN hone_site* hone_span_renamed(hone_thread* thread, uint64_t start, hone_site* site,
                                         const char* name, uint64_t bytes);
HONE_HIDDEN hone_site* hone_span_recolored(hone_thread* thread, uint64_t start, hone_site* site,
                                           uint32_t color);
/* An argument of an open span, on the thread that it was begun on. Of a text HONE_STRING_MAX bytes
 * are kept; of what is longer the last of these are "...". */
HONE_HIDDEN void hone_span_text(hone_thread* thread, uint64_t start, hone_site* site,
                                const char* text, uint64_t bytes);
HONE_HIDDEN void hone_span_value(hone_thread* thread, uint64_t start, hone_site* site,
                                 uint64_t value);

/* A message at a place whose keys are HONE_MESSAGE_KEYS; as an argument, what the place's name and
 * color do not say: text null, color 0. */
HONE_HIDDEN void hone_say(hone_site* site, const char* text, uint64_t bytes, uint32_t color);

/* Of all plots of that name, wherever they are. The unit is a literal. */
HONE_HIDDEN void hone_plot_configured(const char* name, const char* unit, uint32_t color);

/* Ends an asynchronous span that was begun at the place of this id. */
HONE_HIDDEN void hone_async_ended(uint32_t id, uint64_t number);

/* 1: the program says that it is recorded from now on, -1: no longer; 0 asks. Others' headers let
 * it ask what it said; libhone itself is always there. */
HONE_HIDDEN int hone_lifetime(int change);

/* As HONE_LOCK_WAIT and its like, of a lock that is shared with others. */
HONE_HIDDEN void hone_shared_wait(hone_site* site, const void* lock);
HONE_HIDDEN void hone_shared_taken(hone_site* site, const void* lock);
HONE_HIDDEN void hone_shared_left(const void* lock);

/* What this thread does from now on is the fiber's, known by the address of its name: a ring of its
 * own, shown as a thread. Then the thread's own again. */
HONE_HIDDEN void hone_fiber_enter(const char* name);
HONE_HIDDEN void hone_fiber_leave(void);

/* Spans of a GPU by queries that the program reads itself. `queue` is its number of the queue,
 * `query` that of a time that is told later, in any order. */
/* `ticks`: the device's clock now. Renewed by hone_gpu_compared(). */
HONE_HIDDEN void hone_gpu_opened(uint8_t queue, int64_t ticks, double period_ns);
HONE_HIDDEN void hone_gpu_named(uint8_t queue, const char* name, uint64_t bytes);
HONE_HIDDEN void hone_gpu_compared(uint8_t queue, int64_t ticks);
/* `ns` of CLOCK_MONOTONIC at the same moment, as far as `error_ns`; `how`: HONE_GPU_... */
HONE_HIDDEN void hone_gpu_compared_at(uint8_t queue, int64_t ticks, int64_t ns, int64_t error_ns,
                                      uint32_t how);
/* 0: it is not recorded, and not to be ended. */
HONE_HIDDEN int hone_gpu_begin(uint8_t queue, uint16_t query, hone_site* site);
HONE_HIDDEN void hone_gpu_end(uint8_t queue, uint16_t query);
HONE_HIDDEN void hone_gpu_time(uint8_t queue, uint16_t query, int64_t ticks);

#ifdef __cplusplus
} /* extern "C" */
#endif

/* A place whose name may be known at run time only: then it stands there as null, and is looked up.
 * The compiler says which: a literal, or what it knows to be one, is a name like any other. */
#define HONE_KNOWN(text) (__builtin_constant_p(text) ? (text) : (const char*)0)
#define HONE_PLACE(variable, kind, level, color, name, keys)                                \
  static hone_site variable = {0,                                                           \
                               __LINE__,                                                    \
                               0,                                                           \
                               HONE_KNOWN(name),                                            \
                               HONE_CATEGORY,                                               \
                               __func__,                                                    \
                               __FILE__,                                                    \
                               "",                                                          \
                               keys,                                                        \
                               color,                                                       \
                               kind,                                                        \
                               level,                                                       \
                               (uint16_t)(__builtin_constant_p(name) ? HONE_SITE_MARK : 0), \
                               0,                                                           \
                               0}

/* Of HONE_PLACE: the place itself, or that of the name as it is now. */
HONE_INLINE hone_site* hone_place_of(hone_site* site, const char* name, uint8_t kind) {
  if (HONE_LIKELY(site->name != 0) || hone_own_page.state == HONE_OFF) return site;
  return hone_site_named(name, HONE_CATEGORY, kind);
}

#endif /* HONE_ENABLE */
#endif
