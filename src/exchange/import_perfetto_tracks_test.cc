// Which process and which thread tracks of a Perfetto trace are of, in whatever order it says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "exchange/import_perfetto_test_support.h"
#include "exchange/import_test_support.h"

namespace hone::exchange {
namespace {

using perfetto_test::kCounter;
using perfetto_test::kInstant;
using perfetto_test::Message;
using perfetto_test::TraceText;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using TextsOfTracks = std::vector<std::string>;

TEST(ImportPerfettoTracks, ADescriptionThatComesLateHoldsFromThereOn) {
  TraceText trace;
  const Message instant = Message().put(9, kInstant).put(11, 7).text(23, "m");
  trace.event(10, instant).thread(7, 1, 2, "main");
  trace.event(20, instant).thread(7, 1, 2, "main");
  trace.event(30, instant);
  trace.event(40, Message().put(9, kCounter).put(11, 8).put(30, 5));
  trace.describe(Message().put(1, 8).put(5, 7).text(2, "size").in(8, Message().put(3, 3)));
  trace.event(50, Message().put(9, kCounter).put(11, 8).put(30, 6));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(told_messages(got),
              ElementsAre("(track 7, before it was described) m 10", "main m 20", "main m 30"));
  TextsOfTracks plots;
  for (const auto& plot : got.profile->instrumentation().plots) {
    plots.push_back(got.thread(plot.thread) + " " + got.name(plot.site));
  }
  EXPECT_THAT(plots, ElementsAre("counters (track 8, not described)", "main size (2)"));
  EXPECT_EQ(got.left.at("import.tracks_described_late"), 2u);
}

// "pid name" of every thread of a track.
TextsOfTracks homes(const Imported& got) {
  TextsOfTracks out;
  for (const profile::Thread& thread : got.profile->threads()) {
    if (thread.process == ProcessId::kNone) continue;
    const profile::Process& process = got.profile->processes()[raw(thread.process)];
    out.push_back(std::to_string(process.pid) + " " +
                  std::string(got.profile->string(thread.name)));
  }
  return out;
}

TEST(ImportPerfettoTracks, ATrackIsOfTheProcessThatIsToldInTheEnd) {
  const Message process = Message().put(1, 20).in(3, Message().put(1, 5).text(6, "app"));
  const Message thread = Message().put(1, 30).in(4, Message().put(1, 6).put(2, 61).text(5, "t"));
  const auto child = [](uint64_t number, uint64_t parent, std::string_view name) {
    return Message().put(1, number).put(5, parent).text(2, name);
  };
  // Each track has a slice before it is told what it is part of, and one behind that.
  TraceText late;
  late.describe(child(21, 20, "uploads")).describe(child(31, 30, "below t"));
  late.describe(child(22, 21, "below uploads"));
  for (const uint64_t track : {20, 21, 22, 31, 40}) late.begin(10, track, "s").end(15, track);
  late.describe(process).describe(thread).describe(child(40, 20, "told late"));
  for (const uint64_t track : {20, 21, 22, 31, 40}) late.begin(20, track, "s").end(25, track);
  const Imported got = imported(late.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(homes(got), UnorderedElementsAre("5 (of the process)", "5 uploads", "5 below uploads",
                                               "5 told late", "6 below t", "6 t"));
  EXPECT_THAT(got.spans(), testing::SizeIs(10));
  EXPECT_THAT(got.left, IsEmpty());
  for (const profile::Process& each : got.profile->processes()) {
    EXPECT_NE(got.profile->string(each.name), "(of no process)");
  }
}

TEST(ImportPerfettoTracks, ACounterWhoseProcessIsToldLateIsCounted) {
  const auto value = [](uint64_t track) {
    return Message().put(9, kCounter).put(11, track).put(30, 5);
  };
  const auto counter = [](uint64_t number) {
    return Message().put(1, number).put(5, 20).text(2, "size").in(8, Message().put(3, 3));
  };
  TraceText trace;
  trace.describe(counter(8)).describe(counter(9));
  trace.event(10, value(8)).event(10, value(9));
  trace.describe(Message().put(1, 20).in(3, Message().put(1, 5).text(6, "app")));
  trace.event(20, value(8));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  TextsOfTracks plots;
  for (const auto& plot : got.profile->instrumentation().plots) {
    const profile::Thread& thread = got.profile->threads()[raw(plot.thread)];
    plots.push_back(std::to_string(got.profile->processes()[raw(thread.process)].pid) + " " +
                    std::to_string(raw(plot.time)));
  }
  EXPECT_THAT(plots, ElementsAre("0 10", "0 10", "5 20"));
  EXPECT_EQ(got.left.at("import.tracks_described_late"), 2u);
}

TEST(ImportPerfettoTracks, ATrackOfSlicesAndValuesIsDescribedLate) {
  TraceText trace;
  const Message value = Message().put(9, kCounter).put(11, 8).put(30, 5);
  trace.begin(10, 8, "s").end(11, 8).event(12, value);
  trace.describe(Message().put(1, 8).text(2, "both").in(8, Message().put(3, 3)));
  trace.begin(20, 8, "s").end(21, 8).event(22, value);
  trace.describe(Message().put(1, 9).text(2, "named by its description"));
  trace.begin(30, 9, "s").end(31, 9).describe(Message().put(1, 9).text(2, "n"));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(homes(got), UnorderedElementsAre("0 both", "0 both", "0 n"));
  EXPECT_EQ(got.left.at("import.tracks_described_late"), 1u);
}

}  // namespace
}  // namespace hone::exchange
