#include "profile/span_source.h"

#include <algorithm>
#include <utility>

#include "base/host/check.h"

namespace hone::profile {

// Holds one block at a time; nobody else fills it.
struct PackedSpanSource::Slot {
  explicit Slot(const Spans& spans) : reader(spans) {}
  SpanReader reader;
  SpanReader::Block block;
  size_t first = 0, count = 0;  // of the block; 0 while it is filled
  size_t holders = 0;
  uint64_t used = 0;  // the greatest last
};

PackedSpanSource::PackedSpanSource(const Spans& spans, size_t rows_kept)
    : spans_(spans), rows_kept_(rows_kept) {
  for (const Spans::OfThread& thread : spans.threads()) {
    parts_.push_back({thread.first, thread.count});
  }
}

PackedSpanSource::~PackedSpanSource() = default;

// The one used longest ago that nobody holds, where enough is kept; else a new one. Memory that was
// touched before is far cheaper than new memory.
std::shared_ptr<PackedSpanSource::Slot> PackedSpanSource::slot_to_fill() const {
  if (rows_ >= rows_kept_ || slots_.size() >= kBlocksKept) {
    std::shared_ptr<Slot>* oldest = nullptr;
    for (std::shared_ptr<Slot>& slot : slots_) {
      if (slot->holders > 0 || (oldest != nullptr && slot->used > (*oldest)->used)) continue;
      oldest = &slot;
    }
    if (oldest != nullptr) {
      rows_ -= std::exchange((*oldest)->count, 0);
      return *oldest;
    }
  }
  return slots_.emplace_back(std::make_shared<Slot>(spans_));
}

// Under the mutex. How often a shared_ptr is shared would not do: who reads that it is not any more
// may not see all that the others did before.
SpanSource::Held PackedSpanSource::held(std::shared_ptr<Slot> slot) const {
  ++slot->holders;
  slot->used = ++uses_;
  const SpanReader::Block* const block = &slot->block;
  return {block, [this, slot = std::move(slot)](const SpanReader::Block*) {
            const std::lock_guard lock(mutex_);
            --slot->holders;
          }};
}

SpanSource::Held PackedSpanSource::block(size_t row) const {
  HONE_DCHECK(row < spans_.size());
  std::shared_ptr<Slot> slot;
  {
    const std::lock_guard lock(mutex_);
    for (const std::shared_ptr<Slot>& each : slots_) {
      if (row - each->first < each->count) return held(each);
    }
    slot = slot_to_fill();
    ++slot->holders;
  }
  // Held by us and of no rows, so nobody else takes it. Two may unpack the same block at once: that
  // is rare, and costs one of them as much as if it had come first.
  const SpanReader::Block block = slot->reader.block(row, true);
  const std::lock_guard lock(mutex_);
  slot->block = block;
  slot->first = block.first;
  slot->count = block.size();
  rows_ += slot->count;
  --slot->holders;
  return held(std::move(slot));
}

ColumnSpanSource::ColumnSpanSource(std::vector<SpanColumns> parts) : columns_(std::move(parts)) {
  size_t first = 0;
  for (const SpanColumns& part : columns_) {
    parts_.push_back({first, part.size()});
    blocks_.push_back({first, &part});
    first += part.size();
  }
}

SpanSource::Held ColumnSpanSource::block(size_t row) const {
  const auto behind =
      std::upper_bound(parts_.begin(), parts_.end(), row,
                       [](size_t number, const Part& part) { return number < part.first; });
  // Empty parts stand at the same number as the one behind them.
  const auto at = static_cast<size_t>(behind - parts_.begin()) - 1;
  HONE_DCHECK(row - parts_[at].first < parts_[at].count);
  return {std::shared_ptr<const void>(), &blocks_[at]};
}

}  // namespace hone::profile
