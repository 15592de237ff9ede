// Folded stacks and CSV.
#include <gmock/gmock.h>

#include "exchange/import_test_support.h"
#include "exchange/test_support.h"
#include "exchange/text.h"
#include "hone/layout.h"

namespace hone::exchange {
namespace {

using testing::HasSubstr;

// RFC 4180, read by its grammar.
std::vector<std::vector<std::string>> rows_of(std::string_view text) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row;
  size_t at = 0;
  while (at < text.size()) {
    std::string field;
    if (text[at] == '"') {
      for (++at; at < text.size(); ++at) {
        if (text[at] == '"' && at + 1 < text.size() && text[at + 1] == '"') {
          field += '"';
          ++at;
        } else if (text[at] == '"') {
          break;
        } else {
          field += text[at];
        }
      }
      ++at;
    } else {
      while (text[at] != ',' && text[at] != '\r') field += text[at++];
    }
    row.push_back(field);
    if (text[at] == ',') {
      ++at;
    } else {
      EXPECT_EQ(text.substr(at, 2), "\r\n");
      at += 2;
      rows.push_back(std::move(row));
      row.clear();
    }
  }
  return rows;
}

TEST(ExportFolded, SamplesByStack) {
  MadeProfile made(R"(
    main;step 3
    main;step;[inlined]a;b 2
    main;libc.so.6!memcpy 1
  )");
  EXPECT_EQ(made.exported("folded"),
            "main;memcpy 1000000\nmain;step 3000000\nmain;step;a;b 2000000\n");
}

TEST(ExportFolded, SpansByTheirOwnTime) {
  MadeProfile made;
  const SiteId frame = made.site("frame;x"), step = made.site("step"), lone = made.site("lone");
  made.span(step, 10, 30, 1);
  made.span(step, 40, 50, 1);
  made.span(frame, 0, 100, 0);
  made.span(lone, 0, 7, 0, 2, recording::kSpanStray);
  made.span(lone, 0, 900, 0, 2, recording::kSpanOpen);
  EXPECT_EQ(made.exported("folded", {.of = FoldedOf::kSpans}),
            "frame:x 70\nframe:x;step 30\nlone 7\n");
}

TEST(ExportFolded, WhatItsNumbersAreIsSaid) {
  const auto unit = [](const profile::Profile& profile, const ExportOptions& options) {
    std::string text;
    Output out = Output::to_text(text);
    const auto left = export_folded(profile, options, out);
    EXPECT_TRUE(left);
    return left ? left->unit : std::string("nothing");
  };
  MadeProfile made("main;step 3");
  made.span(made.site("step"), 10, 30, 1);
  EXPECT_EQ(unit(made.profile(), {}), "nanoseconds of CPU time");
  EXPECT_EQ(unit(made.profile(), {.of = FoldedOf::kSpans}), "nanoseconds of spans' own time");
  const Imported sums = imported(R"j({"dhatFileVersion":2,"mode":"heap","tu":"\u00b5s","pid":1,
"pps":[{"tb":9,"tbk":2,"tl":3,"fs":[1]}],"ftbl":["[root]","0x1: f (a.c:1)"]})j");
  ASSERT_TRUE(sums.profile);
  const auto of_sums = [&](const std::string& metric) {
    return unit(*sums.profile, {.weight = Weight::kCosts, .metric = metric});
  };
  EXPECT_EQ(of_sums("alloc-bytes"), "bytes of alloc-bytes");
  EXPECT_EQ(of_sums("alloc-count"), "alloc-count");
  EXPECT_EQ(of_sums("dhat.lifetimes"), "nanoseconds of dhat.lifetimes");
  const Imported samples = imported("a;b 3\n");
  ASSERT_TRUE(samples.profile);
  EXPECT_EQ(unit(*samples.profile, {.weight = Weight::kCosts, .metric = "samples"}), "");
}

TEST(ExportFolded, WhatTheRecordingHasNotIsSaid) {
  MadeProfile made("@thread main process=app tid=1");
  for (const ExportOptions& options : {ExportOptions{}, ExportOptions{.of = FoldedOf::kSpans},
                                       ExportOptions{.weight = Weight::kOffCpu}}) {
    std::string text;
    Output out = Output::to_text(text);
    const auto done = export_folded(made.profile(), options, out);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().number, "E070");
  }
}

TEST(ExportCsv, FieldsThatNeedQuotesHaveThem) {
  MadeProfile made;
  const SiteId site = made.site("a, \"b\"\nc");
  made.argument(site, 0, "n", HONE_ARGUMENT_INTEGER, 4);
  made.span(site, 0, 10);
  made.span(site, 20, 21, 0, 2, recording::kSpanOpen);
  const auto rows = rows_of(made.exported("csv", {.table = "spans"}));
  ASSERT_EQ(rows.size(), 3u);
  for (const auto& row : rows) EXPECT_EQ(row.size(), rows[0].size());
  EXPECT_EQ(rows[1][3], "a, \"b\"\nc");
  EXPECT_EQ(rows[1][5], "0");
  EXPECT_EQ(rows[1][6], "10");
  EXPECT_EQ(rows[1][11], "{\"n\":4}");
  EXPECT_EQ(rows[1].back(), "1");
  EXPECT_EQ(rows[2][8], "open");
}

TEST(ExportCsv, EveryTableHasAsManyFieldsAsNames) {
  MadeProfile made(R"(
    @track cpu.user scope=1 kind=2 unit=3 values=1000000000:0,1100000000:50000000
    main;step 3 time=1005000000
  )");
  const SiteId site = made.site("x"), plot = made.site("p", 2), frame = made.site("f", 3),
               said = made.site("m", 4);
  made.span(site, 0, 10);
  made.flow(site, 5, 1, 1);
  made.add(
      recording::PlotRow{.thread = ThreadId{1}, .time = TimeNs{kStart}, .site = plot, .value = 1});
  for (const int64_t at : {0, 16}) {
    made.add(recording::FrameMarkRow{
        .thread = ThreadId{1}, .time = TimeNs{kStart + at}, .site = frame, .kind = 1});
  }
  made.add(recording::MessageRow{.thread = ThreadId{1}, .time = TimeNs{kStart}, .site = said});
  made.add(recording::WaitRow{.time = TimeNs{kStart},
                              .until = TimeNs{kStart + 9},
                              .thread = ThreadId{1},
                              .duration = DurationNs{9},
                              .count = 1});
  made.add(recording::GpuSpanRow{
      .start = TimeNs{kStart}, .end = TimeNs{kStart + 9}, .site = site, .issued = TimeNs{kStart}});
  made.add(recording::LockRow{.thread = ThreadId{1}, .end = TimeNs{kStart + 9}, .site = site});
  made.add(recording::AllocationRow{
      .thread = ThreadId{1}, .time = TimeNs{kStart}, .site = site, .kind = 1});
  for (const CsvTable& table : csv_tables()) {
    SCOPED_TRACE(table.name);
    const auto rows = rows_of(made.exported("csv", {.table = std::string(table.name)}));
    ASSERT_GE(rows.size(), 2u);
    for (const auto& row : rows) EXPECT_EQ(row.size(), rows[0].size());
    EXPECT_GT(csv_row_count(made.profile(), {}, table.name), 0u);
  }
  const auto counters = rows_of(made.exported("csv", {.table = "counters"}));
  EXPECT_EQ(counters[1][2], "CPUs");
  EXPECT_EQ(counters[1][4], "0.5");
}

TEST(Text, BrokenUtf8IsReplacedByteForByte) {
  std::string out;
  append_csv(out, "\xc0\x80|\xe2\x82\xac|\xf4\x90\x80\x80|\x80");
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(out, bad + bad + "|\xe2\x82\xac|" + bad + bad + bad + bad + "|" + bad);
  out.clear();
  append_folded(out, "a;b\nc\x1b");
  EXPECT_EQ(out, "a:b c?");
  out.clear();
  append_folded(out, "");
  EXPECT_EQ(out, "(no name)");
}

TEST(Output, MicrosecondsAreExact) {
  std::string out;
  Output output = Output::to_text(out);
  for (const int64_t ns : {int64_t{0}, int64_t{7}, int64_t{-1500}, INT64_MAX, INT64_MIN}) {
    output.put_microseconds(ns);
    output.put(' ');
  }
  ASSERT_TRUE(output.finish());
  EXPECT_EQ(out, "0.000 0.007 -1.500 9223372036854775.807 -9223372036854775.808 ");
}

TEST(Output, WhatIsLargerThanItsBufferGoesThrough) {
  std::string out;
  Output output = Output::to_text(out);
  const std::string large(1 << 20, 'x');
  output.put("a");
  output.put(large);
  output.put("b");
  EXPECT_EQ(output.bytes(), large.size() + 2);
  ASSERT_TRUE(output.finish());
  EXPECT_EQ(out, "a" + large + "b");
}

TEST(Output, AFailureIsKept) {
  Output output = Output::to_descriptor(-1);
  output.put(std::string(1 << 20, 'x'));
  EXPECT_TRUE(output.failed());
  EXPECT_FALSE(output.finish());
}

}  // namespace
}  // namespace hone::exchange
