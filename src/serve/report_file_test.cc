#include "serve/report_file.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>

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

// base64 of gzip, as a report has it.
std::string unpacked_archive(std::string_view text) {
  constexpr std::string_view kSigns =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string packed;
  uint32_t bits = 0;
  int count = 0;
  for (const char sign : text.substr(0, text.find('='))) {
    bits = bits << 6 | static_cast<uint32_t>(kSigns.find(sign));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    packed += static_cast<char>(bits >> count & 255);
  }
  std::string out(1 << 22, '\0');
  z_stream stream{};
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflateInit2(&stream, MAX_WBITS + 16), Z_OK);
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

// The questions that a report holds answers to.
std::vector<std::string> questions_of(const std::string& html) {
  const size_t start = html.find(R"(id="answers")");
  const size_t from = html.find('>', start) + 1;
  const std::string bytes =
      unpacked_archive(html.substr(from, html.find("</script>", from) - from));
  uint32_t head_bytes = 0;
  std::memcpy(&head_bytes, bytes.data() + 4, sizeof(head_bytes));
  std::vector<std::string> out;
  const Json head = Json::parse(bytes.substr(8, head_bytes));
  for (const Json& entry : head["entries"]) out.push_back(entry["q"]);
  return out;
}

TEST(ReportFile, OfTwoHasThemComparedAndTheTimelineOfBoth) {
  if (pages().empty()) GTEST_SKIP() << "this build has no pages: npm was absent";
  Asking asking({{"before", "main;parse 50"}, {"after", "main;parse 80\nmain;sort 5"}});
  const Result<ReportFile> report =
      make_report(asking.context(), "before", {.compared_with = "after", .selection = {}});
  ASSERT_TRUE(report) << report.error().message;
  const std::vector<std::string> held = questions_of(report->html);
  for (const char* question :
       {"overview?b=after", "overview", "overview?a=after", "timeline", "timeline?a=after",
        "flame?b=after&mode=left&weight=cpu", "functions?b=after&by=function&limit=1000&weight=cpu",
        "page?name=memory", "recordings"}) {
    EXPECT_EQ(std::count(held.begin(), held.end(), question), 1) << question;
  }
  // Asked of A alone, also where two are compared.
  const auto stretches = [](const std::string& question) {
    return question.starts_with("stretches?key=");
  };
  EXPECT_TRUE(std::any_of(held.begin(), held.end(), stretches));
  EXPECT_NE(report->html.find("data-recording=\"/before /after\""), report->html.npos);
  EXPECT_NE(report->html.find("id=\"summary-b\""), report->html.npos);
  EXPECT_FALSE(make_report(asking.context(), "before", {.compared_with = "none", .selection = {}}));
}

TEST(ReportFile, OfNoRecordingIsAnError) {
  Asking asking({{"run", kText}});
  EXPECT_FALSE(make_report(asking.context(), "none", {}));
}

}  // namespace
}  // namespace hone::serve
