// hone/calls.h by hone/hone.h.
#ifndef HONE_ENABLE
#define HONE_ENABLE
#endif
#include "hone/calls.h"

#include <stddef.h>

#include "base/kernel.h"
#include "hone/hone.h"

#define HONE_EXPORTED __attribute__((visibility("default")))

static_assert(sizeof(hone_call_value) == sizeof(hone_value) &&
              offsetof(hone_call_value, word) == offsetof(hone_value, word));
static_assert(sizeof(hone_call_open) == sizeof(hone_scope));
static_assert(HONE_CALL_OFF == HONE_OFF && HONE_CALL_STRING == HONE_ARGUMENT_STRING &&
              HONE_CALL_INTEGER == HONE_ARGUMENT_INTEGER && HONE_CALL_SPAN == HONE_SITE_SPAN &&
              HONE_CALL_MESSAGE == HONE_SITE_MESSAGE && HONE_CALL_FRAMES == HONE_SITE_FRAMES &&
              HONE_CALL_TRACE == HONE_LEVEL_TRACE);

struct hone_call_place {
  hone_site site;
};

namespace {

using namespace hone::kernel;

constexpr uint32_t kPlacesMax = 1u << 16;
constexpr size_t kPoolBytes = 32u << 20, kTextBytesMax = 1023, kKeysBytesMax = 1023;

uint8_t* pool;
uint64_t pool_used;
uint32_t places_used;

// Costs memory where it is touched; null: there is none.
uint8_t* take_memory(size_t bytes) {
  uint8_t* from = __atomic_load_n(&pool, __ATOMIC_ACQUIRE);
  if (!from) {
    auto* const made =
        (uint8_t*)map_memory(kPoolBytes, kMapPrivate | kMapAnonymous | kMapNoreserve);
    if (!made) return nullptr;
    if (__atomic_compare_exchange_n(&pool, &from, made, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
      from = made;
    } else {
      call(__NR_munmap, made, kPoolBytes);
    }
  }
  const size_t all = (bytes + 15) / 16 * 16;
  if (__atomic_load_n(&pool_used, __ATOMIC_RELAXED) + all > kPoolBytes) return nullptr;
  const uint64_t at = __atomic_fetch_add(&pool_used, all, __ATOMIC_RELAXED);
  return at + all > kPoolBytes ? nullptr : from + at;
}

// No character is cut in two.
size_t bytes_of(const char* text) {
  size_t bytes = 0;
  while (text && bytes < kTextBytesMax && text[bytes] != '\0') ++bytes;
  if (bytes == kTextBytesMax) {
    while (bytes > 0 && ((uint8_t)text[bytes] & 0xc0) == 0x80) --bytes;
  }
  return bytes;
}

// Whole names, and no more than there may be arguments.
size_t bytes_of_keys(const char* keys) {
  size_t bytes = 0;
  for (uint32_t i = 0; keys && i < HONE_CALL_ARGUMENTS_MAX && keys[bytes] != '\0'; ++i) {
    const size_t more = __builtin_strlen(keys + bytes) + 1;
    if (bytes + more > kKeysBytesMax) break;
    bytes += more;
  }
  return bytes;
}

const char* put(uint8_t*& to, const char* text, size_t bytes) {
  auto* const at = (char*)to;
  if (bytes > 0) __builtin_memcpy(at, text, bytes);
  at[bytes] = '\0';
  to += bytes + 1;
  return at;
}

hone_call_place* place_of_others(uint32_t kind) {
  static hone_call_place others[HONE_CALL_MESSAGE + 1];
  hone_call_place* const place = &others[kind];
  place->site.name = "(more names than there is room for)";
  place->site.kind = (uint8_t)kind;
  place->site.level = HONE_LEVEL_INFO;
  return place;
}

hone_call_place* make_place(const hone_call_text& text, uint32_t kind) {
  if (__atomic_load_n(&places_used, __ATOMIC_RELAXED) >= kPlacesMax) return nullptr;
  const size_t name = bytes_of(text.name), category = bytes_of(text.category),
               function = bytes_of(text.function), file = bytes_of(text.file),
               unit = bytes_of(text.unit), keys = bytes_of_keys(text.keys);
  uint8_t* to =
      take_memory(sizeof(hone_call_place) + name + category + function + file + unit + keys + 6);
  if (!to) return nullptr;
  __atomic_fetch_add(&places_used, 1u, __ATOMIC_RELAXED);
  auto* const place = (hone_call_place*)to;
  to += sizeof *place;
  hone_site& site = place->site;
  site.name = put(to, text.name, name);
  site.category = put(to, text.category, category);
  site.function = put(to, text.function, function);
  site.file = put(to, text.file, file);
  site.unit = put(to, text.unit, unit);
  site.keys = put(to, text.keys, keys);
  site.line = text.line;
  site.color = text.color & 0xffffff;
  site.kind = (uint8_t)kind;
  site.level =
      (uint8_t)(text.level >= HONE_LEVEL_ERROR && text.level <= HONE_LEVEL_TRACE ? text.level
                                                                                 : HONE_LEVEL_INFO);
  return place;
}

const hone_value* values_of(const hone_call_value* values) {
  return reinterpret_cast<const hone_value*>(values);
}

}  // namespace

extern "C" {

HONE_EXPORTED uint32_t hone_call_version(void) {
  return HONE_CALLS_VERSION;
}

HONE_EXPORTED const uint32_t* hone_call_state(void) {
  return &hone_own_page.state;
}

HONE_EXPORTED hone_call_place* hone_call_place_of(const hone_call_text* text) {
  const bool is_known = text->kind >= HONE_CALL_SPAN && text->kind <= HONE_CALL_MESSAGE;
  const uint32_t kind = is_known ? text->kind : HONE_CALL_SPAN;
  hone_call_place* const place = make_place(*text, kind);
  return place ? place : place_of_others(kind);
}

HONE_EXPORTED void hone_call_begin(hone_call_place* place, hone_call_open* open,
                                   const hone_call_value* values, uint32_t count) {
  const hone_scope scope = hone_begin(&place->site);
  if (count > 0 && scope.thread) {
    hone_put_arguments(&place->site, HONE_MARK_ARGUMENTS, 0, scope.start, values_of(values), count);
  }
  __builtin_memcpy(open, &scope, sizeof scope);
}

HONE_EXPORTED void hone_call_end(const hone_call_open* open) {
  hone_scope scope;
  __builtin_memcpy(&scope, open, sizeof scope);
  hone_end(&scope);
}

HONE_EXPORTED void hone_call_message(hone_call_place* place, const hone_call_value* values,
                                     uint32_t count) {
  hone_put_arguments(&place->site, HONE_MARK_MESSAGE, place->site.level, 0, values_of(values),
                     count);
}

HONE_EXPORTED void hone_call_plot_integer(hone_call_place* place, int64_t value) {
  hone_plot_integer(&place->site, value);
}

HONE_EXPORTED void hone_call_plot_real(hone_call_place* place, double value) {
  hone_plot_real(&place->site, value);
}

HONE_EXPORTED void hone_call_frame(hone_call_place* place) {
  hone_frame(&place->site);
}

HONE_EXPORTED void hone_call_async(hone_call_place* place, int is_end, uint64_t id) {
  hone_mark(&place->site, is_end ? HONE_MARK_ASYNC_END : HONE_MARK_ASYNC_BEGIN, id);
}

HONE_EXPORTED void hone_call_flow(hone_call_place* place, int is_end, uint64_t id) {
  hone_mark(&place->site, is_end ? HONE_MARK_FLOW_END : HONE_MARK_FLOW_BEGIN, id);
}

HONE_EXPORTED void hone_call_name_thread(const char* name) {
  hone_name_thread(name);
}

HONE_EXPORTED void hone_call_app_info(const char* key, const hone_call_value* value) {
  hone_app_info(key, *values_of(value));
}

}  // extern "C"
