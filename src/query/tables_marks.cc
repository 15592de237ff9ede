// Tables of what programs say of themselves, spans apart (spans_table.cc).
#include <array>
#include <bit>
#include <string>

#include "hone/layout.h"
#include "query/columns.h"
#include "query/tables.h"

namespace hone::query {
namespace {

const profile::Site& site(const Source& s, size_t i) {
  return s.marks().sites[i + 1];
}
constexpr std::array<std::string_view, 10> kSiteKinds = {
    "", "span", "plot", "frames", "message", "pool", "lock", "thread name", "about", "gpu queue"};
constexpr std::array<std::string_view, 6> kLevels = {"", "error", "warn", "info", "debug", "trace"};
constexpr ColumnSpec kSites[] = {
    whole("id", HONE_NUMBER(i + 1), "Of the place.", Role::kId),
    text_column("name", HONE_TEXT(s.string(site(s, i).name)), "As the program gave it.",
                Role::kName),
    text_column("kind", HONE_TEXT(text_of(site(s, i).kind, kSiteKinds)),
                "span, plot, frames, message, pool, lock, thread name, about or gpu queue."),
    text_column("level", HONE_TEXT(text_of(site(s, i).level, kLevels)),
                "error, warn, info, debug or trace."),
    text_column("category", HONE_TEXT(s.string(site(s, i).category)),
                "Given, or what is before the first :: of the name."),
    text_column("function", HONE_TEXT(s.string(site(s, i).function)),
                "Where it stands; empty when not known."),
    text_column("file", HONE_TEXT(s.string(site(s, i).file)), "The same."),
    whole("line", HONE_NUMBER(site(s, i).line), "The same."),
    text_column("unit", HONE_TEXT(s.string(site(s, i).unit)), "Of a plot's values."),
    some_column("color", Type::kInteger,
                HONE_PUT({ site(s, i).color == 0 ? to.none() : to.whole(site(s, i).color); }),
                "0xrrggbb; NULL when none was given."),
};

const profile::SpanArgument& argument(const Source& s, size_t i) {
  return s.marks().arguments[i];
}
void put_argument(const Source& s, const profile::SpanArgument& of, const Cell& to) {
  switch (of.type) {
    case HONE_ARGUMENT_REAL:
      return to.real(std::bit_cast<double>(of.value));
    case HONE_ARGUMENT_STRING:
      return to.text(s.string(of.text));
    case HONE_ARGUMENT_UNSIGNED:
      // SQLite's numbers end below.
      if (of.value > INT64_MAX) return to.copied(std::to_string(of.value));
      [[fallthrough]];
    default:
      return to.whole(static_cast<int64_t>(of.value));
  }
}
constexpr std::array<std::string_view, 8> kArgumentTypes = {
    "", "integer", "unsigned", "real", "boolean", "address", "text", "stands for"};
constexpr ColumnSpec kSpanArguments[] = {
    kThreadColumn<&argument>,
    time_column("ts", HONE_NUMBER(s.since_start(argument(s, i).time)),
                "When the span began, or the message was written: with thread and site, which "
                "one.",
                Role::kTime),
    kSiteColumn<&argument>,
    kSiteNameColumn<&argument>,
    text_column("key", HONE_TEXT(s.string(argument(s, i).key)), "The argument's name."),
    some_column("value", Type::kText, HONE_PUT(put_argument(s, argument(s, i), to)),
                "A number or a text, as it was given; an unsigned number from 2^63 on as text."),
    text_column("type", HONE_TEXT(text_of(argument(s, i).type, kArgumentTypes)),
                "integer, unsigned, real, boolean, address or text."),
};

const profile::SpanWeight& weight(const Source& s, size_t i) {
  return s.marks().weights[i];
}
constexpr ColumnSpec kSpanWeights[] = {
    kThreadColumn<&weight>,
    time_column("ts", HONE_NUMBER(s.since_start(weight(s, i).start)),
                "When the span began: with thread and site, which one.", Role::kTime),
    kSiteColumn<&weight>,
    kSiteNameColumn<&weight>,
    whole("count", HONE_NUMBER(weight(s, i).count), "Spans that it stands for, itself included."),
};

const profile::SpanCount& count(const Source& s, size_t i) {
  return s.marks().counts[i];
}
constexpr ColumnSpec kSpanCounts[] = {
    kThreadColumn<&count>,
    kTimeColumn<&count>,
    kSiteColumn<&count>,
    kSiteNameColumn<&count>,
    whole("count", HONE_NUMBER(count(s, i).count), "How many."),
};

const profile::FrameMark& frame_mark(const Source& s, size_t i) {
  return s.marks().frames[i];
}
constexpr std::array<std::string_view, 4> kMarkKinds = {"", "next", "begin", "end"};
constexpr ColumnSpec kFrameMarks[] = {
    kThreadColumn<&frame_mark>,
    kTimeColumn<&frame_mark>,
    kSiteColumn<&frame_mark>,
    kSiteNameColumn<&frame_mark>,
    text_column("kind", HONE_TEXT(text_of(frame_mark(s, i).kind, kMarkKinds)),
                "next: one ends and another begins; begin; end."),
};

const Source::FrameRow& frame_row(const Source& s, size_t i) {
  return s.frames()[i];
}
constexpr ColumnSpec kFrameTimes[] = {
    whole("id", HONE_NUMBER(i + 1), "Of the row.", Role::kId),
    text_column("name", HONE_TEXT(*frame_row(s, i).set), "Of the set of frames.", Role::kName),
    whole("number", HONE_NUMBER(frame_row(s, i).time.number), "Of its set, from 1."),
    time_column("ts", HONE_NUMBER(s.since_start(frame_row(s, i).time.start)), "When it began.",
                Role::kTime),
    nanoseconds("dur", HONE_NUMBER(frame_row(s, i).time.duration_ns), "How long it took."),
    whole("thread", HONE_NUMBER(raw(frame_row(s, i).time.thread)),
          "Of threads.id: who marked its end.", Role::kThread),
};

const profile::PlotValue& plot(const Source& s, size_t i) {
  return s.marks().plots[i];
}
constexpr ColumnSpec kPlots[] = {
    kTimeColumn<&plot>,
    kSiteNameColumn<&plot>,
    real_column("value", HONE_REAL(plot(s, i).value), "What was plotted."),
    text_column("unit", HONE_TEXT(s.string(site_of(s, plot(s, i).site).unit)),
                "Of the value; empty when none was given."),
    kThreadColumn<&plot>,
    kSiteColumn<&plot>,
    kInSpanColumn,
};

const profile::Message& message(const Source& s, size_t i) {
  return s.marks().messages[i];
}
constexpr ColumnSpec kMessages[] = {
    kTimeColumn<&message>,
    text_column("name", HONE_TEXT(site_name(s, message(s, i).site)), "What it says.", Role::kName),
    text_column("level", HONE_TEXT(text_of(site_of(s, message(s, i).site).level, kLevels)),
                "error, warn, info, debug or trace."),
    kThreadColumn<&message>,
    kThreadNameColumn<&message>,
    kSiteColumn<&message>,
    kInSpanColumn,
};

const profile::Flow& flow(const Source& s, size_t i) {
  return s.marks().flows[i];
}
constexpr std::array<std::string_view, 5> kFlowKinds = {"", "span begin", "span end", "flow begin",
                                                        "flow end"};
constexpr ColumnSpec kFlows[] = {
    kTimeColumn<&flow>,
    kSiteNameColumn<&flow>,
    whole("flow", HONE_NUMBER(flow(s, i).id), "Its id, as the program gave it."),
    text_column("kind", HONE_TEXT(text_of(flow(s, i).kind, kFlowKinds)),
                "span begin, span end, flow begin or flow end."),
    kThreadColumn<&flow>,
    kThreadNameColumn<&flow>,
    kSiteColumn<&flow>,
};

}  // namespace

constexpr TableSpec kSitesTable = {
    .name = "sites",
    .doc = "Places in the source of instrumented programs.",
    .columns = kSites,
    .rows = [](const Source& s) { return s.marks().sites.size() - 1; }};
constexpr TableSpec kSpanArgumentsTable = {
    .name = "span_arguments",
    .doc = "What spans and messages say beside their names.",
    .columns = kSpanArguments,
    .rows = [](const Source& s) { return s.marks().arguments.size(); }};
constexpr TableSpec kSpanWeightsTable = {
    .name = "span_weights",
    .doc =
        "Timed spans of places that were met too often to time each, and how many each stands "
        "for.",
    .columns = kSpanWeights,
    .rows = [](const Source& s) { return s.marks().weights.size(); }};
constexpr TableSpec kSpanCountsTable = {
    .name = "span_counts",
    .doc = "Spans of such places that no timed one stands for.",
    .columns = kSpanCounts,
    .rows = [](const Source& s) { return s.marks().counts.size(); }};
constexpr TableSpec kFrameMarksTable = {
    .name = "frame_marks",
    .doc = "Where frames of instrumented programs begin and end.",
    .columns = kFrameMarks,
    .rows = [](const Source& s) { return s.marks().frames.size(); }};
constexpr TableSpec kFrameTimesTable = {.name = "frame_times",
                                        .doc = "The frames themselves, by set and time.",
                                        .columns = kFrameTimes,
                                        .rows = [](const Source& s) { return s.frames().size(); }};
constexpr TableSpec kPlotsTable = {.name = "plots",
                                   .doc = "Values that instrumented programs plot.",
                                   .columns = kPlots,
                                   .rows = [](const Source& s) { return s.marks().plots.size(); }};
constexpr TableSpec kMessagesTable = {
    .name = "messages",
    .doc = "What instrumented programs say.",
    .columns = kMessages,
    .rows = [](const Source& s) { return s.marks().messages.size(); }};
constexpr TableSpec kFlowsTable = {
    .name = "flows",
    .doc = "Ends of asynchronous spans and of flows, paired by name and id.",
    .columns = kFlows,
    .rows = [](const Source& s) { return s.marks().flows.size(); }};

}  // namespace hone::query
