// Samples of every layout: each part of sample_type alone and all of them together.
#include "exchange/import_perf_data_records.h"

#include <gtest/gtest.h>

#include "exchange/import_perf_data_order.h"
#include "exchange/import_perf_data_test_support.h"

namespace hone::exchange::perf_data {
namespace {

constexpr uint64_t kHwIndex = PERF_SAMPLE_BRANCH_HW_INDEX;

perf_event_attr attr_with(uint64_t type) {
  perf_event_attr attr{};
  attr.sample_type = type;
  attr.sample_regs_user = 0xff0fff;  // as perf asks for on x86-64
  attr.sample_regs_intr = 0x7;
  attr.branch_sample_type = kHwIndex;
  return attr;
}

// What the kernel writes of each part, in its order (perf_output_sample()).
std::string body_of(uint64_t type, uint64_t read_format) {
  Bytes out;
  const auto has = [&](uint64_t bit) { return (type & bit) != 0; };
  if (has(PERF_SAMPLE_IDENTIFIER)) out.u64(5);
  if (has(PERF_SAMPLE_IP)) out.u64(0x1234);
  if (has(PERF_SAMPLE_TID)) out.u32(11).u32(12);
  if (has(PERF_SAMPLE_TIME)) out.u64(777);
  if (has(PERF_SAMPLE_ADDR)) out.u64(1);
  if (has(PERF_SAMPLE_ID)) out.u64(5);
  if (has(PERF_SAMPLE_STREAM_ID)) out.u64(1);
  if (has(PERF_SAMPLE_CPU)) out.u32(3).u32(0);
  if (has(PERF_SAMPLE_PERIOD)) out.u64(999);
  if (has(PERF_SAMPLE_READ)) {
    const bool group = (read_format & PERF_FORMAT_GROUP) != 0;
    const int values = group ? 2 : 1;
    if (group) out.u64(2);
    if (!group) out.u64(42);
    if ((read_format & PERF_FORMAT_TOTAL_TIME_ENABLED) != 0) out.u64(1);
    if ((read_format & PERF_FORMAT_TOTAL_TIME_RUNNING) != 0) out.u64(1);
    for (int i = 0; i < values; ++i) {
      if (group) out.u64(42);
      if ((read_format & PERF_FORMAT_ID) != 0) out.u64(5);
      if ((read_format & PERF_FORMAT_LOST) != 0) out.u64(0);
    }
  }
  if (has(PERF_SAMPLE_CALLCHAIN)) out.u64(2).u64(0xa).u64(0xb);
  if (has(PERF_SAMPLE_RAW)) out.u32(12).raw("hello, world");
  if (has(PERF_SAMPLE_BRANCH_STACK)) out.u64(2).u64(9).raw(std::string(48, 'b'));
  if (has(PERF_SAMPLE_REGS_USER)) {
    out.u64(PERF_SAMPLE_REGS_ABI_64);
    for (uint64_t i = 0; i < 20; ++i) out.u64(100 + i);
  }
  if (has(PERF_SAMPLE_STACK_USER)) out.u64(16).raw("0123456789abcdef").u64(8);
  if (has(PERF_SAMPLE_WEIGHT) || has(PERF_SAMPLE_WEIGHT_STRUCT)) out.u64(1);
  if (has(PERF_SAMPLE_DATA_SRC)) out.u64(1);
  if (has(PERF_SAMPLE_TRANSACTION)) out.u64(1);
  if (has(PERF_SAMPLE_REGS_INTR)) out.u64(2).u64(1).u64(2).u64(3);
  if (has(PERF_SAMPLE_PHYS_ADDR)) out.u64(1);
  if (has(PERF_SAMPLE_CGROUP)) out.u64(1);
  if (has(PERF_SAMPLE_DATA_PAGE_SIZE)) out.u64(1);
  if (has(PERF_SAMPLE_CODE_PAGE_SIZE)) out.u64(1);
  if (has(PERF_SAMPLE_AUX)) out.u64(8).raw("auxtrace");
  return out.str();
}

std::span<const uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

void check_parts(uint64_t type, const Sample& sample) {
  const auto has = [&](uint64_t bit) { return (type & bit) != 0; };
  EXPECT_EQ(sample.ip, has(PERF_SAMPLE_IP) ? 0x1234u : 0u);
  EXPECT_EQ(sample.time, has(PERF_SAMPLE_TIME) ? 777u : 0u);
  EXPECT_EQ(sample.tid, has(PERF_SAMPLE_TID) ? 12 : -1);
  EXPECT_EQ(sample.period, has(PERF_SAMPLE_PERIOD) ? 999u : 0u);
  EXPECT_EQ(sample.cpu, has(PERF_SAMPLE_CPU) ? 3u : UINT32_MAX);
  ASSERT_EQ(sample.chain.count, has(PERF_SAMPLE_CALLCHAIN) ? 2u : 0u);
  if (sample.chain.count > 0) {
    EXPECT_EQ(sample.chain[1], 0xbu);
  }
  ASSERT_EQ(sample.registers.count, has(PERF_SAMPLE_REGS_USER) ? 20u : 0u);
  EXPECT_EQ(sample.stack.size(), has(PERF_SAMPLE_STACK_USER) ? 8u : 0u);
  EXPECT_FALSE(sample.stack_full);
  if (!sample.stack.empty()) {
    EXPECT_EQ(sample.stack[7], '7');
  }
}

TEST(PerfDataRecords, SamplesOfEveryLayout) {
  constexpr uint64_t kAll = (uint64_t{PERF_SAMPLE_MAX} - 1) & ~uint64_t{PERF_SAMPLE_WEIGHT_STRUCT};
  std::vector<uint64_t> types = {kAll, 0};
  for (uint64_t bit = 1; bit < PERF_SAMPLE_MAX; bit <<= 1) {
    types.push_back(bit);
    types.push_back(kAll & ~bit);
    types.push_back(bit | PERF_SAMPLE_STACK_USER);
  }
  for (const uint64_t type : types) {
    for (uint64_t format = 0; format < PERF_FORMAT_MAX; ++format) {
      perf_event_attr attr = attr_with(type);
      attr.read_format = format;
      const std::string body = body_of(type, format);
      Sample sample;
      ASSERT_TRUE(read_sample(attr, bytes_of(body), sample)) << type << " " << format;
      check_parts(type, sample);
      if (!body.empty()) {
        Sample cut;
        EXPECT_FALSE(read_sample(attr, bytes_of(body).first(body.size() - 1), cut));
      }
      if (const auto at = id_place_in_sample(attr)) {
        EXPECT_EQ((Words{bytes_of(body).data() + *at, 1}[0]), 5u) << type;
      }
      if ((type & PERF_SAMPLE_READ) == 0) break;
    }
  }
}

TEST(PerfDataRecords, LengthsThatCannotBe) {
  const uint64_t most = ~uint64_t{0};
  for (const uint64_t type :
       {uint64_t{PERF_SAMPLE_CALLCHAIN}, uint64_t{PERF_SAMPLE_BRANCH_STACK},
        uint64_t{PERF_SAMPLE_STACK_USER}, uint64_t{PERF_SAMPLE_AUX}, uint64_t{PERF_SAMPLE_RAW}}) {
    for (const uint64_t length : {most, most / 8, most / 24 + 1, (uint64_t{1} << 61) + (1 << 30)}) {
      Sample sample;
      const std::string body = Bytes().u64(length).u64(length).raw(std::string(64, 'x')).str();
      EXPECT_FALSE(read_sample(attr_with(type), bytes_of(body), sample)) << type << " " << length;
    }
  }
  // More of the stack than was copied.
  Sample sample;
  const std::string body = Bytes().u64(8).u64(0).u64(9).str();
  EXPECT_FALSE(read_sample(attr_with(PERF_SAMPLE_STACK_USER), bytes_of(body), sample));
}

TEST(PerfDataRecords, RegistersByTheirMask) {
  const perf_event_attr attr = attr_with(PERF_SAMPLE_REGS_USER);
  const std::string body = body_of(PERF_SAMPLE_REGS_USER, 0);
  Sample sample;
  ASSERT_TRUE(read_sample(attr, bytes_of(body), sample));
  unwind::Registers registers;
  ASSERT_TRUE(read_registers(attr, sample, unwind::Arch::kX86_64, registers));
  // AX BX CX DX SI DI BP SP IP FLAGS CS SS, then R8 to R15.
  EXPECT_EQ(registers.value[0], 100u);
  EXPECT_EQ(registers.value[3], 101u);
  EXPECT_EQ(registers.value[7], 107u);
  EXPECT_EQ(registers.value[16], 108u);
  EXPECT_EQ(registers.value[8], 112u);
  EXPECT_EQ(registers.value[15], 119u);
  sample.registers_abi = PERF_SAMPLE_REGS_ABI_32;
  EXPECT_FALSE(read_registers(attr, sample, unwind::Arch::kX86_64, registers));
}

std::vector<uint64_t> times_given(const std::vector<uint64_t>& times, size_t round_after,
                                  uint64_t* late) {
  Order order;
  std::vector<uint64_t> out;
  const auto take = [&](const Order::Ready& ready) { out.push_back(ready.sample->time); };
  for (size_t i = 0; i < times.size(); ++i) {
    order.add(Sample{.time = times[i]}, take);
    if ((i + 1) % round_after == 0) order.round(take);
  }
  order.finish(take);
  *late = order.late();
  return out;
}

TEST(PerfDataOrder, RoundsBoundWhatIsHeld) {
  uint64_t late = 0;
  // The second round still has what is older than the newest of the first.
  EXPECT_EQ(times_given({5, 1, 7, 3, 9, 6, 12, 10}, 2, &late),
            (std::vector<uint64_t>{1, 3, 5, 6, 7, 9, 10, 12}));
  EXPECT_EQ(late, 0u);
  EXPECT_EQ(times_given({5, 6, 7, 8, 1, 9}, 2, &late), (std::vector<uint64_t>{5, 6, 1, 7, 8, 9}));
  EXPECT_EQ(late, 1u);
}

TEST(PerfDataOrder, MoreThanIsHeldGoesOnByHalves) {
  Order order;
  uint64_t count = 0, before = 0, disorder = 0;
  const auto take = [&](const Order::Ready& ready) {
    disorder += ready.sample->time < before;
    before = ready.sample->time;
    ++count;
  };
  const std::vector<uint8_t> stack(60000, 's');
  constexpr uint64_t kSamples = 4000;  // 240 MB
  for (uint64_t i = 1; i <= kSamples; ++i) {
    order.add(Sample{.time = i ^ 1, .stack = stack}, take);
  }
  EXPECT_GT(count, kSamples / 2);
  order.finish(take);
  EXPECT_EQ(count, kSamples);
  EXPECT_EQ(disorder, 0u);
}

}  // namespace
}  // namespace hone::exchange::perf_data
