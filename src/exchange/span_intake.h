// Spans of one thread in whatever order a file has them, on their way into a recording: put into
// order, and how deep each stands in the others worked out of their times. 20 bytes each until
// then.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "recording/builder.h"

namespace hone::exchange {

class SpanIntake {
 public:
  static constexpr uint64_t kHeldOfSpan = 20;

  // `duration` is not negative.
  void add(TimeNs start, DurationNs duration, SiteId site);
  // Still open when the file ended.
  void add_open(TimeNs start, SiteId site) { open_.push_back({raw(start), 0, raw(site)}); }

  struct Written {
    uint64_t spans = 0, not_nested = 0, open = 0;
  };
  // Writes them all, and forgets them. Those that overlap another without one holding the other are
  // marked as not nested, as are those deeper than a recording counts. Open ones end at `end`.
  Written write(recording::Builder& builder, ThreadId thread, TimeNs end);
  bool empty() const { return blocks_.empty() && open_.empty(); }

 private:
  struct Row {
    int64_t start, duration;
    uint32_t site;
    int64_t end() const { return start + duration; }
  };
  // Blocks that stay where they are: growing columns would be copied again and again. The first are
  // small: some files have a span in each of very many threads.
  static constexpr size_t kFirst = 8, kBlock = 4096;
  struct Block {
    explicit Block(size_t most);
    size_t size = 0, capacity = 0;
    std::unique_ptr<int64_t[]> start, duration;
    std::unique_ptr<uint32_t[]> site;
    Row row(size_t i) const { return {start[i], duration[i], site[i]}; }
  };
  class Nesting;
  static bool before(const Row& a, const Row& b) {
    return a.start != b.start ? a.start < b.start : a.duration > b.duration;
  }

  std::vector<Block> blocks_;
  std::vector<Row> open_;
  Row last_{INT64_MIN, 0, 0};
  bool in_order_ = true;
};

}  // namespace hone::exchange
