// What queues of GPUs did: a table for each, with what is to be known of its times.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/host/text.h"
#include "hone/layout.h"
#include "report/escape.h"
#include "report/names.h"
#include "report/text.h"
#include "report/text_parts.h"
#include "report/text_table.h"

namespace hone::report {
namespace {

using analysis::GpuQueueStats;
using base::count_text;

std::string heading(const GpuQueueStats& queue, const TextStyle& style) {
  std::string rest = terminal_text(queue.name);
  if (!queue.device.empty()) rest += " on " + terminal_text(queue.device);
  if (queue.software) rest += ", a software device: its time is the CPU's";
  std::string out = paint(style, Ink::kBold, "GPU");
  return out + paint(style, Ink::kDim, "  " + rest) + "\n";
}

// How busy it was, and how far its times can be trusted.
std::string facts(const GpuQueueStats& queue) {
  std::string out;
  if (queue.count > 0) {
    const int64_t whole = raw(queue.last - queue.first);
    out += fmt::format("  busy {} of the {} from its first span to its last",
                       time_text(queue.busy_ns), time_text(whole));
    if (whole > 0) {
      const double share = static_cast<double>(queue.busy_ns) / static_cast<double>(whole);
      out += fmt::format(" ({})", base::percent_text(share));
    }
    out += "\n";
  }
  if (queue.error_ns < 0) {
    out += "  how exact its times are was not told in this part of the recording\n";
  } else if (queue.calibration == HONE_GPU_CALIBRATED) {
    out += fmt::format(
        "  its clock was read with the CPU's each second: times are right to {}, the driver says",
        time_text(queue.error_ns));
    if (queue.correction_ns > queue.error_ns) {
      out += fmt::format(", or {} just before a reading", time_text(queue.correction_ns));
    }
    out += "\n";
  } else if (queue.calibration == HONE_GPU_BRACKETED) {
    out += fmt::format(
        "  its clock was compared with the CPU's once: starts are right to {} at first,\n"
        "  and drift since (the device has no calibrated timestamps)\n",
        time_text(queue.error_ns));
  } else {
    out += "  nothing was told of its clock\n";
  }
  if (queue.overlapping > 0) {
    out += fmt::format("  {} of {} spans overlap others: what is their own is not exact\n",
                       count_text(queue.overlapping), count_text(queue.count));
  }
  if (queue.left_out > 0) {
    out += fmt::format("  {} spans were left out: the queue had no queries left for them\n",
                       count_text(queue.left_out));
  }
  return out;
}

std::string queue_text(const GpuQueueStats& queue, const ReportData& data, const TextStyle& style) {
  std::string out = heading(queue, style);
  const size_t shown =
      data.span_top == 0 ? queue.spans.size() : std::min<size_t>(data.span_top, queue.spans.size());
  TextTable table({{"self", true, Fit::kKeep, Ink::kBold},
                   {"total", true},
                   {"count", true},
                   {"mean", true},
                   {"p50", true, Fit::kDropFirst},
                   {"p95", true, Fit::kDropFirst},
                   {"p99", true, Fit::kDrop},
                   {"max", true},
                   {"span", false, Fit::kName},
                   {"where", false, Fit::kDrop, Ink::kDim}});
  for (size_t i = 0; i < shown; ++i) {
    const analysis::SpanStats& span = queue.spans[i];
    const analysis::Distribution& t = span.times;
    table.add({time_text(span.self_ns), time_text(t.total_ns), count_text(t.count),
               time_text(std::llround(t.mean_ns)), time_text(t.p50_ns), time_text(t.p95_ns),
               time_text(t.p99_ns), time_text(t.most_ns), terminal_text(span.name),
               terminal_text(place_text(span.file, span.line, style.full_names))});
  }
  if (shown > 0) out += table.text(style, 2);
  if (shown < queue.spans.size()) {
    out += paint(style, Ink::kDim,
                 fmt::format("  {} {} more spans: --spans --top 0 shows all\n", dots(style),
                             count_text(queue.spans.size() - shown)));
  }
  return out + facts(queue);
}

}  // namespace

std::string gpu_text(const ReportData& data, const TextStyle& style) {
  std::string out;
  for (const GpuQueueStats& queue : data.gpu.queues) {
    if (!out.empty()) out += "\n";
    out += queue_text(queue, data, style);
  }
  return out;
}

}  // namespace hone::report
