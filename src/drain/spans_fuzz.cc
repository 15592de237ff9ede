// A program's memory for spans of any content: threads, descriptions of sites, slots.
#include "drain/spans.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hone;
  constexpr uint32_t kRings = 2, kSites = 64, kTexts = 4096;
  if (size < 4) return 0;
  hone_page page{};
  page.magic = HONE_LAYOUT_MAGIC;
  page.version = HONE_LAYOUT_VERSION;
  page.rings = page.rings_used = kRings;
  page.ring_slots = HONE_RING_SLOTS;
  page.thread_bytes = sizeof(hone_thread);
  page.sites = page.sites_used = kSites;
  page.texts_bytes = kTexts;
  page.threads_at = HONE_PAGE_BYTES;
  page.sites_at = page.threads_at + kRings * sizeof(hone_thread);
  page.texts_at = page.sites_at + HONE_PAGE_BYTES;
  page.slots_at = page.texts_at + kTexts;
  base::UniqueFd fd{::memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  const uint64_t ring_bytes = uint64_t{HONE_RING_SLOTS} * sizeof(hone_slot);
  if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(page.slots_at + kRings * ring_bytes)) != 0) {
    return 0;
  }
  ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK);
  // The first byte says which part is of the fuzzer's making: the page, or what follows.
  const uint8_t mode = data[0];
  const uint8_t* from = data + 1;
  size_t left = size - 1;
  const auto put = [&](uint64_t at, size_t bytes) {
    const size_t part = std::min(bytes, left);
    (void)!::pwrite(fd.get(), from, part, static_cast<off_t>(at));
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
    (void)!::pwrite(fd.get(), &thread, sizeof thread, static_cast<off_t>(page.threads_at));
    put(page.sites_at, (mode & 4) ? kSites * sizeof(hone_site_entry) : 64);
    put(page.texts_at, 256);
    put(page.slots_at, left);
  }
  (void)!::pwrite(fd.get(), &page, sizeof page, 0);
  auto rings = drain::SpanRings::open(std::move(fd));
  if (!rings) return 0;
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
  sum += rings->open_spans().size() + rings->counts().damaged;
  return sum == 1 ? 1 : 0;
}
