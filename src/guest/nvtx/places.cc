// Places (hone_site) for names that come with each call.
//
// A call says its name by a pointer, mostly to a literal. So the place is looked for by the pointer
// first, in a table without locks that forgets; what is found there counts when all else is equal,
// and the text: the program may have written something else at that address since.
#include "guest/nvtx/nvtx.h"
#include "guest/nvtx/table.h"

namespace hone::nvtx {

namespace {

constexpr uint32_t kNearMax = 1u << 12;
Place* near[kNearMax];

Place* all_places;
uint32_t places_used;
Place** by_name;

constexpr char kKeys[] = "payload\0";

Place** near_of(const Event& event, uint8_t kind) {
  uint64_t hash = (uint64_t)(uintptr_t)event.message ^ (uint64_t)(uintptr_t)event.domain << 20;
  hash ^= uint64_t{event.category} << 40 ^ uint64_t { event.color } << 8 ^ kind;
  return &near[hash * 0x9e3779b97f4a7c15u >> 52 & (kNearMax - 1)];
}

bool is_alike(const Place& place, const Event& event, uint8_t kind) {
  return place.domain == event.domain && place.category == event.category &&
         place.site.color == event.color && place.site.kind == kind;
}

bool is_text_of(const Place& place, const Event& event) {
  if (event.known) return place.name == event.known;
  return __builtin_strcmp(place.name->text, event.text) == 0;
}

Place* make_place(const Event& event, uint8_t kind, const Text* name, const Text* category) {
  Place* const places = made_once(all_places, kPlacesMax * sizeof(Place));
  if (!places) return nullptr;
  const uint32_t number = __atomic_fetch_add(&places_used, 1u, __ATOMIC_RELAXED);
  if (number >= kPlacesMax) {
    __atomic_store_n(&places_used, kPlacesMax, __ATOMIC_RELAXED);
    return nullptr;
  }
  Place& place = places[number];
  place.name = name;
  place.domain = event.domain;
  place.category = event.category;
  place.site.name = name->text;
  place.site.category = category->text;
  place.site.color = event.color;
  place.site.kind = kind;
  place.site.level = HONE_LEVEL_INFO;
  place.site.keys = kKeys;
  return &place;
}

Place* find_place(const Event& event, uint8_t kind) {
  const uint32_t names = __atomic_load_n(&names_of_categories, __ATOMIC_ACQUIRE);
  const Text* const name = event.known ? event.known : intern(event.text);
  const Text* const category = category_text(event.domain, event.category);
  if (!name || !category) return nullptr;
  uint64_t hash = hash_with(hash_with(kHashBegin, (uintptr_t)name), (uintptr_t)category);
  hash = hash_with(hash_with(hash, event.color), kind) * 0x9e3779b97f4a7c15u;
  Place* const place = find_or_make(
      by_name, kPlacesMax, hash,
      [&](const Place& known) {
        return known.name == name && known.site.category == category->text &&
               is_alike(known, event, kind);
      },
      [&] { return make_place(event, kind, name, category); });
  if (place) __atomic_store_n(&place->names, names, __ATOMIC_RELEASE);
  return place;
}

// For what there is no room for, so that its time is not lost.
Place* place_of_others(uint8_t kind) {
  static const Text name = {0, 0, {}};
  static Place spans, messages;
  Place* const place = kind == HONE_SITE_SPAN ? &spans : &messages;
  place->name = &name;
  place->site.name = "(more names than there is room for)";
  place->site.category = "NVTX";
  place->site.kind = kind;
  place->site.level = HONE_LEVEL_INFO;
  place->site.keys = kKeys;
  return place;
}

}  // namespace

Place* place_of(const Event& event, uint8_t kind) {
  Place** const slot = near_of(event, kind);
  Place* const known = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
  if (known && is_alike(*known, event, kind) &&
      __atomic_load_n(&known->names, __ATOMIC_RELAXED) ==
          __atomic_load_n(&names_of_categories, __ATOMIC_RELAXED) &&
      is_text_of(*known, event)) {
    return known;
  }
  Place* const found = find_place(event, kind);
  if (!found) return place_of_others(kind);
  __atomic_store_n(slot, found, __ATOMIC_RELEASE);
  return found;
}

Place* place_at(uint32_t number) {
  Place* const places = __atomic_load_n(&all_places, __ATOMIC_ACQUIRE);
  const uint32_t used = __atomic_load_n(&places_used, __ATOMIC_RELAXED);
  if (number == kPlacesMax) return place_of_others(HONE_SITE_SPAN);
  return places && number < used && number < kPlacesMax ? places + number : nullptr;
}

uint32_t number_of(const Place* place) {
  const Place* const places = __atomic_load_n(&all_places, __ATOMIC_ACQUIRE);
  const bool is_one = places && place >= places && place < places + kPlacesMax;
  return is_one ? (uint32_t)(place - places) : kPlacesMax;
}

}  // namespace hone::nvtx
