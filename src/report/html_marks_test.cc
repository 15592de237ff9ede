// GPUs, locks and pools of memory in the page, and in the other voices.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/html.h"
#include "report/json.h"
#include "report/sample_data_test.h"
#include "report/sample_marks_test.h"
#include "report/text.h"

namespace hone::report {
namespace {

using testing::HasSubstr;
using testing::Not;

size_t count_of(const std::string& text, std::string_view what) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(what, at)) != text.npos; at += what.size()) ++count;
  return count;
}

ReportData marked(const std::string& what) {
  ReportData data = sample_report();
  add_gpu(data, what);
  add_locks(data, what);
  add_pools(data, what);
  return data;
}

TEST(HtmlMarks, SectionsAndTheirLinks) {
  const std::string page = html_report(marked(""));
  for (const char* id : {"gpu", "locks", "pools"}) {
    EXPECT_THAT(page, HasSubstr(std::string("<section id=\"") + id + "\"")) << id;
    EXPECT_THAT(page, HasSubstr(std::string("<a href=\"#") + id + "\">")) << id;
  }
  // Every table is reached by keyboard, and says what it is.
  EXPECT_EQ(count_of(page, "class=\"tablebox\""),
            count_of(page, "class=\"tablebox\" tabindex=\"0\""));
  EXPECT_THAT(page, HasSubstr("aria-label=\"Who waits for whom\""));
}

TEST(HtmlMarks, NumbersOfEach) {
  const std::string page = html_report(marked(""));
  EXPECT_THAT(page, HasSubstr("Frames “frame”: CPU and the software device llvmpipe (LLVM 15.0.6, "
                              "256 bits) work in turns"));
  EXPECT_THAT(page, HasSubstr("280 (93.3%)"));
  EXPECT_THAT(page, HasSubstr("a software device: its time is the CPU&#39;s"));
  EXPECT_THAT(page, HasSubstr("1.20 µs"));  // by which its clock may be off
  EXPECT_THAT(page, HasSubstr("2 of 600 spans overlap others"));
  EXPECT_THAT(page, HasSubstr("Render::ShadowMaps"));
  EXPECT_THAT(page, HasSubstr("2 objects, 1 given up"));
  EXPECT_THAT(page, HasSubstr("worker (12)"));
  EXPECT_THAT(page, HasSubstr("loader (13)"));
  EXPECT_THAT(page, HasSubstr("1 freed twice"));
  EXPECT_THAT(page, HasSubstr("Load::texture"));
  EXPECT_THAT(page, HasSubstr("(in no span)"));
}

TEST(HtmlMarks, NoneMarkedNoSection) {
  const std::string page = html_report(sample_report());
  for (const char* id : {"gpu", "locks", "pools"}) {
    EXPECT_THAT(page, Not(HasSubstr(std::string("<section id=\"") + id + "\""))) << id;
  }
}

TEST(HtmlMarks, HostileNamesStayText) {
  const std::string page =
      html_report(marked("</table><script>alert(1)</script><img src=x>\x1b[2J\""));
  EXPECT_EQ(count_of(page, "<script"), 4u);
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("\x1b")));
}

TEST(GpuText, FramesAndSpans) {
  ReportData data = marked("\x1b[2J");
  data.with_gpu = true;
  const std::string text = text_report(data, {});
  EXPECT_THAT(text, HasSubstr("Frames and the GPU"));
  EXPECT_THAT(text, HasSubstr("of frame"));
  EXPECT_THAT(text, HasSubstr("spans are missing, it was busy for longer"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(GpuText, WhatBoundsFrames) {
  analysis::GpuFrames frames{.device = "Real GPU"};
  EXPECT_EQ(bound_text(frames),
            "what bounds most of them, the spans of Real GPU do not tell; how exact the device's "
            "times are was not told");
  frames.error_ns = 10;
  frames.counts = {0, 9, 1, 0};
  EXPECT_EQ(bound_text(frames), "bound by the GPU, Real GPU");
  frames.counts = {0, 1, 9, 0};
  EXPECT_EQ(bound_text(frames), "bound by the CPU, and not by Real GPU");
  frames.counts = {0, 5, 5, 0};
  EXPECT_EQ(bound_text(frames), "what bounds most of them, the spans of Real GPU do not tell");
}

TEST(GpuJson, SaysHowEachFrameWasJudged) {
  ReportData data = marked("");
  const auto report = nlohmann::json::parse(json_report(data))["instrumentation"];
  EXPECT_EQ(report["gpu_frames"][0]["bound_by"], "turns");
  EXPECT_EQ(report["gpu_frames"][0]["bound"]["gpu"], 12);
  EXPECT_EQ(report["gpu_frames"][0]["bound"]["not told"], 3);
  EXPECT_EQ(report["gpu"][0]["spans"][0]["frame_share"], 0.24);
}

}  // namespace
}  // namespace hone::report
