// Names of threads, which NVTX lets any thread give to any other.
//
// A thread tells its own name to the recorder. The name that it was given by another waits here
// until it calls NVTX itself.
#include "base/kernel.h"
#include "guest/nvtx/nvtx.h"

namespace hone::nvtx {

uint32_t pending_names;

namespace {

struct Pending {
  uint32_t tid;  // 0: none
  const Text* name;
};
Pending pending[kPendingNamesMax];

__thread uint32_t names_seen __attribute__((tls_model("initial-exec"))) = 0;

}  // namespace

void name_thread(uint32_t tid, const char* name) {
  const Text* const text = intern(name);
  if (!text) return;
  if (tid == (uint32_t)kernel::thread_id()) {
    hone_name_thread(text->text);
    return;
  }
  for (uint32_t step = 0; step < 64; ++step) {
    Pending& place = pending[(tid + step) % kPendingNamesMax];
    uint32_t known = __atomic_load_n(&place.tid, __ATOMIC_ACQUIRE);
    if (known != 0 && known != tid) continue;
    __atomic_store_n(&place.name, text, __ATOMIC_RELEASE);
    if (known == tid || __atomic_compare_exchange_n(&place.tid, &known, tid, false,
                                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
      __atomic_fetch_add(&pending_names, 1u, __ATOMIC_RELEASE);
      return;
    }
  }
}

void take_pending_name() {
  const uint32_t now = __atomic_load_n(&pending_names, __ATOMIC_ACQUIRE);
  if (names_seen == now) return;
  names_seen = now;
  const auto tid = (uint32_t)kernel::thread_id();
  for (uint32_t step = 0; step < 64; ++step) {
    Pending& place = pending[(tid + step) % kPendingNamesMax];
    if (__atomic_load_n(&place.tid, __ATOMIC_ACQUIRE) != tid) continue;
    const Text* const name = __atomic_exchange_n(&place.name, nullptr, __ATOMIC_ACQ_REL);
    if (name) hone_name_thread(name->text);
    __atomic_store_n(&place.tid, 0u, __ATOMIC_RELEASE);
    return;
  }
}

}  // namespace hone::nvtx
