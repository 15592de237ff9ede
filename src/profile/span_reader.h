// Goes through Spans, whose rows are packed: unpacks those that lie around the one that is asked
// for. From one end to the other that costs some 5 ns a span; here and there, far more.
//
//   SpanReader spans(profile.instrumentation().spans);
//   for (size_t i = part.first; i < part.first + part.count; ++i) use(spans.end(i));
//
// Not thread-safe; any number of them may read the same spans, which must outlive them. Holds some
// megabytes.
#pragma once

#include <array>
#include <cstdint>

#include "profile/spans.h"

namespace hone::profile {

class SpanReader {
 public:
  using OfThread = Spans::OfThread;

  explicit SpanReader(const Spans& spans) : spans_(spans) {}
  SpanReader(const SpanReader&) = delete;
  SpanReader& operator=(const SpanReader&) = delete;

  size_t size() const { return spans_.size(); }
  const std::vector<OfThread>& threads() const { return spans_.threads(); }

  // By number, below size().
  TimeNs end(size_t i) { return TimeNs{static_cast<int64_t>(at(i).end_ns[i - now_->first])}; }
  int64_t duration_ns(size_t i) { return static_cast<int64_t>(at(i).duration_ns[i - now_->first]); }
  TimeNs start(size_t i) { return TimeNs{raw(end(i)) - duration_ns(i)}; }
  SiteId site(size_t i) { return SiteId{at(i).site[i - now_->first]}; }
  uint32_t depth(size_t i) { return at(i).depth[i - now_->first]; }

  // Those around number `i`, which are of one thread. The columns hold until the next call.
  struct Block {
    size_t first = 0;  // the number of their first row
    const SpanColumns* columns = nullptr;
    size_t size() const { return columns->size(); }
  };
  // Without `with_ends` there are no ends, which saves time. For passes: faster than row by row.
  Block block(size_t i, bool with_ends);

 private:
  // Who goes from spans to those around them comes back to blocks that it has just left.
  static constexpr size_t kSlots = 4;
  struct Slot {
    size_t first = 0, count = 0;
    uint64_t used = 0;  // the greatest last
    bool has_ends = false;
    PackedSpans::Room room;
  };

  const SpanColumns& at(size_t i) {
    if (i - now_->first >= now_->count || !now_->has_ends) [[unlikely]]
      find(i);
    return now_->room.columns;
  }
  Slot* slot_of(size_t i);  // null: it is in none
  void find(size_t i);
  void load(Slot& slot, size_t i, bool with_ends);
  void fill(Slot& slot, const Spans::Block& block, bool with_ends);

  const Spans& spans_;
  std::array<Slot, kSlots> slots_;
  Slot* now_ = slots_.data();
  uint64_t uses_ = 0;
};

}  // namespace hone::profile
