// What queues of GPUs did: a table for each, with what is to be known of its times.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/host/text.h"
#include "hone/cuda_activity.h"
#include "hone/layout.h"
#include "report/escape.h"
#include "report/names.h"
#include "report/text.h"
#include "report/text_parts.h"
#include "report/text_table.h"

namespace hone::report {
namespace {

using analysis::FrameBound;
using analysis::GpuFrames;
using analysis::GpuQueueStats;
using base::count_text;

std::string queue_heading(const GpuQueueStats& queue, const TextStyle& style) {
  std::string rest = terminal_text(queue.name);
  if (!queue.device.empty()) rest += " on " + terminal_text(queue.device);
  if (queue.software) rest += ", a software device: its time is the CPU's";
  std::string out = paint(style, Ink::kBold, "GPU");
  return out + paint(style, Ink::kDim, "  " + rest) + "\n";
}

const char* left_out_why(const GpuQueueStats& queue) {
  switch (queue.calibration) {
    case HONE_GPU_BY_CUPTI:
      return "CUPTI had no room for them, or no time of them";
    case HONE_GPU_FOLLOWED:
      return "no events were left for them, or their stream was captured";
    default:
      return "the queue had no queries left for them";
  }
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
  if (queue.calibration == HONE_GPU_BY_CUPTI) {
    out += "  its times are those of CUPTI, which does not say how exact they are\n";
  } else if (queue.error_ns < 0) {
    out += "  how exact its times are was not told in this part of the recording\n";
  } else if (queue.calibration == HONE_GPU_CALIBRATED) {
    out += fmt::format(
        "  its clock was read with the CPU's each second: times are right to {}, the driver says",
        time_text(queue.error_ns));
    if (queue.correction_ns > queue.error_ns) {
      out += fmt::format(", or {} just before a reading", time_text(queue.correction_ns));
    }
    out += "\n";
  } else if (queue.calibration == HONE_GPU_FOLLOWED) {
    out += fmt::format(
        "  its clock was compared with the CPU's each second, by an event: times are right to {}",
        time_text(queue.error_ns));
    if (queue.correction_ns > queue.error_ns) {
      out += fmt::format(", or {} just before that", time_text(queue.correction_ns));
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
    out += fmt::format("  {} spans were left out: {}\n", count_text(queue.left_out),
                       left_out_why(queue));
  }
  return out;
}

std::string queue_text(const GpuQueueStats& queue, const ReportData& data, const TextStyle& style) {
  std::string out = queue_heading(queue, style);
  const size_t shown =
      data.span_top == 0 ? queue.spans.size() : std::min<size_t>(data.span_top, queue.spans.size());
  const bool framed = !data.gpu.set.empty();
  TextTable table({{"self", true, Fit::kKeep, Ink::kBold},
                   {framed ? "of frame" : "", true},
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
    table.add({time_text(span.self_ns),
               span.frame_share > 0 ? base::percent_text(span.frame_share) : std::string(),
               time_text(t.total_ns), count_text(t.count), time_text(std::llround(t.mean_ns)),
               time_text(t.p50_ns), time_text(t.p95_ns), time_text(t.p99_ns), time_text(t.most_ns),
               terminal_text(span.name),
               terminal_text(place_text(span.file, span.line, style.full_names))});
  }
  if (shown > 0) out += table.text(style, 2);
  if (shown < queue.spans.size()) {
    out += paint(style, Ink::kDim,
                 fmt::format("  {} {} more spans: --gpu --top 0 shows all\n", dots(style),
                             count_text(queue.spans.size() - shown)));
  }
  return out + facts(queue);
}

std::string frames_text(const ReportData& data, const TextStyle& style) {
  if (data.gpu.frames.empty()) return {};
  std::string out = heading(style, "Frames and the GPU", "what bounds them, as its spans tell");
  TextTable table({{"GPU p50", true, Fit::kKeep, Ink::kBold},
                   {"p95", true},
                   {"max", true, Fit::kDropFirst},
                   {"of frame", true},
                   {"waited for", true},
                   {"by GPU", true},
                   {"by CPU", true},
                   {"in turns", true},
                   {"not told", true},
                   {"frames", false, Fit::kName},
                   {"device", false, Fit::kDrop, Ink::kDim}});
  for (const GpuFrames& each : data.gpu.frames) {
    const auto of = [&](FrameBound bound) {
      return count_text(each.counts[static_cast<size_t>(bound)]);
    };
    table.add({time_text(each.gpu_time.p50_ns), time_text(each.gpu_time.p95_ns),
               time_text(each.gpu_time.most_ns), base::percent_text(each.busy_share),
               base::percent_text(each.wait_share), of(FrameBound::kGpu), of(FrameBound::kCpu),
               of(FrameBound::kTurns), of(FrameBound::kNotTold), terminal_text(each.set),
               terminal_text(each.device)});
  }
  out += table.text(style, 2);
  for (const GpuFrames& each : data.gpu.frames) {
    const std::string line =
        fmt::format("{}: {}", terminal_text(each.set), terminal_text(bound_text(each)));
    out += "  " + wrap_text(style, line, 2) + "\n";
  }
  return out;
}

}  // namespace

std::string clock_text(const GpuQueueStats& queue) {
  if (queue.calibration == HONE_GPU_BY_CUPTI) return "CUPTI's, which does not say how exact it is";
  if (queue.error_ns < 0) return "not told in this part of the recording";
  if (queue.calibration == HONE_GPU_CALIBRATED) {
    std::string out = "read with the CPU's each second";
    if (queue.correction_ns > queue.error_ns) {
      out += fmt::format("; off by {} just before a reading", time_text(queue.correction_ns));
    }
    return out;
  }
  if (queue.calibration == HONE_GPU_FOLLOWED) {
    std::string out = "compared with the CPU's each second, by an event";
    if (queue.correction_ns > queue.error_ns) {
      out += fmt::format("; off by {} just before that", time_text(queue.correction_ns));
    }
    return out;
  }
  if (queue.calibration == HONE_GPU_BRACKETED) {
    return "compared with the CPU's once, at first: it drifts since";
  }
  return "nothing was told of it";
}

std::string bound_text(const GpuFrames& frames) {
  std::string device = frames.device.empty() ? "a GPU without a name" : frames.device;
  if (frames.software) device = "the software device " + device;
  std::string out;
  switch (frames.bound()) {
    case FrameBound::kGpu:
      out = "bound by the GPU, " + device;
      break;
    case FrameBound::kCpu:
      out = "bound by the CPU, and not by " + device;
      break;
    case FrameBound::kTurns:
      out = "CPU and " + device + " work in turns, one stands still while the other works";
      break;
    case FrameBound::kNotTold:
      out = "what bounds most of them, the spans of " + device + " do not tell";
      break;
  }
  if (!frames.wait_span.empty()) {
    out += fmt::format("; waited for most in '{}'", frames.wait_span);
  }
  if (frames.error_ns < 0) out += "; how exact the device's times are was not told";
  if (frames.left_out > 0) {
    out += fmt::format("; {} of its spans are missing, it was busy for longer",
                       count_text(frames.left_out));
  }
  return out;
}

std::string gpu_text(const ReportData& data, const TextStyle& style) {
  if (data.gpu.empty()) {
    return data.with_gpu ? paint(style, Ink::kBold, "GPU") +
                               "\n  The recording holds none: the program marks none "
                               "(hone/vulkan.h, hone/cuda.h), or they were off.\n"
                         : std::string();
  }
  std::string out;
  for (const GpuQueueStats& queue : data.gpu.queues) {
    if (!out.empty()) out += "\n";
    out += queue_text(queue, data, style);
  }
  const std::string frames = frames_text(data, style);
  return frames.empty() ? out : out + "\n" + frames;
}

}  // namespace hone::report
