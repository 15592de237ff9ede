#include "analysis/span_shares.h"

#include <algorithm>
#include <thread>

namespace hone::analysis {

std::vector<SpanParts> shares_of(const profile::Spans& spans, unsigned threads, uint64_t least) {
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
