// Traces that say things which no writer means, or that would cost far more than they hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "exchange/import_perfetto_clocks.h"
#include "exchange/import_perfetto_numbers.h"
#include "exchange/import_perfetto_test_support.h"
#include "exchange/import_test_support.h"

namespace hone::exchange {
namespace {

using perfetto_test::kInstant;
using perfetto_test::Message;
using perfetto_test::TraceText;

TEST(ImportPerfettoNumbers, FarNumbersTakeNoMoreRoomThanThereAreEntries) {
  perfetto_import::ByNumber<int> numbers;
  uint64_t number = 16;
  for (int i = 0; i < 20; ++i) {
    numbers[number] = i;
    number = 2 * number + 18;
  }
  EXPECT_LT(numbers.room(), 100u);
  number = 16;
  for (int i = 0; i < 20; ++i) {
    ASSERT_NE(numbers.find(number), nullptr) << number;
    EXPECT_EQ(*numbers.find(number), i);
    number = 2 * number + 18;
  }
}

TEST(ImportPerfettoNumbers, EarlyOnesAreStillKnownWhenLaterOnesFillIn) {
  perfetto_import::ByNumber<int> numbers;
  for (const uint64_t number : {40, 10, 12, 14, 20, 25, 30, 33, 36, 41}) {
    numbers[number] = static_cast<int>(number);
  }
  for (const uint64_t number : {40, 10, 12, 14, 20, 25, 30, 33, 36, 41}) {
    ASSERT_NE(numbers.find(number), nullptr) << number;
    EXPECT_EQ(*numbers.find(number), static_cast<int>(number));
  }
  numbers[40] = 7;
  EXPECT_EQ(*numbers.find(40), 7);
  EXPECT_EQ(numbers.find(39), nullptr);
  numbers.clear();
  EXPECT_EQ(numbers.find(40), nullptr);
  EXPECT_EQ(numbers.find(10), nullptr);
}

TEST(ImportPerfettoHostile, WhatHasNoTimeIsCountedAndHasNoneOfAnothers) {
  TraceText trace;
  trace.thread(7, 1, 2, "main");
  const auto event = [](const Message& inner) { return Message().put(13, 2).in(11, inner); };
  trace.add(event(Message().put(16, 500).put(9, kInstant).put(11, 7).text(23, "told")));
  trace.add(event(Message().put(9, kInstant).put(11, 7).text(23, "not told")));
  trace.add(Message().put(13, 2).in(66, Message().put(2, 1).put(3, 2)));  // a sample
  trace.add(Message().put(13, 2).in(54, Message().put(1, 1).put(2, 1)));  // several
  trace.add(Message().put(13, 2).in(53, Message().put(2, 30)));           // work of a GPU
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.profile->instrumentation().messages.size(), 1u);
  EXPECT_EQ(got.profile->samples().size(), 0u);
  EXPECT_EQ(got.left.at("import.no_time"), 4u);
}

// What is kept of a file has a limit of `held_most` bytes.
Error error_within(std::string text, uint64_t held_most) {
  const std::string path = testing::TempDir() + "hone-perfetto-held-" + std::to_string(::getpid());
  auto in = Input::of_bytes(std::move(text), "the file");
  EXPECT_TRUE(in);
  in->held().set_most(held_most);
  auto done = import_into(*find_import_format("perfetto"), *in, path);
  ::unlink(path.c_str());
  return done ? Error{.code = Code::Internal, .message = "taken"} : done.error();
}

Message reading(uint64_t clock, uint64_t stamp) {
  return Message().put(1, clock).put(2, stamp);
}

TEST(ImportPerfettoHostile, WhatIsKeptOfClocksAndTracksIsBounded) {
  constexpr uint64_t kMonotonic = 3, kRealtime = 1, kMost = 1 << 18, kPackets = 10'000;
  std::string new_clocks, new_ties, of_sequences, tracks;
  TraceText trace;
  trace.thread(7, 1, 2, "main").begin(10, 7, "s").end(20, 7);
  for (std::string* each : {&new_clocks, &new_ties, &of_sequences, &tracks}) *each = trace.text();
  for (uint32_t i = 1; i <= kPackets; ++i) {
    const Message time = reading(kMonotonic, i * 1000);
    const auto snapshot = [&](const Message& other) {
      return Message().in(6, Message().in(1, time).in(1, other));
    };
    const auto add = [&](std::string& to, uint64_t sequence, Message packet) {
      to += Message().in(1, packet.put(10, sequence)).bytes();
    };
    add(new_clocks, 1, snapshot(reading(1000 + i, 5)));
    add(new_ties, 1, snapshot(reading(kRealtime, i * 1001)));
    add(of_sequences, i, snapshot(reading(64, 5)));
    add(tracks, 1, Message().in(60, Message().put(1, i)));
  }
  for (const std::string& text : {new_clocks, new_ties, of_sequences, tracks}) {
    EXPECT_EQ(error_within(text, kMost / 2).code, Code::LimitExceeded);
    EXPECT_EQ(error_within(text, HeldBytes::kMost).message, "taken");
  }
}

TEST(ImportPerfettoHostile, NothingIsKeptOfClocksThatNothingTells) {
  std::string path = testing::TempDir() + "hone-perfetto-clocks-XXXXXX";
  ::close(::mkstemp(path.data()));
  auto writer = recording::Writer::create(path, {});
  ASSERT_TRUE(writer);
  Intake to(recording::Builder(std::move(*writer)));
  perfetto_import::Clocks clocks(to);
  TimeNs time{};
  // Before there is a time, of a sequence alone; then of any.
  EXPECT_FALSE(clocks.convert(64, 1, 5, time));
  EXPECT_TRUE(clocks.convert(perfetto_import::Clocks::kMonotonic, 1, 5, time));
  const uint64_t held = clocks.held();
  for (uint32_t i = 100; i < 10'000; ++i) {
    EXPECT_FALSE(clocks.convert(64 + i % 64, i, 5, time));
    EXPECT_FALSE(clocks.convert(1000 + i, 1, 5, time));
  }
  EXPECT_EQ(clocks.held(), held);
  clocks.finish();
  EXPECT_TRUE(to.finish());
  ::unlink(path.c_str());
}

TEST(ImportPerfettoHostile, SequencesBeyondWhatARecorderNumbersAreCounted) {
  std::string text;
  for (uint32_t number = 1; number <= 66'000; ++number) {
    text += Message().in(1, Message().put(10, number)).bytes();
  }
  const Imported got = imported(text);
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.left.at("import.packets_of_sequences"), 66'000u - 65'536u);
}

TEST(ImportPerfettoHostile, APathOfOneLongPartIsCut) {
  TraceText trace;
  trace.add(Message().put(13, 1).in(
      59, Message().put(58, 3).in(12, Message().in(1, Message().put(2, 1000).put(4, 1)))));
  Message tables;
  tables.in(7, Message().put(1, 1).put(2, 1));
  tables.in(6, Message().put(1, 1).put(2, 1).put(3, 1));
  tables.in(5, Message().put(1, 1).text(2, "main"));
  tables.in(19, Message().put(1, 1).put(7, 1));
  tables.in(17, Message().put(1, 1).text(2, std::string(100'000, 'x')));
  trace.at(50, Message().in(12, tables).in(66, Message().put(2, 1).put(3, 2).put(4, 1)));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  const profile::Profile& p = *got.profile;
  ASSERT_EQ(p.samples().size(), 1u);
  const auto frame = p.stacks().frame[raw(p.samples().stack[0])];
  EXPECT_EQ(p.string(p.modules()[raw(p.frames().module[raw(frame)])].path).size(), 4096u);
}

TEST(ImportPerfettoHostile, KindsThatAreLeftAreToldUpToALimit) {
  TraceText trace;
  for (uint32_t field = 1000; field < 10'000; ++field) trace.add(Message().text(field, "x"));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_LT(got.left.size(), 8200u);
  EXPECT_EQ(got.left.at("import.packet_1000"), 1u);
  EXPECT_GT(got.left.at("import.left_of_other_kinds"), 800u);
}

TEST(ImportPerfettoHostile, NamesOfMegabytesAreCut) {
  TraceText trace;
  trace.thread(7, 1, 2, "main").begin(10, 7, std::string(1'000'000, 'x')).end(20, 7);
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.name(SiteId{1}).size(), size_t{64} << 10);
  EXPECT_EQ(got.left.at("import.names_cut"), 1u);
}

std::string sampled(const Message& timebase) {
  TraceText trace;
  trace.add(Message().put(13, 1).in(59, Message().put(58, 3).in(12, Message().in(1, timebase))));
  trace.at(50, Message().in(66, Message().put(2, 1).put(3, 2)));
  return trace.text();
}

TEST(ImportPerfettoHostile, OnlyWhatGrowsAsTimeDoesIsCpuTime) {
  constexpr uint64_t kCpuClock = 1, kPageFaults = 2, kCycles = 10, kInstructions = 11;
  for (const uint64_t counter : {kCpuClock, kCycles}) {
    const Imported got = imported(sampled(Message().put(2, 1000).put(4, counter)));
    ASSERT_TRUE(got.profile) << got.error.message;
    ASSERT_EQ(got.profile->samples().size(), 1u);
    EXPECT_EQ(got.profile->samples().weight_ns[0], 1'000'000);
    EXPECT_EQ(got.left.count("import.weight_by_cycles"), counter == kCycles ? 1u : 0u);
  }
  const Imported none_named = imported(sampled(Message().put(2, 1000)));
  ASSERT_TRUE(none_named.profile);
  EXPECT_EQ(none_named.profile->samples().size(), 1u);
  const std::vector<Message> others = {
      Message().put(2, 1000).put(4, kInstructions), Message().put(1, 5000).put(4, kInstructions),
      Message().put(2, 100).put(4, kPageFaults), Message().put(1, 7).text(3, "sched:sched_switch")};
  for (const Message& each : others) {
    const Imported got = imported(sampled(each));
    ASSERT_TRUE(got.profile) << got.error.message;
    EXPECT_EQ(got.profile->samples().size(), 0u);
    EXPECT_EQ(got.left.at("import.samples_of_counters"), 1u);
    ASSERT_EQ(got.profile->costs().size(), 1u);
  }
}

}  // namespace
}  // namespace hone::exchange
