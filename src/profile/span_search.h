// Looks for spans among many: down the levels of detail (span_levels.h), so that what a node cannot
// hold is passed by, and blocks are unpacked only where something may be.
//
//   SpanSearch search(levels, source);
//   const auto parent = search.first(part, number + 1, has_depth_below, is_parent);
//
// Not thread-safe; any number of them may use the same levels.
#pragma once

#include <cstdint>
#include <optional>

#include "base/host/function_ref.h"
#include "profile/span_levels.h"

namespace hone::profile {

struct SpanAt {
  size_t number = 0;
  TimeNs start{}, end{};
  uint32_t site = 0;
  uint8_t depth = 0;
  int64_t duration_ns() const { return raw(end) - raw(start); }
};

class SpanSearch {
 public:
  // False: none of its rows can be what is looked for.
  using NodeTest = base::FunctionRef<bool(const SpanLevels::Node&)>;
  using RowTest = base::FunctionRef<bool(const SpanAt&)>;
  // False ends it.
  using Visit = base::FunctionRef<bool(const SpanAt&)>;

  SpanSearch(const SpanLevels& levels, const SpanSource& source)
      : levels_(levels), source_(source) {}

  SpanAt at(size_t number);
  // The first of a part from `from` on; the last before `behind`. By number, that is by their ends.
  std::optional<SpanAt> first(size_t part, size_t from, NodeTest node, RowTest row);
  std::optional<SpanAt> last(size_t part, size_t behind, NodeTest node, RowTest row);
  // All rows from `from` up to `behind` of nodes that pass.
  void for_each(size_t part, size_t from, size_t behind, NodeTest node, Visit visit);

  // Of the spans around it the next one; of those inside, the first and where they begin.
  std::optional<SpanAt> parent(size_t part, const SpanAt& of);
  size_t first_inside(size_t part, const SpanAt& of);
  // The innermost at a time.
  std::optional<SpanAt> innermost(size_t part, TimeNs time);

 private:
  template <class F>
  bool forward(size_t part, size_t level, size_t index, size_t from, size_t behind, NodeTest node,
               F&& f);
  template <class F>
  bool backward(size_t part, size_t level, size_t index, size_t behind, NodeTest node, F&& f);
  bool has_depth_up_to(const SpanLevels::Node& node, uint32_t depth) const;

  const SpanLevels& levels_;
  const SpanSource& source_;
  SpanSource::Held block_;
};

}  // namespace hone::profile
