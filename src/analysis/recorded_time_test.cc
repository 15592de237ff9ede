#include "analysis/recorded_time.h"

#include <gtest/gtest.h>

#include "profile/loader.h"

namespace hone::analysis {
namespace {

using recording::MetaRow;
using recording::PauseRow;

// From 1000 to 2000 ns, with pauses.
profile::Profile with_pauses(const std::vector<std::pair<int64_t, int64_t>>& pauses,
                             bool stated = true) {
  profile::Tables tables;
  if (stated) {
    tables.append(MetaRow{.key = "run.start_ns", .value = "1000"});
    tables.append(MetaRow{.key = "run.wall_ns", .value = "1000"});
  }
  tables.append(recording::ProcessRow{.pid = 1, .start = TimeNs{900}});
  tables.append(recording::ThreadRow{.process = ProcessId{1}, .tid = 1});
  for (const int64_t time : {1100, 1900}) {
    tables.append(recording::SampleRow{.time = TimeNs{time}, .thread = ThreadId{1}});
  }
  for (const auto& [start, end] : pauses) {
    tables.append(PauseRow{.start = TimeNs{start}, .end = TimeNs{end}});
  }
  auto profile = profile::Loader::build(std::move(tables), nullptr);
  EXPECT_TRUE(profile);
  return std::move(*profile);
}

TEST(RecordedTime, IsWhatWasNotPaused) {
  const RecordedTime time = recorded_time(with_pauses({{1200, 1300}, {1500, 1900}}));
  EXPECT_EQ(time.wall_ns, 1000);
  EXPECT_EQ(time.recorded_ns, 500);
  EXPECT_EQ(time.pause_count, 2u);
}

TEST(RecordedTime, OfASelection) {
  Selection selection;
  selection.time_first = TimeNs{1250};
  selection.time_last = TimeNs{1450};
  const RecordedTime time = recorded_time(with_pauses({{1200, 1300}, {1500, 1900}}), selection);
  EXPECT_EQ(time.wall_ns, 200);
  EXPECT_EQ(time.recorded_ns, 150);
  EXPECT_EQ(time.pause_count, 1u);
  selection.time_first = TimeNs{5000};
  selection.time_last = TimeNs{INT64_MAX};
  EXPECT_EQ(recorded_time(with_pauses({}), selection).wall_ns, 0);
}

// Parts that were joined tell a share each; a damaged file tells anything.
TEST(RecordedTime, PausesThatTouchAreOne) {
  EXPECT_EQ(recorded_time(with_pauses({{1300, 1400}, {1200, 1300}})).pause_count, 1u);
  EXPECT_EQ(recorded_time(with_pauses({{1200, 1300}, {1250, 1400}})).recorded_ns, 800);
  const RecordedTime odd = recorded_time(
      with_pauses({{1400, 1300}, {-5, 10}, {INT64_MIN, INT64_MAX}, {1950, INT64_MAX}}));
  EXPECT_EQ(odd.recorded_ns, 950);
  EXPECT_EQ(odd.pause_count, 1u);
}

TEST(RecordedTime, WithoutAStatementFromTheFirstToTheLastSample) {
  const RecordedTime time = recorded_time(with_pauses({{1200, 1300}}, false));
  EXPECT_EQ(time.wall_ns, 800);
  EXPECT_EQ(time.recorded_ns, 700);
}

}  // namespace
}  // namespace hone::analysis
