#include "serve/report_file.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "serve/asking_test.h"
#include "serve/pages.h"

namespace hone::serve {
namespace {

const std::string kText = R"(
  main;parse 50
  main;</script><script>alert(1)</script> 20
)";

TEST(ReportFile, IsOnePageThatAsksNobody) {
  if (pages().empty()) GTEST_SKIP() << "this build has no pages: npm was absent";
  Asking asking({{"run", kText}});
  const Result<ReportFile> report = make_report(asking.context(), "run", {});
  ASSERT_TRUE(report) << report.error().message;
  const std::string& html = report->html;
  EXPECT_NE(
      html.find("Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-"),
      html.npos);
  EXPECT_NE(html.find("id=\"answers\" data-recording=\"/run\""), html.npos);
  EXPECT_NE(html.find("<noscript>"), html.npos);
  EXPECT_EQ(html.find("<script>alert(1)"), html.npos);
  EXPECT_EQ(html.find("src=\"http"), html.npos);
  EXPECT_FALSE(report->cut.empty());

  const size_t at = html.find("id=\"summary\">") + 13;
  const Json summary = Json::parse(html.substr(at, html.find("</script>", at) - at));
  EXPECT_EQ(summary["schema"], "hone.report/1");
  EXPECT_EQ(summary["hot_spots"][0]["rows"][0]["name"], "parse");
}

TEST(ReportFile, SaysWhatItHasNoRoomFor) {
  if (pages().empty()) GTEST_SKIP() << "this build has no pages: npm was absent";
  Asking asking({{"run", kText}});
  const Result<ReportFile> report = make_report(asking.context(), "run", {.bytes_max = 0});
  ASSERT_TRUE(report);
  const auto& cut = report->cut;
  EXPECT_NE(std::find(cut.begin(), cut.end(), "the flame graph of cpu"), cut.end());
  EXPECT_NE(std::find(cut.begin(), cut.end(), "source text"), cut.end());
}

TEST(ReportFile, OfNoRecordingIsAnError) {
  Asking asking({{"run", kText}});
  EXPECT_FALSE(make_report(asking.context(), "none", {}));
}

}  // namespace
}  // namespace hone::serve
