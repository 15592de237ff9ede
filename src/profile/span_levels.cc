#include "profile/span_levels.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <utility>

namespace hone::profile {
namespace {

// A thread's pause ends a node early where it is so many times as long as the node. The more memory
// nodes take, the longer it has to be, so that a program of many pauses has those ends where they
// do most, and no more of them than there is room for: at kBytesOfRow there is none.
constexpr double kPauseTimes = 1, kBytesOfRow = 2.8;
constexpr size_t kRowsBeforePause = 8;
// What one thread works on at a time.
constexpr size_t kRowsOfSlice = size_t{1} << 20;

int64_t added(int64_t a, int64_t b) {
  int64_t out = 0;
  return __builtin_add_overflow(a, b, &out) ? INT64_MAX : out;
}

uint64_t site_bit(uint32_t site) {
  return uint64_t{1} << (site & 63);
}

}  // namespace

// Makes nodes one after the other, of rows or of other nodes.
class SpanLevelBuilder {
 public:
  using Node = SpanLevels::Node;
  using SmallGroup = SpanLevels::SmallGroup;

  struct Made {
    LargeVector<Node> nodes;
    LargeVector<SmallGroup> small;
    LargeVector<SpanGroup> large;
  };
  // What was made since it was taken last.
  Made take() {
    rows_before_ = 0;
    return std::exchange(made_, {});
  }

  // All blocks that begin among the rows from `first` to `behind`.
  void add_rows(const SpanSource& source, size_t first, size_t behind) {
    for (size_t row = first; row < behind;) {
      const SpanSource::Held block = source.block(row);
      if (block->first >= first) add_block(*block);
      row = block->first + block->size();
    }
  }

  static void append(SpanLevels& levels, Made more) {
    const auto small_before = static_cast<uint32_t>(levels.small_.size());
    const auto large_before = static_cast<uint32_t>(levels.large_.size());
    for (Node& node : more.nodes) node.groups += node.is_small ? small_before : large_before;
    levels.nodes_.insert(levels.nodes_.end(), more.nodes.begin(), more.nodes.end());
    levels.small_.insert(levels.small_.end(), more.small.begin(), more.small.end());
    levels.large_.insert(levels.large_.end(), more.large.begin(), more.large.end());
  }
  static void reserve(SpanLevels& levels, const std::vector<Made>& slices) {
    size_t node_count = 0, small_count = 0, large_count = 0;
    for (const Made& slice : slices) {
      node_count += slice.nodes.size();
      small_count += slice.small.size();
      large_count += slice.large.size();
    }
    // An eighth more for the levels above, and one each that is not full.
    const size_t more = 8 * (levels.parts_.size() + 1);
    levels.nodes_.reserve(node_count + node_count / 7 + more);
    levels.small_.reserve(small_count);
    levels.large_.reserve(large_count + (small_count + large_count) / 7 + more);
  }
  static void shrink(SpanLevels& levels) {
    const auto shrink = [](auto& of) {
      if (of.capacity() - of.size() > of.size() / 8) of.shrink_to_fit();
    };
    shrink(levels.nodes_);
    shrink(levels.small_);
    shrink(levels.large_);
  }
  void add_upper_levels(SpanLevels& levels, size_t part);

 private:
  void add_node(const SpanLevels& levels, const Node& node) {
    begin_at(node.first);
    node_.sites |= node.sites;
    rows_ += node.rows;
    levels.for_each_group(node, [&](const SpanGroup& group) { add_group(group); });
  }

  void add_block(const SpanReader::Block& block) {
    const SpanColumns& rows = *block.columns;
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto end = static_cast<int64_t>(rows.end_ns[i]);
      const auto length = static_cast<int64_t>(rows.duration_ns[i]);
      if (is_full() || is_behind_pause(end - length)) flush();
      if (block.first + i > UINT32_MAX) break;
      add_row(static_cast<uint32_t>(block.first + i), end, length, rows.site[i], rows.depth[i]);
    }
    flush();
    rows_before_ += rows.size();
  }

  bool is_full() const {
    return rows_ >= SpanLevels::kRowsMin &&
           (rows_ >= depth_count_ * SpanLevels::kRowsOfGroup || rows_ >= SpanLevels::kRowsMax);
  }
  bool is_behind_pause(int64_t start) const {
    if (rows_ < kRowsBeforePause || start <= end_) return false;
    const size_t bytes = (made_.nodes.size() + 1) * sizeof(Node) +
                         (made_.small.size() + depth_count_) * sizeof(SmallGroup) +
                         made_.large.size() * sizeof(SpanGroup);
    const double room = kBytesOfRow * static_cast<double>(rows_before_ + rows_);
    const double left = 1 - static_cast<double>(bytes) / room;
    if (left <= 0) return false;
    return static_cast<double>(start - end_) * left >
           kPauseTimes * static_cast<double>(end_ - start_);
  }

  void begin_at(uint32_t first) {
    if (rows_ == 0 && depth_count_ == 0) node_ = {.first = first};
  }

  void add_row(uint32_t number, int64_t end, int64_t length, uint32_t site, uint8_t depth) {
    begin_at(number);
    ++rows_;
    const int64_t start = end - length;
    start_ = std::min(start_, start);
    end_ = std::max(end_, end);
    node_.sites |= site_bit(site);
    SpanGroup& group = groups_[depth];
    if (group.count == 0) {
      depths_[depth_count_++] = depth;
      group = {.start = TimeNs{start},
               .end = TimeNs{end},
               .longest_start = TimeNs{start},
               .longest_ns = length,
               .total_ns = length,
               .longest = number,
               .site = site,
               .count = 1,
               .depth = depth};
      return;
    }
    group.overlapping |= start < raw(group.end);
    group.start = std::min(group.start, TimeNs{start});
    group.end = std::max(group.end, TimeNs{end});
    group.total_ns = added(group.total_ns, length);
    ++group.count;
    if (length <= group.longest_ns) return;
    group.longest_start = TimeNs{start};
    group.longest_ns = length;
    group.longest = number;
    group.site = site;
  }

  void add_group(const SpanGroup& more) {
    start_ = std::min(start_, raw(more.start));
    end_ = std::max(end_, raw(more.end));
    SpanGroup& group = groups_[more.depth];
    if (group.count == 0) {
      depths_[depth_count_++] = more.depth;
      group = more;
      return;
    }
    group.overlapping |= more.overlapping || more.start < group.end;
    group.start = std::min(group.start, more.start);
    group.end = std::max(group.end, more.end);
    group.total_ns = added(group.total_ns, more.total_ns);
    group.count += more.count;
    if (more.longest_ns <= group.longest_ns) return;
    group.longest_start = more.longest_start;
    group.longest_ns = more.longest_ns;
    group.longest = more.longest;
    group.site = more.site;
  }

  bool fits_small() const {
    if (rows_ > SpanLevels::kRowsMax || end_ - start_ > int64_t{UINT32_MAX}) return false;
    for (size_t i = 0; i < depth_count_; ++i) {
      const SpanGroup& group = groups_[depths_[i]];
      if (group.total_ns > int64_t{UINT32_MAX} || group.site >> 24 != 0) return false;
    }
    return true;
  }

  void flush() {
    if (depth_count_ == 0) return;
    node_.rows = static_cast<uint32_t>(rows_);
    node_.start = TimeNs{start_};
    node_.end = TimeNs{end_};
    node_.group_count = static_cast<uint16_t>(depth_count_);
    node_.is_small = fits_small();
    node_.groups = static_cast<uint32_t>(node_.is_small ? made_.small.size() : made_.large.size());
    for (size_t i = 0; i < depth_count_; ++i) {
      SpanGroup& group = groups_[depths_[i]];
      if (node_.is_small) {
        made_.small.push_back(packed(group));
      } else {
        made_.large.push_back(group);
      }
      group.count = 0;
      group.overlapping = false;
    }
    made_.nodes.push_back(node_);
    rows_ = depth_count_ = 0;
    start_ = INT64_MAX;
    end_ = INT64_MIN;
  }

  SmallGroup packed(const SpanGroup& group) const {
    const auto since = [&](TimeNs time) { return static_cast<uint32_t>(raw(time) - start_); };
    return {.start = since(group.start),
            .end = since(group.end),
            .longest_start = since(group.longest_start),
            .longest_ns = static_cast<uint32_t>(group.longest_ns),
            .total_ns = static_cast<uint32_t>(group.total_ns),
            .longest = static_cast<uint16_t>(group.longest - node_.first),
            .count_and_overlapping =
                static_cast<uint16_t>(group.count | (group.overlapping ? 0x8000u : 0u)),
            .site_and_depth = group.site << 8 | group.depth};
  }

  Made made_;
  Node node_;
  size_t rows_ = 0, depth_count_ = 0;
  size_t rows_before_ = 0;  // of the blocks that are done
  int64_t start_ = INT64_MAX, end_ = INT64_MIN;
  std::array<uint8_t, 256> depths_{};
  std::array<SpanGroup, 256> groups_{};  // by depth; of none of them here: the count is 0
};

// Of one part, up to the one that has no more than kFanOut nodes.
void SpanLevelBuilder::add_upper_levels(SpanLevels& levels, size_t part) {
  while (levels.parts_[part].back().count > SpanLevels::kFanOut) {
    const SpanLevels::Range below = levels.parts_[part].back();
    for (size_t i = 0; i < below.count; ++i) {
      add_node(levels, levels.nodes_[below.first + i]);
      if (i % SpanLevels::kFanOut == SpanLevels::kFanOut - 1) flush();
    }
    flush();
    levels.parts_[part].push_back({levels.nodes_.size(), made_.nodes.size()});
    append(levels, take());
  }
}

SpanLevels SpanLevels::of(const SpanSource& source, unsigned threads) {
  struct Slice {
    size_t part, first, behind;
  };
  std::vector<Slice> slices;
  for (size_t part = 0; part < source.parts().size(); ++part) {
    const SpanSource::Part& rows = source.parts()[part];
    for (size_t at = 0; at < rows.count; at += kRowsOfSlice) {
      slices.push_back(
          {part, rows.first + at, rows.first + std::min(rows.count, at + kRowsOfSlice)});
    }
  }
  std::vector<SpanLevelBuilder::Made> built(slices.size());
  std::atomic<size_t> next{0};
  const auto work = [&] {
    SpanLevelBuilder builder;
    for (size_t i = next++; i < slices.size(); i = next++) {
      builder.add_rows(source, slices[i].first, slices[i].behind);
      built[i] = builder.take();
    }
  };
  {
    std::vector<std::jthread> workers;
    for (size_t i = 1; i < std::min<size_t>(threads, slices.size()); ++i)
      workers.emplace_back(work);
    work();
  }
  SpanLevels out;
  out.parts_.assign(source.parts().size(), std::vector<Range>(1));
  SpanLevelBuilder::reserve(out, built);
  for (size_t i = 0; i < slices.size(); ++i) {
    Range& range = out.parts_[slices[i].part][0];
    if (range.count == 0) range.first = out.nodes_.size();
    range.count += built[i].nodes.size();
    SpanLevelBuilder::append(out, std::exchange(built[i], {}));
  }
  SpanLevelBuilder upper;
  for (size_t part = 0; part < out.parts_.size(); ++part) upper.add_upper_levels(out, part);
  SpanLevelBuilder::shrink(out);
  return out;
}

size_t SpanLevels::bytes() const {
  return nodes_.capacity() * sizeof(Node) + small_.capacity() * sizeof(SmallGroup) +
         large_.capacity() * sizeof(SpanGroup);
}

}  // namespace hone::profile
