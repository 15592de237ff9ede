// Threads of a program dealt out among threads of ours, which go through their spans side by side.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <thread>
#include <vector>

#include "profile/spans.h"

namespace hone::analysis {

using SpanParts = std::span<const profile::Spans::OfThread>;

constexpr uint64_t kSpansOfShareLeast = 500'000;  // for fewer another thread is not worth it

// In the order of `spans`, about as many spans to each of at most `threads` (0: one a CPU): what is
// put together in the order of the shares is the same, however many there are. At least one.
inline std::vector<SpanParts> shares_of(const profile::Spans& spans, unsigned threads = 0,
                                        uint64_t least = kSpansOfShareLeast) {
  if (threads == 0) threads = std::max(std::thread::hardware_concurrency(), 1u);
  const SpanParts parts = spans.threads();
  const uint64_t share = std::max(spans.size() / threads + 1, least);
  std::vector<SpanParts> out;
  size_t first = 0;
  uint64_t sum = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    sum += parts[i].count;
    if (sum < share && i + 1 < parts.size()) continue;
    out.push_back(parts.subspan(first, i + 1 - first));
    first = i + 1;
    sum = 0;
  }
  if (out.empty()) out.emplace_back();
  return out;
}

}  // namespace hone::analysis
