// Writes pictures for the browser check (tests/ui) into the build folder.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>

#include "report/flamegraph.h"
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

TEST(Pages, AreWrittenForTheBrowserCheck) {
  const ReportData data = sample_report(), hostile = hostile_report();
  const FlameOptions options{.title = data.summary.command, .facts = "3.65 s of CPU time"};
  write_page("flame.svg", flamegraph_svg(data.flame, options));
  write_page("hostile.svg", flamegraph_svg(hostile.flame, {.title = hostile.summary.command}));
  const analysis::CallTree large = large_tree(20'000);
  write_page("large.svg", flamegraph_svg(large, {.title = "large", .min_share = 0}));
}

}  // namespace
}  // namespace hone::report
