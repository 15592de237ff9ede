#include "exchange/span_intake.h"

#include <algorithm>
#include <utility>

namespace hone::exchange {

// Not make_unique, which would clear them first.
SpanIntake::Block::Block(size_t most)
    : capacity(most),
      start(new int64_t[most]),
      duration(new int64_t[most]),
      site(new uint32_t[most]) {}

void SpanIntake::add(TimeNs start, DurationNs duration, SiteId site) {
  if (blocks_.empty() || blocks_.back().size == blocks_.back().capacity) {
    blocks_.emplace_back(blocks_.empty() ? kFirst : std::min(blocks_.back().capacity * 4, kBlock));
  }
  Block& block = blocks_.back();
  const Row row{raw(start), raw(duration), raw(site)};
  in_order_ = in_order_ && !before(row, last_);
  last_ = row;
  block.start[block.size] = row.start;
  block.duration[block.size] = row.duration;
  block.site[block.size] = row.site;
  ++block.size;
}

// Outer spans come before those inside: by start, and of one start the longer first. A stack then
// holds those that are open at the start of the next; what ends before it goes out, so that rows
// come in the order of their ends.
class SpanIntake::Nesting {
 public:
  Nesting(recording::Builder& builder, ThreadId thread, Written& out)
      : builder_(builder), thread_(thread), out_(out) {}

  void take(const Row& row) {
    while (depth_ > 0) {
      const int64_t outer_end = around_[depth_ - 1].end();
      // One of no length at the end of another is still inside it.
      if (outer_end > row.start || (outer_end == row.start && row.duration == 0)) break;
      close();
    }
    const bool crosses = depth_ > 0 && around_[depth_ - 1].end() < row.end();
    if (crosses || depth_ == around_.size()) {
      put(row, std::min(depth_, kDepthMax), recording::kSpanStray);
      ++out_.not_nested;
      return;
    }
    around_[depth_++] = row;
  }
  void finish() {
    while (depth_ > 0) close();
  }

 private:
  static constexpr size_t kDepthMax = 255;  // what the column holds

  void close() {
    --depth_;
    put(around_[depth_], depth_, 0);
  }
  void put(const Row& row, size_t depth, uint8_t flags) {
    builder_.append(recording::SpanRow{.thread = thread_,
                                       .end = TimeNs{row.end()},
                                       .duration = DurationNs{row.duration},
                                       .site = SiteId{row.site},
                                       .depth = static_cast<uint8_t>(depth),
                                       .flags = flags});
    ++out_.spans;
  }

  recording::Builder& builder_;
  ThreadId thread_;
  Written& out_;
  std::array<Row, kDepthMax + 1> around_;
  size_t depth_ = 0;
};

SpanIntake::Written SpanIntake::write(recording::Builder& builder, ThreadId thread, TimeNs end) {
  Written out;
  for (const Row& row : open_) {
    builder.append(
        recording::SpanRow{.thread = thread,
                           .end = end,
                           .duration = DurationNs{std::max<int64_t>(raw(end) - row.start, 0)},
                           .site = SiteId{row.site},
                           .flags = recording::kSpanOpen});
    ++out.open;
  }
  open_ = {};
  Nesting nesting(builder, thread, out);
  std::vector<Row> sorted;
  for (Block& next : blocks_) {
    const Block block = std::move(next);  // which is then given back
    for (size_t i = 0; i < block.size; ++i) {
      if (in_order_) {
        nesting.take(block.row(i));
      } else {
        sorted.push_back(block.row(i));
      }
    }
  }
  blocks_.clear();
  std::stable_sort(sorted.begin(), sorted.end(), before);
  for (const Row& row : sorted) nesting.take(row);
  nesting.finish();
  return out;
}

}  // namespace hone::exchange
