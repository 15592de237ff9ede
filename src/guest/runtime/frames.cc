// Of many frames some: the others are not recorded, so that their spans cost what spans cost when
// nobody records.
#include "guest/runtime/runtime.h"

using namespace hone::runtime;

namespace {

// Which set of frames is counted: the first that is marked. Texts of places live as long as the
// library that they are in, and a library's own runtime with it.
const char* counted_set;
uint64_t frames_seen;

bool is_counted(const hone_site& site) {
  const char* set = nullptr;
  if (__atomic_compare_exchange_n(&counted_set, &set, site.name, false, __ATOMIC_ACQ_REL,
                                  __ATOMIC_ACQUIRE)) {
    return true;
  }
  return set == site.name || same_text(set, site.name);
}

void change_state(uint32_t from, uint32_t to) {
  __atomic_compare_exchange_n(&hone_own_page.state, &from, to, false, __ATOMIC_ACQ_REL,
                              __ATOMIC_RELAXED);
}

}  // namespace

extern "C" void hone_frame_slowly(hone_site* site) {
  hone_page& page = hone_own_page;
  // Frames of other sets would have gaps that look like long frames.
  if (!is_counted(*site)) return;
  const uint64_t number = __atomic_fetch_add(&frames_seen, uint64_t{1}, __ATOMIC_RELAXED);
  switch (number % page.frame_every) {
    case 0:
      // A recorder that is gone, or has paused, has let the lease run out.
      if (__atomic_load_n(&page.skips, __ATOMIC_ACQUIRE) != 0 &&
          hone_ticks() <= __atomic_load_n(&page.lease, __ATOMIC_RELAXED)) {
        __atomic_store_n(&page.skips, 0u, __ATOMIC_RELEASE);
        change_state(HONE_OFF, HONE_ON);
      }
      hone_mark_alone(site, HONE_MARK_FRAME_BEGIN);
      break;
    case 1:
      hone_mark_alone(site, HONE_MARK_FRAME_END);
      if (__atomic_load_n(&page.state, __ATOMIC_RELAXED) != HONE_ON) break;
      __atomic_store_n(&page.skips, 1u, __ATOMIC_RELEASE);
      change_state(HONE_ON, HONE_OFF);
      break;
    default:
      break;
  }
}
