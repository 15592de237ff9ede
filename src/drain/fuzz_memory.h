// A program's memory for spans, as fuzzers make it: two rings, some sites. For *_fuzz.cc alone.
//
//   FuzzMemory memory;                       // a sound page, and nothing else
//   memory.put(memory.page.slots_at, slots.data(), slots.size());
//   auto rings = SpanRings::open(memory.hand_over());
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "base/host/file.h"
#include "drain/span_rows.h"
#include "drain/spans.h"
#include "recording/builder.h"

namespace hone::drain {

struct FuzzMemory {
  static constexpr uint32_t kRings = 2, kSites = 64, kTexts = 4096;
  static constexpr uint64_t kRingBytes = uint64_t{HONE_RING_SLOTS} * sizeof(hone_slot);

  FuzzMemory() : file(::memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING)) {
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
    const auto bytes = static_cast<off_t>(page.slots_at + kRings * kRingBytes);
    is_there = file && ::ftruncate(file.get(), bytes) == 0;
    ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK);
  }
  void put(uint64_t at, const void* from, size_t bytes) {
    (void)!::pwrite(file.get(), from, bytes, static_cast<off_t>(at));
  }
  base::UniqueFd hand_over() {
    put(0, &page, sizeof page);
    return std::move(file);
  }

  hone_page page{};
  base::UniqueFd file;
  bool is_there = false;
};

// All that a recorder does with it, into a recording that nobody keeps: what it finds, twice, and
// what is open at the end; in two parts.
inline void make_rows(SpanRings& rings, const TickClock* clock) {
  auto writer = recording::Writer::create("/dev/null", {});
  if (!writer) return;
  recording::Builder builder(std::move(*writer));
  SiteIds sites;
  SpanRows rows(rings, clock, sites);
  uint32_t threads = 0;
  const auto thread_of = [&](const SpanThread& thread, TimeNs start) {
    return builder.append_id<ThreadId>(
        recording::ThreadRow{.tid = thread.tid + threads++ % 2, .start = start});
  };
  for (int part = 0; part < 2; ++part) {
    rows.begin(builder);
    rings.permit(1);
    rings.read(
        [&](SpanBatch& batch) {
          rows.put(batch, thread_of);
          return true;
        },
        part == 1);
    rows.put_app_info();
    rows.put_open(rows.time_of(INT64_MAX / 4), thread_of);
    rows.flush();
  }
  if (!builder.writer().finish()) __builtin_trap();
}

}  // namespace hone::drain
