#include "report/live_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/escape.h"

namespace hone::report {
namespace {

const LiveTitle kTitle{"app (pid 7)", "perf, every CPU, kernel frames", 499, 4};

analysis::LiveView some_view() {
  return {.rows = {{.name = "work(int)",
                    .module = "app",
                    .self_ns = 750,
                    .total_ns = 1000,
                    .self_samples = 3},
                   {.name = "evil\x1b[2J",
                    .module = "lib\n",
                    .self_ns = 250,
                    .total_ns = 250,
                    .self_samples = 1}},
          .window_ns = 2000,
          .cpu_ns = 1000,
          .samples = 4,
          .lost = 1,
          .own_cpu_ns = 20};
}

TEST(LiveText, SaysWhatItIsOfAndTheRows) {
  const std::string text = live_text(kTitle, some_view(), {.width = 60});
  EXPECT_NE(text.find("app (pid 7) · perf, every CPU, kernel frames · 499 Hz\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("0.50 of 4 CPUs · 4 samples · 1 lost · hone 1.0%"), std::string::npos)
      << text;
  EXPECT_NE(text.find("75.0%  100.0%"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << "a name drew on the terminal";
}

TEST(LiveText, SaysWhyThereIsNothing) {
  analysis::LiveView view;
  EXPECT_NE(live_text(kTitle, view, {}).find("sampling..."), std::string::npos);
  view.window_ns = 5;
  EXPECT_NE(live_text(kTitle, view, {}).find("no CPU time"), std::string::npos);
  view.query.filter = "zzz";
  EXPECT_NE(live_text(kTitle, view, {}).find("nothing holds \"zzz\""), std::string::npos);
}

TEST(LiveText, JsonIsOneLineWithUnits) {
  const std::string text = live_json(kTitle, some_view());
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["schema"], "hone.top/1");
  EXPECT_EQ(json["rows"][0]["self_share"], 0.75);
  EXPECT_EQ(json["window_ns"], 2000);
}

TEST(LiveText, LinesNeverExceedTheScreen) {
  const std::string text = "\x1b[1mbold\x1b[0m and more\nwide: 漢字漢字\nthird\nfourth\n";
  for (const size_t width : {1u, 3u, 5u, 7u, 9u, 40u}) {
    const auto lines = fitted_lines(text, width, 3);
    ASSERT_EQ(lines.size(), 3u);
    for (std::string line : lines) {
      for (const std::string_view code : {"\x1b[1m", "\x1b[0m"}) {
        for (size_t at; (at = line.find(code)) != std::string::npos;) line.erase(at, code.size());
      }
      EXPECT_LE(display_width(line), width) << line;
    }
  }
  // A colour that was cut is turned off again.
  EXPECT_EQ(fitted_lines("\x1b[1mbold\x1b[0m", 2, 1)[0], "\x1b[1mbo\x1b[0m");
  EXPECT_TRUE(fitted_lines("a\nb", 10, 0).empty());
  EXPECT_EQ(fitted_lines("\x1b[", 10, 1).size(), 1u);
  EXPECT_EQ(fitted_lines("\xff\xfe", 1, 1).size(), 1u);
}

}  // namespace
}  // namespace hone::report
