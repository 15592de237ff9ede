// The machine's and the browser's voices: JSON, SVG.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "report/assets.h"
#include "report/flame_columns.h"
#include "report/flamegraph.h"
#include "report/info_text.h"
#include "report/json.h"
#include "report/sample_data_test.h"

namespace hone::report {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// Well-formed as far as it matters here: tags are balanced, attributes quoted, and no bare < or &
// stands in text. Sections are skipped. Returns the problem, or "".
std::string xml_problem(std::string_view text) {
  std::vector<std::string> open;
  size_t at = 0;
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    const auto skip = [&](std::string_view begin, std::string_view end) {
      if (!rest.starts_with(begin)) return false;
      const size_t found = rest.find(end);
      at = found == rest.npos ? text.size() + 1 : at + found + end.size();
      return true;
    };
    if (skip("<![CDATA[", "]]>") || skip("<?", "?>")) continue;
    if (text[at] == '&') {
      const std::string_view name = rest.substr(1, rest.find(';') - 1);
      if (name != "lt" && name != "gt" && name != "amp" && name != "quot" && name != "#39") {
        return "entity " + std::string(rest.substr(0, 20));
      }
    }
    if (text[at] != '<') {
      if (static_cast<unsigned char>(text[at]) < ' ' && text[at] != '\n' && text[at] != '\t') {
        return "control character";
      }
      ++at;
      continue;
    }
    size_t end = at;
    for (bool quoted = false; end < text.size() && (quoted || text[end] != '>'); ++end) {
      if (text[end] == '"') quoted = !quoted;
      if (end > at && text[end] == '<') return "< in " + std::string(rest.substr(0, 60));
    }
    if (end >= text.size()) return "unended tag";
    const std::string tag(text.substr(at + 1, end - at - 1));
    const std::string name = tag.substr(0, tag.find_first_of(" \n"));
    if (tag.front() == '/') {
      if (open.empty() || "/" + open.back() != tag) return "unbalanced " + tag;
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
    at = end + 1;
  }
  return at > text.size() ? "unended section" : open.empty() ? "" : "open: " + open.back();
}

TEST(XmlProblem, IsFound) {
  EXPECT_EQ(xml_problem("<a b=\"c\"><d/>&lt;</a>"), "");
  EXPECT_NE(xml_problem("<a><b></a>"), "");
  EXPECT_NE(xml_problem("<a>&nbsp;</a>"), "");
  EXPECT_NE(xml_problem("<a b=\"<\"></a>"), "");
}

// Every address in a page that is not a namespace.
std::vector<std::string> addresses(const std::string& text) {
  std::vector<std::string> out;
  for (size_t at = 0; (at = text.find("://", at)) != std::string::npos; ++at) {
    const std::string around = text.substr(at >= 5 ? at - 5 : 0, 30);
    if (around.find("www.w3.org/") == std::string::npos) out.push_back(around);
  }
  return out;
}

TEST(Json, HasEveryKeyWithItsUnit) {
  ReportData data = sample_report();
  data.tree_kind = TreeKind::kTopDown;
  data.neighbours = analysis::Neighbours{.name = "main"};
  const json report = json::parse(json_report(data));
  EXPECT_EQ(report["schema"], "hone.report/1");
  EXPECT_EQ(report["tool"], "hone");
  EXPECT_EQ(report["version"], "0.1.0");
  for (const char* key : {"wall_ns", "cpu_ns", "unsampled_ns", "busy_cpus", "sample_count",
                          "cpu_count", "command", "facts", "processes"}) {
    EXPECT_TRUE(report["summary"].contains(key)) << key;
  }
  for (const char* key : {"sampler", "frequency_hz", "kernel_side", "lost_samples",
                          "recorder_cpu_ns", "overhead_share", "stacks", "diagnostics"}) {
    EXPECT_TRUE(report["quality"].contains(key)) << key;
  }
  const json& row = report["hot_spots"][0]["rows"][0];
  EXPECT_EQ(row["name"], "memory::similarity::dot_avx2");
  EXPECT_EQ(row["self_ns"], 1'160'000'000);
  for (const char* key : {"self_share", "self_share_low", "self_share_high", "self_samples",
                          "total_ns", "total_share", "total_share_low", "total_share_high",
                          "total_samples", "module", "file", "line"}) {
    EXPECT_TRUE(row.contains(key)) << key;
  }
  EXPECT_EQ(report["hot_spots"][0]["by"], "function");
  EXPECT_DOUBLE_EQ(report["findings"][0]["evidence"]["self_share"].get<double>(), 0.318);
  EXPECT_EQ(report["findings"][0]["id"], "dominating-function");
  EXPECT_EQ(report["annotations"][0]["lines"][2]["line"], 37);
  EXPECT_EQ(report["annotations"][0]["instructions"][3]["self_samples"], 742);
  EXPECT_TRUE(report.contains("neighbours"));
}

void collect_keys(const json& value, std::set<std::string>& keys) {
  if (!value.is_structured()) return;
  for (const auto& [key, inner] : value.items()) {
    // Names that the recording gives: facts, reasons, evidence.
    if (value.is_object()) keys.insert(key);
    if (key != "facts" && key != "broken_by_reason" && key != "evidence") collect_keys(inner, keys);
  }
}

TEST(Json, ReferenceNamesEveryKey) {
  std::ifstream file(HONE_TEST_DATA "/../docs/reference/json.md");
  const std::string reference((std::istreambuf_iterator<char>(file)), {});
  ReportData data = sample_report();
  data.summary.processes.resize(1);
  data.tree_kind = TreeKind::kTopDown;
  data.neighbours = analysis::Neighbours{.name = "main", .callers = {{}}};
  std::set<std::string> keys;
  collect_keys(json::parse(json_report(data)), keys);
  collect_keys(json::parse(json_annotation(data.annotations[0], data.weight, "1")), keys);
  collect_keys(json::parse(info_json({.tables = {{}}}, "1")), keys);
  const std::string picture = flamegraph_svg(data.flame, {.title = "t"});
  const size_t begin = picture.find("id=\"hone-flame\">") + 16;
  const size_t end = picture.find("</metadata>", begin);
  collect_keys(json::parse(picture.substr(begin, end - begin)), keys);
  EXPECT_GT(keys.size(), 90U);
  for (const std::string& key : keys) {
    EXPECT_THAT(reference, HasSubstr("`" + key + "`")) << "not in docs/reference/json.md";
  }
}

TEST(Json, TreeIsFlatWithParentsBeforeChildren) {
  ReportData data;
  data.tree_kind = TreeKind::kInverted;
  data.tree_min_share = 0.1;
  data.tree = tree_of("a;b 60\na;c 35\na;d 5");
  const json tree = json::parse(json_report(data))["tree"];
  EXPECT_EQ(tree["kind"], "inverted");
  ASSERT_EQ(tree["nodes"].size(), 4U);  // d is under 10%
  EXPECT_TRUE(tree["nodes"][0]["parent"].is_null());
  EXPECT_EQ(tree["nodes"][2]["name"], "b");
  EXPECT_EQ(tree["nodes"][2]["parent"], 1);
  EXPECT_EQ(tree["nodes"][3]["parent"], 1);
}

TEST(Json, BrokenUtf8StaysParseable) {
  const json report = json::parse(json_report(hostile_report()));
  EXPECT_EQ(report["schema"], "hone.report/1");
}

TEST(Flame, ColumnsAreDepthFirstAndSharesAddUp) {
  const analysis::CallTree tree = tree_of("a;b;c 3\na;b 1\na;d 4\ne 2");
  const FlameColumns columns = flame_columns(tree, 0);
  ASSERT_EQ(columns.frames.size(), 6U);
  std::string order;
  for (const auto& frame : columns.frames) {
    order += std::string(columns.names[frame.name].function) + std::to_string(frame.depth) + " ";
  }
  EXPECT_EQ(order, "all0 a1 b2 c3 d2 e1 ");
  EXPECT_EQ(columns.frames[4].start_ns, columns.frames[2].total_ns);
  EXPECT_EQ(columns.deepest, 3U);
  EXPECT_EQ(flame_columns(tree, 0.25).folded, 1U);
}

TEST(Flame, LegendTellsKernelFromModules) {
  const FlameColumns columns = flame_columns(sample_report().flame, 0);
  ASSERT_GE(columns.legend.size(), 4U);
  EXPECT_EQ(columns.legend[0].name, "memory_graph");
  EXPECT_EQ(columns.legend[3].name, "kernel");
  EXPECT_EQ(columns.legend[3].color, "ck");
}

TEST(Flame, SvgIsWellFormedAndLoadsNothing) {
  for (const ReportData& data : {sample_report(), hostile_report()}) {
    const std::string svg =
        flamegraph_svg(data.flame, {.title = data.summary.command, .facts = data.recording});
    EXPECT_EQ(xml_problem(svg), "");
    EXPECT_THAT(addresses(svg), testing::IsEmpty());
    EXPECT_THAT(svg, Not(HasSubstr("<img")));
  }
}

TEST(Flame, StillPictureShowsFramesWithoutScripts) {
  const std::string svg = flamegraph_svg(sample_report().flame, {.title = "t"});
  const std::string still = svg.substr(0, svg.find("<metadata"));
  EXPECT_THAT(still, HasSubstr(">memory::spread_activation</text>"));
  EXPECT_THAT(still, HasSubstr("<path class=\"ck\""));
  EXPECT_THAT(still, HasSubstr("<path class=\"cb\""));
}

TEST(Flame, EmptyTreeIsAFileToo) {
  EXPECT_EQ(xml_problem(flamegraph_svg({}, {.title = "none"})), "");
  analysis::CallTree only_root;
  only_root.nodes.resize(1);
  EXPECT_EQ(xml_problem(flamegraph_svg(only_root, {.title = "none"})), "");
}

TEST(Flame, LargeTreesStaySmallFiles) {
  const std::string svg = flamegraph_svg(large_tree(20'000), {.title = "large", .min_share = 0});
  EXPECT_LT(svg.size(), 1'000'000U);
  EXPECT_EQ(xml_problem(svg), "");
}

// The colours of frames and their labels, read from the style sheet as the browser reads it.
double luminance(unsigned rgb) {
  const auto part = [](unsigned v) {
    const double c = v / 255.0;
    return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * part(rgb >> 16 & 255) + 0.7152 * part(rgb >> 8 & 255) + 0.0722 * part(rgb & 255);
}
double contrast(unsigned a, unsigned b) {
  const double x = luminance(a), y = luminance(b);
  return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

TEST(Palette, LabelsAreReadableInBothModes) {
  constexpr unsigned kLightText = 0x15191e, kDarkText = 0xf1f4f7;
  const std::string css(kPaletteCss);
  size_t colours = 0;
  for (size_t at = 0; (at = css.find("light-dark(#", at)) != std::string::npos; ++at) {
    const auto light = static_cast<unsigned>(std::stoul(css.substr(at + 12, 6), nullptr, 16));
    const auto dark = static_cast<unsigned>(std::stoul(css.substr(at + 20, 6), nullptr, 16));
    EXPECT_GE(contrast(light, kLightText), 4.5) << css.substr(at, 30);
    EXPECT_GE(contrast(dark, kDarkText), 4.5) << css.substr(at, 30);
    ++colours;
  }
  EXPECT_EQ(colours, 48U);
}

}  // namespace
}  // namespace hone::report
