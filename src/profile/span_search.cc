#include "profile/span_search.h"

#include <algorithm>

namespace hone::profile {

SpanAt SpanSearch::at(size_t number) {
  if (!block_ || number - block_->first >= block_->size()) block_ = source_.block(number);
  const SpanColumns& rows = *block_->columns;
  const size_t i = number - block_->first;
  const auto end = static_cast<int64_t>(rows.end_ns[i]);
  return {.number = number,
          .start = TimeNs{end - static_cast<int64_t>(rows.duration_ns[i])},
          .end = TimeNs{end},
          .site = rows.site[i],
          .depth = rows.depth[i]};
}

// False: f wants no more.
template <class F>
bool SpanSearch::forward(size_t part, size_t level, size_t index, size_t from, size_t behind,
                         NodeTest test, F&& f) {
  const SpanLevels::Node& node = levels_.node(levels_.nodes(part, level).first + index);
  if (node.first + size_t{node.rows} <= from || node.first >= behind || !test(node)) return true;
  if (level == 0) {
    const size_t last = std::min(node.first + size_t{node.rows}, behind);
    for (size_t row = std::max<size_t>(node.first, from); row < last; ++row) {
      if (!f(at(row))) return false;
    }
    return true;
  }
  const size_t first = index * SpanLevels::kFanOut;
  const size_t last = std::min(first + SpanLevels::kFanOut, levels_.nodes(part, level - 1).count);
  for (size_t i = first; i < last; ++i) {
    if (!forward(part, level - 1, i, from, behind, test, f)) return false;
  }
  return true;
}

template <class F>
bool SpanSearch::backward(size_t part, size_t level, size_t index, size_t behind, NodeTest test,
                          F&& f) {
  const SpanLevels::Node& node = levels_.node(levels_.nodes(part, level).first + index);
  if (node.first >= behind || !test(node)) return true;
  if (level == 0) {
    for (size_t row = std::min(node.first + size_t{node.rows}, behind); row-- > node.first;) {
      if (!f(at(row))) return false;
    }
    return true;
  }
  const size_t first = index * SpanLevels::kFanOut;
  const size_t last = std::min(first + SpanLevels::kFanOut, levels_.nodes(part, level - 1).count);
  for (size_t i = last; i-- > first;) {
    if (!backward(part, level - 1, i, behind, test, f)) return false;
  }
  return true;
}

void SpanSearch::for_each(size_t part, size_t from, size_t behind, NodeTest node, Visit visit) {
  if (levels_.level_count(part) == 0) return;
  const size_t top = levels_.level_count(part) - 1;
  for (size_t i = 0; i < levels_.nodes(part, top).count; ++i) {
    if (!forward(part, top, i, from, behind, node, visit)) return;
  }
}

std::optional<SpanAt> SpanSearch::first(size_t part, size_t from, NodeTest node, RowTest row) {
  std::optional<SpanAt> out;
  for_each(part, from, SIZE_MAX, node, [&](const SpanAt& span) {
    if (row(span)) out = span;
    return !out;
  });
  return out;
}

std::optional<SpanAt> SpanSearch::last(size_t part, size_t behind, NodeTest node, RowTest row) {
  std::optional<SpanAt> out;
  if (levels_.level_count(part) == 0) return out;
  const size_t top = levels_.level_count(part) - 1;
  for (size_t i = levels_.nodes(part, top).count; i-- > 0 && !out;) {
    backward(part, top, i, behind, node, [&](const SpanAt& span) {
      if (row(span)) out = span;
      return !out;
    });
  }
  return out;
}

bool SpanSearch::has_depth_up_to(const SpanLevels::Node& node, uint32_t depth) const {
  bool has = false;
  levels_.for_each_group(node, [&](const SpanGroup& group) { has |= group.depth <= depth; });
  return has;
}

// It ends later, so that it stands behind: the next that is less deep.
std::optional<SpanAt> SpanSearch::parent(size_t part, const SpanAt& of) {
  if (of.depth == 0) return {};
  const uint32_t depth = of.depth - 1u;
  const auto found = first(
      part, of.number + 1, [&](const auto& node) { return has_depth_up_to(node, depth); },
      [&](const SpanAt& span) { return span.depth <= depth; });
  // It may be missing; then that one lies beside it.
  return found && found->start <= of.start ? found : std::nullopt;
}

// What is inside stands before it, back to the last that is as deep, or ended before it began.
size_t SpanSearch::first_inside(size_t part, const SpanAt& of) {
  const auto before = last(
      part, of.number,
      [&](const auto& node) { return node.start < of.start || has_depth_up_to(node, of.depth); },
      [&](const SpanAt& span) { return span.depth <= of.depth || span.end < of.start; });
  return before ? before->number + 1 : source_.parts()[part].first;
}

std::optional<SpanAt> SpanSearch::innermost(size_t part, TimeNs time) {
  // Of those that end later the first is the innermost; the rest lie around it or behind.
  return first(
      part, 0, [&](const auto& node) { return node.end >= time && node.start <= time; },
      [&](const SpanAt& span) { return span.start <= time && span.end >= time; });
}

}  // namespace hone::profile
