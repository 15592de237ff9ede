#include "exchange/span_order.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace hone::exchange {
namespace {

using profile::SpanReader;

constexpr uint8_t kStray = 255;

// A span that lies around those that are looked at, seen from the last to the first.
struct Around {
  int depth = -1;                            // as recorded
  TimeNs start{INT64_MIN}, edge{INT64_MAX};  // what comes before must have ended by the edge
  int64_t slack_ns = 0;
};

int64_t slack(int64_t length_ns) {
  return kJitterNs + length_ns / 1024;
}

// How deep each span lies; kStray where it cannot be. From the last to the first, so that a span is
// met before those inside it.
std::vector<uint8_t> depths_of(SpanReader& spans, const SpanReader::OfThread& part) {
  std::vector<uint8_t> out(part.count);
  std::vector<Around> around(1);
  for (size_t k = part.count; k-- > 0;) {
    const size_t i = part.first + k;
    const TimeNs start = spans.start(i), end = spans.end(i);
    const int depth = static_cast<int>(spans.depth(i));
    while (around.size() > 1) {
      const Around& top = around.back();
      const bool is_inside =
          top.depth < depth && (end > top.start || (end == top.start && start == end));
      if (is_inside) break;
      around.pop_back();
    }
    Around& top = around.back();
    const int64_t slack_ns = slack(raw(end - start));
    const bool starts_too_early = around.size() > 1 && raw(start) + top.slack_ns < raw(top.start);
    const bool ends_too_late = raw(end) - std::max(slack_ns, top.slack_ns) > raw(top.edge);
    if (starts_too_early || ends_too_late || around.size() > kStray) {
      out[k] = kStray;
      continue;
    }
    out[k] = static_cast<uint8_t>(around.size() - 1);
    const TimeNs from = std::max(start, top.start), edge = std::min(end, top.edge);
    top.edge = std::min(from, edge);
    around.push_back({depth, from, edge, slack_ns});
  }
  return out;
}

// Gives stamps that nest to spans that come in the order of their beginnings.
class Cutter {
 public:
  NestedSpan cut(SpanReader& spans, size_t i, uint32_t depth) {
    const TimeNs floor = from_[depth];
    const TimeNs ceiling = depth == 0 ? TimeNs{INT64_MAX} : until_[depth - 1];
    const TimeNs start = std::min(std::max(spans.start(i), floor), ceiling);
    const TimeNs end = std::max(start, std::min(spans.end(i), ceiling));
    from_[depth] = end;
    from_[depth + 1] = start;
    until_[depth] = end;
    return {i, start, end, depth};
  }

 private:
  std::array<TimeNs, 258> from_{}, until_{};
};

}  // namespace

void for_each_span(SpanReader& spans, const SpanReader::OfThread& part,
                   base::FunctionRef<void(const NestedSpan&)> visit,
                   base::FunctionRef<void(size_t)> stray) {
  const std::vector<uint8_t> depths = depths_of(spans, part);
  Cutter cutter;
  // One outermost span and all inside it. Of a span that is the k-th to end, with n inside it and
  // d around it, k - n + d have begun before it.
  std::vector<uint32_t> inside, order;
  std::array<uint32_t, 257> finished{};  // inside the span of that depth that ends next, less one
  size_t window = 0;
  for (size_t k = 0; k < part.count; ++k) {
    const uint8_t depth = depths[k];
    if (depth == kStray) {
      stray(part.first + k);
      continue;
    }
    const uint32_t within = std::exchange(finished[depth + 1], 0);
    finished[depth] += within + 1;
    inside.push_back(within);
    if (depth != 0) continue;
    finished[0] = 0;
    order.resize(inside.size());
    uint32_t ended = 0;
    for (size_t each = window; each <= k; ++each) {
      if (depths[each] == kStray) continue;
      order[ended - inside[ended] + depths[each]] = static_cast<uint32_t>(each - window);
      ++ended;
    }
    for (const uint32_t each : order) {
      visit(cutter.cut(spans, part.first + window + each, depths[window + each]));
    }
    window = k + 1;
    inside.clear();
  }
}

}  // namespace hone::exchange
