// What an instrumented program wrote into its shared memory (hone/layout.h), from outside: spans,
// marks, and the sites that these are at. The program may write anything there, at any time: all is
// copied, then checked, and what makes no sense is counted.
//
//   HONE_TRY_ASSIGN(SpanRings rings, SpanRings::open(std::move(memory)));
//   rings.permit(lease);
//   rings.read([&](SpanBatch& batch) { ...; return true; });
//   for (; known < rings.sites_used(); ++known) rings.site(known);
//
// Times are ticks of the program's clock. One reader a program; the const functions may be called
// from another thread meanwhile, but for counts() and fullest().
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/host/file.h"
#include "base/host/function_ref.h"
#include "base/host/result.h"
#include "base/types.h"
#include "hone/layout.h"

namespace hone::drain {

struct SpanSite {
  uint8_t kind = 0, level = 0;  // HONE_SITE_..., HONE_LEVEL_...
  uint32_t line = 0, color = 0;
  std::string name, category, function, file, unit;
  std::vector<std::string> keys;
};

struct SpanThread {
  uint32_t ring = 0;
  uint32_t turn = 0;  // with `ring`: which of the threads that had it
  uint32_t tid = 0;   // as the program sees it
  uint32_t name = 0;  // the site of the name that it was given; 0: none
  uint64_t start = 0, end = 0;
  bool ended = false;
};

// What does not fit in a finished span's four numbers.
struct SpanMark {
  uint8_t kind = 0;  // HONE_MARK_...
  uint8_t detail = 0;
  uint32_t number = 0;  // what stands where `detail` does, whole: 24 bits
  uint32_t site = 0;
  uint64_t ticks = 0;
  uint32_t rest = 0, rest_count = 0;  // in SpanBatch::rest
  uint32_t spans = 0;                 // slots of SpanBatch::spans() that were written before it
};

// One thread's, in the order in which it wrote them.
class SpanBatch {
 public:
  SpanThread thread;
  std::vector<SpanMark> marks;
  std::vector<hone_slot> rest;  // further slots of marks: `first`, and type and value in `second`
  // Finished spans as they stand in the ring, checked: of type HONE_TYPE_SPAN, or of type
  // HONE_TYPE_WIDE and then one of type HONE_TYPE_REST. for_each_span() takes them apart.
  std::span<const hone_slot> spans() const { return {slots_.data(), used_}; }
  bool empty() const { return used_ == 0 && marks.empty(); }

 private:
  friend class SpanRings;
  void clear();
  std::vector<hone_slot> slots_;  // never smaller again, so that nothing is filled with zeros
  size_t used_ = 0;
};

// The parts of a slot's second word.
inline uint32_t type_of(uint64_t word) {
  return word >> 2 & 3;
}
inline uint8_t depth_of(uint64_t word) {
  return static_cast<uint8_t>(word >> 4);
}
inline uint32_t site_of(uint64_t word) {
  return static_cast<uint32_t>(word >> 12) & (HONE_SITES_MAX - 1);
}

// Calls take(start, end, site, depth, is_stray) for each span of `slots`, in ticks. No span begins
// after its end.
template <class F>
void for_each_span(std::span<const hone_slot> slots, F&& take) {
  for (size_t i = 0; i < slots.size(); ++i) {
    const hone_slot slot = slots[i];
    if (type_of(slot.second) == HONE_TYPE_SPAN) [[likely]] {
      const uint64_t duration = slot.second >> 32;
      const uint64_t start = duration <= slot.first ? slot.first - duration : 0;
      take(start, slot.first, site_of(slot.second), depth_of(slot.second), false);
    } else if (i + 1 < slots.size()) {
      const uint64_t start = std::min(slots[++i].first, slot.first);
      const bool is_stray = (slot.second >> 32 & HONE_WIDE_STRAY) != 0;
      take(start, slot.first, site_of(slot.second), depth_of(slot.second), is_stray);
    }
  }
}

struct OpenSpan {
  SpanThread thread;
  uint32_t site = 0, depth = 0;
  uint64_t start = 0;
};

// A lock that a thread waits for.
struct LockWait {
  SpanThread thread;
  uint32_t site = 0;
  uint32_t owner = 0;  // tid, as the program sees it, of who held it at the start; 0 not known
  uint64_t lock = 0;   // its address
  uint64_t start = 0;
};

// Spans of a place that are counted, and that no timed span stands for yet.
struct CountedSpans {
  SpanThread thread;
  uint32_t site = 0;
  uint32_t count = 0;
};

// Since the memory was opened.
struct SpanCounts {
  uint64_t spans_lost = 0, marks_lost = 0;  // the ring was full
  uint64_t spans_short = 0;                 // left out, as asked
  uint64_t overwritten = 0;                 // slots that were gone before they were read
  uint64_t damaged = 0;                     // slots that make no sense
  uint64_t waits = 0;                       // times that threads waited for the reader
  uint64_t threads_refused = 0, sites_refused = 0;
};

class SpanRings {
 public:
  // May take the batch away, and leave another in its place, whatever it holds. False: it has no
  // room; the batch comes again with the next read().
  using Take = base::FunctionRef<bool(SpanBatch&)>;

  // `memory` as the program handed it over, or as it was found in it. Errors: Corrupt when it is
  // not such memory, or is not sealed, so that it might be cut under our eyes; Unsupported for
  // another version of it.
  static Result<SpanRings> open(base::UniqueFd memory);

  // How the program is to write; before it is permitted to.
  struct Settings {
    uint32_t when_full = HONE_DROP_NEWEST;  // or another of them
    uint64_t min_ticks = 0;                 // spans that are shorter are left out, and counted
    uint32_t frame_every = 1;               // of so many frames one is recorded
    bool one_clock = false;                 // a span begins where its thread's last event ended
    uint64_t hot_ticks = 0;  // of places whose spans are closer some are timed, about so far apart
  };
  void set(const Settings& settings);
  // Lets the program write up to `lease`, in its ticks. True when it had come to the end of the one
  // before, and has recorded nothing since.
  bool permit(uint64_t lease);
  // For a program that ran already: what it wrote for another reader is passed over, and it looks
  // at `filter` (empty: its own) and where to wake us. The owner is asked for first.
  bool own(int32_t reader_pid);
  void ask(uint64_t lease, std::string_view filter, std::string_view address);
  // Nothing is written any more; the program stays ours until stop().
  void pause();
  void stop();
  // When a ring fills; or only when one is more than half full.
  void want_to_be_woken(bool when_half_full = false);

  uint32_t clock() const { return clock_; }  // HONE_CLOCK_NS or HONE_CLOCK_COUNTER
  int32_t pid() const { return pid_; }       // as the program sees itself
  int32_t fork_of() const { return fork_of_; }
  int32_t owner() const;
  bool is_on() const;
  // In the program's ticks: where permit() has come to. 0: paused, or never permitted.
  uint64_t lease() const;
  // Takes it from an owner that is gone. False when somebody else was quicker.
  bool take_from(int32_t gone, int32_t reader_pid);
  // Ends a sleep() before its time.
  void wake() const;
  // For who has to close it in a forked child.
  int descriptor() const { return file_.get(); }

  // Batch by batch, at most some 16 Ki slots of a thread at a time. `gone`: the program has ended,
  // so that what was begun and is not finished never will be.
  void read(Take take, bool gone = false);
  // How full the fullest ring was in the last read(), from 0 to 1.
  double fullest() const { return fullest_; }
  // How many rings may be taken at most (0: as many as there are). Before ask().
  void limit_rings(uint32_t rings);
  // A thread of the program's reads it (HONE_WITHIN): sleeps until a ring fills, a quarter of a
  // round at the latest, or for so long. want_to_be_woken() comes first.
  void sleep(DurationNs at_most) const;
  // Those that are open now, outermost first.
  std::vector<OpenSpan> open_spans() const;
  // And what threads wait for now.
  std::vector<LockWait> lock_waits() const;
  // Of threads that run.
  std::vector<CountedSpans> counted_spans() const;
  uint32_t sites_used() const;  // ids from 1 on
  // Nothing: not described yet, or no description.
  std::optional<SpanSite> site(uint32_t id) const;
  SpanCounts counts() const;

 private:
  struct Seen {
    uint32_t waits = 0;  // looks at a slot that is taken and not written
  };
  SpanRings() = default;
  hone_page& page() const;
  hone_thread& thread(uint32_t ring) const;
  const hone_slot* slots(uint32_t ring);
  void read_ring(uint32_t ring, Take take, bool gone);
  uint64_t parse_spans(const hone_slot* slots, uint64_t at, uint64_t until, uint32_t sites);
  // Slots read of the records that begin from `tail` to `until`; stops before one that is not
  // whole.
  uint64_t parse(const hone_slot* slots, uint64_t tail, uint64_t until, uint64_t head,
                 bool pass_holes);

  base::UniqueFd file_;
  base::Mapping memory_;  // all up to the slots
  std::vector<base::Mapping> rings_;
  uint32_t ring_count_ = 0, site_count_ = 0, texts_bytes_ = 0, clock_ = 0;
  uint64_t threads_at_ = 0, sites_at_ = 0, texts_at_ = 0, slots_at_ = 0;
  int32_t pid_ = 0, fork_of_ = 0;
  double fullest_ = 0;
  SpanBatch batch_;
  SpanCounts own_counts_;
  std::vector<Seen> seen_;
};

}  // namespace hone::drain
