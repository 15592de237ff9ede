#include "report/json_spans.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "report/json_parts.h"

namespace hone::report {
namespace {

using nlohmann::ordered_json;

ordered_json inside_json(const std::vector<analysis::InsideSpan>& all) {
  ordered_json out = ordered_json::array();
  for (const analysis::InsideSpan& one : all) {
    ordered_json row{{"name", one.name}, {"ns", one.ns}, {"count", one.count}};
    if (!one.detail.empty()) row["in"] = one.detail;
    out.push_back(std::move(row));
  }
  return out;
}

ordered_json instance_json(const analysis::SpanInstance& one) {
  ordered_json arguments = ordered_json::object();
  for (const auto& [key, value] : one.arguments) arguments[key] = value;
  return {{"name", one.name},
          {"thread", one.thread},
          {"tid", one.tid},
          {"start_ns", raw(one.start)},
          {"since_start_ns", one.since_start_ns},
          {"duration_ns", one.duration_ns},
          {"self_ns", one.self_ns},
          {"across_threads", one.across_threads},
          {"arguments", std::move(arguments)},
          {"sample_count", one.samples},
          {"spans", inside_json(one.children)},
          {"functions", inside_json(one.functions)},
          {"waits", inside_json(one.waits)}};
}

ordered_json span_json(const analysis::SpanStats& span) {
  ordered_json out{{"name", span.name}, {"category", span.category}, {"self_ns", span.self_ns}};
  if (span.color != 0) out["color"] = fmt::format("#{:06x}", span.color);
  out.update(distribution_json(span.times));
  out["threads"] = span.threads;
  return out;
}

ordered_json whole_span_json(const analysis::SpanStats& span, bool has_frames) {
  ordered_json one = span_json(span);
  if (span.timed > 0) {
    one.update({{"timed", span.timed}, {"total_error_ns", span.total_error_ns}});
  }
  if (span.self_is_most) one["self_is_most"] = true;
  one.update({{"across_threads", span.loose},
              {"still_open", span.still_open},
              {"function", span.function},
              {"file", span.file},
              {"line", span.line}});
  if (has_frames) {
    one.update({{"frame_share", span.frame_share},
                {"slow_frame_self_ns", span.slow_self_ns},
                {"typical_frame_self_ns", span.typical_self_ns}});
  }
  return one;
}

}  // namespace

ordered_json gpu_json(const analysis::GpuReport& report) {
  static constexpr const char* kKinds[] = {"other", "integrated", "discrete", "virtual", "cpu"};
  static constexpr const char* kCalibrations[] = {"unknown", "calibrated", "once", "followed",
                                                  "cupti"};
  ordered_json out = ordered_json::array();
  for (const analysis::GpuQueueStats& queue : report.queues) {
    ordered_json one{{"name", queue.name},
                     {"process", queue.process},
                     {"device", queue.device},
                     {"device_kind", kKinds[queue.device_kind < 5 ? queue.device_kind : 0]},
                     {"software", queue.software},
                     {"clock", kCalibrations[queue.calibration < 5 ? queue.calibration : 0]}};
    if (queue.error_ns >= 0) one["clock_error_ns"] = queue.error_ns;
    one.update({{"clock_correction_ns", queue.correction_ns},
                {"busy_ns", queue.busy_ns},
                {"first_ns", raw(queue.first)},
                {"last_ns", raw(queue.last)},
                {"count", queue.count},
                {"overlapping", queue.overlapping},
                {"left_out", queue.left_out}});
    one["spans"] = ordered_json::array();
    for (const analysis::SpanStats& span : queue.spans) {
      ordered_json row = span_json(span);
      row.update({{"function", span.function}, {"file", span.file}, {"line", span.line}});
      if (!report.set.empty()) row["frame_share"] = span.frame_share;
      one["spans"].push_back(std::move(row));
    }
    out.push_back(std::move(one));
  }
  return out;
}

ordered_json gpu_frames_json(const analysis::GpuReport& report) {
  ordered_json out = ordered_json::array();
  for (const analysis::GpuFrames& frames : report.frames) {
    ordered_json one{{"set", frames.set},
                     {"process", frames.process},
                     {"device", frames.device},
                     {"software", frames.software},
                     {"bound_by", analysis::bound_name(frames.bound())},
                     {"frames", frames.count()}};
    const auto put = [&](const char* name, const analysis::CountsOfBounds& counts) {
      for (size_t i = 0; i < counts.size(); ++i) {
        one[name][analysis::bound_name(static_cast<analysis::FrameBound>(i))] = counts[i];
      }
    };
    put("bound", frames.counts);
    put("bound_over_budget", frames.slow);
    one.update({{"gpu_time", distribution_json(frames.gpu_time)},
                {"gpu_share", frames.busy_share},
                {"wait_share", frames.wait_share},
                {"wait_span", frames.wait_span},
                {"left_out", frames.left_out}});
    if (frames.error_ns >= 0) one["clock_error_ns"] = frames.error_ns;
    out.push_back(std::move(one));
  }
  return out;
}

ordered_json spans_json(const analysis::SpanReport& report) {
  ordered_json out{
      {"lost", report.lost}, {"refused", report.refused}, {"budget_ns", report.budget_ns}};
  if (report.frame_every > 1) out["frame_every"] = report.frame_every;
  if (const analysis::OwnCost& cost = report.cost; cost.known) {
    out["cost"] = {{"span_ns", cost.span_ns},       {"span_in_parent_ns", cost.in_parent_ns},
                   {"mark_ns", cost.mark_ns},       {"lock_ns", cost.lock_ns},
                   {"spans", cost.spans},           {"spans_short", cost.spans_short},
                   {"marks", cost.marks},           {"locks", cost.locks},
                   {"counted_ns", cost.counted_ns}, {"spans_counted", cost.spans_counted},
                   {"probe_ns", cost.probe_ns},     {"probed_calls", cost.probed_calls},
                   {"total_ns", cost.total_ns},     {"cpu_share", cost.share}};
  }
  out["spans"] = ordered_json::array();
  for (const analysis::SpanStats& span : report.spans) {
    out["spans"].push_back(whole_span_json(span, !report.comparison.set.empty()));
  }
  out["frames"] = ordered_json::array();
  for (const analysis::FrameStats& set : report.frames) {
    ordered_json one{{"name", set.name}};
    one.update(distribution_json(set.times));
    one["over_budget"] = set.over_budget;
    one["worst"] = ordered_json::array();
    for (const analysis::Frame& frame : set.worst) {
      one["worst"].push_back({{"number", frame.number},
                              {"start_ns", raw(frame.start)},
                              {"duration_ns", frame.duration_ns}});
    }
    out["frames"].push_back(std::move(one));
  }
  if (const analysis::FrameComparison& frames = report.comparison; !frames.set.empty()) {
    out["frame_comparison"] = {{"set", frames.set},
                               {"slow", frames.slow},
                               {"typical", frames.typical},
                               {"slow_mean_ns", frames.slow_mean_ns},
                               {"typical_mean_ns", frames.typical_mean_ns},
                               {"slow_unmarked_ns", frames.slow_unmarked_ns},
                               {"typical_unmarked_ns", frames.typical_unmarked_ns}};
  }
  out["plots"] = ordered_json::array();
  for (const analysis::PlotStats& plot : report.plots) {
    out["plots"].push_back({{"name", plot.name},
                            {"unit", plot.unit},
                            {"count", plot.count},
                            {"least", plot.least},
                            {"mean", plot.mean},
                            {"most", plot.most},
                            {"last", plot.last}});
    if (!plot.expression.empty()) out["plots"].back()["expression"] = plot.expression;
  }
  out["messages"] = ordered_json::array();
  for (const analysis::MessageStats& message : report.messages) {
    out["messages"].push_back({{"text", message.text},
                               {"level", message.level},
                               {"count", message.count},
                               {"first_ns", raw(message.first)},
                               {"last_ns", raw(message.last)}});
  }
  return out;
}

ordered_json span_detail_json(const analysis::SpanDetail& detail) {
  ordered_json out{{"names", detail.names}, {"self_ns", detail.self_ns}};
  out.update(distribution_json(detail.times));
  out["not_timed"] = detail.not_timed;
  out["across_threads"] = detail.loose;
  out["still_open"] = detail.still_open;
  out["waits_recorded"] = detail.waits_recorded;
  out["histogram"] = ordered_json::array();
  for (const analysis::DurationBucket& bucket : detail.histogram) {
    out["histogram"].push_back({{"from_ns", bucket.from_ns},
                                {"to_ns", bucket.to_ns},
                                {"count", bucket.count},
                                {"total_ns", bucket.total_ns}});
  }
  out["arguments"] = ordered_json::array();
  for (const analysis::ArgumentStats& argument : detail.arguments) {
    ordered_json values = ordered_json::array();
    for (const analysis::ArgumentValue& value : argument.values) {
      ordered_json one{{"value", value.text}};
      one.update(distribution_json(value.times));
      values.push_back(std::move(one));
    }
    out["arguments"].push_back({{"key", argument.key},
                                {"ranges", argument.ranges},
                                {"values_hidden", argument.values_hidden},
                                {"values", std::move(values)}});
  }
  out["slowest"] = ordered_json::array();
  for (const analysis::SpanInstance& one : detail.slowest) {
    out["slowest"].push_back(instance_json(one));
  }
  return out;
}

}  // namespace hone::report
