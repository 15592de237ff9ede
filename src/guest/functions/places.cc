// A place for each function, found by its address.
#include "base/kernel.h"
#include "guest/functions/functions.h"
#include "wire/mangled.h"

namespace hone::functions {

using namespace kernel;

namespace {

struct Place {
  hone_site site;
  uintptr_t address;
};
Place** table;
uint8_t* pool;
uint64_t pool_used;

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

Place* make_place(uintptr_t address) {
  Name name;
  name_of(address, name);
  const size_t text = __builtin_strlen(name.text) + 1, module = __builtin_strlen(name.module) + 1;
  const size_t all = (sizeof(Place) + text + module + 15) / 16 * 16;
  uint8_t* const from = made_once(pool, kPoolBytes);
  if (!from || __atomic_load_n(&pool_used, __ATOMIC_RELAXED) + all > kPoolBytes) return nullptr;
  const uint64_t at = __atomic_fetch_add(&pool_used, all, __ATOMIC_RELAXED);
  if (at + all > kPoolBytes) return nullptr;
  auto* const place = (Place*)(from + at);
  char* const texts = (char*)(place + 1);
  __builtin_memcpy(texts, name.text, text);
  __builtin_memcpy(texts + text, name.module, module);
  place->address = address;
  place->site.name = texts;
  place->site.category = texts + text;
  place->site.unit = name.is_symbol ? wire::kMangledUnit : "";
  place->site.kind = HONE_SITE_SPAN;
  place->site.level = HONE_LEVEL_TRACE;
  return place;
}

}  // namespace

hone_site* place_of(uintptr_t address) {
  static hone_site others;
  Place** const places = made_once(table, kFunctionsMax * sizeof(Place*));
  const uint64_t hash = (uint64_t)address * 0x9e3779b97f4a7c15u >> 32;
  Place* made = nullptr;
  for (uint32_t step = 0; places && step < 64; ++step) {
    Place** const slot = &places[(hash + step) % kFunctionsMax];
    Place* known = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
    if (!known) {
      if (!made) made = make_place(address);
      if (!made) break;
      if (__atomic_compare_exchange_n(slot, &known, made, false, __ATOMIC_ACQ_REL,
                                      __ATOMIC_ACQUIRE)) {
        return &made->site;
      }
    }
    if (known->address == address) return &known->site;
  }
  others.name = "(more functions than there is room for)";
  others.kind = HONE_SITE_SPAN;
  others.level = HONE_LEVEL_TRACE;
  return &others;
}

}  // namespace hone::functions
