// Names made at run time: of spans, of threads. One site for each text and kind, for ever.
#include "base/kernel.h"
#include "guest/runtime/runtime.h"

namespace hone::runtime {

using namespace kernel;

namespace {

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
  T* known = __atomic_load_n(&where, __ATOMIC_ACQUIRE);
  if (known) return known;
  T* const made = (T*)map_memory(bytes, kMapPrivate | kMapAnonymous | kMapNoreserve);
  if (made && !__atomic_compare_exchange_n(&where, &known, made, false, __ATOMIC_ACQ_REL,
                                           __ATOMIC_ACQUIRE)) {
    call(__NR_munmap, made, bytes);
    return known;
  }
  return made;
}

Named* make(const char* text, size_t bytes, const char* category, uint8_t kind, uint64_t hash) {
  uint8_t* const from = made_once(pool, kPoolBytes);
  const size_t all = (sizeof(Named) + bytes + 1 + 15) / 16 * 16;
  if (!from) return nullptr;
  const uint64_t at = __atomic_fetch_add(&pool_used, all, __ATOMIC_RELAXED);
  if (at + all > kPoolBytes) return nullptr;
  auto* const named = (Named*)(from + at);
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
  if (hone_own_page.state == HONE_OFF) return;
  hone_mark_alone(hone_site_named(name, "", HONE_SITE_THREAD_NAME), HONE_MARK_THREAD_NAME);
}

}  // extern "C"
