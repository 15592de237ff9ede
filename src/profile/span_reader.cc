#include "profile/span_reader.h"

#include <algorithm>

#include "base/host/check.h"

namespace hone::profile {

SpanReader::Block SpanReader::block(size_t i, bool with_ends) {
  if (i - now_->first >= now_->count || (with_ends && !now_->has_ends)) {
    // Who goes by blocks has done with the one before, whose memory the caches still hold.
    Slot* const known = slot_of(i);
    load(known != nullptr ? *known : *now_, i, with_ends);
  }
  return {now_->first, &now_->room.columns};
}

SpanReader::Slot* SpanReader::slot_of(size_t i) {
  for (Slot& each : slots_) {
    if (i - each.first < each.count) return &each;
  }
  return nullptr;
}

void SpanReader::find(size_t i) {
  Slot* slot = slot_of(i);
  if (slot == nullptr) {
    slot = &*std::min_element(slots_.begin(), slots_.end(),
                              [](const Slot& a, const Slot& b) { return a.used < b.used; });
  }
  load(*slot, i, true);
}

void SpanReader::load(Slot& slot, size_t i, bool with_ends) {
  HONE_DCHECK(i < spans_.size());
  slot.used = ++uses_;
  now_ = &slot;
  if (i - slot.first < slot.count && (slot.has_ends || !with_ends)) return;
  const auto behind = std::upper_bound(
      spans_.blocks_.begin(), spans_.blocks_.end(), i,
      [](size_t number, const Spans::Block& block) { return number < block.first; });
  fill(slot, *std::prev(behind), with_ends);
}

void SpanReader::fill(Slot& slot, const Spans::Block& block, bool with_ends) {
  slot.first = block.first;
  slot.count = block.count;
  slot.has_ends = with_ends;
  if (block.is_packed) return spans_.packed_[block.at].unpack(with_ends, slot.room);
  SpanColumns& to = slot.room.columns;
  to.resize(block.count);
  for (size_t i = 0; i < block.count; ++i) {
    const size_t from = block.at + i;
    const uint32_t duration = spans_.duration_[from];
    to.end_ns[i] = static_cast<uint64_t>(raw(spans_.end_[from]));
    to.duration_ns[i] = duration;
    if (duration == Spans::kLong) {
      to.duration_ns[i] = static_cast<uint64_t>(spans_.long_.at(from));
    }
    to.site[i] = spans_.where_[from] >> Spans::kDepthBits;
    to.depth[i] = static_cast<uint8_t>(spans_.where_[from] & Spans::kDepthMax);
  }
}

}  // namespace hone::profile
