#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange/import_perfetto_test_support.h"
#include "exchange/import_test_support.h"

namespace hone::exchange {
namespace {

using perfetto_test::kInstant;
using perfetto_test::Message;
using perfetto_test::TraceText;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint64_t kRealtime = 1, kMonotonic = 3, kBoottime = 6;

Message clock(uint64_t id, uint64_t stamp) {
  return Message().put(1, id).put(2, stamp);
}
Message incremental(uint64_t id, uint64_t stamp, uint64_t unit) {
  return clock(id, stamp).put(3, 1).put(4, unit);
}
Message instant(uint64_t stamp, uint64_t clock_id) {
  Message packet;
  packet.put(8, stamp).put(13, 2);
  if (clock_id != 0) packet.put(58, clock_id);
  return packet.in(11, Message().put(9, kInstant).put(11, 1).text(23, "m"));
}

std::vector<int64_t> times_of(const Imported& got) {
  std::vector<int64_t> out;
  for (const auto& each : got.profile->instrumentation().messages) out.push_back(raw(each.time));
  return out;
}

TEST(ImportPerfettoClocks, BoottimeIsMadeMonotonicBySnapshots) {
  TraceText trace(1, kBoottime);
  trace.add(Message().in(6, Message()
                                .in(1, clock(kBoottime, 5'000'000'000))
                                .in(1, clock(kMonotonic, 1'000'000'000))
                                .in(1, clock(kRealtime, 9'000'000'000))));
  trace.add(instant(5'000'000'100, 0));
  trace.add(instant(4'999'999'900, 0));  // before the snapshot
  trace.add(instant(1'000'000'200, kMonotonic));
  trace.add(instant(9'000'000'300, kRealtime));
  // Read a little later than the other clock: no sleep.
  trace.add(Message().in(
      6, Message().in(1, clock(kBoottime, 6'000'000'000)).in(1, clock(kMonotonic, 2'000'000'400))));
  trace.add(instant(6'000'000'000, 0));
  // The system slept for a second.
  trace.add(Message().in(
      6, Message().in(1, clock(kBoottime, 8'000'000'000)).in(1, clock(kMonotonic, 3'000'000'000))));
  trace.add(instant(8'000'000'001, 0));
  trace.add(instant(7'000'000'000, 0));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(times_of(got), ElementsAre(1'000'000'100, 999'999'900, 1'000'000'200, 1'000'000'300,
                                         2'000'000'000, 3'000'000'001, 3'000'000'000));
  EXPECT_EQ(got.profile->meta("import.clock"), "CLOCK_MONOTONIC");
  EXPECT_THAT(got.left, IsEmpty());
}

TEST(ImportPerfettoClocks, BoottimeThatNothingTiesStaysAndIsSaid) {
  TraceText trace(1, 0);
  trace.add(instant(700, 0));
  // Too late: what came before is told already.
  trace.add(Message().in(6, Message().in(1, clock(kBoottime, 1000)).in(1, clock(kMonotonic, 400))));
  trace.add(instant(1100, 0));
  trace.add(instant(500, kMonotonic));
  trace.add(instant(500, kRealtime));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(times_of(got), ElementsAre(700, 1100, 1100));
  EXPECT_EQ(got.profile->meta("import.clock"), "CLOCK_BOOTTIME");
  EXPECT_EQ(got.left.at("import.clock_not_monotonic"), 1u);
  EXPECT_EQ(got.left.at("import.clock_not_tied"), 1u);
}

TEST(ImportPerfettoClocks, SnapshotsThatComeLateOrContradict) {
  const auto snapshot = [](uint64_t realtime, uint64_t monotonic) {
    return Message().in(
        6, Message().in(1, clock(kMonotonic, monotonic)).in(1, clock(kRealtime, realtime)));
  };
  TraceText trace(1, kRealtime);
  trace.add(snapshot(1000, 100)).add(snapshot(9000, 900));
  trace.add(instant(5000, 0));
  trace.add(snapshot(4000, 300));  // between the two
  trace.add(snapshot(8000, 50));   // before all of them
  trace.add(instant(5000, 0)).add(instant(9001, 0));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(times_of(got), ElementsAre(4100, 1300, 901));
  EXPECT_EQ(got.left.at("import.clock_went_back"), 1u);
}

TEST(ImportPerfettoClocks, ClocksOfASequenceCountOn) {
  TraceText trace(1, 64);
  trace.add(Message().in(6, Message()
                                .in(1, clock(kMonotonic, 1'000'000))
                                .in(1, incremental(64, 1000, 1000))
                                .in(1, clock(65, 1000).put(4, 1000))));
  trace.add(instant(5, 0));
  trace.add(Message().put(8, 10));  // nothing in it, but its time counts
  trace.add(instant(5, 0));
  trace.add(instant(1030, 65));
  // The same number means another clock to another sequence.
  TraceText other(2, 64);
  other.add(
      Message().in(6, Message().in(1, clock(kMonotonic, 5'000'000)).in(1, incremental(64, 0, 1))));
  other.add(instant(7, 0));
  TraceText untied(3, 64);
  untied.add(instant(7, 0));
  const Imported got = imported(trace.text() + other.text() + untied.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(times_of(got), ElementsAre(1'005'000, 1'020'000, 1'030'000, 5'000'007));
  EXPECT_EQ(got.left.at("import.clock_not_tied"), 1u);
}

TEST(ImportPerfettoClocks, AClockThatIsTiedByAnother) {
  TraceText trace(1, 64);
  trace.add(Message().in(6, Message().in(1, clock(64, 100)).in(1, clock(kBoottime, 1100))));
  trace.add(Message().in(6, Message().in(1, clock(kBoottime, 2000)).in(1, clock(kMonotonic, 500))));
  trace.add(instant(200, 0));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.profile->meta("import.clock"), "CLOCK_MONOTONIC");
  // 200 is 1200 of CLOCK_BOOTTIME, which was 1500 ahead: before the clock began.
  EXPECT_THAT(times_of(got), IsEmpty());
  EXPECT_EQ(got.left.at("import.time_out_of_range"), 1u);
}

TEST(ImportPerfettoClocks, TimesThatCannotBeAreCounted) {
  TraceText trace(1, 64);
  trace.add(Message().in(6, Message()
                                .in(1, clock(kMonotonic, 10))
                                .in(1, incremental(64, 10, UINT64_MAX))
                                .in(1, clock(kRealtime, UINT64_MAX))));
  trace.add(Message().in(6, Message().in(1, clock(kMonotonic, 10)).in(1, incremental(64, 1, 1))));
  trace.add(instant(UINT64_MAX, 0));
  trace.add(instant(UINT64_MAX / 4, 0));
  trace.add(instant(UINT64_MAX / 16, 0));
  trace.add(instant(UINT64_MAX, kMonotonic));
  trace.add(instant(5, kRealtime));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(times_of(got), ElementsAre(static_cast<int64_t>(UINT64_MAX / 16) + 10));
  EXPECT_EQ(got.left.at("import.time_out_of_range"), 3u);
  EXPECT_EQ(got.left.at("import.clock_not_tied"), 1u);
}

}  // namespace
}  // namespace hone::exchange
