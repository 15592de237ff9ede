#include "capture/counters/event_names.h"

#include <gtest/gtest.h>
#include <linux/perf_event.h>

namespace hone::capture {
namespace {

TEST(EventNames, ListsGroupsAndModifiers) {
  const auto events =
      parse_events("instructions,{cache-references,cache-misses:u},rC0,cs,{cycles},task-clock");
  ASSERT_TRUE(events.has_value()) << events.error().message;
  ASSERT_EQ(events->size(), 7u);
  EXPECT_EQ((*events)[0].config, uint64_t{PERF_COUNT_HW_INSTRUCTIONS});
  EXPECT_EQ((*events)[0].group, 0u);
  EXPECT_EQ((*events)[1].group, 1u);
  EXPECT_EQ((*events)[2].group, 1u);
  EXPECT_EQ((*events)[2].name, "cache-misses:u");
  EXPECT_TRUE((*events)[2].user_only);
  EXPECT_EQ((*events)[3].type, uint32_t{PERF_TYPE_RAW});
  EXPECT_EQ((*events)[3].config, 0xc0u);
  EXPECT_EQ((*events)[4].name, "context-switches");
  EXPECT_TRUE((*events)[4].in_kernel);
  EXPECT_FALSE((*events)[4].hardware());
  EXPECT_EQ((*events)[5].group, 2u);
  EXPECT_TRUE((*events)[6].nanoseconds);
}

TEST(EventNames, CachesAsTheKernelNumbersThem) {
  const auto events = parse_events("LLC-load-misses");
  ASSERT_TRUE(events.has_value());
  EXPECT_EQ((*events)[0].type, uint32_t{PERF_TYPE_HW_CACHE});
  EXPECT_EQ((*events)[0].config, 0x10002u);
}

TEST(EventNames, WhatIsWrongIsSaidWithWhatMayBeMeant) {
  const auto wrong = parse_events("instrucions");
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().number, "E046");
  EXPECT_EQ(wrong.error().fixes.front(), "-e instructions");
  for (const char* list :
       {"", ",", "cycles,", "{cycles", "cycles}", "{{cycles}}", "{}", "cycles:x", "cycles:", "r",
        "rxyz", "r11112222333344445", "cycles{cs}", "{cs}{cs}", "cycles instructions", "\x1b[2J"}) {
    const auto events = parse_events(list);
    ASSERT_FALSE(events.has_value()) << list;
    EXPECT_EQ(events.error().number, "E046") << list;
  }
  std::string many = "cs";
  for (int i = 0; i < 64; ++i) many += ",cs";
  EXPECT_FALSE(parse_events(many).has_value());
}

}  // namespace
}  // namespace hone::capture
