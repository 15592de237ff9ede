// What queues of GPUs did, in the HTML report, and whether frames wait for them.
#include <fmt/format.h>

#include <algorithm>

#include "base/host/text.h"
#include "report/escape.h"
#include "report/html_parts.h"
#include "report/html_table.h"
#include "report/names.h"
#include "report/text.h"

namespace hone::report {
namespace {

using analysis::FrameBound;
using analysis::GpuFrames;
using analysis::GpuQueueStats;
using base::count_text;
using base::percent_text;

constexpr size_t kSpansMax = 200;

std::string frames_part(const analysis::GpuReport& report) {
  if (report.frames.empty()) return {};
  std::string out = "<h3>Frames and the GPU</h3>\n";
  for (const GpuFrames& each : report.frames) {
    out += fmt::format("<p>Frames “{}”: {}.</p>\n", markup_text(each.set),
                       markup_text(bound_text(each)));
  }
  out += html_open_table("Frames and the GPU",
                         {"GPU p50", "GPU p95", "GPU longest", "Of frames", "Waited for", "By GPU",
                          "By CPU", "In turns", "Not told", "Frames", "Device"},
                         {"Frames", "Device"});
  for (const GpuFrames& each : report.frames) {
    const auto count_of = [&](FrameBound bound) {
      const uint64_t count = each.counts[static_cast<size_t>(bound)];
      const double share = static_cast<double>(count) / static_cast<double>(each.count());
      return html_number_cell(
          count == 0 ? "0" : fmt::format("{} ({})", count_text(count), percent_text(share)));
    };
    out += "<tr>" + html_number_cell(html_duration(each.gpu_time.p50_ns)) +
           html_number_cell(html_duration(each.gpu_time.p95_ns)) +
           html_number_cell(html_duration(each.gpu_time.most_ns)) +
           html_number_cell(percent_text(each.busy_share)) +
           html_number_cell(percent_text(each.wait_share)) + count_of(FrameBound::kGpu) +
           count_of(FrameBound::kCpu) + count_of(FrameBound::kTurns) +
           count_of(FrameBound::kNotTold) + html_name_cell(each.set) +
           html_where_cell(each.device) + "</tr>\n";
  }
  return out + html_close_table();
}

std::string device_text(const GpuQueueStats& queue) {
  return queue.software ? queue.device + ", a software device: its time is the CPU's"
                        : queue.device;
}

std::string queues_part(const analysis::GpuReport& report) {
  std::string out =
      "<h3>Queues</h3>\n" + html_open_table("Queues of GPUs",
                                            {"Busy", "Of its time", "", "Spans", "Left out",
                                             "Right to", "Queue", "Device", "Its clock"},
                                            {"", "Queue", "Device", "Its clock"});
  for (const GpuQueueStats& queue : report.queues) {
    const int64_t whole = raw(queue.last - queue.first);
    const double share =
        whole > 0 ? static_cast<double>(queue.busy_ns) / static_cast<double>(whole) : 0;
    out += "<tr>" + html_number_cell(html_duration(queue.busy_ns)) +
           html_number_cell(percent_text(share)) + "<td class=\"barcell\">" + html_bar(share) +
           "</td>" + html_number_cell(count_text(queue.count)) +
           html_number_cell(count_text(queue.left_out)) +
           html_number_cell(queue.error_ns < 0 ? "not known" : html_duration(queue.error_ns)) +
           html_where_cell(queue.name) + html_name_cell(device_text(queue)) +
           html_where_cell(clock_text(queue)) + "</tr>\n";
  }
  return out + html_close_table();
}

std::string spans_part(const GpuQueueStats& queue, const std::string& set) {
  if (queue.spans.empty()) return {};
  const bool framed = !set.empty();
  std::string out = fmt::format("<h3>Spans of {}{}</h3>\n", markup_text(queue.name),
                                queue.device.empty() ? "" : " on " + markup_text(queue.device)) +
                    html_open_table("Spans of " + queue.name,
                                    {"Self", framed ? "Of frame" : "Threads", "", "Total", "Count",
                                     "Mean", "p50", "p95", "p99", "Longest", "Span", "Where"},
                                    {"", "Span", "Where"});
  const double most = std::max<double>(1, static_cast<double>(queue.spans[0].self_ns));
  for (size_t i = 0; i < std::min(kSpansMax, queue.spans.size()); ++i) {
    const analysis::SpanStats& span = queue.spans[i];
    const analysis::Distribution& t = span.times;
    const std::string of_frame =
        framed ? span.frame_share > 0 ? percent_text(span.frame_share) : std::string()
               : std::to_string(span.threads);
    out += "<tr>" + html_number_cell(html_duration(span.self_ns)) + html_number_cell(of_frame) +
           "<td class=\"barcell\">" + html_bar(static_cast<double>(span.self_ns) / most) + "</td>" +
           html_number_cell(html_duration(t.total_ns)) + html_number_cell(count_text(t.count)) +
           html_number_cell(html_duration(t.mean_ns)) + html_number_cell(html_duration(t.p50_ns)) +
           html_number_cell(html_duration(t.p95_ns)) + html_number_cell(html_duration(t.p99_ns)) +
           html_number_cell(html_duration(t.most_ns)) + html_name_cell(span.name) +
           html_where_cell(place_text(span.file, span.line, false)) + "</tr>\n";
  }
  out += html_close_table(queue.spans.size(), kSpansMax, "hone report --gpu --top 0");
  if (queue.overlapping > 0) {
    out += fmt::format(
        "<p class=\"soft\">{} of {} spans overlap others: what is their own is not exact.</p>\n",
        count_text(queue.overlapping), count_text(queue.count));
  }
  return out;
}

}  // namespace

std::string html_gpu(const ReportData& data) {
  if (data.gpu.empty()) return {};
  std::string out = "<section id=\"gpu\" aria-labelledby=\"h-gpu\">\n<h2 id=\"h-gpu\">GPU</h2>\n" +
                    frames_part(data.gpu) + queues_part(data.gpu);
  for (const GpuQueueStats& queue : data.gpu.queues) out += spans_part(queue, data.gpu.set);
  return out + "</section>\n";
}

}  // namespace hone::report
