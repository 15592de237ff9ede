#include "capture/output_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "recording/reader.h"

namespace hone::capture {
namespace {

constexpr int64_t kMs = 1'000'000;

class OutputFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/hone-files-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string path(const char* name = "app.hone") const { return folder_ + "/" + name; }
  static void sample(OutputFiles& files, int64_t ms) {
    recording::Builder& out = files.builder();
    out.append(recording::SampleRow{.time = TimeNs{ms * kMs}, .thread = ThreadId{1}});
  }
  // What a recorder introduces at the start of every part.
  static void introduce(OutputFiles& files) {
    recording::Builder& out = files.builder();
    out.append_id<ProcessId>(recording::ProcessRow{.pid = 7, .start = TimeNs{1}});
    out.append_id<ThreadId>(
        recording::ThreadRow{.process = ProcessId{1}, .tid = 7, .start = TimeNs{1}});
  }
  static std::vector<int64_t> sample_times(const std::string& path) {
    std::vector<int64_t> out;
    const auto reader = recording::Reader::open(path);
    EXPECT_TRUE(reader) << path;
    if (!reader) return out;
    EXPECT_TRUE(reader->salvage().finished);
    (void)reader->for_each<recording::SampleRow>(
        [&](const recording::SampleRow& row) { out.push_back(raw(row.time) / kMs); });
    return out;
  }
  // Ten samples a part, a part each 100 ms from 1000 ms on.
  static void run(OutputFiles& files, int parts) {
    files.begin(TimeNs{1000 * kMs});
    introduce(files);
    for (int part = 0; part < parts; ++part) {
      const int64_t start = 1000 + part * 100;
      for (int64_t i = 0; i < 10; ++i) sample(files, start + i * 10);
      if (part + 1 == parts) break;
      const TimeNs end{(start + 100) * kMs};
      ASSERT_TRUE(files.next_part({.start = TimeNs{start * kMs}, .end = end}, end));
      introduce(files);
    }
  }
  std::string folder_;
};

TEST(NumberedPath, KeepsTheEnding) {
  EXPECT_EQ(numbered_path("app.hone", 3), "app.3.hone");
  EXPECT_EQ(numbered_path("/x/app", 12), "/x/app.12");
}

TEST_F(OutputFilesTest, RotationKeepsTheNewest) {
  auto files = OutputFiles::create({.path = path(), .rotate_ns = 100 * kMs, .keep = 2});
  ASSERT_TRUE(files) << files.error().message;
  run(*files, 5);
  ASSERT_TRUE(files->finish({.start = TimeNs{1400 * kMs}, .end = TimeNs{1500 * kMs}}, [] {
    return Facts{{"last", "yes"}};
  }));
  EXPECT_EQ(files->path(), path("app.5.hone"));
  EXPECT_FALSE(std::filesystem::exists(path("app.3.hone")));
  EXPECT_EQ(sample_times(path("app.4.hone")).front(), 1300);
  EXPECT_EQ(sample_times(path("app.5.hone")).size(), 10u);
}

TEST_F(OutputFilesTest, IsDueWhenItsTimeHasCome) {
  auto files = OutputFiles::create({.path = path(), .rotate_ns = 100 * kMs});
  ASSERT_TRUE(files);
  EXPECT_EQ(files->due(TimeNs{5000 * kMs}), OutputFiles::Due::kNothing);  // it has not begun
  files->begin(TimeNs{1000 * kMs});
  EXPECT_EQ(files->due(TimeNs{1099 * kMs}), OutputFiles::Due::kNothing);
  EXPECT_EQ(files->due(TimeNs{1100 * kMs}), OutputFiles::Due::kNextPart);
}

TEST_F(OutputFilesTest, ALargestSizeEndsTheRecording) {
  auto files = OutputFiles::create({.path = path(), .size_max = 1});
  ASSERT_TRUE(files);
  files->begin(TimeNs{kMs});
  EXPECT_EQ(files->due(TimeNs{2 * kMs}), OutputFiles::Due::kEnd);
}

TEST_F(OutputFilesTest, AFlightRecorderHoldsTheEnd) {
  auto files = OutputFiles::create({.path = path(), .last_ns = 250 * kMs});
  ASSERT_TRUE(files) << files.error().message;
  run(*files, 8);
  EXPECT_EQ(raw(files->held_since(TimeNs{1000 * kMs}, TimeNs{1800 * kMs})) / kMs, 1550);
  const TimeNs start = files->held_since(TimeNs{1000 * kMs}, TimeNs{1700 * kMs});
  ASSERT_TRUE(files->begin_snapshot({.start = start, .end = TimeNs{1700 * kMs}}));
  std::optional<Result<std::string>> shot;
  while (!shot) shot = files->take_snapshot();
  ASSERT_TRUE(*shot) << shot->error().message;
  EXPECT_EQ(**shot, path("app.1.hone"));
  EXPECT_EQ(sample_times(**shot).front(), 1450);
  EXPECT_EQ(sample_times(**shot).back(), 1690);
  ASSERT_TRUE(files->finish({.start = TimeNs{1700 * kMs}, .end = TimeNs{1800 * kMs}},
                            [] { return Facts{}; }));
  const std::vector<int64_t> times = sample_times(path());
  EXPECT_EQ(times.front(), 1550);
  EXPECT_EQ(times.back(), 1790);
  EXPECT_EQ(times.size(), 25u);
  EXPECT_EQ(files->joined_samples(), 25u);
  const auto reader = recording::Reader::open(path());
  EXPECT_EQ(reader->row_count(recording::Table::kProcesses), 1u);
  EXPECT_EQ(reader->row_count(recording::Table::kThreads), 1u);
}

TEST_F(OutputFilesTest, WhatCannotBeWrittenIsSaidAtTheStart) {
  EXPECT_FALSE(OutputFiles::create({.path = path("no/such/folder.hone"), .last_ns = kMs}));
  EXPECT_FALSE(OutputFiles::create({.path = path("no/such/folder.hone"), .rotate_ns = kMs}));
}

}  // namespace
}  // namespace hone::capture
