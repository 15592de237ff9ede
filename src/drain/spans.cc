#include "drain/spans.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "wire/control.h"

namespace hone::drain {
namespace {

constexpr uint64_t kSlots = HONE_RING_SLOTS;
constexpr uint64_t kRingBytes = kSlots * sizeof(hone_slot);
// More than this at once is handed on in parts, which stay in the CPU's caches.
constexpr uint64_t kBatchSlots = 16384;
constexpr uint64_t kRecordSlotsMax = 256;
constexpr uint32_t kRingsMax = 65536;
// More than any thread counts between two timed spans.
constexpr int64_t kGapMax = int64_t{1} << 24;
// Looks at a slot that was taken and is not written before it is passed over: its thread may be
// stopped in a debugger, but not for so long that all that it writes later is given up.
constexpr uint32_t kHoleLooks = 2000;

tl::unexpected<Error> corrupt(const char* what) {
  return fail(Code::Corrupt, std::string("the program's memory for spans ") + what);
}

using wire::load_acquire;
using wire::load_relaxed;
using wire::store_relaxed;
using wire::store_release;

// One text of a description; what a terminal would act on is not let through.
bool take_text(const char*& at, const char* end, std::string& out) {
  const void* zero = std::memchr(at, 0, static_cast<size_t>(end - at));
  if (!zero) return false;
  out.assign(at, static_cast<const char*>(zero));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, '?');
  at = static_cast<const char*>(zero) + 1;
  return true;
}

bool in_order(uint64_t begin, uint64_t bytes, uint64_t end) {
  return begin <= end && bytes <= end - begin;
}

}  // namespace

void SpanBatch::clear() {
  used_ = 0;
  marks.clear();
  rest.clear();
}

hone_page& SpanRings::page() const {
  return *reinterpret_cast<hone_page*>(memory_.data());
}

hone_thread& SpanRings::thread(uint32_t ring) const {
  return reinterpret_cast<hone_thread*>(memory_.data() + threads_at_)[ring];
}

Result<SpanRings> SpanRings::open(base::UniqueFd memory) {
  const int seals = ::fcntl(memory.get(), F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0) return corrupt("is not sealed");
  struct stat status {};
  if (::fstat(memory.get(), &status) != 0) return fail_errno("cannot look at shared memory", errno);
  const auto size = static_cast<uint64_t>(status.st_size);
  hone_page head{};
  if (::pread(memory.get(), &head, sizeof head, 0) != sizeof head) return corrupt("is too small");
  if (head.magic != HONE_LAYOUT_MAGIC) return corrupt("has another form");
  if (head.version < 1 || head.thread_bytes != sizeof(hone_thread) || head.ring_slots != kSlots) {
    return fail(Code::Unsupported, "the program's libhone is of another version");
  }
  const bool holds =
      head.rings > 0 && head.rings <= kRingsMax && head.sites > 0 && head.sites <= HONE_SITES_MAX &&
      head.threads_at >= sizeof(hone_page) && head.threads_at % HONE_PAGE_BYTES == 0 &&
      in_order(head.threads_at, uint64_t{head.rings} * sizeof(hone_thread), head.sites_at) &&
      head.sites_at % alignof(hone_site_entry) == 0 &&
      in_order(head.sites_at, uint64_t{head.sites} * sizeof(hone_site_entry), head.texts_at) &&
      in_order(head.texts_at, head.texts_bytes, head.slots_at) &&
      head.slots_at % HONE_PAGE_BYTES == 0 &&
      in_order(head.slots_at, uint64_t{head.rings} * kRingBytes, size);
  if (!holds) return corrupt("contradicts itself");
  SpanRings rings;
  void* at = ::mmap(nullptr, head.slots_at, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
  if (at == MAP_FAILED) return fail_errno("cannot map shared memory", errno);
  rings.memory_ = base::Mapping(at, head.slots_at);
  rings.file_ = std::move(memory);
  rings.ring_count_ = head.rings;
  rings.site_count_ = head.sites;
  rings.texts_bytes_ = head.texts_bytes;
  rings.threads_at_ = head.threads_at;
  rings.sites_at_ = head.sites_at;
  rings.texts_at_ = head.texts_at;
  rings.slots_at_ = head.slots_at;
  rings.clock_ = head.clock & (HONE_CLOCK_NS | HONE_CLOCK_COUNTER);
  rings.pid_ = head.pid;
  rings.fork_of_ = static_cast<int32_t>(head.fork_of);
  return rings;
}

void SpanRings::set(const Settings& settings) {
  hone_page& control = page();
  // What fits in a slot is told by one comparison of both bounds.
  const uint64_t least = std::min<uint64_t>(settings.min_ticks, UINT32_MAX);
  store_relaxed(control.min_ticks, least);
  store_relaxed(control.fit_ticks, UINT32_MAX - least);
  store_relaxed(control.when_full, settings.when_full);
  store_relaxed(control.frame_every, settings.frame_every);
  store_relaxed(control.hot_ticks, settings.hot_ticks);
  store_relaxed(control.clock, clock_ | (settings.one_clock ? HONE_CLOCK_CHAINED : 0));
}

bool SpanRings::permit(uint64_t lease) {
  const uint64_t before = load_relaxed(page().lease);
  store_relaxed(page().lease, lease);
  // It may have found its lease over while we could not renew it; or it leaves out a frame.
  if (load_acquire(page().skips) != 0) return false;
  uint32_t off = HONE_OFF;
  const bool was_off =
      __atomic_compare_exchange_n(&page().state, &off, static_cast<uint32_t>(HONE_ASK), false,
                                  __ATOMIC_RELEASE, __ATOMIC_RELAXED);
  // Paused, or never permitted, it had none.
  return was_off && before != 0;
}

bool SpanRings::own(int32_t reader_pid) {
  int32_t nobody = 0;
  return __atomic_compare_exchange_n(&page().owner, &nobody, reader_pid, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED) ||
         nobody == reader_pid;
}

void SpanRings::ask(uint64_t lease, std::string_view filter, std::string_view address) {
  hone_page& control = page();
  const auto put = [](char* to, size_t room, std::string_view text) {
    text = text.substr(0, room - 1);
    std::memcpy(to, text.data(), text.size());
    to[text.size()] = '\0';
  };
  put(control.filter, sizeof control.filter, filter);
  put(control.recorder, sizeof control.recorder, address);
  const uint32_t used = std::min(load_acquire(control.rings_used), ring_count_);
  for (uint32_t ring = 0; ring < used; ++ring) {
    store_release(thread(ring).tail, load_acquire(thread(ring).head));
  }
  store_relaxed(control.lease, lease);
  store_relaxed(control.skips, 0u);
  store_release(control.state, static_cast<uint32_t>(HONE_ASK));
}

void SpanRings::pause() {
  store_relaxed(page().lease, uint64_t{0});
  store_release(page().state, static_cast<uint32_t>(HONE_OFF));
}

void SpanRings::stop() {
  pause();
  store_release(page().owner, 0);
}

void SpanRings::want_to_be_woken(bool when_half_full) {
  store_release(page().recorder_sleeps, when_half_full ? 2u : 1u);
}

void SpanRings::limit_rings(uint32_t rings) {
  store_relaxed(page().rings_limit, rings);
}

void SpanRings::sleep(DurationNs at_most) const {
  const timespec time{static_cast<time_t>(raw(at_most) / 1'000'000'000),
                      static_cast<long>(raw(at_most) % 1'000'000'000)};
  // Not a private futex: the program has this memory mapped elsewhere.
  ::syscall(SYS_futex, &page().recorder_sleeps, FUTEX_WAIT, 1, &time, nullptr, 0);
}

int32_t SpanRings::owner() const {
  return load_relaxed(page().owner);
}

uint64_t SpanRings::lease() const {
  return load_relaxed(page().lease);
}

bool SpanRings::take_from(int32_t gone, int32_t reader_pid) {
  return __atomic_compare_exchange_n(&page().owner, &gone, reader_pid, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED);
}

void SpanRings::wake() const {
  store_release(page().recorder_sleeps, 0u);
  ::syscall(SYS_futex, &page().recorder_sleeps, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

bool SpanRings::is_on() const {
  return load_relaxed(page().state) == HONE_ON;
}

const hone_slot* SpanRings::slots(uint32_t ring) {
  if (rings_.size() <= ring) rings_.resize(ring + 1);
  base::Mapping& mapping = rings_[ring];
  if (!mapping.data()) {
    void* at = ::mmap(nullptr, kRingBytes, PROT_READ, MAP_SHARED, file_.get(),
                      static_cast<off_t>(slots_at_ + ring * kRingBytes));
    if (at == MAP_FAILED) return nullptr;
    mapping = base::Mapping(at, kRingBytes);
  }
  return reinterpret_cast<const hone_slot*>(mapping.data());
}

void SpanRings::read(Take take, bool gone) {
  const uint32_t used = std::min(load_acquire(page().rings_used), ring_count_);
  if (seen_.size() < used) seen_.resize(used);
  fullest_ = 0;
  for (uint32_t ring = 0; ring < used; ++ring) read_ring(ring, take, gone);
}

void SpanRings::read_ring(uint32_t ring, Take take, bool gone) {
  hone_thread& from = thread(ring);
  Seen& seen = seen_[ring];
  const uint32_t state = load_acquire(from.state);
  if (state == HONE_RING_FREE || state == HONE_RING_TAKING) return;
  const bool ended = state == HONE_RING_ENDED;
  uint64_t head = load_acquire(from.head);
  uint64_t tail = load_relaxed(from.tail);
  // What is ours in there the program may have written over.
  if (tail > head) tail = head;
  if (head - tail > kSlots) {
    own_counts_.overwritten += head - tail - kSlots;
    tail = head - kSlots;
  }
  fullest_ = std::max(fullest_, static_cast<double>(head - tail) / static_cast<double>(kSlots));
  const hone_slot* const from_slots = head == tail ? nullptr : slots(ring);
  const SpanThread about{.ring = ring,
                         .turn = load_relaxed(from.turn),
                         .tid = load_relaxed(from.tid),
                         .name = load_relaxed(from.name),
                         .start = load_relaxed(from.start),
                         .end = load_relaxed(from.end),
                         .ended = ended};
  while (from_slots && tail < head) {
    batch_.clear();
    batch_.slots_.resize(kBatchSlots + kRecordSlotsMax);
    const uint64_t until = std::min(head, tail + kBatchSlots);
    const uint64_t damaged_before = own_counts_.damaged;
    const bool pass_holes = gone || ended || seen.waits > kHoleLooks;
    const uint64_t done = parse(from_slots, tail, until, head, pass_holes);
    // Where the oldest are written over, a part of what was copied may be newer than its place
    // says; its lap tells, but for what was being written just then.
    if (done > 0) {
      seen.waits = 0;
      batch_.thread = about;
      if (!take(batch_)) {
        own_counts_.damaged = damaged_before;
        break;
      }
    }
    tail += done;
    store_release(from.tail, tail);
    if (tail < until) {
      ++seen.waits;
      break;
    }
  }
}

// Of spans that fit in a slot each, as many as follow each other; most of all that is written.
uint64_t SpanRings::parse_spans(const hone_slot* slots, uint64_t at, uint64_t until,
                                uint32_t sites) {
  // Up to where the ring begins anew, so that neither place nor lap changes.
  until = std::min(until, (at / kSlots + 1) * kSlots);
  const uint64_t tag = uint64_t{HONE_TYPE_SPAN} << 2 | (at / kSlots & 3);
  const hone_slot* from = slots + at % kSlots;
  const hone_slot* const end = from + (until - at);
  hone_slot* to = batch_.slots_.data() + batch_.used_;
  const hone_slot* const begin = from;
  for (; from != end; ++from, ++to) {
    const uint64_t word = load_acquire(from->second);
    // Site 0 is none: less one it is greater than any.
    if ((word & 15) != tag || site_of(word) - 1 >= sites - 1) break;
    *to = {load_relaxed(from->first), word};
  }
  const auto count = static_cast<size_t>(from - begin);
  batch_.used_ += count;
  return count;
}

uint64_t SpanRings::parse(const hone_slot* slots, uint64_t tail, uint64_t until, uint64_t head,
                          bool pass_holes) {
  // At least 1: no site is known then.
  const uint32_t sites = std::max(1u, std::min(load_acquire(page().sites_used), site_count_));
  const auto ready = [&](uint64_t index, uint64_t& word) {
    word = load_acquire(slots[index % kSlots].second);
    return word != 0 && (word & 3) == (index / kSlots & 3);
  };
  uint64_t at = tail;
  while (at < until) {
    uint64_t word = 0;
    if (!ready(at, word)) {
      if (!pass_holes) break;
      ++own_counts_.damaged;
      ++at;
      continue;
    }
    const uint32_t type = type_of(word);
    if (type == HONE_TYPE_SPAN) {
      const uint64_t spans = parse_spans(slots, at, until, sites);
      own_counts_.damaged += spans == 0;
      at += std::max<uint64_t>(spans, 1);
      continue;
    }
    const uint64_t first = load_relaxed(slots[at % kSlots].first);
    const bool known = site_of(word) > 0 && site_of(word) < sites;
    const uint64_t count = type == HONE_TYPE_WIDE   ? 1
                           : type == HONE_TYPE_MARK ? word >> 32 & 255
                                                    : 0;
    if (at + count >= head && !pass_holes) break;  // it is being written
    bool whole = known && (type == HONE_TYPE_WIDE || type == HONE_TYPE_MARK) && at + count < head;
    const auto rest = static_cast<uint32_t>(batch_.rest.size());
    for (uint64_t i = 1; i <= count && whole; ++i) {
      uint64_t more = 0;
      whole = ready(at + i, more) && type_of(more) == HONE_TYPE_REST;
      if (whole) batch_.rest.push_back({load_relaxed(slots[(at + i) % kSlots].first), more});
    }
    if (!whole) {
      batch_.rest.resize(rest);
      ++own_counts_.damaged;
      ++at;
      continue;
    }
    if (type == HONE_TYPE_WIDE) {
      batch_.slots_[batch_.used_++] = {first, word};
      batch_.slots_[batch_.used_++] = batch_.rest.back();
      batch_.rest.resize(rest);
    } else {
      batch_.marks.push_back({.kind = depth_of(word),
                              .detail = static_cast<uint8_t>(word >> 40),
                              .number = static_cast<uint32_t>(word >> 40),
                              .site = site_of(word),
                              .ticks = first,
                              .rest = rest,
                              .rest_count = static_cast<uint32_t>(count),
                              .spans = static_cast<uint32_t>(batch_.used_)});
    }
    at += 1 + count;
  }
  return at - tail;
}

std::vector<OpenSpan> SpanRings::open_spans() const {
  std::vector<OpenSpan> out;
  const uint32_t used = std::min(load_acquire(page().rings_used), ring_count_);
  const uint32_t sites = std::min(load_acquire(page().sites_used), site_count_);
  for (uint32_t ring = 0; ring < used; ++ring) {
    const hone_thread& from = thread(ring);
    if (load_acquire(from.state) != HONE_RING_LIVE) continue;
    const uint32_t depth = std::min(load_acquire(from.depth), HONE_DEPTH_MAX);
    for (uint32_t i = 0; i < depth; ++i) {
      const uint64_t word = load_relaxed(from.open[i].word);
      if (site_of(word) == 0 || site_of(word) >= sites) continue;
      out.push_back({.thread = {.ring = ring,
                                .turn = load_relaxed(from.turn),
                                .tid = load_relaxed(from.tid),
                                .name = load_relaxed(from.name),
                                .start = load_relaxed(from.start)},
                     .site = site_of(word),
                     .depth = i,
                     .start = load_relaxed(from.open[i].start)});
    }
  }
  return out;
}

std::vector<LockWait> SpanRings::lock_waits() const {
  std::vector<LockWait> out;
  const uint32_t used = std::min(load_acquire(page().rings_used), ring_count_);
  const uint32_t sites = std::min(load_acquire(page().sites_used), site_count_);
  for (uint32_t ring = 0; ring < used; ++ring) {
    const hone_thread& from = thread(ring);
    const uint64_t start = load_acquire(from.waiting.start);
    const uint64_t word = load_relaxed(from.waiting.word);
    if (load_acquire(from.state) != HONE_RING_LIVE || start == 0) continue;
    if (site_of(word) == 0 || site_of(word) >= sites) continue;
    out.push_back({.thread = {.ring = ring,
                              .turn = load_relaxed(from.turn),
                              .tid = load_relaxed(from.tid),
                              .start = load_relaxed(from.start)},
                   .site = site_of(word),
                   .owner = static_cast<uint32_t>(word >> 32),
                   .lock = load_relaxed(from.waiting.lock),
                   .start = start});
  }
  return out;
}

std::vector<CountedSpans> SpanRings::counted_spans() const {
  std::vector<CountedSpans> out;
  const uint32_t used = std::min(load_acquire(page().rings_used), ring_count_);
  const uint32_t sites = std::min(load_acquire(page().sites_used), site_count_);
  const uint32_t hot = std::min(load_acquire(page().hot_used), HONE_HOT_MAX);
  for (uint32_t ring = 0; ring < used; ++ring) {
    const hone_thread& from = thread(ring);
    if (load_acquire(from.state) != HONE_RING_LIVE) continue;
    for (uint32_t i = 0; i < hot; ++i) {
      const uint32_t site = load_relaxed(page().hot_sites[i]);
      const hone_hot& hot_place = from.hot[i];
      const int64_t count = int64_t{load_relaxed(hot_place.gap)} - load_relaxed(hot_place.left) +
                            load_relaxed(hot_place.carried);
      if (count <= 0 || count > kGapMax || site == 0 || site >= sites) continue;
      out.push_back({.thread = {.ring = ring,
                                .turn = load_relaxed(from.turn),
                                .tid = load_relaxed(from.tid),
                                .name = load_relaxed(from.name),
                                .start = load_relaxed(from.start)},
                     .site = site,
                     .count = static_cast<uint32_t>(count)});
    }
  }
  return out;
}

uint32_t SpanRings::sites_used() const {
  return std::min(load_acquire(page().sites_used), site_count_);
}

std::optional<SpanSite> SpanRings::site(uint32_t id) const {
  if (id == 0 || id >= site_count_) return std::nullopt;
  const auto& entry = reinterpret_cast<const hone_site_entry*>(memory_.data() + sites_at_)[id];
  const uint32_t bytes = load_acquire(entry.bytes);
  const uint32_t at = load_relaxed(entry.at);
  if (bytes < sizeof(hone_site_text) || !in_order(at, bytes, texts_bytes_)) return std::nullopt;
  const std::vector<char> copy(memory_.data() + texts_at_ + at,
                               memory_.data() + texts_at_ + at + bytes);
  hone_site_text head;
  std::memcpy(&head, copy.data(), sizeof head);
  SpanSite out{
      .kind = head.kind, .level = head.level, .line = head.line, .color = head.color & 0xffffff};
  const char* text = copy.data() + sizeof head;
  const char* const end = copy.data() + copy.size();
  for (std::string* each : {&out.name, &out.category, &out.function, &out.file, &out.unit}) {
    if (!take_text(text, end, *each)) return std::nullopt;
  }
  for (uint8_t i = 0; i < head.keys; ++i) {
    if (!take_text(text, end, out.keys.emplace_back())) return std::nullopt;
  }
  return out;
}

SpanCounts SpanRings::counts() const {
  SpanCounts out = own_counts_;
  const uint32_t used = std::min(load_acquire(page().rings_used), ring_count_);
  for (uint32_t ring = 0; ring < used; ++ring) {
    const hone_thread& from = thread(ring);
    out.spans_lost += load_relaxed(from.spans_lost);
    out.marks_lost += load_relaxed(from.marks_lost);
    out.spans_short += load_relaxed(from.spans_short);
    out.waits += load_relaxed(from.waits);
  }
  out.threads_refused = load_relaxed(page().threads_refused);
  out.sites_refused = load_relaxed(page().sites_refused);
  return out;
}

}  // namespace hone::drain
