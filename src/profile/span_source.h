// Rows of spans by number, unpacked: where the levels of detail (span_levels.h) get those that they
// do not hold themselves.
//
//   PackedSpanSource source(profile.instrumentation().spans);
//   const SpanSource::Held block = source.block(number);
//   use(block->columns->site[number - block->first]);
//
// Thread-safe. What it is made of must outlive it, and it what it gave; a block stays as long as
// somebody holds it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "profile/span_reader.h"

namespace hone::profile {

class SpanSource {
 public:
  // Rows of one track, in the order of their ends; parts stand one behind the other.
  struct Part {
    size_t first = 0, count = 0;
  };
  using Held = std::shared_ptr<const SpanReader::Block>;  // shared: two requests may use one

  virtual ~SpanSource() = default;
  const std::vector<Part>& parts() const { return parts_; }
  // Those around number `row`, which are of one part.
  virtual Held block(size_t row) const = 0;

 protected:
  std::vector<Part> parts_;
};

// Nested spans of a recording, a part for each thread that has some (Spans::threads()). Keeps the
// blocks that were used last.
class PackedSpanSource final : public SpanSource {
 public:
  // 21 bytes each, and as much again at most for what they are unpacked from.
  static constexpr size_t kRowsKept = size_t{1} << 22;
  static constexpr size_t kBlocksKept = 512;

  explicit PackedSpanSource(const Spans& spans, size_t rows_kept = kRowsKept);
  ~PackedSpanSource() override;
  Held block(size_t row) const override;

 private:
  struct Slot;
  std::shared_ptr<Slot> slot_to_fill() const;
  Held held(std::shared_ptr<Slot> slot) const;

  const Spans& spans_;
  const size_t rows_kept_;
  mutable std::mutex mutex_;  // of what is below
  mutable std::vector<std::shared_ptr<Slot>> slots_;
  mutable size_t rows_ = 0;
  mutable uint64_t uses_ = 0;
};

// Rows that stand in memory, of each part by itself.
class ColumnSpanSource final : public SpanSource {
 public:
  explicit ColumnSpanSource(std::vector<SpanColumns> parts);
  Held block(size_t row) const override;
  const SpanColumns& columns(size_t part) const { return columns_[part]; }

 private:
  std::vector<SpanColumns> columns_;
  std::vector<SpanReader::Block> blocks_;  // one a part
};

}  // namespace hone::profile
