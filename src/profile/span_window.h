// What a window of time shows of spans: of each depth bars that do not overlap, in buckets of
// 2^step nanoseconds.
//
//   const SpanWindow window{.begin = start, .step = 20, .buckets = 1024};
//   for (const SpanBar& bar : span_bars(levels, source, part, window)) draw(bar);
//
// A span of three buckets and more is a bar of its own. Shorter ones that share a bucket are one
// bar, which has the name of the longest of them. No end of a bar is off by more than a bucket;
// sums are those of the bar's spans, whole, also where the window cuts it. Every span of the window
// is in one bar and no other. Where spans of one depth overlap, which no nested ones do, bars that
// have no room are joined to others.
//
// Costs by what is shown: some 10 ns a bar, and unpacking the blocks of spans of which a node would
// be wider than a bucket.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "profile/span_levels.h"

namespace hone::profile {

struct SpanWindow {
  TimeNs begin{};
  unsigned step = 0;  // at most kStepMax
  uint32_t buckets = 0;
  // What is folded without a look inside is no longer than so many buckets. More than one is
  // coarse, and costs less.
  uint32_t fold = 1;

  static constexpr unsigned kStepMax = 42;
  static constexpr uint32_t kBucketsMax = 8192, kFoldMax = 1u << 16;
  TimeNs end() const { return TimeNs{raw(begin) + (int64_t{buckets} << step)}; }
};

struct SpanBar {
  uint32_t start = 0, end = 0;  // buckets of the window; the end is behind the last
  uint32_t count = 0;           // spans
  uint32_t longest = 0;         // its number
  uint32_t site = 0;            // of the longest
  uint8_t depth = 0;
  bool began_before = false, goes_on = false;
  int64_t longest_ns = 0, total_ns = 0;
};

// By depth, then start. Thread-safe.
std::vector<SpanBar> span_bars(const SpanLevels& levels, const SpanSource& source, size_t part,
                               const SpanWindow& window);

// The least `fold` with which bars of all these parts are had within about so many nanoseconds of
// one CPU, blocks not being kept; kFoldMax where none is.
uint32_t fold_within(const SpanLevels& levels, std::span<const size_t> parts,
                     const SpanWindow& window, int64_t cost_ns);

}  // namespace hone::profile
