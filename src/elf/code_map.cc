#include "elf/code_map.h"

#include <algorithm>
#include <map>

namespace hone::elf {
namespace {

// Damaged input could nest calls without end.
constexpr uint32_t kInlinedMax = 256;

}  // namespace

void CodeMap::open(Svma begin, Svma end, Svma anchor, uint32_t function) {
  extents.push_back({.begin = begin,
                     .end = end,
                     .anchor = anchor,
                     .function = function,
                     .first_row = static_cast<uint32_t>(rows.size()),
                     .first_call = static_cast<uint32_t>(calls.size())});
}

void CodeMap::close() {
  Extent& extent = extents.back();
  extent.row_count = static_cast<uint32_t>(rows.size()) - extent.first_row;
  extent.call_count = static_cast<uint32_t>(calls.size()) - extent.first_call;
}

void CodeMap::append(const CodeMap& from, const Extent& extent) {
  open(extent.begin, extent.end, extent.anchor, extent.function);
  const auto row = from.rows.begin() + extent.first_row;
  rows.insert(rows.end(), row, row + extent.row_count);
  const auto call = from.calls.begin() + extent.first_call;
  calls.insert(calls.end(), call, call + extent.call_count);
  close();
}

void CodeMap::narrow(Extent& extent, Svma begin, Svma end) {
  const auto cut = static_cast<uint32_t>(raw(begin) - raw(extent.begin));
  const auto bytes = static_cast<uint32_t>(raw(end) - raw(begin));
  extent.begin = begin;
  extent.end = end;
  while (extent.row_count > 1 && rows[extent.first_row + 1].offset <= cut) {
    ++extent.first_row;
    --extent.row_count;
  }
  while (extent.row_count > 0 &&
         rows[extent.first_row + extent.row_count - 1].offset >= uint64_t{cut} + bytes) {
    --extent.row_count;
  }
  for (uint32_t i = 0; i < extent.row_count; ++i) {
    Row& row = rows[extent.first_row + i];
    row.offset = row.offset > cut ? row.offset - cut : 0;
  }
  uint32_t kept = 0;
  for (uint32_t i = 0; i < extent.call_count; ++i) {
    Call call = calls[extent.first_call + i];
    const uint32_t call_begin = std::max(call.begin, cut);
    const auto call_end =
        static_cast<uint32_t>(std::min(uint64_t{call.end}, uint64_t{cut} + bytes));
    if (call_begin >= call_end) continue;
    call.begin = call_begin - cut;
    call.end = call_end - cut;
    calls[extent.first_call + kept++] = call;
  }
  extent.call_count = kept;
}

void CodeMap::settle() {
  std::map<uint64_t, Extent> kept;
  for (Extent extent : extents) {
    uint64_t begin = raw(extent.begin), end = raw(extent.end);
    const auto after = kept.upper_bound(raw(extent.anchor));
    if (after != kept.end()) end = std::min(end, after->first);
    if (after != kept.begin()) {
      const uint64_t taken = raw(std::prev(after)->second.end);
      if (taken > raw(extent.anchor)) continue;
      begin = std::max(begin, taken);
    }
    if (begin != raw(extent.begin) || end != raw(extent.end)) {
      narrow(extent, Svma{begin}, Svma{end});
    }
    kept.emplace_hint(after, begin, extent);
  }
  extents.clear();
  for (const auto& [begin, extent] : kept) extents.push_back(extent);
}

const CodeMap::Extent* CodeMap::find(Svma address) const {
  const auto after = std::upper_bound(extents.begin(), extents.end(), address,
                                      [](Svma at, const Extent& e) { return at < e.begin; });
  if (after == extents.begin()) return nullptr;
  const Extent& extent = *(after - 1);
  return address < extent.end ? &extent : nullptr;
}

void CodeMap::link_calls(const Extent& extent, std::span<const Svma> sorted,
                         std::vector<uint32_t>& innermost, std::vector<Link>& links) const {
  links.clear();
  innermost.assign(sorted.size(), kNone);
  for (uint32_t i = 0; i < extent.call_count; ++i) {
    const Call& call = calls[extent.first_call + i];
    const Svma begin{raw(extent.begin) + call.begin}, end{raw(extent.begin) + call.end};
    auto at =
        static_cast<size_t>(std::lower_bound(sorted.begin(), sorted.end(), begin) - sorted.begin());
    for (; at < sorted.size() && sorted[at] < end; ++at) {
      const uint32_t outer = innermost[at];
      uint32_t depth = 1;
      if (outer != kNone) {
        // One that is not deeper than the last is beside it: ranges of siblings overlap in damaged
        // files alone.
        if (calls[extent.first_call + links[outer].call].depth >= call.depth) continue;
        depth = links[outer].depth + 1;
      }
      if (depth > kInlinedMax) continue;
      innermost[at] = static_cast<uint32_t>(links.size());
      links.push_back({i, outer, depth});
    }
  }
}

void CodeMap::for_each_frame(std::span<const Svma> sorted,
                             base::FunctionRef<void(size_t, const Frame&)> frame) const {
  std::vector<uint32_t> innermost;
  std::vector<Link> links;
  for (size_t first = 0; first < sorted.size();) {
    const Extent* extent = find(sorted[first]);
    if (!extent) {
      ++first;
      continue;
    }
    const auto end =
        static_cast<size_t>(std::lower_bound(sorted.begin() + static_cast<ptrdiff_t>(first),
                                             sorted.end(), extent->end) -
                            sorted.begin());
    link_calls(*extent, sorted.subspan(first, end - first), innermost, links);
    const auto own_rows = rows_of(*extent);
    for (size_t i = first; i < end; ++i) {
      const uint64_t offset = raw(sorted[i]) - raw(extent->begin);
      const auto row = std::upper_bound(own_rows.begin(), own_rows.end(), offset,
                                        [](uint64_t at, const Row& r) { return at < r.offset; });
      Frame out;
      if (row != own_rows.begin()) {
        out.file = (row - 1)->file;
        out.line = (row - 1)->line;
      }
      for (uint32_t at = innermost[i - first]; at != kNone; at = links[at].outer) {
        const Call& call = calls[extent->first_call + links[at].call];
        out.function = call.function;
        out.inlined = true;
        frame(i, out);
        out.file = call.file;
        out.line = call.line;
      }
      out.function = extent->function;
      out.inlined = false;
      if (out.function != kNone || out.file != 0 || out.line != 0) frame(i, out);
    }
    first = end;
  }
}

}  // namespace hone::elf
