#include "serve/report_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

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
constexpr size_t kFunctionsMax = 1000, kSourcesMax = 20, kCallersMax = 60, kSpansMax = 60,
                 kMessagesMax = 5000;
constexpr size_t kSlowFramesMax = 5;
constexpr int64_t kTileBuckets = 1024, kTilesMax = 8;
constexpr size_t kFilesMax = 5;     // hot files whose first function is there, hot or not
constexpr size_t kChangedMax = 10;  // functions that gained most, and as many that lost
// Of what is left of the budget, what the timeline may take: of one recording, of the first of two.
constexpr double kTimelineShare = 0.7, kTimelineShareOfTwo = 0.4;

// What a question is about: the recording that the pages call A, or both, or B alone.
struct View {
  const Opened* a = nullptr;
  const Opened* b = nullptr;
};

class Maker {
 public:
  // `b` may be null.
  Maker(Context& context, const Opened& a, const Opened* b, const ReportOptions& options,
        size_t bytes_max)
      : api_(context), a_(a), b_(b), view_{&a, b}, options_(options), archive_(bytes_max) {}

  void add_all() {
    must("overview", {});
    must("quality", {});
    must("system", {});
    if (!add("details", {})) left_out("tables of waits, locks, pools, GPUs and counters");
    must("weights", {});
    add_pages();
    add_weights();
    add_spans();
    add_messages();
    add_functions();
    if (b_ == nullptr) return add_timeline(kTimelineShare);
    view_ = {&a_, nullptr};
    add_timeline(kTimelineShareOfTwo);
    view_ = {b_, nullptr};
    add_timeline(kTimelineShare);
    for (const Opened* one : {&a_, b_}) {
      view_ = {one, nullptr};
      if (!add_alone()) left_out(fmt::format("some of the pages of {} alone", one->id));
    }
  }
  ReportArchive& archive() { return archive_; }
  std::vector<std::string>& cut() { return cut_; }

 private:
  // The answer to `asked`, kept as one to `values`, which the pages ask.
  bool add(std::string_view path, const Values& values, const Values& asked, bool is_must = false) {
    const Response response = ask(path, asked);
    if (response.status != 200) return true;  // there is none; the pages will say so too
    return archive_.add(question(path, values), response.body, is_must);
  }
  bool add(std::string_view path, const Values& values) { return add(path, values, values); }
  void must(std::string_view path, const Values& values) { add(path, values, values, true); }

  // Of which recordings is spelled where it is not A alone.
  std::string question(std::string_view path, Values values) const {
    if (view_.a != &a_) values.emplace_back("a", view_.a->id);
    if (view_.b != nullptr) values.emplace_back("b", view_.b->id);
    return spelled_question(path, std::move(values));
  }
  Response ask(std::string_view path, const Values& values) const {
    Request request{
        .path = std::string(kApiRoot) + std::string(path), .values = values, .body = {}};
    request.values.emplace_back("a", view_.a->id);
    if (view_.b != nullptr) request.values.emplace_back("b", view_.b->id);
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

  // Pages without data ask about one recording.
  void add_pages() {
    for (const char* name : {"memory", "benchmarks", "causal", "scale", "live"}) {
      add_of_one("page", {{"name", name}}, true);
    }
  }
  // To what is asked of one recording, also where two are compared.
  void add_of_one(std::string_view path, const Values& values, bool is_must = false) {
    const View all = view_;
    view_.b = nullptr;
    add(path, values, values, is_must);
    view_ = all;
  }

  // One of two, as if there were no other: what is asked when B is put away.
  bool add_alone() {
    bool fits = true;
    for (const char* path : {"overview", "quality", "system", "weights", "details"}) {
      fits = add(path, {}) && fits;
    }
    fits = add_table("function", "cpu") && fits;
    fits = add("spans", {{"limit", std::to_string(kFunctionsMax)}, {"sort", "total"}}) && fits;
    fits = add("messages", {{"limit", std::to_string(kMessagesMax)}}) && fits;
    const Values graph = {{"mode", "left"}, {"weight", "cpu"}};
    fits = add_graph(graph) && fits;
    left_out(fmt::format("of {} alone: weights but CPU time, source, callers", view_.a->id));
    return fits;
  }

  // 1,000 pixels of which each must be filled: branches of less than 0.1% are folded.
  bool add_graph(const Values& graph) {
    Values asked = graph;
    asked.emplace_back("pixels", "1000");
    asked.emplace_back("min_px", "1");
    return add("flame", graph, asked);
  }

  // Of two, by share and by time: what changed, and how surely, differs with that.
  bool add_table(std::string_view by, const std::string& weight) {
    Values table = {
        {"by", std::string(by)}, {"weight", weight}, {"limit", std::to_string(kFunctionsMax)}};
    if (!add("functions", table)) return false;
    if (view_.b == nullptr) return true;
    table.emplace_back("per", "total");
    return add("functions", table);
  }

  void add_weights() {
    const Json weights = json("weights", {});
    for (const Json& weight : weights.value("weights", Json::array())) {
      if (!weight["absent"].is_null()) continue;
      const std::string id = weight["id"];
      for (const bool is_inverted : {false, true}) {
        Values graph = {{"mode", "left"}, {"weight", id}};
        if (is_inverted) graph.emplace_back("invert", "1");
        if (!add_graph(graph)) left_out(fmt::format("the flame graph of {}", id));
      }
      if (!add_table("function", id)) left_out(fmt::format("the functions of {}", id));
    }
    for (const char* by : {"line", "module", "thread", "process", "subsystem", "span"}) {
      if (!add_table(by, "cpu")) left_out(fmt::format("the table by {}", by));
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

  void add_messages() {
    const Values table = {{"limit", std::to_string(kMessagesMax)}};
    if (!add("messages", table)) return left_out("messages");
    const uint64_t count = json("messages", {{"limit", "0"}}).value("rows_total", uint64_t{0});
    if (count > kMessagesMax) {
      left_out(fmt::format("{} of {} messages, the last", count - kMessagesMax, count));
    }
  }

  // Keys of the functions that the pages begin with: the hottest of each hot file whose source is
  // there, what changed most between two recordings, the hottest of all.
  std::vector<std::string> keys() const {
    std::vector<std::string> out;
    const Json files = json("files", {{"weight", "cpu"}});
    for (const Json& file : files.value("files", Json::array())) {
      if (file["found"] != true || file["functions"].empty() || out.size() == kFilesMax) continue;
      out.push_back(file["functions"][0]["key"]);
    }
    const auto take = [&](const char* sort, const char* order, size_t limit) {
      const Json table = json("functions", {{"by", "function"},
                                            {"weight", "cpu"},
                                            {"sort", sort},
                                            {"order", order},
                                            {"limit", std::to_string(limit)}});
      for (const Json& row : table.value("rows", Json::array())) {
        std::string key = row["key"];
        if (std::find(out.begin(), out.end(), key) == out.end()) out.push_back(std::move(key));
      }
    };
    if (view_.b != nullptr) {
      take("delta", "desc", kChangedMax);
      take("delta", "asc", kChangedMax);
    }
    take("self", "desc", kCallersMax);
    return out;
  }

  void add_functions() {
    add("files", {{"weight", "cpu"}});
    const size_t sources = view_.b == nullptr ? kSourcesMax : kSourcesMax + 2 * kChangedMax;
    size_t count = 0;
    for (const std::string& key : keys()) {
      const Values one = {{"key", key}, {"weight", "cpu"}};
      if (count < sources && !add("source", one)) left_out("source of some hot functions");
      if (!add("function", one)) left_out("callers of some functions");
      add_of_one("stretches", {{"key", key}});
      for (const char* mode : {"sandwich-callers", "sandwich-callees"}) {
        Values graph = one;
        graph.emplace_back("mode", mode);
        if (count < sources) add_graph(graph);
      }
      ++count;
    }
    left_out(fmt::format("source and assembly of all but the {} hottest{} functions", sources,
                         view_.b == nullptr ? "" : " and most changed"));
  }

  // Of one recording: B's is asked for by itself.
  void add_timeline(double share) {
    const Response response = ask("timeline", {});
    if (response.status != 200) return;
    archive_.add(question("timeline", {}), response.body, true);
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
    add_whole(tracks, timeline.value("end", int64_t{0}), share);
    if (!sets.empty()) add_slow_frames(tracks);
  }

  // The whole run, as fine as the budget permits: in eight tiles, or fewer.
  void add_whole(const std::string& tracks, int64_t end_ns, double share) {
    const auto most = static_cast<size_t>(static_cast<double>(archive_.bytes_left()) * share);
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
        left_out(fmt::format("the timeline{}", of_which()));
        return;
      }
      ReportArchive trial(most);
      if (trial.add("", response.body, false) || count == 1) {
        archive_.add(question("tiles", tiles), response.body, true);
        break;
      }
    }
    left_out(fmt::format("what on the timeline{} is shorter than {}, but in the slowest frames",
                         of_which(), base::duration_text(DurationNs{int64_t{1} << step})));
  }
  // " of before", where there are two.
  std::string of_which() const { return b_ == nullptr ? "" : " of " + view_.a->id; }

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
        const int64_t start = frame["start_ns"].get<int64_t>() - raw(view_.a->start);
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
  const Opened& a_;
  const Opened* b_;
  View view_;
  const ReportOptions& options_;
  ReportArchive archive_;
  std::vector<std::string> cut_;
};

// What was taken out of the recording before anything was made of it, in words.
void say_redacted(const profile::Profile& profile, std::vector<std::string>& cut) {
  const auto hidden = recording::Redaction::parse(profile.meta("redaction"));
  if (!hidden) return;
  const auto say = [&](const char* what) {
    if (std::find(cut.begin(), cut.end(), what) == cut.end()) cut.emplace_back(what);
  };
  if (hidden->options().command) say("redacted: arguments of commands");
  if (hidden->options().environment) {
    say("redacted: environment variables, and names of host, user and control group");
  }
  if (hidden->options().paths) {
    say("redacted: folders, but for the system's own: ~ and eight digits stand for each; and names "
        "of host, user and control group");
  }
}

// What `recordings` answers in a report.
std::string recordings_answer(const Context& context, const Opened& a, const Opened* b,
                              const std::vector<std::string>& cut) {
  Json left = Json::array();
  for (const std::string& one : cut) left.push_back(one);
  Json list = Json::array();
  for (const Opened* one : {&a, b}) {
    if (one == nullptr) continue;
    list.push_back({{"id", one->id},
                    {"name", one->id},
                    {"path", one->path},
                    {"bytes", one->profile.file_bytes()},
                    {"modified_s", 0},
                    {"state", "ready"}});
  }
  return json_text(
      {{"schema", "hone.api/1"},
       {"tool_version", context.tool_version},
       {"recordings", std::move(list)},
       {"initial", {{"a", a.id}, {"b", b == nullptr ? Json() : Json(b->id)}}},
       {"features", {{"sql", false}, {"upload", false}, {"source", true}, {"live", false}}},
       {"report", {{"made", context.tool_version}, {"cut", std::move(left)}}}});
}

// For who has no scripts, and for tools that read pages: the findings and the hottest functions.
// `id`: of the element that holds what tools read.
Result<std::string> plain_part(const Context& context, const Opened& opened, std::string_view id) {
  report::ReportOptions wanted;
  wanted.top = 20;
  HONE_TRY_ASSIGN(report::ReportData data, report::collect(opened.profile, context.rules, wanted));
  data.recording = opened.path;
  data.tool_version = context.tool_version;
  std::string out = "<noscript><h1>Hone report: " + report::markup_text(opened.id) + "</h1><ul>";
  for (const analysis::Finding& finding : data.findings) {
    out += "<li>" + report::markup_text(finding.sentence) + "</li>";
  }
  out += "</ul><table><tr><th>Self</th><th>Function</th></tr>";
  for (const analysis::HotSpot& row : data.tables[0].spots.rows) {
    out += "<tr><td>" + base::percent_text(row.self.value) + "</td><td>" +
           report::markup_text(row.name) + "</td></tr>";
  }
  out += "</table></noscript>\n";
  out += fmt::format("<script type=\"application/json\" id=\"{}\">", id);
  return out + report::json_in_markup(report::json_summary(data)) + "</script>\n";
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
  HONE_TRY_ASSIGN(const std::shared_ptr<const Opened> a, context.recordings->get(id, kOpenNs));
  std::shared_ptr<const Opened> b;
  if (!options.compared_with.empty()) {
    HONE_TRY_ASSIGN(b, context.recordings->get(options.compared_with, kOpenNs));
  }
  HONE_TRY_ASSIGN(std::string plain, plain_part(context, *a, "summary"));
  std::string commands = report::markup_text(a->path);
  if (b) {
    HONE_TRY_ASSIGN(const std::string other, plain_part(context, *b, "summary-b"));
    plain += other;
    commands += " " + report::markup_text(b->path);
  }
  const size_t shell_bytes = html.size() + plain.size();
  const size_t left = options.bytes_max > shell_bytes ? options.bytes_max - shell_bytes : 0;
  Maker maker(context, *a, b.get(), options, left);
  maker.add_all();
  if (context.find_source == nullptr) maker.cut().push_back("source text");
  say_redacted(a->profile, maker.cut());
  if (b) say_redacted(b->profile, maker.cut());
  maker.archive().add("recordings", recordings_answer(context, *a, b.get(), maker.cut()), true);

  constexpr std::string_view kMark = "<!--hone:data-->";
  const size_t at = html.find(kMark);
  if (at == html.npos) return fail(Code::Internal, "the shell of reports has no place for data");
  const std::string data =
      plain + "<script type=\"application/octet-stream\" id=\"answers\" data-recording=\"" +
      commands + "\">" + maker.archive().text() + "</script>";
  html.replace(at, kMark.size(), data);
  return ReportFile{std::move(html), std::move(maker.cut())};
}

}  // namespace hone::serve
