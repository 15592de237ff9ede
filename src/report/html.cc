#include "report/html.h"

#include <fmt/format.h>

#include <cmath>

#include "base/host/text.h"
#include "report/assets.h"
#include "report/escape.h"
#include "report/flamegraph.h"
#include "report/html_parts.h"
#include "report/json.h"
#include "report/text.h"

namespace hone::report {
namespace {

std::string style_element(const Asset& asset) {
  return fmt::format("<style>{}</style>\n", asset.text);
}
std::string script_element(const Asset& asset) {
  return fmt::format("<script>{}</script>\n", asset.text);
}

// Nothing may be loaded, and only what was built in may run or style.
std::string policy() {
  return fmt::format(
      "default-src 'none'; style-src {} {} {} {}; script-src {} {}; base-uri 'none'; form-action "
      "'none'",
      csp_hash(kTokensCss), csp_hash(kPaletteCss), csp_hash(kFlameCss), csp_hash(kReportCss),
      csp_hash(kFlameJs), csp_hash(kReportJs));
}

std::string head(const std::string& title) {
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"" +
      policy() +
      "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" "
      "content=\"light dark\">\n<title>" +
      markup_text(title) + "</title>\n";
  for (const Asset* asset : {&kTokensCss, &kPaletteCss, &kFlameCss, &kReportCss}) {
    out += style_element(*asset);
  }
  return out + "</head>\n";
}

std::string number(std::string_view label, std::string_view value, std::string_view note) {
  return fmt::format("<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>\n", label,
                     markup_text(value), markup_text(note));
}

std::string main_numbers(const ReportData& data) {
  const analysis::Summary& s = data.summary;
  std::string out = "<dl class=\"numbers\">\n";
  out += number("Wall time", base::duration_text(DurationNs{s.wall_ns}),
                s.pause_count > 0 ? recorded_text(s) : "from start to end");
  out += number("CPU time", base::duration_text(DurationNs{s.sampled ? s.cpu_ns : s.unsampled_ns}),
                s.unsampled_ns > 0 && s.sampled
                    ? base::duration_text(DurationNs{s.unsampled_ns}) + " of it not sampled"
                    : "of all threads");
  out += number("CPUs busy", fmt::format("{:.2f}", s.busy_cpus),
                s.cpu_count != 0 ? fmt::format("of {}", s.cpu_count) : "");
  out += number("Samples", base::count_text(s.sample_count),
                !s.sampled            ? "recorded by the program itself"
                : s.lost_samples != 0 ? base::count_text(s.lost_samples) + " lost"
                                      : "none lost");
  if (data.counters.facts.peak_memory_bytes > 0) {
    out += number("Memory",
                  base::bytes_text(static_cast<uint64_t>(data.counters.facts.peak_memory_bytes)),
                  "resident, at most");
  }
  const CostText cost = cost_text(s);
  out += number("Measuring cost", cost.value, cost.of);
  return out + "</dl>\n";
}

std::string flame_section(const ReportData& data) {
  if (data.flame.nodes.size() < 2) return {};
  FlameOptions options{.title = data.summary.command};
  options.facts = base::duration_text(DurationNs{data.flame.cpu_ns}) + " of CPU time";
  return "<section id=\"flame\" aria-labelledby=\"h-flame\">\n<h2 id=\"h-flame\">Flame graph</h2>\n"
         "<p class=\"soft\">Each bar is a function, as wide as the CPU time in it and in what it "
         "calls, which hangs below it. Colour says which module.</p>\n" +
         flamegraph_fragment(data.flame, options) + "</section>\n";
}

std::string header(const ReportData& data) {
  const analysis::Summary& s = data.summary;
  std::string facts;
  for (const std::string& fact : {s.started, s.host, s.cpu_model}) {
    if (fact.empty()) continue;
    if (!facts.empty()) facts += " · ";
    facts += markup_text(fact);
  }
  std::string out = "<header class=\"top\">\n<p class=\"brand\">Hone report</p>\n<h1>" +
                    markup_text(s.command.empty() ? data.recording : s.command) + "</h1>\n";
  if (!facts.empty()) out += "<p class=\"soft\">" + facts + "</p>\n";
  out += "</header>\n<nav aria-label=\"Sections\"><div>";
  const auto link = [&](std::string_view id, std::string_view text, bool there) {
    if (there) out += fmt::format("<a href=\"#{}\">{}</a>", id, text);
  };
  link("findings", "Findings", data.with_findings);
  link("flame", "Flame graph", data.flame.nodes.size() > 1);
  link("hot", "Hot spots", !data.tables.empty());
  link("spans", "Spans", !data.spans.empty());
  link("gpu", "GPU", !data.gpu.empty());
  link("locks", "Locks", !data.locks.locks.empty());
  link("pools", "Pools", !data.pools.pools.empty());
  link("waits", "Waits", data.waits.recorded && data.waits.all.life_ns > 0);
  link("source", "Source", !data.annotations.empty());
  link("counters", "Over time", data.with_counters && !data.counters.empty());
  link("quality", "Measurement", true);
  link("run", "Run", true);
  return out + "<button type=\"button\" id=\"theme\" hidden>Dark</button></div></nav>\n";
}

}  // namespace

std::string html_bar(double share) {
  const double width = std::isfinite(share) ? std::min(std::max(share, 0.0), 1.0) * 100 : 0;
  return fmt::format(
      "<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" "
      "aria-hidden=\"true\"><rect width=\"{:.1f}\" height=\"10\"/></svg>",
      width);
}

std::string html_share(int64_t ns, int64_t all_ns) {
  return base::percent_text(all_ns > 0 ? static_cast<double>(ns) / static_cast<double>(all_ns) : 0);
}

std::string html_prose(std::string_view text) {
  std::string out;
  std::string command;
  for (const std::string_view start : {": hone ", ": sudo ", ": apt "}) {
    const size_t at = text.find(start);
    if (at == text.npos || text.find('`') != text.npos) continue;
    command = "<code>" + markup_text(text.substr(at + 2)) + "</code>";
    text = text.substr(0, at + 2);
    break;
  }
  bool in_code = false;
  while (!text.empty()) {
    const size_t tick = text.find('`');
    // An opening quote without its closing one is text.
    if (tick == text.npos || (!in_code && text.find('`', tick + 1) == text.npos)) break;
    out += markup_text(text.substr(0, tick));
    out += in_code ? "</code>" : "<code>";
    in_code = !in_code;
    text.remove_prefix(tick + 1);
  }
  return out + markup_text(text) + command;
}

std::string code_anchor(size_t index) {
  return fmt::format("code-{}", index + 1);
}

std::string html_report(const ReportData& data) {
  const std::string command = data.summary.command.empty() ? data.recording : data.summary.command;
  std::string out = head(command + " · Hone report");
  out += "<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n";
  out += header(data);
  out += "<main id=\"main\">\n";
  out += main_numbers(data);
  if (data.with_findings) out += html_findings(data);
  out += flame_section(data);
  out += html_tables(data);
  out += html_spans(data);
  out += html_gpu(data);
  out += html_locks(data);
  out += html_pools(data);
  out += html_waits(data);
  out += html_source(data);
  out += html_counters(data);
  out += html_quality(data);
  out += html_run(data);
  out += "</main>\n<footer class=\"soft\">Made by Hone " + markup_text(data.tool_version);
  if (!data.recording.empty()) out += " from <code>" + markup_text(data.recording) + "</code>";
  out += ". This file holds everything it shows and loads nothing.</footer>\n";
  out += "<p id=\"live\" class=\"hf-live\" aria-live=\"polite\"></p>\n";
  out += "<script type=\"application/json\" id=\"summary\">" + json_in_markup(json_summary(data)) +
         "</script>\n";
  out += script_element(kFlameJs) + script_element(kReportJs);
  return out + "</body>\n</html>\n";
}

}  // namespace hone::report
