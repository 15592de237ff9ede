// Pools of memory that programs mark, in the HTML report.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/host/text.h"
#include "report/escape.h"
#include "report/html_parts.h"
#include "report/html_table.h"

namespace hone::report {
namespace {

using analysis::PoolStats;
using base::bytes_text;
using base::count_text;

constexpr size_t kPoolsMax = 100, kRowsMax = 50;
constexpr std::string_view kAll = "hone report --pools --top 0";

std::string span_name(const std::string& span) {
  return span.empty() ? "(in no span)" : span;
}

// What the program does wrong, or does not say.
std::string note_of(const PoolStats& pool) {
  std::string out;
  const auto add = [&](uint64_t count, std::string_view what) {
    if (count > 0) {
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count_text(count), what);
    }
  };
  add(pool.freed_twice, "freed twice");
  add(pool.freed_unknown, "freed and not allocated here");
  add(pool.taken_twice, "allocated where something was live");
  return out;
}

std::string pools_part(const analysis::PoolReport& report) {
  std::string out = html_open_table("Pools",
                                    {"Peak", "", "At", "Live at end", "In", "Allocated", "Times",
                                     "Freed", "Lives p50", "Lives p99", "Pool", "Live over time"},
                                    {"", "Pool", "Live over time"});
  const double most = std::max<double>(1, static_cast<double>(report.pools[0].peak_bytes));
  for (size_t i = 0; i < std::min(kPoolsMax, report.pools.size()); ++i) {
    const PoolStats& pool = report.pools[i];
    const bool freed = pool.lifetime.count > 0;
    std::vector<double> points;
    for (const uint64_t live : pool.live_over_time) points.push_back(static_cast<double>(live));
    out += "<tr>" + html_number_cell(bytes_text(pool.peak_bytes)) + "<td class=\"barcell\">" +
           html_bar(static_cast<double>(pool.peak_bytes) / most) + "</td>" +
           html_number_cell(html_duration(raw(pool.peak_time - report.start))) +
           html_number_cell(bytes_text(pool.live_bytes)) +
           html_number_cell(count_text(pool.live_count)) +
           html_number_cell(bytes_text(pool.allocated_bytes)) +
           html_number_cell(count_text(pool.allocations)) +
           html_number_cell(count_text(pool.frees)) +
           html_number_cell(freed ? html_duration(pool.lifetime.p50_ns) : "") +
           html_number_cell(freed ? html_duration(pool.lifetime.p99_ns) : "") +
           html_name_cell(pool.name, note_of(pool)) + "<td>" +
           html_spark(points, 0, static_cast<double>(pool.peak_bytes)) + "</td></tr>\n";
  }
  return out + html_close_table(report.pools.size(), kPoolsMax, kAll);
}

std::string spans_part(const std::vector<PoolStats>& pools) {
  std::string rows;
  size_t all = 0, shown = 0;
  for (const PoolStats& pool : pools) {
    all += pool.spans.size();
    for (size_t i = 0; i < std::min(kRowsMax, pool.spans.size()); ++i, ++shown) {
      const analysis::PoolSpan& span = pool.spans[i];
      rows += "<tr>" + html_number_cell(bytes_text(span.bytes)) +
              html_number_cell(count_text(span.count)) +
              html_number_cell(bytes_text(span.live_bytes)) + html_name_cell(span_name(span.span)) +
              html_where_cell(pool.name) + "</tr>\n";
    }
  }
  if (shown == 0) return {};
  return "<h3>Who allocates</h3>\n<p class=\"soft\">By the innermost span around it.</p>\n" +
         html_open_table("Who allocates", {"Allocated", "Times", "Live at end", "Span", "Pool"},
                         {"Span", "Pool"}) +
         rows + html_close_table(all, shown, kAll);
}

std::string left_part(const analysis::PoolReport& report) {
  std::string rows;
  size_t all = 0, shown = 0;
  for (const PoolStats& pool : report.pools) {
    all += pool.left.size();
    for (size_t i = 0; i < std::min(kRowsMax, pool.left.size()); ++i, ++shown) {
      const analysis::PoolLeft& left = pool.left[i];
      rows += "<tr>" + html_number_cell(bytes_text(left.bytes)) +
              html_number_cell(count_text(left.count)) + html_number_cell(bytes_text(left.size)) +
              html_number_cell(html_duration(raw(left.first - report.start))) +
              html_name_cell(span_name(left.span)) + html_where_cell(pool.name) + "</tr>\n";
    }
  }
  if (shown == 0) return {};
  return "<h3>Live at the end</h3>\n<p class=\"soft\">Not given back: leaks, or in use.</p>\n" +
         html_open_table("Live at the end", {"Bytes", "Count", "Size", "Oldest at", "Span", "Pool"},
                         {"Span", "Pool"}) +
         rows + html_close_table(all, shown, kAll);
}

}  // namespace

std::string html_pools(const ReportData& data) {
  const analysis::PoolReport& report = data.pools;
  if (report.pools.empty()) return {};
  std::string out =
      "<section id=\"pools\" aria-labelledby=\"h-pools\">\n<h2 id=\"h-pools\">Pools of "
      "memory</h2>\n";
  if (report.lost > 0) {
    out += fmt::format(
        "<p class=\"warn\">{} marks of any kind were lost: what is live, left or freed twice may "
        "be wrong.</p>\n",
        count_text(report.lost));
  }
  return out + pools_part(report) + spans_part(report.pools) + left_part(report) + "</section>\n";
}

}  // namespace hone::report
