// Writes pages for the browser check (tests/ui) into the build folder.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <cstdio>

#include "profile/stack_text.h"
#include "report/flamegraph.h"
#include "report/html.h"
#include "report/sample_data_test.h"
#include "report/sample_marks_test.h"

namespace hone::report {
namespace {

void write_page(const std::string& name, const std::string& text) {
  const std::string folder = HONE_BUILD_DIR "/report_pages";
  mkdir(folder.c_str(), 0755);
  std::FILE* file = std::fopen((folder + "/" + name).c_str(), "wb");
  ASSERT_NE(file, nullptr) << folder;
  EXPECT_EQ(std::fwrite(text.data(), 1, text.size(), file), text.size());
  EXPECT_EQ(std::fclose(file), 0);
}

// Three seconds of a program that works, pauses and takes memory.
void add_counters(ReportData& data, const std::string& what) {
  std::string busy, resident, read;
  int64_t busy_ns = 0, read_bytes = 0;
  for (int64_t i = 0; i <= 30; ++i) {
    const std::string time = (i == 0 ? "" : ",") + std::to_string(i * 100'000'000) + ":";
    busy += time + std::to_string(busy_ns += i < 10 || i > 20 ? 90'000'000 + i * 1'000'000 : 0);
    resident += time + std::to_string(5'000'000 + i * i * 100'000);
    read += time + std::to_string(read_bytes += i % 7 * 1'000'000);
  }
  const profile::Profile p = profile::profile_of_text(
      "@track cpu.busy scope=4 kind=2 unit=3 process=app values=" + busy +
      "\n@track memory.resident scope=4 unit=2 process=app values=" + resident +
      "\n@track disk.read scope=7 kind=2 unit=2 what=" + what + " values=" + read +
      "\n@track disk.written scope=7 kind=2 unit=2 what=" + what +
      " values=0:0,3000000000:9000000" +
      "\n@track cache-misses scope=3 kind=2 values=0:0,1000000000:900,2000000000:1000" +
      "\n@track counted scope=3 unit=6 divisor=100 of=5 values=0:100,2000000000:40\nmain 1");
  data.counters = analysis::summarise_counters(p, {});
  data.with_counters = true;
}

void add_spans(ReportData& data, const std::string& what) {
  analysis::SpanReport& spans = data.spans;
  spans.budget_ns = 16'666'667;
  spans.comparison.set = "frame" + what;
  spans.cost = {.known = true, .span_ns = 18.6, .mark_ns = 9.3, .in_parent_ns = 9, .spans = 900};
  const analysis::Distribution times{.count = 300,
                                     .total_ns = 3'000'000'000,
                                     .least_ns = 8'000'000,
                                     .p50_ns = 9'000'000,
                                     .p95_ns = 14'000'000,
                                     .p99_ns = 22'000'000,
                                     .most_ns = 31'000'000,
                                     .mean_ns = 10'000'000};
  analysis::FrameStats frames{.name = "frame" + what, .times = times, .over_budget = 5};
  frames.worst = {{17, TimeNs{1}, 31'000'000}, {4, TimeNs{1}, 22'000'000}};
  for (int i = 0; i < 300; ++i) frames.chart.push_back(i % 60 == 17 ? 31e6 : 9e6 + i % 7 * 4e5);
  spans.frames.push_back(frames);
  for (const char* name : {"World::step", "AI::plan"}) {
    spans.spans.push_back({.name = name + what,
                           .file = "/build/game/world.cc" + what,
                           .line = 30,
                           .times = times,
                           .self_ns = 2'000'000'000,
                           .loose = 2,
                           .still_open = 1,
                           .frame_share = 0.7});
  }
  analysis::PlotStats plot{.name = "entities" + what, .unit = what, .count = 300, .most = 119};
  for (int i = 0; i < 120; ++i) plot.points.push_back(i % 9 == 0 ? std::nan("") : i);
  spans.plots.push_back(plot);
  spans.plots.push_back({.name = "one value", .count = 1, .points = {NAN, 3, NAN}});
  spans.messages.push_back({.text = "level loaded" + what, .level = 3, .count = 2});
  spans.lost = 3;
}

TEST(Pages, AreWrittenForTheBrowserCheck) {
  ReportData data = sample_report();
  add_counters(data, "sda");
  add_spans(data, "");
  add_gpu(data, "");
  add_locks(data, "");
  add_pools(data, "");
  write_page("report.html", html_report(data));
  const FlameOptions options{.title = data.summary.command, .facts = "3.65 s of CPU time"};
  write_page("flame.svg", flamegraph_svg(data.flame, options));
  ReportData hostile = hostile_report();
  add_counters(hostile, "</table><script>alert(1)</script>\x1b[2J");
  add_spans(hostile, "</table><script>alert(1)</script>\x1b[2J");
  add_gpu(hostile, "</table><script>alert(1)</script>\x1b[2J");
  add_locks(hostile, "</table><script>alert(1)</script>\x1b[2J");
  add_pools(hostile, "</table><script>alert(1)</script>\x1b[2J");
  write_page("hostile.html", html_report(hostile));
  write_page("hostile.svg", flamegraph_svg(hostile.flame, {.title = hostile.summary.command}));
  const analysis::CallTree large = large_tree(20'000);
  write_page("large.svg", flamegraph_svg(large, {.title = "large", .min_share = 0}));
}

}  // namespace
}  // namespace hone::report
