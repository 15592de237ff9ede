// Writes pages for the browser check (tests/ui) into the build folder.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>

#include "profile/stack_text.h"
#include "report/flamegraph.h"
#include "report/html.h"
#include "report/sample_data_test.h"

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

TEST(Pages, AreWrittenForTheBrowserCheck) {
  ReportData data = sample_report();
  add_counters(data, "sda");
  write_page("report.html", html_report(data));
  const FlameOptions options{.title = data.summary.command, .facts = "3.65 s of CPU time"};
  write_page("flame.svg", flamegraph_svg(data.flame, options));
  ReportData hostile = hostile_report();
  add_counters(hostile, "</table><script>alert(1)</script>\x1b[2J");
  write_page("hostile.html", html_report(hostile));
  write_page("hostile.svg", flamegraph_svg(hostile.flame, {.title = hostile.summary.command}));
  const analysis::CallTree large = large_tree(20'000);
  write_page("large.svg", flamegraph_svg(large, {.title = "large", .min_share = 0}));
}

}  // namespace
}  // namespace hone::report
