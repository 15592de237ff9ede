// Places that are made at run time, and what is said of open spans at them (hone/describe.h).
#include "guest/runtime/runtime.h"
#include "hone/describe.h"

using namespace hone::runtime;

namespace {

// As many as there are names made at run time.
constexpr uint32_t kPlacesMax = 1u << 16;
constexpr uint32_t kLooks = 64;
constexpr uint64_t kTextBytesMax = 1024;
constexpr char kSpanKeys[] = HONE_SPAN_KEYS;
constexpr char kMessageKeys[] = HONE_MESSAGE_KEYS;

struct Described {
  hone_site site;
  const void* address;  // that it is known by; null: by what it says
  uint64_t hash;
  char texts[];
};

Described** table;
uint32_t plots_configured;

uint64_t mixed(uint64_t hash, uint64_t number) {
  hash = (hash ^ number) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 32;
}

uint64_t mixed(uint64_t hash, const char* text, uint64_t bytes) {
  for (; bytes >= 8; bytes -= 8, text += 8) {
    uint64_t word;
    __builtin_memcpy(&word, text, 8);
    hash = mixed(hash, word);
  }
  uint64_t rest = bytes;
  for (uint64_t i = 0; i < bytes; ++i) rest = rest << 8 | (uint8_t)text[i];
  return mixed(hash, rest);
}

hone_description cut(hone_description of) {
  const auto most = [](const char*& text, uint64_t& bytes) {
    if (!text) {
      text = "";
      bytes = 0;
    }
    if (bytes > kTextBytesMax) bytes = kTextBytesMax;
    // Descriptions are texts that end with a 0.
    for (uint64_t i = 0; i < bytes; ++i) {
      if (text[i] == '\0') bytes = i;
    }
  };
  most(of.name, of.name_bytes);
  most(of.function, of.function_bytes);
  most(of.file, of.file_bytes);
  return of;
}

bool says(const char* text, const char* other, uint64_t bytes) {
  return length_of(text) == bytes && __builtin_memcmp(text, other, bytes) == 0;
}

bool is_of(const Described& place, const hone_description& of) {
  return place.site.line == of.line && place.site.color == of.color && place.site.kind == of.kind &&
         place.site.level == of.level && says(place.site.name, of.name, of.name_bytes) &&
         says(place.site.function, of.function, of.function_bytes) &&
         says(place.site.file, of.file, of.file_bytes);
}

Described* make(const void* address, const hone_description& of, uint64_t hash) {
  auto* const made = (Described*)room_for_ever(sizeof(Described) + of.name_bytes +
                                               of.function_bytes + of.file_bytes + 3);
  if (!made) return nullptr;
  char* to = made->texts;
  const auto put = [&to](const char* text, uint64_t bytes) {
    char* const at = to;
    __builtin_memcpy(at, text, bytes);
    at[bytes] = '\0';
    to += bytes + 1;
    return at;
  };
  made->address = address;
  made->hash = hash;
  made->site.name = put(of.name, of.name_bytes);
  made->site.function = put(of.function, of.function_bytes);
  made->site.file = put(of.file, of.file_bytes);
  made->site.category = "";
  made->site.unit = "";
  made->site.keys = of.kind == HONE_SITE_SPAN      ? kSpanKeys
                    : of.kind == HONE_SITE_MESSAGE ? kMessageKeys
                                                   : nullptr;
  made->site.line = of.line;
  made->site.color = of.color;
  made->site.kind = of.kind;
  made->site.level = of.level;
  return made;
}

// Null: there is no room for it.
hone_site* find_or_make(const void* address, const hone_description& of, uint64_t hash) {
  auto** const places = (Described**)map_once((void**)&table, kPlacesMax * sizeof(Described*));
  if (!places) return nullptr;
  for (uint32_t step = 0; step < kLooks; ++step) {
    Described** const at = &places[(hash + step) % kPlacesMax];
    Described* place = __atomic_load_n(at, __ATOMIC_ACQUIRE);
    if (!place) {
      Described* const made = make(address, of, hash);
      if (!made) return nullptr;
      if (__atomic_compare_exchange_n(at, &place, made, false, __ATOMIC_ACQ_REL,
                                      __ATOMIC_ACQUIRE)) {
        return &made->site;
      }
    }
    if (place->hash != hash || place->address != address) continue;
    if (address || is_of(*place, of)) return &place->site;
  }
  return nullptr;
}

hone_site* described(const hone_description& wanted) {
  const hone_description of = cut(wanted);
  uint64_t hash = mixed(of.kind, of.line);
  hash = mixed(mixed(hash, of.color), of.level);
  hash = mixed(hash, of.name, of.name_bytes);
  hash = mixed(hash, of.function, of.function_bytes);
  return find_or_make(nullptr, of, mixed(hash, of.file, of.file_bytes));
}

hone_site* or_lost(hone_site* site, const hone_description& of) {
  if (site) return site;
  __atomic_fetch_add(&hone_own_page.sites_refused, uint64_t{1}, __ATOMIC_RELAXED);
  return hone_site_named("(more places than there is room for)", "", of.kind);
}

hone_open_span* find_open(hone_thread* thread, uint64_t start) {
  if (thread != hone_own_thread) return nullptr;
  uint32_t depth = thread->depth < HONE_DEPTH_MAX ? thread->depth : HONE_DEPTH_MAX;
  while (depth > 0 && thread->open[depth - 1].start != start) --depth;
  return depth == 0 ? nullptr : &thread->open[depth - 1];
}

// Where the span stands now: who holds it by value knows of no change since it began.
const hone_site* place_now(const hone_open_span* open, const hone_site* site) {
  const uint32_t id = open ? (uint32_t)(open->word >> 12) & (HONE_SITES_MAX - 1) : site->id;
  const hone_site* const known = id == site->id ? site : site_of_id(id);
  return known ? known : site;
}

// The open span is of this name (null: its own) and color (kSameColor: its own) from now on.
constexpr uint64_t kSameColor = UINT64_MAX;
hone_site* become(hone_thread* thread, uint64_t start, hone_site* site, const char* name,
                  uint64_t bytes, uint64_t color) {
  if (!thread || !memory.head) return site;
  hone_open_span* const open = find_open(thread, start);
  const hone_site* const before = place_now(open, site);
  hone_description of = {};
  of.name = name ? name : before->name;
  of.name_bytes = name ? bytes : length_of(before->name);
  of.function = before->function;
  of.function_bytes = length_of(before->function);
  of.file = before->file;
  of.file_bytes = length_of(before->file);
  of.line = before->line;
  of.color = color == kSameColor ? before->color : (uint32_t)color;
  of.kind = HONE_SITE_SPAN;
  of.level = before->level;
  hone_site* const now = described(of);
  if (now) meet_site(now);
  if (!now || now->id == 0) {
    __atomic_fetch_add(&hone_own_page.sites_refused, uint64_t{1}, __ATOMIC_RELAXED);
    return site;
  }
  if (open) {
    const uint64_t place = uint64_t{HONE_SITES_MAX - 1} << 12;
    open->word = (open->word & ~place) | uint64_t{now->id} << 12;
  }
  return now;
}

void put_text(hone_site* site, uint32_t kind, uint32_t detail, uint64_t first, const char* text,
              uint64_t bytes, uint32_t color) {
  char copy[HONE_STRING_MAX + 1];
  const bool is_cut = bytes > HONE_STRING_MAX;
  if (is_cut) bytes = HONE_STRING_MAX;
  if (text) __builtin_memcpy(copy, text, bytes);
  if (is_cut) __builtin_memcpy(copy + bytes - 3, "...", 3);
  copy[bytes] = '\0';
  hone_value values[2] = {{HONE_ARGUMENT_STRING, (uint64_t)(uintptr_t)copy},
                          {HONE_ARGUMENT_UNSIGNED, color}};
  hone_put_arguments(site, kind, detail, first, values, color != 0 ? 2 : 1);
}

// What is said of a span stands in the ring that its end will stand in.
bool is_here(hone_thread* thread) {
  if (!thread) return false;
  if (thread == hone_own_thread) return true;
  if (hone_own_thread) ++hone_own_thread->marks_lost;
  return false;
}

}  // namespace

namespace hone::runtime {

void configure(hone_site* plot) {
  if (__atomic_load_n(&plots_configured, __ATOMIC_ACQUIRE) == 0) return;
  const hone_site* const named = site_named(plot->name, "", HONE_SITE_PLOT);
  if (!named || named == plot || !named->unit) return;
  plot->unit = named->unit;
  plot->color = named->color;
}

}  // namespace hone::runtime

extern "C" {

hone_site* hone_site_described(const hone_description* description) {
  return or_lost(described(*description), *description);
}

hone_site* hone_site_by_address(const void* address, const hone_description* description) {
  const uint64_t hash = mixed(0, (uint64_t)(uintptr_t)address);
  return or_lost(find_or_make(address, cut(*description), hash), *description);
}

hone_site* hone_span_renamed(hone_thread* thread, uint64_t start, hone_site* site, const char* name,
                             uint64_t bytes) {
  return become(thread, start, site, name ? name : "", bytes, kSameColor);
}

hone_site* hone_span_recolored(hone_thread* thread, uint64_t start, hone_site* site,
                               uint32_t color) {
  return become(thread, start, site, nullptr, 0, color);
}

void hone_span_text(hone_thread* thread, uint64_t start, hone_site* site, const char* text,
                    uint64_t bytes) {
  if (is_here(thread)) put_text(site, HONE_MARK_ARGUMENTS, HONE_KEY_TEXT, start, text, bytes, 0);
}

void hone_span_value(hone_thread* thread, uint64_t start, hone_site* site, uint64_t value) {
  if (!is_here(thread)) return;
  const hone_value values[] = {{HONE_ARGUMENT_UNSIGNED, value}};
  hone_put_arguments(site, HONE_MARK_ARGUMENTS, HONE_KEY_VALUE, start, values, 1);
}

void hone_say(hone_site* site, const char* text, uint64_t bytes, uint32_t color) {
  if (hone_own_page.state == HONE_OFF) return;
  if (text || color != 0) {
    put_text(site, HONE_MARK_MESSAGE, site->level, 0, text, text ? bytes : 0, color);
  } else {
    hone_put_arguments(site, HONE_MARK_MESSAGE, site->level, 0, nullptr, 0);
  }
}

void hone_plot_configured(const char* name, const char* unit, uint32_t color) {
  hone_site* const named = site_named(name, "", HONE_SITE_PLOT);
  if (!named) return;
  named->color = color;
  named->unit = unit;
  __atomic_fetch_add(&plots_configured, 1u, __ATOMIC_RELEASE);
  describe_again(name, HONE_SITE_PLOT);
}

void hone_async_ended(uint32_t id, uint64_t number) {
  hone_site* const site = site_of_id(id);
  if (site) hone_mark(site, HONE_MARK_ASYNC_END, number);
}

int hone_lifetime(int change) {
  static int32_t is_started;
  if (change != 0) __atomic_store_n(&is_started, change > 0 ? 1 : 0, __ATOMIC_RELAXED);
  return __atomic_load_n(&is_started, __ATOMIC_RELAXED);
}

}  // extern "C"
