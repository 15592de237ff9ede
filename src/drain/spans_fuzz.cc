// A program's memory for spans of any content: threads, descriptions of sites, slots.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "drain/fuzz_memory.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hone;
  if (size < 4) return 0;
  drain::FuzzMemory memory;
  if (!memory.is_there) return 0;
  hone_page& page = memory.page;
  // The first byte says which part is of the fuzzer's making: the page, or what follows.
  const uint8_t mode = data[0];
  const uint8_t* from = data + 1;
  size_t left = size - 1;
  const auto put = [&](uint64_t at, size_t bytes) {
    const size_t part = std::min(bytes, left);
    memory.put(at, from, part);
    from += part;
    left -= part;
  };
  if (mode & 1) {
    std::memcpy(&page, from, std::min(left, sizeof page));
  } else {
    hone_thread thread{};
    std::memcpy(&thread, from, std::min(left, sizeof thread));
    if (mode & 2) {
      thread.state = HONE_RING_LIVE;
      thread.tail = 0;
      thread.head = left / sizeof(hone_slot);
    }
    memory.put(page.threads_at, &thread, sizeof thread);
    put(page.sites_at, (mode & 4) ? drain::FuzzMemory::kSites * sizeof(hone_site_entry) : 64);
    put(page.texts_at, 256);
    put(page.slots_at, left);
  }
  auto rings = drain::SpanRings::open(memory.hand_over());
  if (!rings) return 0;
  if (mode & 8) {
    make_rows(*rings, nullptr);
    return 0;
  }
  uint64_t sum = 0;
  for (int i = 0; i < 2; ++i) {
    rings->permit(1);
    rings->read(
        [&](drain::SpanBatch& batch) {
          drain::for_each_span(batch.spans(), [&](uint64_t start, uint64_t end, uint32_t site,
                                                  uint8_t depth, bool is_stray) {
            if (start > end) __builtin_trap();
            sum += start + end + site + depth + (is_stray ? 1 : 0);
          });
          for (const drain::SpanMark& mark : batch.marks) {
            for (uint32_t k = 0; k < mark.rest_count; ++k) sum += batch.rest[mark.rest + k].first;
          }
          return true;
        },
        i == 1);
  }
  for (uint32_t id = 0; id < std::min(rings->sites_used(), 100u); ++id) {
    if (const auto site = rings->site(id)) sum += site->name.size() + site->keys.size();
  }
  sum += rings->open_spans().size() + rings->lock_waits().size() + rings->counts().damaged;
  return sum == 1 ? 1 : 0;
}
