// Ranges and marks as spans and messages.
#include "base/kernel.h"
#include "guest/nvtx/nvtx.h"

extern "C" {
__attribute__((weak)) int pthread_key_create(unsigned*, void (*)(void*));
__attribute__((weak)) int pthread_setspecific(unsigned, const void*);
}

namespace hone::nvtx {

namespace {

struct Range {
  hone_scope scope;
  const Domain* domain;
  int level;  // how many ranges of its domain are open around it
};

// Of a thread: what is pushed and not popped, all domains together. They may be popped across each
// other; then the span is one that is not nested (hone_end_slowly).
struct Ranges {
  uint32_t depth;
  uint32_t deeper;  // ranges beyond kRangesMax, which are not recorded
  Range at[kRangesMax];
};
// Not in the thread's own memory itself: the little that is there for libraries that are loaded
// later is shared by all of them.
__thread Ranges* own __attribute__((tls_model("initial-exec"))) = nullptr;

unsigned end_key;
bool has_end_key;

void on_thread_end(void* ranges) {
  own = nullptr;
  kernel::call(__NR_munmap, ranges, sizeof(Ranges));
}

__attribute__((constructor)) void make_end_key() {
  has_end_key = pthread_key_create && pthread_setspecific &&
                pthread_key_create(&end_key, &on_thread_end) == 0;
}

// Null: there is no memory to be had.
Ranges* own_ranges() {
  if (own) return own;
  own = (Ranges*)kernel::map_memory(sizeof(Ranges));
  if (own && has_end_key) pthread_setspecific(end_key, own);
  return own;
}

// An id says which place its range is of, so that the end needs no table of ranges: above these
// bits the place's number, and 1.
constexpr uint32_t kSerialBits = 40;
constexpr uint64_t kSerialMask = (uint64_t{1} << kSerialBits) - 1;
uint64_t serial_last;

const char* const kRefusals[] = {
    "NVTX: a resource was named (not recorded)",
    "NVTX: a CUDA object was named (not recorded)",
    "NVTX: an OpenCL object was named (not recorded)",
    "NVTX: a lock of the program's own was made (not recorded)",
    "NVTX: a payload of an unknown type (not recorded)",
    "NVTX: an event of an unknown version (not recorded)",
    "NVTX: a range is nested too deep (not recorded)",
    "NVTX: a range ends that never began (not recorded)",
};
static_assert(sizeof kRefusals / sizeof *kRefusals == (size_t)Refusal::kCount);
// Not marked as places of a program (HONE_SITE_MARK): these are no part of it.
hone_site refusals[(size_t)Refusal::kCount];

// The newest of this domain; kRangesMax: there is none.
uint32_t top_of(const Ranges& ranges, const Domain* domain) {
  for (uint32_t i = ranges.depth; i > 0; --i) {
    if (ranges.at[i - 1].domain == domain) return i - 1;
  }
  return kRangesMax;
}

int level_in(const Ranges& ranges, const Domain* domain) {
  const uint32_t outer = top_of(ranges, domain);
  return outer == kRangesMax ? 0 : ranges.at[outer].level + 1;
}

}  // namespace

void refuse(Refusal what) {
  hone_site& site = refusals[(size_t)what];
  if (hone_own_page.state == HONE_OFF) return;
  if (!site.name) {
    site.category = "NVTX";
    site.kind = HONE_SITE_MESSAGE;
    site.level = HONE_LEVEL_INFO;
    __atomic_store_n(&site.name, kRefusals[(size_t)what], __ATOMIC_RELEASE);
  }
  hone_put_arguments(&site, HONE_MARK_MESSAGE, HONE_LEVEL_INFO, 0, nullptr, 0);
}

void mark(const Event& event) {
  if (__atomic_load_n(&hone_own_page.state, __ATOMIC_RELAXED) == HONE_OFF) return;
  take_pending_name();
  hone_put_arguments(&place_of(event, HONE_SITE_MESSAGE)->site, HONE_MARK_MESSAGE, HONE_LEVEL_INFO,
                     0, &event.payload, event.has_payload ? 1 : 0);
}

int push(const Event& event) {
  Ranges* const ranges = own_ranges();
  if (!ranges) return 0;
  const int level = level_in(*ranges, event.domain);
  if (ranges->depth >= kRangesMax) {
    ++ranges->deeper;
    refuse(Refusal::kDepth);
    return level;
  }
  // The place is taken first: a handler of a signal uses the next one.
  Range& range = ranges->at[ranges->depth++];
  range = {{nullptr, 0, nullptr}, event.domain, level};
  if (__atomic_load_n(&hone_own_page.state, __ATOMIC_RELAXED) == HONE_OFF) return level;
  take_pending_name();
  hone_site* const site = &place_of(event, HONE_SITE_SPAN)->site;
  range.scope = hone_begin(site);
  if (event.has_payload && range.scope.thread) {
    hone_put_arguments(site, HONE_MARK_ARGUMENTS, 0, range.scope.start, &event.payload, 1);
  }
  return level;
}

int pop(const Domain* domain) {
  Ranges* const ranges = own_ranges();
  if (!ranges) return -1;
  if (ranges->deeper > 0) {
    --ranges->deeper;
    return level_in(*ranges, domain);
  }
  const uint32_t top = top_of(*ranges, domain);
  if (top == kRangesMax) {
    refuse(Refusal::kRange);
    return -1;
  }
  const Range range = ranges->at[top];
  hone_end(&range.scope);
  for (uint32_t i = top + 1; i < ranges->depth; ++i) ranges->at[i - 1] = ranges->at[i];
  --ranges->depth;
  return range.level;
}

uint64_t start(const Event& event) {
  const uint64_t serial = __atomic_add_fetch(&serial_last, uint64_t{1}, __ATOMIC_RELAXED);
  if (__atomic_load_n(&hone_own_page.state, __ATOMIC_RELAXED) == HONE_OFF) {
    return serial & kSerialMask;
  }
  take_pending_name();
  Place* const place = place_of(event, HONE_SITE_SPAN);
  const uint64_t id = uint64_t{number_of(place) + 1} << kSerialBits | (serial & kSerialMask);
  hone_mark(&place->site, HONE_MARK_ASYNC_BEGIN, id);
  // Asynchronous spans have no arguments: what it says beside its name is a message.
  if (event.has_payload) mark(event);
  return id;
}

void end(uint64_t range) {
  const auto number = (uint32_t)(range >> kSerialBits);
  if (number == 0) return;  // begun while nobody recorded
  Place* const place = place_at(number - 1);
  if (!place) return refuse(Refusal::kRange);
  take_pending_name();
  hone_mark(&place->site, HONE_MARK_ASYNC_END, range);
}

}  // namespace hone::nvtx
