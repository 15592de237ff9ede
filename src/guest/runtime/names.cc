// Names made at run time: of spans, of threads. One site for each text and kind, for ever.
#include "base/kernel.h"
#include "guest/runtime/runtime.h"

namespace {

// A thread's name is told by its ring, which it may take long after it was named.
__thread hone_site* own_name_site __attribute__((tls_model("initial-exec"))) = nullptr;

}  // namespace

namespace hone::runtime {

using namespace kernel;

namespace {

// Texts that are told of a program stay for ever, as names do, and are few.
constexpr uint32_t kAppInfosMax = 256;
constexpr size_t kAppInfoBytesMax = 1024;

constexpr uint32_t kNamesMax = 1u << 16;
constexpr size_t kNameBytesMax = 1024;
constexpr size_t kPoolBytes = 8u << 20;

struct Named {
  hone_site site;
  uint64_t hash;
  char text[];
};

// Open addressing; a place once filled stays. Both parts are made at first use and cost memory only
// where they are touched.
Named** table;
uint8_t* pool;
uint64_t pool_used;

// FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv).
uint64_t hash_of(const char* text, size_t bytes, uint8_t kind) {
  uint64_t hash = 0xcbf29ce484222325u ^ kind;
  for (size_t i = 0; i < bytes; ++i) hash = (hash ^ (uint8_t)text[i]) * 0x100000001b3u;
  return hash;
}

template <class T>
T* made_once(T*& where, size_t bytes) {
  return (T*)map_once((void**)&where, bytes);
}

Named* make(const char* text, size_t bytes, const char* category, uint8_t kind, uint64_t hash) {
  auto* const named = (Named*)room_for_ever(sizeof(Named) + bytes + 1);
  if (!named) return nullptr;
  __builtin_memcpy(named->text, text, bytes);
  named->text[bytes] = '\0';
  named->hash = hash;
  named->site = {};
  named->site.name = named->text;
  named->site.category = category;
  named->site.kind = kind;
  named->site.level = HONE_LEVEL_INFO;
  return named;
}

}  // namespace

void* map_once(void** where, size_t bytes) {
  void* known = __atomic_load_n(where, __ATOMIC_ACQUIRE);
  if (known) return known;
  void* const made = map_memory(bytes, kMapPrivate | kMapAnonymous | kMapNoreserve);
  if (made && !__atomic_compare_exchange_n(where, &known, made, false, __ATOMIC_ACQ_REL,
                                           __ATOMIC_ACQUIRE)) {
    call(__NR_munmap, made, bytes);
    return known;
  }
  return made;
}

void* room_for_ever(size_t bytes) {
  uint8_t* const from = made_once(pool, kPoolBytes);
  const size_t all = (bytes + 15) / 16 * 16;
  if (!from || all > kPoolBytes) return nullptr;
  const uint64_t at = __atomic_fetch_add(&pool_used, all, __ATOMIC_RELAXED);
  return at + all > kPoolBytes ? nullptr : from + at;
}

hone_site* site_named(const char* text, const char* category, uint8_t kind) {
  size_t bytes = length_of(text);
  if (bytes > kNameBytesMax) bytes = kNameBytesMax;
  const uint64_t hash = hash_of(text ? text : "", bytes, kind);
  Named** const places = made_once(table, kNamesMax * sizeof(Named*));
  if (!places) return nullptr;
  for (uint32_t step = 0; step < 64; ++step) {
    Named** const place = &places[(hash + step) % kNamesMax];
    Named* named = __atomic_load_n(place, __ATOMIC_ACQUIRE);
    if (!named) {
      Named* const made = make(text, bytes, category, kind, hash);
      if (!made) return nullptr;
      if (__atomic_compare_exchange_n(place, &named, made, false, __ATOMIC_ACQ_REL,
                                      __ATOMIC_ACQUIRE)) {
        return &made->site;
      }
    }
    if (named->hash == hash && named->site.kind == kind && length_of(named->text) == bytes &&
        __builtin_memcmp(named->text, text, bytes) == 0) {
      return &named->site;
    }
  }
  return nullptr;
}

uint32_t own_name() {
  hone_site* const site = own_name_site;
  if (!site) return 0;
  meet_site(site);
  return site->id;
}

namespace {

// At the end of what holds `bytes`; gives where it begins.
const char* decimal(uint64_t number, bool negative, char* text, size_t bytes) {
  char* at = text + bytes - 1;
  *at = '\0';
  do {
    *--at = (char)('0' + number % 10);
    number /= 10;
  } while (number != 0);
  if (negative) *--at = '-';
  return at;
}

const char* hexadecimal(uint64_t number, const char* prefix, char* text) {
  const size_t begin = length_of(prefix);
  __builtin_memcpy(text, prefix, begin);
  for (uint32_t i = 0; i < 16; ++i) {
    text[begin + i] = "0123456789abcdef"[number >> (60 - 4 * i) & 15];
  }
  text[begin + 16] = '\0';
  return text;
}

// The value as text. A floating-point number is told by its bits: how to write it is for others.
const char* text_of(hone_value value, char (&room)[32]) {
  const auto negative = value.type == HONE_ARGUMENT_INTEGER && (int64_t)value.word < 0;
  switch (value.type) {
    case HONE_ARGUMENT_STRING:
      return value.word ? (const char*)value.word : "";
    case HONE_ARGUMENT_BOOLEAN:
      return value.word ? "yes" : "no";
    case HONE_ARGUMENT_ADDRESS:
      return hexadecimal(value.word, "0x", room);
    case HONE_ARGUMENT_REAL:
      return hexadecimal(value.word, "", room);
    default:
      return decimal(negative ? 0 - value.word : value.word, negative, room, sizeof room);
  }
}

}  // namespace

void tell(const char* key, hone_value value) {
  static uint32_t told;
  if (!key || __atomic_fetch_add(&told, 1u, __ATOMIC_RELAXED) >= kAppInfosMax) return;
  char room[32];
  const char* const text = text_of(value, room);
  const auto cut = [](const char* of) {
    const size_t bytes = length_of(of);
    return bytes < kAppInfoBytesMax ? bytes : kAppInfoBytesMax;
  };
  const size_t key_bytes = cut(key), text_bytes = cut(text);
  auto* const site = (hone_site*)room_for_ever(sizeof(hone_site) + key_bytes + text_bytes + 2);
  if (!site) return;
  char* const texts = (char*)(site + 1);
  __builtin_memcpy(texts, key, key_bytes);
  __builtin_memcpy(texts + key_bytes + 1, text, text_bytes);
  site->name = texts;
  site->category = "app";
  site->unit = texts + key_bytes + 1;
  site->function = value.type == HONE_ARGUMENT_REAL ? "real" : "";
  site->kind = HONE_SITE_APP_INFO;
  site->level = HONE_LEVEL_ERROR;
  // The memory is there from the program's start on; before, or where there is none, is too early.
  start();
  meet_site(site);
}

}  // namespace hone::runtime

extern "C" {

hone_site* hone_site_named(const char* name, const char* category, uint8_t kind) {
  // What is beyond the room for names goes by one name, so that its time is not lost.
  static hone_site too_many = {0,
                               0,
                               nullptr,
                               "(more names than there is room for)",
                               "",
                               "",
                               "",
                               "",
                               nullptr,
                               0,
                               HONE_SITE_SPAN,
                               HONE_LEVEL_INFO,
                               0,
                               0,
                               nullptr};
  hone_site* const site = hone::runtime::site_named(name, category, kind);
  return site ? site : &too_many;
}

void hone_name_thread(const char* name) {
  hone_site* const site = hone::runtime::site_named(name, "", HONE_SITE_THREAD_NAME);
  if (!site) return;
  own_name_site = site;
  if (__atomic_load_n(&hone_own_page.state, __ATOMIC_RELAXED) == HONE_OFF) return;
  hone_mark_alone(site, HONE_MARK_THREAD_NAME);
  if (hone_own_thread) hone_own_thread->name = hone::runtime::own_name();
}

void hone_app_info(const char* key, hone_value value) {
  hone::runtime::tell(key, value);
}

}  // extern "C"
