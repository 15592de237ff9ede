// What programs wrote, as a table of one recording or of two.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/message_list.h"
#include "serve/endpoints.h"
#include "serve/json_answer.h"
#include "serve/timelines.h"
#include "serve/weights_asked.h"

namespace hone::serve {
namespace {

using analysis::ListedMessage;

constexpr int64_t kRowsMax = 5000;

struct Listed {
  int64_t since_start = 0;
  ListedMessage message;
  bool of_b = false;
};

std::string_view level_name(uint8_t level) {
  static constexpr std::string_view kLevels[] = {"", "error", "warn", "info", "debug", "trace"};
  return level < std::size(kLevels) ? kLevels[level] : "";
}

// By time since the start of each; of one moment A's come first.
Result<std::vector<Listed>> list_of(const Call& call, const analysis::TextMatch& match) {
  std::vector<Listed> out;
  for (const bool of_b : {false, true}) {
    const Opened* side = of_b ? call.b.get() : call.a.get();
    if (side == nullptr) continue;
    HONE_TRY_ASSIGN(const analysis::Selection selection, call.selection(*side));
    for (const ListedMessage& one :
         analysis::list_messages(timeline_of(call, *side), selection, match)) {
      out.push_back({since_start(*side, one.time), one, of_b});
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const Listed& one, const Listed& other) {
    return one.since_start < other.since_start;
  });
  return out;
}

Json row_json(const Opened& side, const Listed& row, const analysis::MessageArguments& values) {
  const profile::Profile& p = side.profile;
  const profile::Message& message = p.instrumentation().messages[row.message.original];
  const profile::Site& site = p.instrumentation().sites[raw(message.site)];
  const profile::Thread& thread = p.threads()[raw(message.thread)];
  Json arguments = Json::array();
  for (const auto& [key, value] : values) arguments.push_back({{"key", key}, {"value", value}});
  return {{"side", row.of_b ? "b" : "a"},
          {"track", "messages"},
          {"event", row.message.event},
          {"time", row.since_start},
          {"thread", raw(message.thread)},
          {"tid", thread.tid},
          {"thread_name", p.string(thread.name)},
          {"process", p.string(p.processes()[raw(thread.process)].name)},
          {"level", level_name(site.level)},
          {"color", site.color == 0 ? Json() : Json(site.color)},
          {"text", p.string(site.name)},
          {"file", p.string(site.file)},
          {"line", site.line},
          {"arguments", std::move(arguments)}};
}

// Rows of one side at a time, since their arguments are looked for together.
Json rows_json(const Call& call, const std::vector<Listed>& rows) {
  std::vector<Json> out(rows.size());
  for (const bool of_b : {false, true}) {
    const Opened* side = of_b ? call.b.get() : call.a.get();
    std::vector<ListedMessage> messages;
    for (const Listed& row : rows) {
      if (row.of_b == of_b) messages.push_back(row.message);
    }
    if (messages.empty()) continue;
    const auto arguments = analysis::message_arguments(side->profile, messages);
    size_t at = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].of_b == of_b) out[i] = row_json(*side, rows[i], arguments[at++]);
    }
  }
  Json list = Json::array();
  for (Json& row : out) list.push_back(std::move(row));
  return list;
}

Json absent_of(const Call& call) {
  for (const Opened* side : {call.a.get(), call.b.get()}) {
    if (side != nullptr && !side->profile.instrumentation().messages.empty()) return nullptr;
  }
  return absent("The program writes no messages, or its marks were off: hone/hone.h.",
                "HONE_EVENT(\"level loaded\");");
}

Result<Response> messages(const Call& call) {
  constexpr std::string_view kOrders[] = {"asc", "desc"};
  constexpr std::string_view kSorts[] = {"time"};
  HONE_TRY(call.choice("sort", kSorts));
  HONE_TRY_ASSIGN(const std::string_view order, call.choice("order", kOrders));
  HONE_TRY_ASSIGN(const int64_t offset, call.number("offset", 0, 0, INT32_MAX));
  HONE_TRY_ASSIGN(const int64_t limit, call.number("limit", 200, 0, kRowsMax));
  HONE_TRY_ASSIGN(const analysis::TextMatch match,
                  analysis::TextMatch::of(call.request.value("filter")));
  using List = std::vector<Listed>;
  HONE_TRY_ASSIGN(const std::shared_ptr<const List> all,
                  call.context.cache->kept<List>(
                      call.cache_key(fmt::format("messages {}", call.request.value("filter"))),
                      [&] { return list_of(call, match); },
                      [](const List& made) { return made.size() * sizeof(Listed); }));
  const size_t first = std::min(static_cast<size_t>(offset), all->size());
  const size_t last = std::min(first + static_cast<size_t>(limit), all->size());
  std::vector<Listed> rows;
  for (size_t i = first; i < last; ++i) {
    rows.push_back((*all)[order == "asc" ? i : all->size() - 1 - i]);
  }
  return json_response(
      {{"rows_total", all->size()}, {"absent", absent_of(call)}, {"rows", rows_json(call, rows)}});
}

}  // namespace

const Endpoint kMessages = {
    .path = "messages",
    .sides = Sides::kAB,
    .selects = true,
    .summary = "What the program wrote, one message a row, by time.",
    .parameters = {{"filter",
                    "a part of the text or of the thread's name, in any case; `/x/` is a regular "
                    "expression (POSIX extended)"},
                   {"sort", "`time`"},
                   {"order", "`asc` (default) or `desc`"},
                   {"offset", "of the first row"},
                   {"limit", "rows at most, up to 5000; default 200"}},
    .returns =
        "`{rows_total, absent, rows: [{side, track, event, time, thread, tid, thread_name, "
        "process, level, color, text, file, line, arguments: [{key, value}]}]}`. Of two "
        "recordings, those of both, each by the time since its own start; `side` is `a` or `b`. "
        "`track` and `event` are those of `event`. `level` is `error`, `warn`, `info`, `debug`, "
        "`trace` or empty; `color` 0xrrggbb or null.",
    .answer = &messages};

}  // namespace hone::serve
