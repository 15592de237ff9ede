#include "report/json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "report/escape.h"
#include "report/json_parts.h"
#include "report/json_spans.h"

namespace hone::report {
namespace {

using nlohmann::ordered_json;

double share_of(int64_t ns, int64_t all_ns) {
  return all_ns > 0 ? static_cast<double>(ns) / static_cast<double>(all_ns) : 0;
}

ordered_json summary_json(const analysis::Summary& s) {
  ordered_json processes = ordered_json::array();
  for (const analysis::ProcessSummary& p : s.processes) {
    processes.push_back({{"name", p.name},
                         {"pid", p.pid},
                         {"command", p.command},
                         {"cpu_ns", p.cpu_ns < 0 ? ordered_json() : ordered_json(p.cpu_ns)},
                         {"sampled_ns", p.sampled_ns},
                         {"unsampled_ns", p.unsampled_ns},
                         {"thread_count", p.thread_count},
                         {"sample_count", p.sample_count},
                         {"wait_status", p.status < 0 ? ordered_json() : ordered_json(p.status)}});
  }
  ordered_json facts = ordered_json::object();
  for (const auto& [key, value] : s.facts) facts[key] = value;
  return {{"command", s.command},
          {"started", s.started},
          {"host", s.host},
          {"cpu_model", s.cpu_model},
          {"cpu_count", s.cpu_count},
          {"kernel", s.kernel},
          {"os", s.os},
          {"wall_ns", s.wall_ns},
          {"recorded_ns", s.recorded_ns},
          {"pause_count", s.pause_count},
          {"cpu_ns", s.cpu_ns},
          {"unsampled_ns", s.unsampled_ns},
          {"busy_cpus", s.busy_cpus},
          {"sample_count", s.sample_count},
          {"sampled", s.sampled},
          {"processes", std::move(processes)},
          {"facts", std::move(facts)}};
}

ordered_json quality_json(const ReportData& data) {
  const analysis::Summary& s = data.summary;
  ordered_json reasons = ordered_json::object();
  for (const auto& [reason, count] : s.stacks.broken_by_reason) reasons[reason] = count;
  ordered_json diagnostics = ordered_json::array();
  for (const profile::Diagnostic& d : data.diagnostics) {
    diagnostics.push_back(
        {{"name", d.name}, {"severity", d.severity}, {"count", d.count}, {"detail", d.detail}});
  }
  return {{"sampler", s.sampler},
          {"frequency_hz", s.frequency_hz},
          {"kernel_side", s.kernel_side},
          {"lost_samples", s.lost_samples},
          {"lost_of_others", s.lost_of_others},
          {"recorder_cpu_ns", s.recorder_cpu_ns},
          {"overhead_share", s.overhead_share},
          {"stacks",
           {{"complete", s.stacks.complete},
            {"broken", s.stacks.broken},
            {"spliced", s.stacks.spliced},
            {"no_user_registers", s.stacks.no_user_registers},
            {"script_later", s.stacks.script_later},
            {"complete_share", s.stacks.complete_share()},
            {"broken_by_reason", std::move(reasons)}}},
          {"diagnostics", std::move(diagnostics)}};
}

// Evidence is text in the model; what is a number becomes one.
ordered_json evidence_value(const std::string& text) {
  const ordered_json parsed = ordered_json::parse(text, nullptr, false);
  return parsed.is_number() || parsed.is_boolean() ? parsed : ordered_json(text);
}

ordered_json findings_json(const ReportData& data) {
  ordered_json out = ordered_json::array();
  for (const analysis::Finding& f : data.findings) {
    ordered_json evidence = ordered_json::object();
    for (const auto& [name, value] : f.evidence) evidence[name] = evidence_value(value);
    out.push_back({{"id", f.id},
                   {"severity", f.severity},
                   {"sentence", f.sentence},
                   {"next_step", f.next_step},
                   {"how", f.how},
                   {"gain_share", f.gain_share},
                   {"evidence", std::move(evidence)}});
  }
  return out;
}

ordered_json table_json(const HotSpotTable& table) {
  ordered_json rows = ordered_json::array();
  for (const analysis::HotSpot& row : table.spots.rows) {
    ordered_json one{{"name", row.name},
                     {"self_ns", row.self_ns},
                     {"self_share", row.self.value},
                     {"self_share_low", row.self.low},
                     {"self_share_high", row.self.high},
                     {"self_samples", row.self_samples},
                     {"total_ns", row.total_ns},
                     {"total_share", row.total.value},
                     {"total_share_low", row.total.low},
                     {"total_share_high", row.total.high},
                     {"total_samples", row.total_samples}};
    if (!row.module.empty()) one["module"] = row.module;
    if (!row.file.empty()) one["file"] = row.file;
    if (row.line != 0) one["line"] = row.line;
    if (!row.in.empty()) one["function"] = row.in;
    rows.push_back(std::move(one));
  }
  return {{"by", group_name(table.by)},
          {"sort", table.sort == analysis::SortBy::kSelf ? "self" : "total"},
          {"cpu_ns", table.spots.cpu_ns},
          {"sample_count", table.spots.sample_count},
          {"rows", std::move(rows)},
          {"rows_hidden", table.rows_hidden},
          {"hidden_self_ns", table.hidden_self_ns}};
}

// Flat, in depth-first order with the parent's index: stacks are too deep for nested objects.
ordered_json tree_json(const ReportData& data) {
  ordered_json nodes = ordered_json::array();
  const auto& all = data.tree.nodes;
  std::vector<std::pair<uint32_t, int64_t>> todo;  // node, index of its parent in `nodes`
  if (!all.empty()) todo.emplace_back(0, -1);
  std::vector<uint32_t> children;
  while (!todo.empty()) {
    const auto [at, parent] = todo.back();
    todo.pop_back();
    const analysis::CallNode& node = all[at];
    const auto index = static_cast<int64_t>(nodes.size());
    ordered_json one{{"parent", parent < 0 ? ordered_json() : ordered_json(parent)},
                     {"name", at == 0 ? std::string("all") : clean_text(node.name)},
                     {"module", clean_text(node.module)},
                     {"self_ns", node.self_ns},
                     {"total_ns", node.total_ns},
                     {"self_samples", node.self_samples},
                     {"total_samples", node.total_samples}};
    if (node.inlined) one["inlined"] = true;
    if (node.kernel) one["kernel"] = true;
    if (node.broken) one["broken"] = true;
    nodes.push_back(std::move(one));
    children.clear();
    for (uint32_t c = node.first_child; c != 0; c = all[c].next_sibling) {
      if (share_of(all[c].total_ns, data.tree.cpu_ns) >= data.tree_min_share) children.push_back(c);
    }
    for (size_t i = children.size(); i-- > 0;) todo.emplace_back(children[i], index);
  }
  return {{"kind", data.tree_kind == TreeKind::kInverted ? "inverted" : "top-down"},
          {"cpu_ns", data.tree.cpu_ns},
          {"min_share", data.tree_min_share},
          {"nodes", std::move(nodes)}};
}

ordered_json neighbours_json(const analysis::Neighbours& n) {
  const auto list = [](const std::vector<analysis::Neighbour>& from) {
    ordered_json out = ordered_json::array();
    for (const analysis::Neighbour& one : from) {
      out.push_back({{"name", one.name},
                     {"module", one.module},
                     {"total_ns", one.total_ns},
                     {"total_samples", one.samples}});
    }
    return out;
  };
  return {{"name", n.name},
          {"self_ns", n.self_ns},
          {"total_ns", n.total_ns},
          {"self_samples", n.self_samples},
          {"total_samples", n.total_samples},
          {"callers", list(n.callers)},
          {"callees", list(n.callees)}};
}

ordered_json annotation_json(const analysis::Annotation& a) {
  ordered_json lines = ordered_json::array();
  for (const analysis::LineCost& line : a.lines) {
    lines.push_back({{"file", line.file},
                     {"line", line.line},
                     {"self_ns", line.self_ns},
                     {"self_share", share_of(line.self_ns, a.cpu_ns)},
                     {"self_samples", line.self_samples},
                     {"total_ns", line.total_ns},
                     {"total_samples", line.total_samples}});
  }
  ordered_json instructions = ordered_json::array();
  for (const analysis::InstructionCost& one : a.instructions) {
    ordered_json row{{"address", one.address},
                     {"bytes_hex", one.bytes_hex},
                     {"text", one.text},
                     {"file", one.file},
                     {"line", one.line},
                     {"self_ns", one.self_ns},
                     {"self_share", share_of(one.self_ns, a.cpu_ns)},
                     {"self_samples", one.self_samples},
                     {"total_ns", one.total_ns},
                     {"total_samples", one.total_samples}};
    if (!one.inlined_into.empty()) row["inlined_into"] = one.inlined_into;
    instructions.push_back(std::move(row));
  }
  return {{"function", a.function},
          {"module", a.module},
          {"file", a.file},
          {"line", a.line},
          {"start_address", a.start},
          {"size_bytes", a.bytes},
          {"cpu_ns", a.cpu_ns},
          {"self_ns", a.self_ns},
          {"self_share", share_of(a.self_ns, a.cpu_ns)},
          {"self_samples", a.self_samples},
          {"total_ns", a.total_ns},
          {"total_share", share_of(a.total_ns, a.cpu_ns)},
          {"total_samples", a.total_samples},
          {"lines", std::move(lines)},
          {"instructions", std::move(instructions)},
          {"no_code_reason", a.no_code_reason}};
}

ordered_json wait_times_json(const analysis::WaitTimes& times) {
  ordered_json kinds = ordered_json::object();
  for (size_t i = 0; i < analysis::kWaitKinds; ++i) {
    if (times.ns[i] == 0) continue;
    kinds[std::string(wait_kind_name(static_cast<analysis::WaitKind>(i)))] = {
        {"ns", times.ns[i]}, {"estimated_ns", times.estimated_ns[i]}, {"count", times.count[i]}};
  }
  return {{"life_ns", times.life_ns},
          {"running_ns", times.running_ns},
          {"blocked_ns", times.blocked_ns()},
          {"waiting_for_cpu_ns", times.of(analysis::WaitKind::kRunQueue)},
          {"not_known_ns", times.lost_ns},
          {"kinds", std::move(kinds)}};
}

ordered_json waits_json(const analysis::WaitReport& waits, bool all) {
  if (!waits.recorded) return {{"recorded", false}, {"why_not", waits.why_not}};
  ordered_json out{{"recorded", true},
                   {"tier", waits.tier},
                   {"wakers_known", waits.no_wakers.empty()},
                   {"estimated_ns", waits.all.all_estimated_ns()},
                   {"all", wait_times_json(waits.all)}};
  if (!waits.no_wakers.empty()) out["no_wakers_reason"] = waits.no_wakers;
  if (!all) return out;
  out["threads"] = ordered_json::array();
  for (const analysis::ThreadWaitTimes& thread : waits.threads) {
    ordered_json one{{"name", thread.name}, {"process", thread.process}, {"tid", thread.tid}};
    one.update(wait_times_json(thread.times));
    out["threads"].push_back(std::move(one));
  }
  out["sites"] = ordered_json::array();
  for (const analysis::WaitSite& site : waits.sites) {
    ordered_json one{{"kind", wait_kind_name(site.kind)}, {"function", site.function},
                     {"through", site.through},           {"ns", site.ns},
                     {"estimated_ns", site.estimated_ns}, {"count", site.count},
                     {"longest_ns", site.longest_ns}};
    if (!site.file.empty()) one["file"] = site.file;
    if (site.line != 0) one["line"] = site.line;
    out["sites"].push_back(std::move(one));
  }
  out["wakers"] = ordered_json::array();
  for (const analysis::Waker& waker : waits.wakers) {
    out["wakers"].push_back({{"name", waker.name},
                             {"tid", waker.tid},
                             {"woken", waker.woken_name},
                             {"woken_tid", waker.woken_tid},
                             {"kind", wait_kind_name(waker.kind)},
                             {"ns", waker.ns},
                             {"count", waker.count}});
  }
  return out;
}

ordered_json head(std::string_view schema, std::string_view version) {
  return {{"schema", schema}, {"tool", "hone"}, {"version", version}};
}

ordered_json weight_json(const analysis::MetricState& weight) {
  return {{"id", weight.id}, {"name", weight.name}, {"unit", weight.unit}};
}

// Names of numbers end in their unit: of what is no time, in that of the weight.
void name_unit(ordered_json& all, std::string_view unit) {
  if (unit == "ns") return;
  if (all.is_array()) {
    for (ordered_json& one : all) name_unit(one, unit);
  }
  if (!all.is_object()) return;
  ordered_json named = ordered_json::object();
  for (auto& [key, value] : all.items()) {
    name_unit(value, unit);
    std::string name = key == "cpu_ns" ? "all_ns" : key;
    if (name.ends_with("_ns")) name = fmt::format("{}{}", name.substr(0, name.size() - 2), unit);
    named[name] = std::move(value);
  }
  all = std::move(named);
}

ordered_json report_json(const ReportData& data) {
  ordered_json out = head("hone.report/1", data.tool_version);
  out["recording"] = data.recording;
  out["summary"] = summary_json(data.summary);
  out["quality"] = quality_json(data);
  out["waits"] = waits_json(data.waits, false);
  if (data.with_findings) out["findings"] = findings_json(data);
  out["weight"] = weight_json(data.weight);
  out["hot_spots"] = ordered_json::array();
  for (const HotSpotTable& table : data.tables) out["hot_spots"].push_back(table_json(table));
  name_unit(out["hot_spots"], data.weight.unit);
  return out;
}

// Facts always; tracks, with one value a step of the time, where they were asked for.
ordered_json counters_json(const ReportData& data) {
  const analysis::Counters& c = data.counters;
  const analysis::SystemFacts& f = c.facts;
  ordered_json facts = ordered_json::object();
  const auto fact = [&](const char* name, double value) {
    if (value >= 0) facts[name] = value;
  };
  fact("peak_memory_bytes", f.peak_memory_bytes);
  fact("minor_faults", f.minor_faults);
  fact("major_faults", f.major_faults);
  fact("voluntary_switches", f.voluntary_switches);
  fact("involuntary_switches", f.involuntary_switches);
  fact("read_bytes", f.read_bytes);
  fact("written_bytes", f.written_bytes);
  fact("cpu_limit", f.cpu_limit);
  fact("memory_limit_bytes", f.memory_limit_bytes);
  fact("throttled_ns", f.throttled_ns);
  fact("periods", f.periods);
  fact("throttled_periods", f.throttled_periods);
  fact("cpu_pressure_share", f.cpu_pressure);
  fact("swapped_bytes", f.swapped_bytes);
  fact("stolen_share", f.stolen_share);
  ordered_json out{{"facts", std::move(facts)}, {"step_ns", c.step_ns}};
  if (!data.with_counters) return out;
  static constexpr const char* kUnits[] = {"",      "count",   "bytes", "nanoseconds",
                                           "hertz", "celsius", "share"};
  static constexpr const char* kScopes[] = {"",        "machine", "cpu",    "program",
                                            "process", "thread",  "cgroup", "device"};
  out["tracks"] = ordered_json::array();
  for (const analysis::TrackSummary& track : c.tracks) {
    const bool gauge = track.kind == recording::TrackKind::kGauge;
    ordered_json one{{"name", track.name},
                     {"of", track.owner},
                     {"scope", kScopes[static_cast<size_t>(track.scope)]},
                     {"unit", kUnits[static_cast<size_t>(track.unit)]},
                     {"kind", gauge ? "gauge" : "rate"},
                     {"readings", track.readings},
                     {"span_ns", track.span_ns},
                     {"mean", track.mean},
                     {"least", track.least},
                     {"most", track.most}};
    if (gauge) {
      one["last"] = track.last;
    } else {
      one["total"] = track.total;
    }
    if (track.counted_share < 1) one["counted_share"] = track.counted_share;
    ordered_json points = ordered_json::array();
    for (const double value : track.points) {
      points.push_back(value == value ? ordered_json(value) : ordered_json());
    }
    one["points"] = std::move(points);
    out["tracks"].push_back(std::move(one));
  }
  return out;
}

std::string dumped(const ordered_json& value, int indent) {
  // Names are not always UTF-8; JSON has to be.
  return value.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

std::string json_report(const ReportData& data) {
  ordered_json out = report_json(data);
  if (!data.counters.empty() || data.with_counters) out["counters"] = counters_json(data);
  if (data.with_waits) out["waits"] = waits_json(data.waits, true);
  if (!data.spans.empty() || !data.gpu.empty() || data.with_spans || data.with_gpu ||
      data.spans.cost.known) {
    out["instrumentation"] = spans_json(data.spans);
    if (!data.gpu.empty() || data.with_gpu) {
      out["instrumentation"]["gpu"] = gpu_json(data.gpu);
      out["instrumentation"]["gpu_frames"] = gpu_frames_json(data.gpu);
    }
  }
  if (data.span_detail) out["span"] = span_detail_json(*data.span_detail);
  if (data.with_locks) out["locks"] = locks_json(data.locks);
  if (data.with_pools) out["pools"] = pools_json(data.pools);
  if (data.neighbours) out["neighbours"] = neighbours_json(*data.neighbours);
  if (data.tree_kind != TreeKind::kNone) out["tree"] = tree_json(data);
  for (const char* const part : {"neighbours", "tree"}) {
    if (out.contains(part)) name_unit(out[part], data.weight.unit);
  }
  if (!data.annotations.empty()) {
    out["annotations"] = ordered_json::array();
    for (const auto& a : data.annotations) out["annotations"].push_back(annotation_json(a));
    name_unit(out["annotations"], data.weight.unit);
  }
  return dumped(out, 2) + "\n";
}

std::string json_summary(const ReportData& data) {
  constexpr size_t kRows = 20;
  ordered_json out = report_json(data);
  for (ordered_json& table : out["hot_spots"]) {
    ordered_json& rows = table["rows"];
    if (rows.size() <= kRows) continue;
    const auto named = [&](std::string_view name) {
      return fmt::format("{}_{}", name, data.weight.unit);
    };
    const std::string hidden_key = named("hidden_self"), self_key = named("self");
    auto hidden = table[hidden_key].get<int64_t>();
    for (size_t i = kRows; i < rows.size(); ++i) hidden += rows[i][self_key].get<int64_t>();
    table["rows_hidden"] = table["rows_hidden"].get<uint64_t>() + rows.size() - kRows;
    table[hidden_key] = hidden;
    rows.erase(rows.begin() + kRows, rows.end());
  }
  // ASCII alone, since it stands in the source of a page.
  return out.dump(-1, ' ', true, ordered_json::error_handler_t::replace);
}

std::string json_annotation(const analysis::Annotation& annotation,
                            const analysis::MetricState& weight, std::string_view tool_version) {
  ordered_json out = head("hone.annotate/1", tool_version);
  out["weight"] = weight_json(weight);
  ordered_json all = annotation_json(annotation);
  name_unit(all, weight.unit);
  out.update(all);
  return dumped(out, 2) + "\n";
}

}  // namespace hone::report
