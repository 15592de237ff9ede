// Findings and hot spots of the HTML report.
#include <fmt/format.h>

#include <algorithm>

#include "base/host/text.h"
#include "report/escape.h"
#include "report/html_parts.h"
#include "report/names.h"
#include "report/palette.h"
#include "report/text.h"

namespace hone::report {
namespace {

using analysis::GroupBy;
using analysis::HotSpot;
using base::percent_text;

std::string_view severity_word(uint8_t severity) {
  return severity >= 3 ? "Act" : severity == 2 ? "Look" : "Note";
}

std::string finding_card(const analysis::Finding& finding) {
  const std::string_view word = severity_word(finding.severity);
  std::string out = fmt::format(
      "<li class=\"finding {0}\"><p class=\"sentence\"><span class=\"tag\">{0}</span> {1}"
      "</p>\n",
      word, html_prose(finding.sentence));
  if (!finding.next_step.empty()) {
    out += fmt::format("<p class=\"next\"><span aria-hidden=\"true\">→ </span>{}</p>\n",
                       html_prose(finding.next_step));
  }
  if (!finding.how.empty() || !finding.evidence.empty()) {
    out += "<details><summary>How this was found</summary>\n";
    if (!finding.how.empty()) out += "<p>" + html_prose(finding.how) + "</p>\n";
    if (!finding.evidence.empty()) {
      out += "<dl class=\"evidence\">";
      for (const auto& [name, value] : finding.evidence) {
        out +=
            fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", markup_text(name), markup_text(value));
      }
      out += "</dl>\n";
    }
    out += "</details>\n";
  }
  return out + "</li>\n";
}

// Where the row's code is shown further down, when it is.
std::string code_link(const ReportData& data, const HotSpotTable& table, const HotSpot& row) {
  if (table.by != GroupBy::kFunction) return {};
  for (size_t i = 0; i < data.annotations.size(); ++i) {
    const analysis::Annotation& a = data.annotations[i];
    if (a.function == row.name && file_name(a.module) == file_name(row.module)) {
      return code_anchor(i);
    }
  }
  return {};
}

std::string row_html(const ReportData& data, const HotSpotTable& table, const HotSpot& row,
                     double largest, bool modules, bool places) {
  const TextStyle style;
  const bool by_self = table.sort == analysis::SortBy::kSelf;
  std::string out = "<tr>";
  const auto share = [&](const analysis::Share& s, int64_t ns) {
    out += fmt::format(
        "<td class=\"n\" data-v=\"{}\" title=\"{} to {} with 95% confidence\">{}"
        "<small>{}</small></td>",
        ns, percent_text(s.low), percent_text(s.high), percent_text(s.value),
        interval_text(style, s, table.spots.sample_count));
  };
  share(row.self, row.self_ns);
  out += "<td class=\"barcell\">" +
         html_bar((by_self ? row.self.value : row.total.value) / largest) + "</td>";
  share(row.total, row.total_ns);
  out += fmt::format("<td class=\"n\" data-v=\"{}\">{}</td>", row.self_ns,
                     base::duration_text(DurationNs{row.self_ns}));
  const std::string name = clean_text(row.name);
  const std::string anchor = code_link(data, table, row);
  const bool is_line =
      table.by == GroupBy::kLine && row.function == FunctionId::kNone && row.line != 0;
  const std::string shown =
      markup_text(is_line ? place_text(row.file, row.line, false) : shorten_name(name, 96));
  out += fmt::format("<td class=\"name\" title=\"{}\">", markup_text(name));
  out += anchor.empty() ? shown : fmt::format("<a href=\"#{}\">{}</a>", anchor, shown);
  out += "</td>";
  if (modules) {
    const bool kernel = row.module == "[kernel]";
    out += fmt::format(
        "<td class=\"module\"><svg class=\"swatch\" viewBox=\"0 0 10 10\" "
        "aria-hidden=\"true\"><rect "
        "class=\"{}\" width=\"10\" height=\"10\" rx=\"2\"/></svg>{}</td>",
        kernel ? std::string(kKernelColor) : module_color(row.module), markup_text(row.module));
  }
  if (places) {
    const bool by_line = table.by == GroupBy::kLine;
    out += fmt::format("<td class=\"where\" title=\"{}\">{}</td>",
                       markup_text(by_line ? row.in : row.file),
                       markup_text(by_line ? shorten_name(clean_text(row.in), 48)
                                           : place_text(row.file, row.line, false)));
  }
  return out + "</tr>\n";
}

std::string header_cell(std::string_view text, bool numeric, bool sorted) {
  return fmt::format("<th scope=\"col\" class=\"{}\"{}><button type=\"button\">{}</button></th>",
                     numeric ? "n" : "", sorted ? " aria-sort=\"descending\"" : "", text);
}

std::string table_html(const ReportData& data, const HotSpotTable& table, size_t index) {
  const bool by_self = table.sort == analysis::SortBy::kSelf;
  const auto& rows = table.spots.rows;
  const bool modules =
      table.by != GroupBy::kModule &&
      std::any_of(rows.begin(), rows.end(), [](const HotSpot& row) { return !row.module.empty(); });
  const bool by_line = table.by == GroupBy::kLine;
  const bool places = std::any_of(rows.begin(), rows.end(), [&](const HotSpot& row) {
    return by_line ? !row.in.empty() : !row.file.empty();
  });
  double largest = 1e-9;
  for (const HotSpot& row : rows) {
    largest = std::max(largest, by_self ? row.self.value : row.total.value);
  }
  std::string out = fmt::format(
      "<div class=\"group\" id=\"by-{0}\" data-by=\"{0}\"{1}>\n<h3>By {0}</h3>\n<div "
      "class=\"tablebox\" tabindex=\"0\" role=\"region\" aria-label=\"Hot spots by {0}\">\n"
      "<table class=\"spots\">\n<thead><tr>",
      group_name(table.by), index == 0 ? " data-first" : "");
  out += header_cell("Self", true, by_self) + "<th class=\"barcell\" aria-hidden=\"true\"></th>";
  out += header_cell("Total", true, !by_self) + header_cell("Self time", true, false);
  std::string title(group_name(table.by));
  title[0] = static_cast<char>(title[0] - 'a' + 'A');
  out += header_cell(title, false, false);
  if (modules) out += header_cell("Module", false, false);
  if (places) out += header_cell(by_line ? "Function" : "Where", false, false);
  out += "</tr></thead>\n<tbody>\n";
  for (const HotSpot& row : rows) out += row_html(data, table, row, largest, modules, places);
  out += "</tbody>\n</table>\n</div>\n";
  if (table.rows_hidden != 0) {
    out += fmt::format(
        "<p class=\"soft\">{} more with {} of CPU time between them were left out.</p>\n",
        base::count_text(table.rows_hidden), html_share(table.hidden_self_ns, table.spots.cpu_ns));
  }
  return out + "</div>\n";
}

}  // namespace

std::string html_findings(const ReportData& data) {
  std::string out =
      "<section id=\"findings\" aria-labelledby=\"h-findings\">\n<h2 id=\"h-findings\">Look at "
      "first</h2>\n<ol class=\"findings\">\n";
  for (const analysis::Finding& finding : data.findings) out += finding_card(finding);
  if (data.findings.empty()) out += "<li class=\"finding Note\"><p>Nothing stands out.</p></li>\n";
  return out + "</ol>\n</section>\n";
}

std::string html_tables(const ReportData& data) {
  if (data.tables.empty()) return {};
  std::string out =
      "<section id=\"hot\" aria-labelledby=\"h-hot\">\n<h2 id=\"h-hot\">Hot spots</h2>\n<p "
      "class=\"soft\">Self is CPU time in the thing itself, total with what it calls. ± is half a "
      "95% interval, shown where it matters.</p>\n<div class=\"tools\" hidden><div class=\"tabs\" "
      "role=\"group\" aria-label=\"Group by\">";
  for (size_t i = 0; i < data.tables.size(); ++i) {
    out += fmt::format("<button type=\"button\" aria-pressed=\"{}\" data-by=\"{}\">{}</button>",
                       i == 0 ? "true" : "false", group_name(data.tables[i].by),
                       group_name(data.tables[i].by));
  }
  out +=
      "</div><input type=\"search\" id=\"filter\" placeholder=\"Filter rows\" "
      "aria-label=\"Filter rows\" autocomplete=\"off\" spellcheck=\"false\"><output "
      "id=\"filtered\"></output></div>\n";
  for (size_t i = 0; i < data.tables.size(); ++i) out += table_html(data, data.tables[i], i);
  return out + "</section>\n";
}

}  // namespace hone::report
