// What the views of spans show: all by name, and one of them.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/span_table.h"
#include "analysis/span_view.h"
#include "analysis/span_waits.h"
#include "analysis/text_match.h"
#include "serve/endpoints.h"
#include "serve/weights_asked.h"

namespace hone::serve {
namespace {

using analysis::SpanRow;
using analysis::SpanTable;
using analysis::SpanTimes;

constexpr int64_t kRowsMax = 5000;
constexpr size_t kBars = 120;  // of a histogram, at most

constexpr std::array<std::string_view, 10> kSorts = {"self", "total", "count", "mean", "p50",
                                                     "p95",  "p99",   "max",   "name", "ratio"};
constexpr std::array<std::string_view, 2> kOrders = {"desc", "asc"};
constexpr std::array<std::string_view, 2> kNameOrders = {"asc", "desc"};

Json times_json(const SpanTimes& of) {
  const analysis::Distribution& t = of.times;
  Json out = {{"count", t.count},     {"total", t.total_ns}, {"self", of.self_ns},
              {"mean", t.mean_ns},    {"min", t.least_ns},   {"max", t.most_ns},
              {"p50", t.p50_ns},      {"p95", t.p95_ns},     {"p99", t.p99_ns},
              {"threads", of.threads}};
  if (of.median_low_ns <= of.median_high_ns) {
    out["p50_low"] = of.median_low_ns;
    out["p50_high"] = of.median_high_ns;
  }
  if (of.timed > 0) out["timed"] = of.timed;
  if (of.loose > 0) out["across_threads"] = of.loose;
  if (of.still_open > 0) out["still_open"] = of.still_open;
  return out;
}

void put_verdict(const SpanRow& row, bool compared, Json& out) {
  out["b"] = compared && row.b.here ? times_json(row.b) : Json();
  out["verdict"] = verdict_name(row.verdict);
  out["ratio"] = compared && row.a.here && row.b.here ? Json(row.ratio) : Json();
  out["interval"] = row.has_interval ? Json({row.interval.low, row.interval.high}) : Json();
}

Json row_json(const SpanRow& row, bool compared) {
  Json out = {
      {"name", row.name}, {"category", row.category}, {"file", row.file}, {"line", row.line}};
  out.update(times_json(row.a));
  out["here"] = row.a.here;
  put_verdict(row, compared, out);
  return out;
}

double value_of(const SpanTimes& of, std::string_view sort) {
  const analysis::Distribution& t = of.times;
  if (sort == "total") return static_cast<double>(t.total_ns);
  if (sort == "count") return static_cast<double>(t.count);
  if (sort == "mean") return t.mean_ns;
  if (sort == "p50") return static_cast<double>(t.p50_ns);
  if (sort == "p95") return static_cast<double>(t.p95_ns);
  if (sort == "p99") return static_cast<double>(t.p99_ns);
  if (sort == "max") return static_cast<double>(t.most_ns);
  return static_cast<double>(of.self_ns);
}

std::vector<uint32_t> ordered(const SpanTable& table, const analysis::TextMatch& match,
                              std::string_view sort, bool ascending) {
  std::vector<uint32_t> order;
  std::vector<double> value(table.rows.size(), 0);
  for (uint32_t i = 0; i < table.rows.size(); ++i) {
    const SpanRow& row = table.rows[i];
    if (!match(row.name) && !match(row.category)) continue;
    order.push_back(i);
    if (sort == "ratio") value[i] = row.ratio;
    if (sort != "ratio" && sort != "name") {
      value[i] = std::max(value_of(row.a, sort), value_of(row.b, sort));
    }
  }
  std::sort(order.begin(), order.end(), [&](uint32_t x, uint32_t y) {
    if (value[x] != value[y]) return ascending ? value[x] < value[y] : value[x] > value[y];
    const int names = table.rows[x].name.compare(table.rows[y].name);
    if (names != 0) return sort == "name" && !ascending ? names > 0 : names < 0;
    return x < y;
  });
  return order;
}

struct SpansAsked {
  analysis::Selection selected_a, selected_b;
  analysis::TableSide a, b;
};

Result<void> sides_of(const Call& call, SpansAsked& out) {
  HONE_TRY_ASSIGN(out.selected_a, call.selection(*call.a));
  out.a = {&call.a->profile, &out.selected_a};
  if (call.b) {
    HONE_TRY_ASSIGN(out.selected_b, call.selection(*call.b));
    out.b = {&call.b->profile, &out.selected_b};
  }
  return {};
}

analysis::MetricState spans_state(const Call& call) {
  for (const analysis::MetricState& state : weights_of(*call.a, call.b.get())) {
    if (state.metric == analysis::Metric::kSpans) return state;
  }
  return {};
}

Result<Response> spans(const Call& call) {
  SpansAsked asked;
  HONE_TRY(sides_of(call, asked));
  HONE_TRY_ASSIGN(const std::string_view sort, call.choice("sort", kSorts));
  HONE_TRY_ASSIGN(const std::string_view order,
                  call.choice("order", sort == "name" ? kNameOrders : kOrders));
  HONE_TRY_ASSIGN(const int64_t offset, call.number("offset", 0, 0, INT32_MAX));
  HONE_TRY_ASSIGN(const int64_t limit, call.number("limit", 200, 0, kRowsMax));
  HONE_TRY_ASSIGN(const analysis::TextMatch match,
                  analysis::TextMatch::of(call.request.value("filter")));
  HONE_TRY_ASSIGN(
      const std::shared_ptr<const SpanTable> table,
      call.context.cache->kept<SpanTable>(
          call.cache_key("spans"),
          [&]() -> Result<SpanTable> { return analysis::span_table(asked.a, asked.b); },
          [](const SpanTable& made) { return made.rows.size() * (sizeof(SpanRow) + 100); }));
  const std::vector<uint32_t> rows = ordered(*table, match, sort, order == "asc");
  Json list = Json::array();
  const size_t first = std::min(static_cast<size_t>(offset), rows.size());
  const size_t last = std::min(first + static_cast<size_t>(limit), rows.size());
  for (size_t i = first; i < last; ++i) {
    list.push_back(row_json(table->rows[rows[i]], table->compared));
  }
  return json_response({{"rows_total", rows.size()},
                        {"absent", absent_json(spans_state(call))},
                        {"rows", std::move(list)}});
}

Json thread_json(const Opened& side, ThreadId id) {
  const profile::Thread& thread = side.profile.threads()[raw(id)];
  return {{"id", raw(id)}, {"tid", thread.tid}, {"name", side.profile.string(thread.name)}};
}

Json histogram_json(const analysis::SpanView& a, const analysis::SpanView* b) {
  const analysis::DurationCounts::Bars bars =
      analysis::DurationCounts::bars(a.durations, b != nullptr ? &b->durations : nullptr, kBars);
  Json out = {{"edges_ns", bars.edges}, {"counts", bars.counts}, {"total_ns", bars.total_ns}};
  if (b != nullptr) {
    out["counts_b"] = bars.counts_b;
    out["total_ns_b"] = bars.total_ns_b;
  }
  return out;
}

Json groups_json(const Opened& side, const std::vector<analysis::SpanGroup>& groups, bool threads) {
  Json out = Json::array();
  for (const analysis::SpanGroup& group : groups) {
    Json one = {{"name", group.name},
                {"count", group.times.count},
                {"total", group.times.total_ns},
                {"p50", group.times.p50_ns},
                {"max", group.times.most_ns}};
    if (threads) one["thread"] = thread_json(side, group.thread);
    out.push_back(std::move(one));
  }
  return out;
}

Json waits_json(const analysis::TableSide& side, std::string_view name) {
  const profile::Profile& p = *side.profile;
  Json kinds = Json::object();
  Json texts = Json::object();
  int64_t blocked = 0, queued = 0;
  uint64_t count = 0;
  Json place;
  for (const analysis::SpanWaits& waits : analysis::span_waits(p, *side.selection)) {
    if (p.string(p.instrumentation().sites[raw(waits.site)].name) != name) continue;
    blocked += waits.blocked_ns;
    queued += waits.queued_ns;
    count += waits.count;
    for (size_t i = 0; i < analysis::kWaitKinds; ++i) {
      if (waits.ns[i] == 0) continue;
      const std::string kind(wait_kind_name(static_cast<analysis::WaitKind>(i)));
      kinds[kind] = kinds.value(kind, int64_t{0}) + waits.ns[i];
      texts[kind] = wait_kind_text(static_cast<analysis::WaitKind>(i));
    }
    if (place.is_null() && !waits.function.empty()) {
      place = {{"kind", wait_kind_name(waits.kind)},
               {"function", waits.function},
               {"ns", waits.function_ns}};
    }
  }
  return {{"recorded", !p.waits().empty()}, {"blocked", blocked},
          {"waiting_for_cpu", queued},      {"count", count},
          {"kinds", std::move(kinds)},      {"kind_texts", std::move(texts)},
          {"most_at", std::move(place)}};
}

Json over_time_json(const analysis::SpanView& view, TimeNs start) {
  Json edges = Json::array(), p50 = Json::array(), most = Json::array();
  for (const TimeNs edge : view.edges) edges.push_back(raw(edge - start));
  const auto or_null = [](int64_t ns) { return ns < 0 ? Json() : Json(ns); };
  for (size_t i = 0; i < view.p50_ns.size(); ++i) {
    p50.push_back(or_null(view.p50_ns[i]));
    most.push_back(or_null(view.most_ns[i]));
  }
  return {{"edges_ns", std::move(edges)},
          {"p50", std::move(p50)},
          {"max", std::move(most)},
          {"counts", view.counts}};
}

Result<Response> span(const Call& call) {
  SpansAsked asked;
  HONE_TRY(sides_of(call, asked));
  const std::string_view name = call.request.value("name");
  if (name.empty()) return fail(Code::InvalidArgument, "name: which span?");
  analysis::SpanViewOptions options;
  HONE_TRY_ASSIGN(options.low_ns, call.number("low", 0, 0, INT64_MAX));
  HONE_TRY_ASSIGN(options.high_ns, call.number("high", INT64_MAX, 0, INT64_MAX));
  if (options.low_ns > options.high_ns) {
    return fail(Code::InvalidArgument, "low: it is more than high");
  }
  const analysis::SpanView a =
      analysis::span_view(call.a->profile, asked.selected_a, name, options);
  analysis::SpanView b;
  if (call.b) b = analysis::span_view(call.b->profile, asked.selected_b, name, options);
  if (!a.known && !b.known) {
    return fail(Code::NotFound, fmt::format("no span is named '{}'", name.substr(0, 200)));
  }
  const analysis::SpanView& shown = a.known ? a : b;
  SpanRow row;
  row.a = a.times;
  row.b = b.times;
  if (call.b) compare_medians(row);
  Json slowest = Json::array();
  for (const analysis::SpanOfView& one : a.slowest) {
    slowest.push_back(
        {{"event", one.event},
         {"thread", thread_json(*call.a, one.thread)},
         {"thread_name", call.a->profile.string(call.a->profile.threads()[raw(one.thread)].name)},
         {"track", fmt::format("spans:{}", raw(one.thread))},
         {"start", raw(one.start) - raw(call.a->start)},
         {"duration", one.duration_ns}});
  }
  Json out = {{"name", name},
              {"category", shown.category},
              {"function", shown.function},
              {"file", shown.file},
              {"line", shown.line},
              {"statistics", times_json(a.times)},
              {"not_timed", a.not_timed}};
  put_verdict(row, call.b != nullptr, out);
  out["histogram"] = histogram_json(a, call.b ? &b : nullptr);
  out["slowest"] = std::move(slowest);
  out["over_time"] = over_time_json(a, call.a->start);
  out["by_thread"] = groups_json(*call.a, a.by_thread, true);
  out["by_parent"] = groups_json(*call.a, a.by_parent, false);
  out["waits"] = waits_json(asked.a, name);
  return json_response(out);
}

}  // namespace

const Endpoint kSpans = {
    .path = "spans",
    .sides = Sides::kAB,
    .selects = true,
    .summary = "Spans by name, with how long they take.",
    .parameters = {{"sort",
                    "`self` (default), `total`, `count`, `mean`, `p50`, `p95`, `p99`, `max`, "
                    "`name`, `ratio`; of two recordings, by the larger side"},
                   {"order", "`desc`, `asc`; default: names rise, numbers fall"},
                   {"filter",
                    "a part of name or category, in any case; `/x/` is a regular "
                    "expression (POSIX extended)"},
                   {"offset", "of the first row"},
                   {"limit", "rows at most, up to 5000; default 200"}},
    .returns =
        "`{rows_total, absent, rows: [{name, category, file, line, count, total, self, mean, min, "
        "max, p50, p95, p99, p50_low, p50_high, threads, timed, across_threads, still_open, here, "
        "b: {...}, verdict, ratio, interval}]}`. `here` false: only the other recording has it. "
        "`p50_low` and `p50_high`: the median's 95% interval, from 6 spans on. `ratio` is that of "
        "the medians, b to a, and `interval` its 95% interval; `verdict` as in `functions`, where "
        "five percent matter. `timed`: of a place that was met too often, how many were timed.",
    .answer = &spans};

const Endpoint kSpan = {
    .path = "span",
    .sides = Sides::kAB,
    .selects = true,
    .summary = "One span: how its durations are distributed, when, where and in what it ran.",
    .parameters = {{"name", "exactly"},
                   {"low", "ns: all but the histogram is of spans that took at least this"},
                   {"high", "ns: and at most this"}},
    .returns =
        "`{name, category, function, file, line, statistics, not_timed, b, verdict, ratio, "
        "interval, histogram: {edges_ns, counts, total_ns, counts_b, total_ns_b}, slowest: "
        "[{event, thread, "
        "thread_name, track, start, duration}], over_time: {edges_ns, p50, max, counts}, "
        "by_thread, by_parent: "
        "[{name, count, total, p50, max, thread}], waits: {recorded, blocked, waiting_for_cpu, "
        "count, kinds, kind_texts, most_at}}`. `statistics` and `b` are as in `spans`. Edges of "
        "the histogram "
        "are equally far apart on a logarithmic scale, and one more than counts. A parent without "
        "a name: nothing was around them. `waits` are those of which it was the innermost span.",
    .answer = &span};

}  // namespace hone::serve
