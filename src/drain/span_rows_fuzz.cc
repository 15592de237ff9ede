// What a program wrote, as rows of a recording: records of every kind, sound as far as the ring
// goes and of any content, of sites that are described.
//
// The first byte: 1 the counter is its clock, 2 its threads have ended, 4 places are hot. Then 32
// bytes of what the first thread is waiting for and has open. Then records: kind, site, detail, how
// many further slots; 2 bytes of time; of each slot its type, 8 bytes and 4 bytes.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "drain/fuzz_memory.h"

namespace {

using namespace hone;

constexpr uint8_t kSpan = 0, kWide = 255;  // kinds of records that are no marks
constexpr uint32_t kSlotsMax = 4096;

class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : from_(data), left_(size) {}
  bool empty() const { return left_ == 0; }
  template <class T>
  T take() {
    T out{};
    const size_t part = std::min(left_, sizeof out);
    std::memcpy(&out, from_, part);
    from_ += part;
    left_ -= part;
    return out;
  }

 private:
  const uint8_t* from_;
  size_t left_;
};

// Of each kind some; with names of arguments, and facts that are read as numbers.
void describe_sites(drain::FuzzMemory& memory) {
  std::array<hone_site_entry, drain::FuzzMemory::kSites> entries{};
  std::string texts;
  for (uint32_t id = 1; id + 1 < entries.size(); ++id) {
    const hone_site_text head{
        .line = id, .color = id, .kind = static_cast<uint8_t>(id % 10), .level = 3, .keys = 2};
    entries[id].at = static_cast<uint32_t>(texts.size());
    texts.append(reinterpret_cast<const char*>(&head), sizeof head);
    texts += "site" + std::to_string(id) + '\0';
    for (const char* each : {"", id % 2 == 0 ? "real" : "", "f.cc", "3ff0", "a", "b"}) {
      texts += each;
      texts += '\0';
    }
    entries[id].bytes = static_cast<uint32_t>(texts.size()) - entries[id].at;
  }
  memory.put(memory.page.sites_at, entries.data(), sizeof entries);
  memory.put(memory.page.texts_at, texts.data(), std::min<size_t>(texts.size(), 4096));
}

std::vector<hone_slot> records_of(Bytes& in, uint64_t now) {
  std::vector<hone_slot> out;
  while (!in.empty() && out.size() < kSlotsMax) {
    const auto kind = in.take<uint8_t>(), site = in.take<uint8_t>(), detail = in.take<uint8_t>();
    uint32_t count = in.take<uint8_t>();
    now += in.take<uint16_t>();
    const uint32_t id = site % drain::FuzzMemory::kSites;
    if (kind == kSpan) {
      out.push_back({now, uint64_t{HONE_TYPE_SPAN} << 2 | uint64_t{detail} << 4 |
                              uint64_t{id} << 12 | uint64_t{count} << 36});
      continue;
    }
    if (kind == kWide) count = 1;
    const uint64_t type = kind == kWide ? HONE_TYPE_WIDE : HONE_TYPE_MARK;
    const uint64_t middle = kind == kWide ? detail : kind;
    const uint64_t value =
        kind == kWide ? uint64_t{count} << 32 : uint64_t{count} << 32 | uint64_t{detail} << 40;
    out.push_back({now, type << 2 | middle << 4 | uint64_t{id} << 12 | value});
    for (uint32_t i = 0; i < count; ++i) {
      const auto of = in.take<uint8_t>();
      const auto word = in.take<uint64_t>();
      const auto more = in.take<uint32_t>();
      // Rest slots bear a site as well: of the span that was open.
      out.push_back({word, uint64_t{HONE_TYPE_REST} << 2 | uint64_t{of} << 4 |
                               (word % drain::FuzzMemory::kSites) << 12 | uint64_t{more} << 32});
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  drain::FuzzMemory memory;
  if (!memory.is_there) return 0;
  Bytes in(data, size);
  const auto mode = in.take<uint8_t>();
  static const drain::TickClock clock;
  memory.page.clock = (mode & 1) != 0 ? HONE_CLOCK_COUNTER : HONE_CLOCK_NS;
  const uint64_t now = (mode & 1) != 0 ? clock.line().ticks : 1'000'000'000;
  describe_sites(memory);
  std::array<hone_thread, drain::FuzzMemory::kRings> threads{};
  threads[0].waiting = {in.take<uint64_t>(), in.take<uint64_t>(), in.take<uint64_t>()};
  threads[0].depth = in.take<uint8_t>();
  for (uint32_t i = 0; i < 4; ++i) {
    const auto start = in.take<uint8_t>();
    threads[0].open[i] = {now + start, uint64_t{start} % drain::FuzzMemory::kSites << 12};
  }
  threads[0].name = in.take<uint8_t>();
  if ((mode & 4) != 0) {
    memory.page.hot_used = in.take<uint8_t>();
    for (uint32_t i = 0; i < HONE_HOT_MAX; ++i) {
      memory.page.hot_sites[i] = i;
      threads[0].hot[i] = {.left = static_cast<int32_t>(i << (i % 32)), .gap = i * i};
    }
  }
  const std::vector<hone_slot> records = records_of(in, now);
  // The second thread wrote what the first one did, from its half on.
  const size_t half = records.size() / 2;
  for (uint32_t ring = 0; ring < threads.size(); ++ring) {
    const size_t first = ring == 0 ? 0 : half;
    threads[ring].state = (mode & 2) != 0 ? HONE_RING_ENDED : HONE_RING_LIVE;
    threads[ring].tid = 100 + ring;
    threads[ring].turn = 1;
    threads[ring].start = now;
    threads[ring].head = records.size() - first;
    memory.put(memory.page.slots_at + ring * drain::FuzzMemory::kRingBytes, records.data() + first,
               (records.size() - first) * sizeof(hone_slot));
  }
  memory.put(memory.page.threads_at, threads.data(), sizeof threads);
  auto rings = drain::SpanRings::open(memory.hand_over());
  if (rings) make_rows(*rings, (mode & 1) != 0 ? &clock : nullptr);
  return 0;
}
