/* A stand-in of CUPTI, libcupti.so.13, on the stand-in of the driver: records of kernels, copies
 * and fills in buffers that the tool gives, completed when they are full, and on demand. A record
 * is complete when what it tells of has ended; a flush that is not forced leaves buffers that have
 * others. STAND_IN_CUPTI says what is wrong with it: "taken" (another tool uses it), "old" (it has
 * no clock of the tool's), "strange" (records of an unknown kind are among the others), "small" (a
 * buffer takes seven records). Not thread-safe. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stand_in_cuda.h"

#define OK 0
#define INVALID 1
#define LIMIT 12
#define NOT_COMPATIBLE 14
#define NOT_INITIALIZED 15
#define INVALID_KIND 21
#define TAKEN 39
#define RECORD_BYTES 160

typedef struct record {
  uint32_t kind;
  uint8_t copy, unused[3];
  uint64_t bytes, start, end;
  union {
    struct {
      uint64_t completed;
      uint32_t device, context, stream;
    } kernel;
    struct {
      uint32_t device, context, stream, correlation;
    } copy;
  } at;
  uint8_t others[104 - 56];
  const char* name;
  uint8_t rest[RECORD_BYTES - 112];
} record;
_Static_assert(sizeof(record) == RECORD_BYTES && offsetof(record, name) == 104 &&
                   offsetof(record, at.kernel.device) == 40 && offsetof(record, at.copy) == 32,
               "as CUPTI lays them out");

static void (*requested)(uint8_t**, size_t*, size_t*);
static void (*completed)(void*, uint32_t, uint8_t*, size_t, size_t);
static uint64_t (*tools_clock)(void);
static uint8_t enabled[64];
static int subscriber, is_subscribed;
static size_t lost;
static struct {
  uint8_t* at;
  size_t bytes, used;
  uint64_t end; /* of its last record */
} buffers[64];
static uint32_t first, used; /* the last one is filled */

static int is_wrong(const char* how) {
  const char* const said = getenv("STAND_IN_CUPTI");
  return said && strcmp(said, how) == 0;
}
static uint64_t clock_ns(clockid_t which) {
  struct timespec now;
  clock_gettime(which, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
/* Of the tool's clock, which is CLOCK_MONOTONIC, or of its own. */
static uint64_t as_told(uint64_t monotonic) {
  if (tools_clock) return monotonic;
  return monotonic + clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
}

static void give_back(int is_forced) {
  while (first < used) {
    if (!is_forced && buffers[first].end > clock_ns(CLOCK_MONOTONIC)) return;
    const uint32_t at = first++;
    if (first == used) first = used = 0;
    completed(0, 0, buffers[at].at, buffers[at].bytes, buffers[at].used);
  }
}

static record* room(uint64_t end) {
  if (used > 0 && buffers[used - 1].used + RECORD_BYTES > buffers[used - 1].bytes) {
    give_back(0);
    if (used == 64) return 0;
  }
  if (used == 0 || buffers[used - 1].used + RECORD_BYTES > buffers[used - 1].bytes) {
    uint8_t* buffer = 0;
    size_t bytes = 0, records = 0;
    requested(&buffer, &bytes, &records);
    if (!buffer || bytes < RECORD_BYTES) return 0;
    if (is_wrong("small")) bytes = 7 * RECORD_BYTES;
    buffers[used].at = buffer;
    buffers[used].bytes = bytes;
    buffers[used].used = 0;
    ++used;
  }
  record* const out = (record*)(buffers[used - 1].at + buffers[used - 1].used);
  memset(out, 0, sizeof *out);
  buffers[used - 1].used += RECORD_BYTES;
  buffers[used - 1].end = end;
  return out;
}

static void on_work(uint32_t kind, const char* name, uint8_t copy, uint32_t stream, uint64_t start,
                    uint64_t end) {
  if (kind >= 64 || !enabled[kind] || !requested) return;
  if (is_wrong("strange")) {
    record* const odd = room(end);
    if (odd) odd->kind = 4711;
  }
  record* const it = room(end);
  if (!it) {
    ++lost;
    return;
  }
  it->kind = kind;
  it->start = as_told(start);
  it->end = as_told(end);
  if (kind == 10) {
    it->name = name;
    it->at.kernel.context = 1;
    it->at.kernel.stream = stream;
  } else {
    it->copy = copy;
    it->at.copy.context = 1;
    it->at.copy.stream = stream;
  }
}

int cuptiSubscribe(void** out, void (*callback)(void*, int, uint32_t, const void*), void* own) {
  (void)own;
  if (!callback) return INVALID;
  if (is_subscribed || is_wrong("taken")) return TAKEN;
  is_subscribed = 1;
  void* const driver = dlopen("libcuda.so.1", RTLD_LAZY);
  void (*const listen)(stand_in_listener) =
      driver ? (void (*)(stand_in_listener))dlsym(driver, "stand_in_listen") : 0;
  if (!listen) return NOT_INITIALIZED;
  listen(on_work);
  *out = &subscriber;
  return OK;
}
int cuptiUnsubscribe(void* handle) {
  if (handle != &subscriber) return INVALID;
  is_subscribed = 0;
  return OK;
}
int cuptiActivityRegisterCallbacks(void (*request)(uint8_t**, size_t*, size_t*),
                                   void (*complete)(void*, uint32_t, uint8_t*, size_t, size_t)) {
  requested = request;
  completed = complete;
  return request && complete ? OK : INVALID;
}
int cuptiActivityRegisterTimestampCallback(uint64_t (*clock)(void)) {
  if (is_wrong("old")) return NOT_COMPATIBLE;
  tools_clock = clock;
  return OK;
}
int cuptiActivityEnable(uint32_t kind) {
  if (kind >= 64) return INVALID_KIND;
  enabled[kind] = 1;
  return OK;
}
int cuptiActivityDisable(uint32_t kind) {
  if (kind >= 64) return INVALID_KIND;
  enabled[kind] = 0;
  return OK;
}
int cuptiActivityFlushPeriod(uint32_t ms) {
  (void)ms;
  return OK;
}
int cuptiActivityFlushAll(uint32_t flags) {
  if (!completed) return INVALID;
  give_back(flags & 1);
  return OK;
}
int cuptiActivityGetNextRecord(uint8_t* buffer, size_t valid, record** at) {
  uint8_t* const next = *at ? (uint8_t*)*at + RECORD_BYTES : buffer;
  if (!buffer) return INVALID;
  if (next + RECORD_BYTES > buffer + valid) return LIMIT;
  *at = (record*)next;
  return OK;
}
int cuptiActivityGetNumDroppedRecords(void* context, uint32_t stream, size_t* dropped) {
  (void)context, (void)stream;
  *dropped = lost;
  lost = 0;
  return OK;
}
int cuptiGetTimestamp(uint64_t* out) {
  *out = as_told(clock_ns(CLOCK_MONOTONIC));
  return OK;
}
