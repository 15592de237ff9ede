#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "session/chrome_stream.h"
#include "session/console.h"
#include "session/tally.h"

namespace hone::session {
namespace {

const ThreadSeen kThread{.tid = 7, .name = "main"};

SpanSeen span(const drain::SpanSite& site, int64_t start, int64_t end, uint32_t depth) {
  return {.site = &site, .start = TimeNs{start}, .end = TimeNs{end}, .depth = depth};
}

struct File {
  File() { ::close(::mkstemp(name)); }
  ~File() { ::unlink(name); }
  std::string text() const {
    std::ifstream in(name);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }
  char name[32] = "/tmp/hone-trace-XXXXXX";
};

TEST(ChromeStream, UnfinishedItLacksTheBracketAlone) {
  const File file;
  auto stream = ChromeStream::create(file.name, "game \"one\"");
  ASSERT_TRUE(stream);
  const drain::SpanSite site{.color = 0x4387fd, .name = "step\n\x80"};
  (*stream)->on_thread(kThread);
  (*stream)->on_span(kThread, span(site, 1'000'000'000'001, 1'000'000'001'234, 0));
  (*stream)->flush();
  EXPECT_FALSE(nlohmann::json::accept(file.text()));
  const auto cut = nlohmann::json::parse(file.text() + "]");
  (*stream)->finish(TimeNs{0});
  const auto whole = nlohmann::json::parse(file.text());
  EXPECT_EQ(cut, whole);
  ASSERT_EQ(whole.size(), 3u);
  EXPECT_EQ(whole[0]["args"]["name"], "game \"one\"");
  EXPECT_EQ(whole[2]["name"], "step\n\xef\xbf\xbd");
  EXPECT_EQ(whole[2]["cname"], "rail_response");
  EXPECT_NE(file.text().find("\"ts\":1000000000.001,\"dur\":1.233"), std::string::npos);
}

// Clocks are read with an error: what lies by it a little outside of its parent is put inside.
TEST(ChromeStream, TimesAreMovedUntilSpansAreNested) {
  const File file;
  auto stream = ChromeStream::create(file.name, "game");
  ASSERT_TRUE(stream);
  const drain::SpanSite site{.name = "s"};
  (*stream)->on_span(kThread, span(site, 100, 200, 1));
  (*stream)->on_span(kThread, span(site, 199, 300, 1));  // before the one before has ended
  (*stream)->on_span(kThread, span(site, 101, 299, 0));  // around both
  (*stream)->on_span(kThread, span(site, 298, 400, 0));
  (*stream)->finish(TimeNs{0});
  std::vector<std::pair<int, int>> got;
  for (const auto& event : nlohmann::json::parse(file.text())) {
    if (event["ph"] != "X") continue;
    const auto ns = [&](const char* key) {
      return static_cast<int>(std::lround(event[key].get<double>() * 1000));
    };
    got.emplace_back(ns("ts"), ns("ts") + ns("dur"));
  }
  EXPECT_EQ(got,
            (std::vector<std::pair<int, int>>{{100, 200}, {200, 300}, {100, 300}, {300, 400}}));
}

TEST(ChromeStream, WhatIsNoNumberIsLeftOut) {
  const File file;
  auto stream = ChromeStream::create(file.name, "game");
  ASSERT_TRUE(stream);
  const drain::SpanSite site{.name = "plot"};
  for (const double value : {1.5, std::nan(""), HUGE_VAL}) {
    (*stream)->on_mark(
        kThread, {.site = &site, .kind = HONE_MARK_REAL, .word = std::bit_cast<uint64_t>(value)});
  }
  (*stream)->finish(TimeNs{0});
  const auto events = nlohmann::json::parse(file.text());
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1]["args"]["value"], 1.5);
}

TEST(Console, SaysWhatTookLongAndNoMoreThanItMay) {
  const File file;
  std::FILE* const out = std::fopen(file.name, "w");
  Console console(TimeNs{0}, DurationNs{1000}, ::fileno(out));
  const drain::SpanSite site{.name = "step\x1b[31m"};
  console.on_span(kThread, span(site, 0, 1000, 0));
  for (int i = 0; i < 1000; ++i) console.on_span(kThread, span(site, 0, 2'000'000, 0));
  console.flush();
  std::fclose(out);
  const std::string text = file.text();
  const auto lines = std::count(text.begin(), text.end(), '\n');
  EXPECT_GE(lines, 20);
  EXPECT_LT(lines, 500);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("step?[31m  2.00 ms  (main)"), std::string::npos) << text;
}

TEST(Tally, TellsWhereTheTimeWent) {
  const drain::SpanSite outer{.name = "outer"}, inner{.name = "inner"}, set{.name = "frame"};
  Tally tally;
  for (int64_t i = 0; i < 3; ++i) {
    tally.on_mark(kThread, {.site = &set, .kind = HONE_MARK_FRAME, .time = TimeNs{i * 1'000'000}});
    tally.on_span(kThread, span(inner, 100'000, 400'000, 1));
    tally.on_span(kThread, span(outer, 0, 500'000, 0));
  }
  EXPECT_EQ(tally.spans(), 6u);
  EXPECT_EQ(tally.text(),
            "  frames of 'frame': 2, mean 1.00 ms, longest 1.00 ms\n"
            "      self     total       count      mean       max  span\n"
            "    900 µs    900 µs           3    300 µs    300 µs  inner\n"
            "    600 µs   1.50 ms           3    500 µs    500 µs  outer\n");
}

}  // namespace
}  // namespace hone::session
