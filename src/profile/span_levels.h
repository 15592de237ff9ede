// Levels of detail of spans: what some rows are together, by depth, and what some of these are
// together, so that a window of time is drawn without looking at each span (span_window.h).
//
//   PackedSpanSource source(spans);
//   const SpanLevels levels = SpanLevels::of(source, 2);
//
// Nodes of level 0 are made of consecutive rows of one part, by count and not by time, so that
// bursts make no difference; a long pause ends one early. Rows come in the order of their ends: a
// span that lies around others, or around the whole window, is found by its node's least start.
// Nothing is assumed of the rows: whatever they are, a node's bounds hold.
//
// Takes 1 to 3 bytes a span. Immutable once made.
#pragma once

#include <cstdint>
#include <vector>

#include "profile/large_vector.h"
#include "profile/span_source.h"

namespace hone::profile {

// Rows of one depth among those of a node.
struct SpanGroup {
  TimeNs start{}, end{};  // the least start, the greatest end
  TimeNs longest_start{};
  int64_t longest_ns = 0, total_ns = 0;
  uint32_t longest = 0;  // its number
  uint32_t site = 0;     // of the longest
  uint32_t count = 0;
  uint8_t depth = 0;
  bool overlapping = false;  // some of them, in time; else each ends before the next begins
};

class SpanLevels {
 public:
  static constexpr size_t kFanOut = 8;
  // Of a node of level 0: at least as many rows, but for the last of a block and before a pause;
  // and so many for each depth that occurs, so that deep stacks do not take more memory.
  static constexpr size_t kRowsMin = 80, kRowsMax = 4096, kRowsOfGroup = 16;

  struct Node {
    uint64_t sites = 0;  // bit n: some site of which the id ends in these six bits
    TimeNs start{}, end{};
    uint32_t first = 0, rows = 0;  // row numbers
    uint32_t groups = 0;           // where they begin
    uint16_t group_count = 0;
    bool is_small = false;
  };
  struct Range {
    size_t first = 0, count = 0;
  };

  SpanLevels() = default;
  // One pass over all rows, on so many threads. Rows of which a number does not fit into 32 bits
  // are left out.
  static SpanLevels of(const SpanSource& source, unsigned threads);

  size_t part_count() const { return parts_.size(); }
  size_t level_count(size_t part) const { return parts_[part].size(); }
  // The nodes of a part: those of level 0 first made. Children of node n of a level are nodes
  // n * kFanOut and on of the level below.
  Range nodes(size_t part, size_t level) const { return parts_[part][level]; }
  const Node& node(size_t index) const { return nodes_[index]; }
  // In no order of depths; each depth once.
  template <class F>
  void for_each_group(const Node& node, F&& f) const {
    if (node.is_small) {
      for (size_t i = node.groups; i < node.groups + node.group_count; ++i) {
        f(unpacked(node, small_[i]));
      }
    } else {
      for (size_t i = node.groups; i < node.groups + node.group_count; ++i) f(large_[i]);
    }
  }
  size_t bytes() const;

 private:
  friend class SpanLevelBuilder;
  // The same in 28 bytes: times from the node's start, numbers from its first row.
  struct SmallGroup {
    uint32_t start, end, longest_start, longest_ns, total_ns;
    uint16_t longest, count_and_overlapping;
    uint32_t site_and_depth;
  };
  static SpanGroup unpacked(const Node& node, const SmallGroup& small) {
    return {.start = TimeNs{raw(node.start) + small.start},
            .end = TimeNs{raw(node.start) + small.end},
            .longest_start = TimeNs{raw(node.start) + small.longest_start},
            .longest_ns = small.longest_ns,
            .total_ns = small.total_ns,
            .longest = node.first + small.longest,
            .site = small.site_and_depth >> 8,
            .count = small.count_and_overlapping & 0x7fffu,
            .depth = static_cast<uint8_t>(small.site_and_depth & 0xff),
            .overlapping = (small.count_and_overlapping & 0x8000) != 0};
  }

  std::vector<std::vector<Range>> parts_;  // by part: its levels
  LargeVector<Node> nodes_;
  LargeVector<SmallGroup> small_;
  LargeVector<SpanGroup> large_;
};

}  // namespace hone::profile
