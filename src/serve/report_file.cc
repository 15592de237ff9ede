#include "serve/report_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/host/text.h"
#include "recording/redaction.h"
#include "report/collect.h"
#include "report/escape.h"
#include "report/json.h"
#include "serve/api.h"
#include "serve/json_answer.h"
#include "serve/pages.h"
#include "serve/report_archive.h"

namespace hone::serve {
namespace {

constexpr int64_t kOpenNs = INT64_MAX / 4;  // as long as it takes
constexpr size_t kFunctionsMax = 1000, kSourcesMax = 20, kCallersMax = 60, kSpansMax = 60;
constexpr size_t kSlowFramesMax = 5;
constexpr int64_t kTileBuckets = 1024, kTilesMax = 8;
// Of what is left of the budget, what the timeline may take.
constexpr double kTimelineShare = 0.7;

class Maker {
 public:
  Maker(Context& context, const Opened& opened, const ReportOptions& options, size_t bytes_max)
      : api_(context), opened_(opened), options_(options), archive_(bytes_max) {}

  void add_all() {
    must("overview", {});
    must("quality", {});
    must("system", {});
    if (!add("details", {})) left_out("tables of waits, locks, pools, GPUs and counters");
    must("weights", {});
    for (const char* name : {"memory", "benchmarks", "causal", "scale", "live"}) {
      must("page", {{"name", name}});
    }
    add_weights();
    add_spans();
    add_functions();
    add_timeline();
  }
  ReportArchive& archive() { return archive_; }
  std::vector<std::string>& cut() { return cut_; }

 private:
  // The answer to `asked`, kept as one to `values`, which the pages ask.
  bool add(std::string_view path, const Values& values, const Values& asked, bool is_must = false) {
    const Response response = ask(path, asked);
    if (response.status != 200) return true;  // there is none; the pages will say so too
    return archive_.add(spelled_question(path, values), response.body, is_must);
  }
  bool add(std::string_view path, const Values& values) { return add(path, values, values); }
  void must(std::string_view path, const Values& values) { add(path, values, values, true); }

  Response ask(std::string_view path, const Values& values) const {
    Request request{
        .path = std::string(kApiRoot) + std::string(path), .values = values, .body = {}};
    request.values.emplace_back("a", opened_.id);
    for (const auto& one : options_.selection) request.values.push_back(one);
    return api_.answer(request);
  }
  Json json(std::string_view path, const Values& values) const {
    const Response response = ask(path, values);
    return response.status == 200 ? Json::parse(response.body, nullptr, false) : Json::object();
  }
  void left_out(const std::string& what) {
    if (std::find(cut_.begin(), cut_.end(), what) == cut_.end()) cut_.push_back(what);
  }

  void add_weights() {
    const Json weights = json("weights", {});
    for (const Json& weight : weights.value("weights", Json::array())) {
      if (!weight["absent"].is_null()) continue;
      const std::string id = weight["id"];
      // 1,000 pixels of which each must be filled: branches of less than 0.1% are folded.
      for (const bool is_inverted : {false, true}) {
        Values graph = {{"mode", "left"}, {"weight", id}};
        if (is_inverted) graph.emplace_back("invert", "1");
        Values asked = graph;
        asked.emplace_back("pixels", "1000");
        asked.emplace_back("min_px", "1");
        if (!add("flame", graph, asked)) left_out(fmt::format("the flame graph of {}", id));
      }
      const Values table = {
          {"by", "function"}, {"weight", id}, {"limit", std::to_string(kFunctionsMax)}};
      if (!add("functions", table)) left_out(fmt::format("the functions of {}", id));
    }
    for (const char* by : {"line", "module", "thread", "process", "subsystem", "span"}) {
      const Values table = {
          {"by", by}, {"weight", "cpu"}, {"limit", std::to_string(kFunctionsMax)}};
      if (!add("functions", table)) left_out(fmt::format("the table by {}", by));
    }
    left_out("branches of flame graphs with less than 0.1%");
  }

  void add_spans() {
    const Values table = {{"limit", std::to_string(kFunctionsMax)}, {"sort", "total"}};
    if (!add("spans", table)) left_out("the table of spans");
    const Json spans = json("spans", table);
    size_t count = 0;
    for (const Json& row : spans.value("rows", Json::array())) {
      if (++count > kSpansMax || !add("span", {{"name", row["name"].get<std::string>()}})) {
        left_out("times of spans but the longest");
        return;
      }
    }
  }

  void add_functions() {
    const Json table = json("functions", {{"by", "function"},
                                          {"weight", "cpu"},
                                          {"sort", "self"},
                                          {"limit", std::to_string(kCallersMax)}});
    add("files", {{"weight", "cpu"}});
    size_t count = 0;
    for (const Json& row : table.value("rows", Json::array())) {
      const Values one = {{"key", row["key"].get<std::string>()}, {"weight", "cpu"}};
      if (count < kSourcesMax && !add("source", one)) left_out("source of some hot functions");
      if (!add("function", one)) left_out("callers of some functions");
      add("stretches", {{"key", row["key"].get<std::string>()}});
      for (const char* mode : {"sandwich-callers", "sandwich-callees"}) {
        Values graph = one;
        graph.emplace_back("mode", mode);
        Values asked = graph;
        asked.emplace_back("pixels", "1000");
        asked.emplace_back("min_px", "1");
        if (count < kSourcesMax) add("flame", graph, asked);
      }
      ++count;
    }
    left_out(fmt::format("source and assembly of all but the {} hottest functions", kSourcesMax));
  }

  void add_timeline() {
    const Response response = ask("timeline", {});
    if (response.status != 200) return;
    archive_.add("timeline", response.body, true);
    const Json timeline = Json::parse(response.body, nullptr, false);
    std::string tracks;
    for (const Json& track : timeline.value("tracks", Json::array())) {
      tracks += (tracks.empty() ? "" : ",") + track["id"].get<std::string>();
    }
    const Json sets = timeline.value("frames", Json::array());
    for (const Json& set : sets) {
      const Values frames = {{"set", set["track"].get<std::string>()}};
      Values asked = frames;
      asked.emplace_back("pixels", "4000");
      add("frames", frames, asked);
    }
    if (tracks.empty()) return;
    add_whole(tracks, timeline.value("end", int64_t{0}));
    if (!sets.empty()) add_slow_frames(tracks);
  }

  // The whole run, as fine as the budget permits: in eight tiles, or fewer.
  void add_whole(const std::string& tracks, int64_t end_ns) {
    const auto most =
        static_cast<size_t>(static_cast<double>(archive_.bytes_left()) * kTimelineShare);
    int64_t step = 0;
    while (step < 42 && (end_ns >> step) >= kTileBuckets * kTilesMax) ++step;
    for (; step <= 42; ++step) {
      const int64_t count = std::max<int64_t>(1, ((end_ns >> step) + kTileBuckets) / kTileBuckets);
      const Values tiles = {{"tracks", tracks},
                            {"step", std::to_string(step)},
                            {"first", "0"},
                            {"count", std::to_string(std::min(count, kTilesMax))}};
      const Response response = ask("tiles", tiles);
      if (response.status != 200) {
        left_out("the timeline");
        return;
      }
      ReportArchive trial(most);
      if (trial.add("", response.body, false) || count == 1) {
        archive_.add(spelled_question("tiles", tiles), response.body, true);
        break;
      }
    }
    left_out(fmt::format("what on the timeline is shorter than {}, but in the slowest frames",
                         base::duration_text(DurationNs{int64_t{1} << step})));
  }

  // Each slow frame with as much again on both sides, as fine as a screen shows it.
  void add_slow_frames(const std::string& tracks) {
    const Json overview = json("overview", {});
    const Json spans = overview.value("a", Json::object()).value("spans", Json());
    if (!spans.is_object()) return;
    size_t count = 0;
    for (const Json& set : spans.value("frames", Json::array())) {
      for (const Json& frame : set.value("worst", Json::array())) {
        if (!frame.contains("start_ns") || ++count > kSlowFramesMax) return;
        const int64_t length = std::max<int64_t>(1, frame["duration_ns"]);
        const int64_t start = frame["start_ns"].get<int64_t>() - raw(opened_.start);
        const int64_t from = std::max<int64_t>(0, start - length);
        int64_t step = 0;
        while ((3 * length >> step) > kTileBuckets) ++step;
        const int64_t first = (from >> step) / kTileBuckets;
        if (!add("tiles", {{"tracks", tracks},
                           {"step", std::to_string(step)},
                           {"first", std::to_string(first)},
                           {"count", "2"}})) {
          return;
        }
      }
    }
  }

  const Api api_;
  const Opened& opened_;
  const ReportOptions& options_;
  ReportArchive archive_;
  std::vector<std::string> cut_;
};

// What was taken out of the recording before anything was made of it, in words.
void say_redacted(const profile::Profile& profile, std::vector<std::string>& cut) {
  const auto hidden = recording::Redaction::parse(profile.meta("redaction"));
  if (!hidden) return;
  if (hidden->options().command) cut.emplace_back("redacted: arguments of commands");
  if (hidden->options().environment) {
    cut.emplace_back("redacted: environment variables, and names of host, user and control group");
  }
  if (hidden->options().paths) {
    cut.emplace_back(
        "redacted: folders, but for the system's own: ~ and eight digits stand for each; and names "
        "of host, user and control group");
  }
}

// What `recordings` answers in a report.
std::string recordings_answer(const Context& context, const Opened& opened,
                              const std::vector<std::string>& cut) {
  Json left = Json::array();
  for (const std::string& one : cut) left.push_back(one);
  return json_text(
      {{"schema", "hone.api/1"},
       {"tool_version", context.tool_version},
       {"recordings",
        {{{"id", opened.id},
          {"name", opened.id},
          {"path", opened.path},
          {"bytes", opened.profile.file_bytes()},
          {"modified_s", 0},
          {"state", "ready"}}}},
       {"initial", {{"a", opened.id}, {"b", nullptr}}},
       {"features", {{"sql", false}, {"upload", false}, {"source", true}, {"live", false}}},
       {"report", {{"made", context.tool_version}, {"cut", std::move(left)}}}});
}

// For who has no scripts, and for tools that read pages: the findings and the hottest functions.
Result<std::string> plain_part(const Context& context, const Opened& opened) {
  report::ReportOptions wanted;
  wanted.top = 20;
  HONE_TRY_ASSIGN(report::ReportData data, report::collect(opened.profile, context.rules, wanted));
  data.recording = opened.path;
  data.tool_version = context.tool_version;
  std::string out = "<noscript><h1>Hone report</h1><ul>";
  for (const analysis::Finding& finding : data.findings) {
    out += "<li>" + report::markup_text(finding.sentence) + "</li>";
  }
  out += "</ul><table><tr><th>Self</th><th>Function</th></tr>";
  for (const analysis::HotSpot& row : data.tables[0].spots.rows) {
    out += "<tr><td>" + base::percent_text(row.self.value) + "</td><td>" +
           report::markup_text(row.name) + "</td></tr>";
  }
  out += "</table></noscript>\n<script type=\"application/json\" id=\"summary\">" +
         report::json_in_markup(report::json_summary(data)) + "</script>\n";
  return out;
}

Result<std::string> shell() {
  const Page* page = find_page("report.html");
  if (page == nullptr) {
    return tl::unexpected(Error{.code = Code::Unsupported,
                                .message = "this build has no pages: npm was absent",
                                .effect = "no report was written",
                                .fixes = {"apt-get install npm, and build again",
                                          "hone report prints the same in the terminal"},
                                .number = "E096"});
  }
  return unpacked(*page);
}

}  // namespace

Result<ReportFile> make_report(Context& context, const std::string& id,
                               const ReportOptions& options) {
  HONE_TRY_ASSIGN(std::string html, shell());
  HONE_TRY_ASSIGN(const std::shared_ptr<const Opened> opened, context.recordings->get(id, kOpenNs));
  HONE_TRY_ASSIGN(const std::string plain, plain_part(context, *opened));
  const size_t shell_bytes = html.size() + plain.size();
  const size_t left = options.bytes_max > shell_bytes ? options.bytes_max - shell_bytes : 0;
  Maker maker(context, *opened, options, left);
  maker.add_all();
  if (context.find_source == nullptr) maker.cut().push_back("source text");
  say_redacted(opened->profile, maker.cut());
  maker.archive().add("recordings", recordings_answer(context, *opened, maker.cut()), true);

  constexpr std::string_view kMark = "<!--hone:data-->";
  const size_t at = html.find(kMark);
  if (at == html.npos) return fail(Code::Internal, "the shell of reports has no place for data");
  const std::string data =
      plain + "<script type=\"application/octet-stream\" id=\"answers\" data-recording=\"" +
      report::markup_text(opened->path) + "\">" + maker.archive().text() + "</script>";
  html.replace(at, kMark.size(), data);
  return ReportFile{std::move(html), std::move(maker.cut())};
}

}  // namespace hone::serve
