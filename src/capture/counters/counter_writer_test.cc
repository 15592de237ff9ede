#include "capture/counters/counter_writer.h"

#include <gtest/gtest.h>

#include <string>

#include "capture/test_support.h"

namespace hone::capture {
namespace {

std::string written(TestRecording& recording) {
  std::string out;
  for (const auto& row : recording.rows<recording::CounterRow>()) {
    out += std::to_string(raw(row.track)) + ":" + std::to_string(raw(row.time)) + "=" +
           std::to_string(row.value) + " ";
  }
  return out;
}

TEST(CounterWriter, LeavesOutWhatSaysNothingNew) {
  TestRecording recording;
  CounterWriter writer(recording.builder());
  const Series a = writer.add({.name = "a"});
  const int64_t values[] = {5, 5, 5, 5, 7, 7, 8};
  for (int i = 0; i < 7; ++i) writer.put(a, TimeNs{i}, values[i]);
  writer.put(a, TimeNs{7}, 8);
  writer.finish();
  // The last reading before a change says when the change was.
  EXPECT_EQ(written(recording), "1:0=5 1:3=5 1:4=7 1:5=7 1:6=8 1:7=8 ");
}

TEST(CounterWriter, TracksStandTogetherAndQuietOnesOnlyWhenTheyChange) {
  TestRecording recording;
  CounterWriter writer(recording.builder());
  const Series quiet = writer.add({.name = "quiet", .quiet = true});
  const Series loud = writer.add({.name = "loud", .what = "sda", .divisor = 100});
  const Series never = writer.add({.name = "never"});
  const Series share = writer.add({.name = "share", .qualifies = loud, .quiet = true});
  for (int i = 0; i < 2; ++i) {
    writer.put(quiet, TimeNs{i}, 0);
    writer.put(loud, TimeNs{i}, i);
    writer.put(never, TimeNs{i}, -1);
  }
  writer.flush();
  writer.put(share, TimeNs{2}, 1);
  writer.put(share, TimeNs{3}, 2);
  writer.put(Series{99}, TimeNs{3}, 2);
  writer.put(Series::kNone, TimeNs{3}, 2);
  writer.finish();
  EXPECT_EQ(writer.track_count(), 2u);
  EXPECT_EQ(written(recording), "1:0=0 1:1=1 2:2=1 2:3=2 ");
  const auto tracks = recording.rows<recording::TrackRow>();
  ASSERT_EQ(tracks.size(), 2u);
  EXPECT_EQ(recording.text(tracks[0].name), "loud");
  EXPECT_EQ(recording.text(tracks[0].what), "sda");
  EXPECT_EQ(tracks[0].divisor, 100u);
  EXPECT_EQ(tracks[1].qualifies, TrackId{1});
}

TEST(CounterWriter, WhatOnlyGrowsNeverGoesBack) {
  TestRecording recording;
  CounterWriter writer(recording.builder());
  const Series a = writer.add({.name = "a", .kind = recording::TrackKind::kCumulative});
  writer.put(a, TimeNs{0}, 10);
  writer.put(a, TimeNs{1}, 9);
  writer.put(a, TimeNs{2}, 12);
  writer.close(a);
  writer.flush();
  writer.put(a, TimeNs{3}, 13);
  writer.finish();
  EXPECT_EQ(written(recording), "1:0=10 1:1=10 1:2=12 ");
}

TEST(CounterWriter, APartBeginsWithWhatTheOneBeforeEndedWith) {
  TestRecording first, second;
  recording::Builder& builder = first.builder();
  CounterWriter writer(builder);
  const Series a = writer.add({.name = "a", .process = ProcessId{5}});
  const Series gone = writer.add({.name = "gone", .process = ProcessId{6}});
  for (int i = 0; i < 3; ++i) {
    writer.put(a, TimeNs{i}, 7);
    writer.put(gone, TimeNs{i}, i);
  }
  writer.end_part();
  std::swap(builder, second.builder());
  writer.begin_part(
      TimeNs{3}, [](ProcessId id) { return id == ProcessId{5} ? ProcessId{1} : ProcessId::kNone; });
  writer.put(a, TimeNs{4}, 7);
  writer.put(a, TimeNs{5}, 8);
  writer.put(gone, TimeNs{5}, 8);
  writer.finish();
  std::swap(builder, second.builder());
  EXPECT_EQ(written(first), "1:0=7 1:2=7 2:0=0 2:1=1 2:2=2 ");
  EXPECT_EQ(written(second), "1:3=7 1:4=7 1:5=8 ");
  EXPECT_EQ(second.rows<recording::TrackRow>()[0].process, ProcessId{1});
}

}  // namespace
}  // namespace hone::capture
