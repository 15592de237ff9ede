// Tables of pointers by hash that only grow: found without a lock, made with one exchange. Of two
// threads that make the same at once one is believed, and the other's memory is left.
#pragma once

#include "base/kernel.h"

namespace hone::nvtx {

// FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv).
inline constexpr uint64_t kHashBegin = 0xcbf29ce484222325u;
inline uint64_t hash_with(uint64_t hash, uint64_t part) {
  return (hash ^ part) * 0x100000001b3u;
}

// Memory of zeros at `where`, made by who comes first; null: there is none to be had.
template <class T>
T* made_once(T*& where, size_t bytes) {
  T* known = __atomic_load_n(&where, __ATOMIC_ACQUIRE);
  if (known) return known;
  T* const made = (T*)kernel::map_memory(
      bytes, kernel::kMapPrivate | kernel::kMapAnonymous | kernel::kMapNoreserve);
  if (made && !__atomic_compare_exchange_n(&where, &known, made, false, __ATOMIC_ACQ_REL,
                                           __ATOMIC_ACQUIRE)) {
    kernel::call(__NR_munmap, made, bytes);
    return known;
  }
  return made;
}

// Open addressing. Null: it is not there, and make() gave null or there is no room near its place.
template <class T, class Same, class Make>
T* find_or_make(T**& table, uint32_t size, uint64_t hash, Same&& same, Make&& make) {
  constexpr uint32_t kSteps = 64;
  T** const places = made_once(table, size * sizeof(T*));
  if (!places) return nullptr;
  T* made = nullptr;
  for (uint32_t step = 0; step < kSteps; ++step) {
    T** const place = &places[((hash ^ hash >> 32) + step) % size];
    T* known = __atomic_load_n(place, __ATOMIC_ACQUIRE);
    if (!known) {
      if (!made) made = make();
      if (!made) return nullptr;
      if (__atomic_compare_exchange_n(place, &known, made, false, __ATOMIC_ACQ_REL,
                                      __ATOMIC_ACQUIRE)) {
        return made;
      }
    }
    if (same(*known)) return known;
  }
  return nullptr;
}

}  // namespace hone::nvtx
