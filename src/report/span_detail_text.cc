// One span in detail, for the terminal.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "analysis/function_names.h"
#include "base/host/text.h"
#include "report/escape.h"
#include "report/text.h"
#include "report/text_parts.h"
#include "report/text_table.h"

namespace hone::report {
namespace {

using analysis::Distribution;
using analysis::SpanDetail;
using base::count_text;

constexpr size_t kBarCells = 30;

std::string top_text(const SpanDetail& detail, const TextStyle& style) {
  std::string names;
  constexpr size_t kNames = 3;
  for (size_t i = 0; i < std::min(kNames, detail.names.size()); ++i) {
    names += (i == 0 ? "" : ", ") + terminal_text(detail.names[i]);
  }
  if (detail.names.size() > kNames) {
    names += fmt::format(" and {} more", detail.names.size() - kNames);
  }
  if (names.empty()) names = "Spans";
  const Distribution& t = detail.times;
  std::string rest = fmt::format("{} {}, {} in all, {} of it {} own", count_text(t.count),
                                 t.count == 1 ? "span" : "spans", time_text(t.total_ns),
                                 time_text(detail.self_ns), t.count == 1 ? "its" : "their");
  if (detail.loose > 0) rest += fmt::format(", {} across threads", count_text(detail.loose));
  if (detail.still_open > 0) rest += fmt::format(", {} still open", count_text(detail.still_open));
  std::string out = heading(style, names, rest);
  if (detail.not_timed > 0) {
    out +=
        paint(style, Ink::kDim,
              fmt::format("  {} more were counted and not timed (--spans adaptive): what follows "
                          "is of those that were\n",
                          count_text(detail.not_timed)));
  }
  if (t.count == 0) return out + "  None of them ended in the selection.\n";
  TextTable table({{"least", true},
                   {"mean", true, Fit::kKeep, Ink::kBold},
                   {"p50", true},
                   {"p95", true},
                   {"p99", true},
                   {"max", true}});
  table.add({time_text(t.least_ns), time_text(std::llround(t.mean_ns)), time_text(t.p50_ns),
             time_text(t.p95_ns), time_text(t.p99_ns), time_text(t.most_ns)});
  return out + table.text(style, 2);
}

std::string histogram_text(const SpanDetail& detail, const TextStyle& style) {
  if (detail.times.count < 2) return {};
  std::string out = heading(style, "Durations", "each range twice as wide as the one before");
  uint64_t most = 1;
  for (const auto& bucket : detail.histogram) most = std::max(most, bucket.count);
  TextTable table({{"from", true},
                   {"to", true, Fit::kKeep, Ink::kDim},
                   {"spans", true, Fit::kKeep, Ink::kBold},
                   {"", false, Fit::kDropFirst, Ink::kBar},
                   {"time", true, Fit::kDrop, Ink::kDim}});
  for (const auto& bucket : detail.histogram) {
    const double share = static_cast<double>(bucket.count) / static_cast<double>(most);
    // What is there is seen.
    const double least = bucket.count > 0 ? 1.0 / (8 * kBarCells) : 0;
    table.add({time_text(bucket.from_ns), time_text(bucket.to_ns), count_text(bucket.count),
               bar_text(style, std::max(share, least), kBarCells), time_text(bucket.total_ns)});
  }
  return out + table.text(style, 2);
}

std::string arguments_text(const SpanDetail& detail, const TextStyle& style) {
  std::string out;
  for (const analysis::ArgumentStats& argument : detail.arguments) {
    out += "\n" + heading(style, fmt::format("By '{}'", terminal_text(argument.key)),
                          argument.ranges ? "about as many spans in each range" : "");
    TextTable table({{"count", true},
                     {"total", true},
                     {"mean", true, Fit::kKeep, Ink::kBold},
                     {"p50", true},
                     {"p95", true},
                     {"p99", true},
                     {"value", false, Fit::kName}});
    for (const analysis::ArgumentValue& value : argument.values) {
      const Distribution& t = value.times;
      table.add({count_text(t.count), time_text(t.total_ns), time_text(std::llround(t.mean_ns)),
                 time_text(t.p50_ns), time_text(t.p95_ns), time_text(t.p99_ns),
                 terminal_text(value.text)});
    }
    out += table.text(style, 2);
    if (argument.values_hidden > 0) {
      out += paint(style, Ink::kDim,
                   fmt::format("  {} {} more values, with less time each\n", dots(style),
                               count_text(argument.values_hidden)));
    }
  }
  return out;
}

std::string inside_text(std::string_view what, const std::vector<analysis::InsideSpan>& all,
                        const TextStyle& style) {
  if (all.empty()) return {};
  std::string list;
  for (const analysis::InsideSpan& one : all) {
    if (!list.empty()) list += ", ";
    list += fmt::format("{} {}", terminal_text(analysis::short_name(one.name)), time_text(one.ns));
    if (what == "spans" && one.count > 1) list += fmt::format(" ({})", count_text(one.count));
    if (what == "waits" && !one.detail.empty()) {
      list += " in " + terminal_text(analysis::short_name(one.detail));
    }
  }
  return fmt::format("      {} {}\n", paint(style, Ink::kDim, fmt::format("{:<8}", what)),
                     wrap_text(style, list, 15));
}

std::string slowest_text(const SpanDetail& detail, const TextStyle& style) {
  std::string out = "\n" + heading(style, "Slowest", "and what ran inside each, on its thread");
  const bool several = detail.names.size() > 1;
  size_t number = 0;
  for (const analysis::SpanInstance& one : detail.slowest) {
    std::string line =
        fmt::format("  {:>2}  {}", ++number, paint(style, Ink::kBold, time_text(one.duration_ns)));
    line += fmt::format("  {} of its own, {} after the start, on {} ({})", time_text(one.self_ns),
                        time_text(one.since_start_ns), terminal_text(one.thread), one.tid);
    if (several) line += ": " + terminal_text(one.name);
    if (one.across_threads) line += ", across threads";
    out += line + "\n";
    std::string arguments;
    for (const auto& [key, value] : one.arguments) {
      arguments += fmt::format("{}{} = {}", arguments.empty() ? "" : ", ", terminal_text(key),
                               terminal_text(value));
    }
    if (!arguments.empty()) {
      out += fmt::format("      {} {}\n", paint(style, Ink::kDim, "with    "),
                         wrap_text(style, arguments, 15));
    }
    out += inside_text("spans", one.children, style);
    out += inside_text("code", one.functions, style);
    out += inside_text("waits", one.waits, style);
  }
  return out;
}

}  // namespace

std::string span_detail_text(const ReportData& data, const TextStyle& style) {
  const SpanDetail& detail = *data.span_detail;
  std::string out = top_text(detail, style);
  if (detail.times.count == 0) return out;
  if (const std::string histogram = histogram_text(detail, style); !histogram.empty()) {
    out += "\n" + histogram;
  }
  out += arguments_text(detail, style) + slowest_text(detail, style);
  if (!detail.waits_recorded) {
    out += paint(style, Ink::kDim, "  Waits are not in the recording.\n");
  }
  return out;
}

}  // namespace hone::report
