#include "report/flamegraph.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "report/assets.h"
#include "report/escape.h"
#include "report/flame_columns.h"
#include "report/names.h"

namespace hone::report {
namespace {

using analysis::CallTree;
using nlohmann::ordered_json;

// The still picture. Rows and letters are those of flame.js.
constexpr double kWidth = 1200, kRow = 20, kLetter = 6.93, kPad = 5, kHead = 48, kFoot = 24;
constexpr double kNarrowest = 1;  // narrower rectangles are not drawn
constexpr size_t kMostLabels = 1200;

// Browser numbers are exact to 2^53, but short ones make a small file: the root is at most ten
// million units wide, far more than a screen shows.
int64_t unit_of(int64_t root_ns) {
  int64_t unit = 1;
  while (root_ns / unit > 10'000'000) unit *= 10;
  return unit;
}

std::string data_json(const FlameColumns& columns, const FlameOptions& options) {
  const int64_t root_ns = columns.frames.empty() ? 0 : columns.frames[0].total_ns;
  const int64_t unit = unit_of(root_ns);
  ordered_json data;
  data["schema"] = "hone.flame/1";
  data["title"] = clean_text(options.title);
  data["facts"] = clean_text(options.facts);
  data["unit_ns"] = unit;
  data["of"] = clean_text(options.of);
  data["of_unit"] = options.unit;
  data["icicle"] = options.icicle;
  data["min_share"] = options.min_share;
  data["folded_nodes"] = columns.folded;
  auto modules = ordered_json::array();
  auto names = ordered_json::array();
  auto name_module = ordered_json::array();
  auto name_color = ordered_json::array();
  std::unordered_map<std::string_view, size_t> module_ids;
  for (const FlameColumns::Name& name : columns.names) {
    const auto [at, added] = module_ids.emplace(name.module, module_ids.size());
    if (added) modules.push_back(clean_text(name.module));
    names.push_back(clean_text(name.function));
    name_module.push_back(at->second);
    name_color.push_back(name.color);
  }
  data["modules"] = std::move(modules);
  data["names"] = std::move(names);
  data["name_module"] = std::move(name_module);
  data["name_color"] = std::move(name_color);
  auto legend = ordered_json::array();
  for (const FlameColumns::Legend& entry : columns.legend) {
    legend.push_back(
        {{"name", clean_text(entry.name)}, {"color", entry.color}, {"self", entry.self_ns / unit}});
  }
  data["legend"] = std::move(legend);
  auto depth = ordered_json::array(), name = ordered_json::array(), total = ordered_json::array();
  auto self = ordered_json::array(), samples = ordered_json::array();
  auto inlined = ordered_json::array();
  for (size_t i = 0; i < columns.frames.size(); ++i) {
    const FlameColumns::Frame& frame = columns.frames[i];
    depth.push_back(frame.depth);
    name.push_back(frame.name);
    total.push_back(frame.total_ns / unit);
    self.push_back(frame.self_ns / unit);
    samples.push_back(frame.samples);
    if (frame.inlined) inlined.push_back(i);
  }
  data["depth"] = std::move(depth);
  data["name"] = std::move(name);
  data["total"] = std::move(total);
  data["self"] = std::move(self);
  data["samples"] = std::move(samples);
  data["inlined"] = std::move(inlined);
  return json_in_markup(data.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

std::string number(double value) {
  std::string out = fmt::format("{:.1f}", value);
  if (out.ends_with(".0")) out.resize(out.size() - 2);
  return out;
}

// Rectangles of one colour are one path, which is a third of the size of <rect> elements.
std::string still_picture(const FlameColumns& columns, bool icicle, double top) {
  if (columns.frames.empty()) return {};
  const double scale =
      kWidth / std::max<double>(1, static_cast<double>(columns.frames[0].total_ns));
  std::map<std::string, std::string> paths;
  std::string labels, dashes;
  size_t label_count = 0;
  for (const FlameColumns::Frame& frame : columns.frames) {
    const double x = static_cast<double>(frame.start_ns) * scale;
    const double width = static_cast<double>(frame.total_ns) * scale;
    if (width < kNarrowest) continue;
    const uint32_t row = icicle ? frame.depth : columns.deepest - frame.depth;
    const double y = top + row * kRow;
    const FlameColumns::Name& name = columns.names[frame.name];
    paths[name.color] += fmt::format("M{} {}h{}v19h-{}z", number(x), number(y), number(width - 0.5),
                                     number(width - 0.5));
    const double letters = (width - 2 * kPad) / kLetter;
    if (letters < 3 || label_count == kMostLabels) continue;
    ++label_count;
    const std::string text = shorten_label(clean_text(name.function), static_cast<size_t>(letters));
    labels += fmt::format("<text class=\"hf-t\" x=\"{}\" y=\"{}\">{}</text>", number(x + kPad),
                          number(y + 14), markup_text(text));
    if (frame.inlined) {
      dashes += fmt::format("M{} {}h{}", number(x + 3), number(y + 16.5), number(width - 6));
    }
  }
  std::string out;
  for (const auto& [color, path] : paths) {
    out += fmt::format("<path class=\"{}\" d=\"{}\"/>\n", color, path);
  }
  out += fmt::format("<path class=\"hf-inlined\" d=\"{}\"/>\n", dashes.empty() ? "M0 0" : dashes);
  return out + labels + "\n";
}

constexpr std::string_view kPatterns = R"svg(<defs>
<pattern id="hf-kernel" width="7" height="7" patternUnits="userSpaceOnUse"
 patternTransform="rotate(45)"><rect class="hk-ground" width="7" height="7"/>
<path class="hk-line" d="M0 0V7"/></pattern>
<pattern id="hf-broken" width="7" height="7" patternUnits="userSpaceOnUse"
 patternTransform="rotate(-45)"><rect class="hb-ground" width="7" height="7"/>
<path class="hb-line" d="M0 0V7"/></pattern>
</defs>
)svg";

double picture_height(const FlameColumns& columns) {
  return (columns.deepest + 1) * kRow;
}

}  // namespace

std::string flamegraph_svg(const CallTree& tree, const FlameOptions& options) {
  const FlameColumns columns = flame_columns(tree, options.min_share);
  const double height = kHead + picture_height(columns) + kFoot;
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\" "
      "role=\"img\" aria-labelledby=\"hone-title\">\n<title id=\"hone-title\">Flame graph: "
      "{}</title>"
      "\n<style><![CDATA[\n",
      number(kWidth + 20), number(height), number(kWidth + 20), number(height),
      markup_text(options.title));
  out.append(kTokensCss).append(kPaletteCss).append(kFlameCss);
  out += "]]></style>\n<g id=\"hone-static\">\n";
  out += kPatterns;
  out += fmt::format(
      "<rect class=\"hf-ground\" width=\"100%\" height=\"100%\"/>"
      "<text class=\"hf-head\" x=\"10\" y=\"21\">{}</text><text class=\"hf-sub\" x=\"10\" "
      "y=\"38\">{}</text>\n<g transform=\"translate(10 0)\">\n",
      markup_text(shorten_name(clean_text(options.title), 150)), markup_text(options.facts));
  out += still_picture(columns, options.icicle, kHead);
  out += fmt::format(
      "</g>\n<text class=\"hf-sub\" x=\"10\" y=\"{}\">Open in a browser to search, zoom and read "
      "every frame.</text>\n</g>\n",
      number(height - 8));
  out += fmt::format("<metadata id=\"hone-flame\">{}</metadata>\n", data_json(columns, options));
  out += "<script><![CDATA[\n";
  out.append(kFlameJs).append(kFlameSvgJs);
  return out + "]]></script>\n</svg>\n";
}

std::string flamegraph_fragment(const CallTree& tree, const FlameOptions& options) {
  const FlameColumns columns = flame_columns(tree, options.min_share);
  std::string out = fmt::format(
      "<div id=\"flame-host\"><svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" "
      "role=\"img\" aria-label=\"Flame graph: {}\">\n",
      number(kWidth), number(picture_height(columns)), markup_text(options.title));
  out += kPatterns;
  out += still_picture(columns, options.icicle, 0);
  out += "</svg></div>\n<script type=\"application/json\" id=\"hone-flame\">";
  return out + data_json(columns, options) + "</script>\n";
}

}  // namespace hone::report
