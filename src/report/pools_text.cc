// Pools of memory of instrumented programs: what is live, who took it, what was never given back.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/host/text.h"
#include "report/escape.h"
#include "report/text.h"
#include "report/text_parts.h"
#include "report/text_table.h"

namespace hone::report {
namespace {

using analysis::PoolStats;
using base::bytes_text;
using base::count_text;

std::string since_start(const ReportData& data, TimeNs time) {
  return base::duration_text(time - data.pools.start);
}

std::string span_text(const std::string& span) {
  return span.empty() ? "(in no span)" : terminal_text(span);
}

std::string pool_table(const ReportData& data, const TextStyle& style) {
  std::string out = heading(style, "Pools", "by the most that was live at a time");
  TextTable table({{"peak", true, Fit::kKeep, Ink::kBold},
                   {"at", true, Fit::kDrop, Ink::kDim},
                   {"left", true},
                   {"allocated", true},
                   {"times", true},
                   {"freed", true},
                   {"lives p50", true, Fit::kDrop},
                   {"p99", true, Fit::kDropFirst},
                   {"pool", false, Fit::kName}});
  const auto& pools = data.pools.pools;
  const size_t shown = shown_of(pools.size(), data.wait_top);
  for (size_t i = 0; i < shown; ++i) {
    const PoolStats& pool = pools[i];
    const bool freed = pool.lifetime.count > 0;
    table.add({bytes_text(pool.peak_bytes), since_start(data, pool.peak_time),
               bytes_text(pool.live_bytes), bytes_text(pool.allocated_bytes),
               count_text(pool.allocations), count_text(pool.frees),
               freed ? base::duration_text(DurationNs{pool.lifetime.p50_ns}) : "",
               freed ? base::duration_text(DurationNs{pool.lifetime.p99_ns}) : "",
               terminal_text(pool.name)});
  }
  out += table.text(style, 2) + more_text(style, pools.size() - shown, "pools");
  for (size_t i = 0; i < shown; ++i) {
    const PoolStats& pool = pools[i];
    if (pool.growth_bytes == 0) continue;
    out +=
        paint(style, Ink::kDim,
              fmt::format("  {} grew most from {} to {}: by {}\n", terminal_text(pool.name),
                          since_start(data, pool.growth_from), since_start(data, pool.growth_until),
                          bytes_text(static_cast<uint64_t>(pool.growth_bytes))));
  }
  return out;
}

// What the program does wrong, or does not say.
std::string wrong_text(const ReportData& data, const TextStyle& style) {
  std::string out;
  const auto add = [&](const PoolStats& pool, uint64_t count, std::string_view what) {
    if (count == 0) return;
    const std::string line =
        fmt::format("{}: {} {}", terminal_text(pool.name), count_text(count), what);
    out += fmt::format("  {} {}\n", paint(style, Ink::kLook, style.unicode ? "●" : "*"),
                       wrap_text(style, line, 4));
  };
  for (const PoolStats& pool : data.pools.pools) {
    add(pool, pool.freed_twice, "freed twice");
    add(pool, pool.freed_unknown,
        "freed that were not allocated in this recording: before it, or never");
    add(pool, pool.taken_twice,
        "allocated where something was live: that was freed without a mark");
  }
  return out;
}

std::string span_table(const ReportData& data, const TextStyle& style) {
  TextTable table({{"allocated", true, Fit::kKeep, Ink::kBold},
                   {"times", true},
                   {"left", true},
                   {"span", false, Fit::kName},
                   {"pool", false, Fit::kShrink}});
  size_t rows = 0, hidden = 0;
  for (const PoolStats& pool : data.pools.pools) {
    const size_t shown = shown_of(pool.spans.size(), data.wait_top);
    hidden += pool.spans.size() - shown;
    for (size_t i = 0; i < shown; ++i, ++rows) {
      const analysis::PoolSpan& span = pool.spans[i];
      table.add({bytes_text(span.bytes), count_text(span.count), bytes_text(span.live_bytes),
                 span_text(span.span), terminal_text(pool.name)});
    }
  }
  if (rows == 0) return {};
  return "\n" + heading(style, "Who allocates", "by the innermost span around it") +
         table.text(style, 2) + more_text(style, hidden, "spans");
}

std::string left_table(const ReportData& data, const TextStyle& style) {
  TextTable table({{"left", true, Fit::kKeep, Ink::kBold},
                   {"count", true},
                   {"size", true},
                   {"oldest at", true, Fit::kDrop, Ink::kDim},
                   {"span", false, Fit::kName},
                   {"pool", false, Fit::kShrink}});
  size_t rows = 0, hidden = 0;
  for (const PoolStats& pool : data.pools.pools) {
    const size_t shown = shown_of(pool.left.size(), data.wait_top);
    hidden += pool.left.size() - shown;
    for (size_t i = 0; i < shown; ++i, ++rows) {
      const analysis::PoolLeft& left = pool.left[i];
      table.add({bytes_text(left.bytes), count_text(left.count), bytes_text(left.size),
                 since_start(data, left.first), span_text(left.span), terminal_text(pool.name)});
    }
  }
  if (rows == 0) return {};
  return "\n" + heading(style, "Left at the end", "not given back: leaks, or in use") +
         table.text(style, 2) + more_text(style, hidden, "sizes");
}

std::string size_table(const ReportData& data, const TextStyle& style) {
  TextTable table({{"size", true, Fit::kKeep, Ink::kBold},
                   {"times", true},
                   {"bytes", true},
                   {"pool", false, Fit::kName}});
  for (const PoolStats& pool : data.pools.pools) {
    for (size_t i = 0; i < pool.sizes.size(); ++i) {
      const analysis::SizeClass& size = pool.sizes[i];
      if (size.count == 0) continue;
      const bool is_last = i + 1 == pool.sizes.size();
      const uint64_t bound = uint64_t{1} << (is_last ? i - 1 : i);
      table.add({fmt::format("{} {}", is_last ? "over" : "up to", count_text(bound)),
                 count_text(size.count), bytes_text(size.bytes), terminal_text(pool.name)});
    }
  }
  return "\n" + heading(style, "Sizes", "in bytes, by powers of two") + table.text(style, 2);
}

}  // namespace

std::string pools_text(const ReportData& data, const TextStyle& style) {
  if (data.pools.pools.empty()) {
    return paint(style, Ink::kBold, "Pools") +
           "\n  The recording holds none: the program marks no allocations, or they were off.\n";
  }
  std::string out = pool_table(data, style) + wrong_text(data, style);
  if (data.pools.lost > 0) {
    out += wrap_text(style,
                     fmt::format("  {} marks of any kind were lost: what is live, left or freed "
                                 "twice may be wrong",
                                 count_text(data.pools.lost)),
                     2) +
           "\n";
  }
  return out + span_table(data, style) + left_table(data, style) + size_table(data, style);
}

}  // namespace hone::report
