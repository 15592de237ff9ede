#include "capture/perf_ring.h"

#include <gtest/gtest.h>
#include <cstring>

#include "capture/test_support.h"

namespace hone::capture {
namespace {

// A record of that many bytes whose content tells it from others.
std::vector<uint8_t> record(size_t bytes, uint8_t content) {
  Record made(PERF_RECORD_SAMPLE);
  for (size_t at = sizeof(perf_event_header); at < bytes; at += 8) {
    made.u64(0x0101010101010101ull * content);
  }
  return made.bytes();
}

std::vector<uint8_t> peeked(TestRing& ring) {
  const auto bytes = ring.ring().peek();
  return {bytes.begin(), bytes.end()};
}

TEST(PerfRing, GivesRecordsInOrder) {
  TestRing ring;
  ring.put(record(24, 1));
  ring.put(record(4096, 2));
  EXPECT_TRUE(ring.ring().peek().empty()) << "not before refresh()";
  ring.ring().refresh();
  EXPECT_EQ(peeked(ring), record(24, 1));
  EXPECT_EQ(peeked(ring), record(24, 1)) << "until it is popped";
  ring.ring().pop();
  EXPECT_EQ(peeked(ring), record(4096, 2));
  ring.ring().pop();
  EXPECT_TRUE(ring.ring().peek().empty());
  EXPECT_EQ(ring.page().data_tail, 0u);
  ring.ring().release();
  EXPECT_EQ(ring.page().data_tail, 24u + 4096u);
}

TEST(PerfRing, RecordsThatWrapAreMadeWhole) {
  TestRing ring(4096);
  // Every place at which a record of 120 bytes can be cut by the end.
  for (int lap = 0; lap < 200; ++lap) {
    const auto content = static_cast<uint8_t>(lap);
    ring.put(record(120, content));
    ring.ring().refresh();
    ASSERT_EQ(peeked(ring), record(120, content)) << lap;
    ring.ring().pop();
    ring.ring().release();
  }
  // One that fills the whole buffer, from amid it.
  ring.put(record(4096, 9));
  ring.ring().refresh();
  EXPECT_EQ(peeked(ring), record(4096, 9));
  EXPECT_EQ(ring.ring().take_damage_count(), 0u);
}

// What is no record: everything that is there is skipped and counted, and reading goes on with what
// comes next.
class DamagedRing : public testing::TestWithParam<uint16_t> {};

TEST_P(DamagedRing, IsSkipped) {
  TestRing ring;
  std::vector<uint8_t> bad = record(64, 1);
  const uint16_t size = GetParam();
  std::memcpy(bad.data() + offsetof(perf_event_header, size), &size, sizeof size);
  ring.put(record(24, 1));
  ring.put(bad);
  ring.put(record(24, 2));
  ring.ring().refresh();
  EXPECT_EQ(peeked(ring), record(24, 1));
  ring.ring().pop();
  EXPECT_TRUE(ring.ring().peek().empty());
  EXPECT_EQ(ring.ring().take_damage_count(), 1u);
  EXPECT_EQ(ring.ring().take_damage_count(), 0u);
  ring.ring().release();
  EXPECT_EQ(ring.page().data_tail, ring.page().data_head);
  ring.put(record(24, 3));
  ring.ring().refresh();
  EXPECT_EQ(peeked(ring), record(24, 3));
}

// Nothing, less than a header, not whole words, more than there is.
INSTANTIATE_TEST_SUITE_P(Sizes, DamagedRing, testing::Values(0, 1, 7, 9, 63, 96, 0xfff8, 0xffff));

TEST(PerfRing, HeadBeyondAllBounds) {
  for (const uint64_t head : {uint64_t{4}, uint64_t{65536 + 8}, uint64_t{1} << 40, ~uint64_t{0}}) {
    TestRing ring;
    ring.page().data_head = head;
    ring.ring().refresh();
    EXPECT_TRUE(ring.ring().peek().empty());
    EXPECT_EQ(ring.ring().take_damage_count(), 1u) << head;
  }
}

}  // namespace
}  // namespace hone::capture
