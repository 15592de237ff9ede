// hone/vulkan.h on a device that is made up: this program is instrumented itself, and reads what it
// wrote.
#define HONE_ENABLE
#define VK_NO_PROTOTYPES
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "drain/spans.h"
#include "guest/runtime/runtime.h"
#include "hone/vulkan.h"

namespace hone::drain {
namespace {

using vulkan::Queue;
using Options = vulkan::Setup;  // gtest has a Setup of its own
using vulkan::detail::Clock;
using vulkan::detail::Nesting;

// A device whose commands are done when a test says so. One at a time.
struct Device {
  enum State { kNotReset, kReset, kWritten };
  struct Query {
    State state = kNotReset;
    uint64_t ticks = 0;
  };
  std::vector<Query> queries;
  std::vector<uint32_t> recorded;  // queries whose stamps were recorded, in order
  uint64_t ticks = 1000;
  double period = 1;
  uint32_t valid_bits = 64;
  bool has_calibration = true, has_host_reset = true, fails_pool = false, is_lost = false;
  bool fence_is_done = true;
  int submissions = 0, destroyed = 0, misused = 0;
  std::vector<std::pair<uint32_t, uint32_t>> resets;  // recorded, not submitted

  // What was recorded so far is done, a tick after the other.
  void run() {
    for (const uint32_t query : recorded) {
      misused += queries[query].state != kReset;
      queries[query] = {kWritten, ticks += 10};
    }
    recorded.clear();
  }
};
Device* device;

template <class T>
T handle(uintptr_t number) {
  return reinterpret_cast<T>(number);
}

void properties(VkPhysicalDevice, VkPhysicalDeviceProperties* out) {
  *out = {};
  std::strcpy(out->deviceName, "made up");
  out->deviceType = VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU;
  out->limits.timestampPeriod = static_cast<float>(device->period);
}
void families(VkPhysicalDevice, uint32_t* count, VkQueueFamilyProperties* out) {
  *count = 1;
  *out = {};
  out->timestampValidBits = device->valid_bits;
}
VkResult create_queries(VkDevice, const VkQueryPoolCreateInfo* create, const VkAllocationCallbacks*,
                        VkQueryPool* out) {
  if (device->fails_pool) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  device->queries.resize(create->queryCount);
  *out = handle<VkQueryPool>(1);
  return VK_SUCCESS;
}
void destroy_queries(VkDevice, VkQueryPool, const VkAllocationCallbacks*) {
  ++device->destroyed;
}
VkResult results(VkDevice, VkQueryPool, uint32_t first, uint32_t count, size_t, void* to,
                 VkDeviceSize stride, VkQueryResultFlags flags) {
  if (device->is_lost) return VK_ERROR_DEVICE_LOST;
  device->misused += (flags & VK_QUERY_RESULT_WAIT_BIT) != 0;
  for (uint32_t i = 0; i < count; ++i) {
    const Device::Query& query = device->queries[first + i];
    device->misused += query.state == Device::kNotReset;
    uint64_t words[2] = {query.ticks, query.state == Device::kWritten};
    std::memcpy(static_cast<char*>(to) + i * stride, words, stride);
  }
  return VK_SUCCESS;
}
void host_reset(VkDevice, VkQueryPool, uint32_t first, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) device->queries[first + i].state = Device::kReset;
}
void reset(VkCommandBuffer, VkQueryPool, uint32_t first, uint32_t count) {
  device->resets.emplace_back(first, count);
}
void stamp(VkCommandBuffer, VkPipelineStageFlagBits, VkQueryPool, uint32_t query) {
  device->recorded.push_back(query);
}
VkResult create_commands(VkDevice, const VkCommandPoolCreateInfo*, const VkAllocationCallbacks*,
                         VkCommandPool* out) {
  *out = handle<VkCommandPool>(2);
  return VK_SUCCESS;
}
void destroy_commands(VkDevice, VkCommandPool, const VkAllocationCallbacks*) {
  ++device->destroyed;
}
VkResult allocate(VkDevice, const VkCommandBufferAllocateInfo*, VkCommandBuffer* out) {
  *out = handle<VkCommandBuffer>(3);
  return VK_SUCCESS;
}
VkResult begin_commands(VkCommandBuffer, const VkCommandBufferBeginInfo*) {
  return VK_SUCCESS;
}
VkResult end_commands(VkCommandBuffer) {
  return VK_SUCCESS;
}
VkResult create_fence(VkDevice, const VkFenceCreateInfo*, const VkAllocationCallbacks*,
                      VkFence* out) {
  *out = handle<VkFence>(4);
  return VK_SUCCESS;
}
void destroy_fence(VkDevice, VkFence, const VkAllocationCallbacks*) {
  ++device->destroyed;
}
VkResult fence_status(VkDevice, VkFence) {
  return device->fence_is_done ? VK_SUCCESS : VK_NOT_READY;
}
VkResult reset_fences(VkDevice, uint32_t, const VkFence*) {
  return VK_SUCCESS;
}
VkResult wait_fences(VkDevice, uint32_t, const VkFence*, VkBool32, uint64_t) {
  return VK_SUCCESS;
}
VkResult submit(VkQueue, uint32_t, const VkSubmitInfo*, VkFence) {
  ++device->submissions;
  for (const auto& [first, count] : device->resets) host_reset({}, {}, first, count);
  device->resets.clear();
  device->run();
  return VK_SUCCESS;
}
VkResult calibrated(VkDevice, uint32_t, const VkCalibratedTimestampInfoEXT*, uint64_t* stamps,
                    uint64_t* deviation) {
  stamps[0] = device->ticks;
  stamps[1] = static_cast<uint64_t>(vulkan::detail::now_ns());
  *deviation = 50;
  return VK_SUCCESS;
}
VkResult domains(VkPhysicalDevice, uint32_t* count, VkTimeDomainEXT* out) {
  out[0] = VK_TIME_DOMAIN_DEVICE_EXT;
  out[1] = VK_TIME_DOMAIN_CLOCK_MONOTONIC_EXT;
  *count = 2;
  return VK_SUCCESS;
}

PFN_vkVoidFunction find_in_device(VkDevice, const char* name);
PFN_vkVoidFunction find(VkInstance, const char* name) {
#define HONE_FAKE(name, function) \
  { name, reinterpret_cast<PFN_vkVoidFunction>(&function) }
  static const std::map<std::string, PFN_vkVoidFunction> kCalls = {
      HONE_FAKE("vkGetDeviceProcAddr", find_in_device),
      HONE_FAKE("vkGetPhysicalDeviceProperties", properties),
      HONE_FAKE("vkGetPhysicalDeviceQueueFamilyProperties", families),
      HONE_FAKE("vkCreateQueryPool", create_queries),
      HONE_FAKE("vkDestroyQueryPool", destroy_queries),
      HONE_FAKE("vkGetQueryPoolResults", results),
      HONE_FAKE("vkCmdResetQueryPool", reset),
      HONE_FAKE("vkCmdWriteTimestamp", stamp),
      HONE_FAKE("vkCreateCommandPool", create_commands),
      HONE_FAKE("vkDestroyCommandPool", destroy_commands),
      HONE_FAKE("vkAllocateCommandBuffers", allocate),
      HONE_FAKE("vkBeginCommandBuffer", begin_commands),
      HONE_FAKE("vkEndCommandBuffer", end_commands),
      HONE_FAKE("vkCreateFence", create_fence),
      HONE_FAKE("vkDestroyFence", destroy_fence),
      HONE_FAKE("vkGetFenceStatus", fence_status),
      HONE_FAKE("vkResetFences", reset_fences),
      HONE_FAKE("vkWaitForFences", wait_fences),
      HONE_FAKE("vkQueueSubmit", submit),
      HONE_FAKE("vkResetQueryPool", host_reset),
      HONE_FAKE("vkGetCalibratedTimestampsEXT", calibrated),
      HONE_FAKE("vkGetPhysicalDeviceCalibrateableTimeDomainsEXT", domains),
  };
#undef HONE_FAKE
  const auto at = kCalls.find(name);
  if (at == kCalls.end()) return nullptr;
  if (!device->has_host_reset && at->first == "vkResetQueryPool") return nullptr;
  if (!device->has_calibration && at->first == "vkGetCalibratedTimestampsEXT") return nullptr;
  return at->second;
}
PFN_vkVoidFunction find_in_device(VkDevice, const char* name) {
  return find({}, name);
}

const VkCommandBuffer kCommands = handle<VkCommandBuffer>(100);

class GpuQueue : public ::testing::Test {
 protected:
  struct Span {
    std::string name;
    uint32_t depth, tid;
    int64_t start, end;
  };

  void SetUp() override {
    device = &device_;
    auto opened = SpanRings::open(base::UniqueFd{::dup(runtime::memory.descriptor)});
    ASSERT_TRUE(opened) << opened.error().message;
    rings_.emplace(std::move(*opened));
    ASSERT_TRUE(rings_->own(::getpid()));
    rings_->ask(UINT64_MAX, "", "");
  }
  void TearDown() override {
    if (rings_) rings_->stop();
    EXPECT_EQ(device_.misused, 0);
  }
  Options setup(uint32_t spans, bool host) {
    Options out;
    out.instance = handle<VkInstance>(5);
    out.physical_device = handle<VkPhysicalDevice>(6);
    out.device = handle<VkDevice>(7);
    out.queue = handle<VkQueue>(8);
    out.name = "graphics";
    out.spans = spans;
    out.host_query_reset = host;
    out.find = &find;
    return out;
  }
  // What was told since the last call.
  void read() {
    spans_.clear();
    queues_ = 0;
    rings_->read([&](SpanBatch& batch) {
      for (const SpanMark& mark : batch.marks) {
        queues_ += mark.kind == HONE_MARK_GPU_QUEUE;
        if (mark.kind != HONE_MARK_GPU_SPAN) continue;
        EXPECT_EQ(mark.rest_count, 3u);
        const hone_slot* rest = &batch.rest[mark.rest];
        spans_.push_back({.name = rings_->site(mark.site)->name,
                          .depth = mark.detail,
                          .tid = static_cast<uint32_t>(rest[0].first >> 32),
                          .start = static_cast<int64_t>(rest[1].first),
                          .end = static_cast<int64_t>(rest[2].first)});
      }
      return true;
    });
  }

  Device device_;
  std::optional<SpanRings> rings_;
  std::vector<Span> spans_;
  int queues_ = 0;
};

void pass(Queue& queue) {
  HONE_VULKAN_SPAN(queue, kCommands, "pass");
}

TEST_F(GpuQueue, TellsOfItselfAndOfNestedSpansWhenTheyAreDone) {
  Queue queue;
  ASSERT_TRUE(queue.open(setup(64, true)));
  EXPECT_STREQ(queue.why(), "");
  {
    HONE_VULKAN_SPAN(queue, kCommands, "outer");
    pass(queue);
  }
  queue.collect();
  read();
  EXPECT_EQ(queues_, 1);
  EXPECT_TRUE(spans_.empty());  // nothing was submitted yet
  device_.run();
  queue.collect();
  read();
  ASSERT_EQ(spans_.size(), 2u);
  EXPECT_EQ(spans_[0].name, "outer");
  EXPECT_EQ(spans_[0].depth, 0u);
  EXPECT_EQ(spans_[1].name, "pass");
  EXPECT_EQ(spans_[1].depth, 1u);
  EXPECT_EQ(spans_[1].tid, static_cast<uint32_t>(::gettid()));
  EXPECT_EQ(spans_[1].end - spans_[1].start, 10);
  EXPECT_EQ(spans_[0].end - spans_[0].start, 30);
  EXPECT_EQ(spans_[1].start - spans_[0].start, 10);
  EXPECT_EQ(device_.submissions, 0);
}

TEST_F(GpuQueue, QueriesAreUsedAgainAndAgain) {
  for (const bool host : {true, false}) {
    Queue queue;
    ASSERT_TRUE(queue.open(setup(64, host)));
    size_t seen = 0;
    for (int frame = 0; frame < 100; ++frame) {
      for (int i = 0; i < 7; ++i) pass(queue);
      device_.run();
      queue.collect();
      read();
      seen += spans_.size();
    }
    EXPECT_EQ(seen, 700u);
    EXPECT_EQ(queue.left_out(), 0u);
    if (!host) {
      EXPECT_LT(device_.submissions, 50) << "one for many spans, and one for all";
    }
  }
}

TEST_F(GpuQueue, NothingIsWrittenOverWhileItsResetIsOutstanding) {
  Queue queue;
  ASSERT_TRUE(queue.open(setup(16, false)));
  device_.fence_is_done = false;
  size_t seen = 0;
  for (int i = 0; i < 40; ++i) {
    pass(queue);
    device_.run();
    queue.collect();
    read();
    seen += spans_.size();
  }
  // All queries were used once; those whose reset is not known to be done were not used again.
  EXPECT_EQ(seen, 16u);
  EXPECT_EQ(queue.left_out(), 24u);
  device_.fence_is_done = true;
  queue.collect();
  pass(queue);
  device_.run();
  queue.collect();
  read();
  EXPECT_EQ(spans_.size(), 1u);
}

TEST_F(GpuQueue, WhatHasNoRoomIsLeftOutAndCounted) {
  Queue queue;
  ASSERT_TRUE(queue.open(setup(16, true)));
  for (int i = 0; i < 50; ++i) pass(queue);
  EXPECT_EQ(queue.left_out(), 34u);
  device_.run();
  queue.collect();
  read();
  EXPECT_EQ(spans_.size(), 16u);
  for (int i = 0; i < 16; ++i) pass(queue);
  EXPECT_EQ(queue.left_out(), 34u);
}

TEST_F(GpuQueue, CommandsThatAreNeverSubmittedKeepNobodyUp) {
  Queue queue;
  ASSERT_TRUE(queue.open(setup(32, true)));
  for (int i = 0; i < 10; ++i) pass(queue);
  device_.recorded.clear();
  size_t seen = 0;
  for (int i = 0; i < 100; ++i) {
    pass(queue);
    device_.run();
    queue.collect();
    read();
    seen += spans_.size();
  }
  EXPECT_EQ(seen, 100u);
  EXPECT_EQ(queue.left_out(), 0u);
}

TEST_F(GpuQueue, WithoutCalibratedTimestampsASubmissionTellsTheTime) {
  device_.has_calibration = false;
  Queue queue;
  const int64_t before = vulkan::detail::now_ns();
  ASSERT_TRUE(queue.open(setup(64, true)));
  EXPECT_NE(std::string(queue.why()).find("no calibrated timestamps"), std::string::npos);
  EXPECT_GT(device_.submissions, 1);
  pass(queue);
  device_.run();
  queue.collect();
  read();
  ASSERT_EQ(spans_.size(), 1u);
  EXPECT_GE(spans_[0].start, before);
  EXPECT_LE(spans_[0].start, vulkan::detail::now_ns());
}

TEST_F(GpuQueue, WhatFailsSaysWhyAndDisturbsNobody) {
  const auto why = [&](const Options& options) {
    Queue queue;
    EXPECT_FALSE(queue.open(options));
    pass(queue);
    queue.collect();
    EXPECT_TRUE(device_.recorded.empty());
    return std::string(queue.why());
  };
  EXPECT_EQ(why(Options()), "instance, physical_device, device or queue is not set");
  Options nowhere = setup(64, true);
  nowhere.find = nullptr;
  EXPECT_EQ(why(nowhere), "functions of Vulkan were not found");
  device_.valid_bits = 0;
  EXPECT_EQ(why(setup(64, true)), "queues of this family write no timestamps");
  device_.valid_bits = 64;
  device_.fails_pool = true;
  EXPECT_EQ(why(setup(64, true)), "vkCreateQueryPool failed");
  device_.fails_pool = false;
  Queue lost;
  ASSERT_TRUE(lost.open(setup(64, true)));
  pass(lost);
  device_.is_lost = true;
  lost.collect();
  EXPECT_NE(std::string(lost.why()).find("lost"), std::string::npos);
  device_.recorded.clear();
  pass(lost);
  EXPECT_TRUE(device_.recorded.empty());
}

TEST_F(GpuQueue, NotRecordedItWritesNoQueries) {
  Queue queue;
  ASSERT_TRUE(queue.open(setup(64, true)));
  rings_->pause();
  pass(queue);
  queue.collect();
  EXPECT_TRUE(device_.recorded.empty());
}

TEST(GpuClock, FollowsADeviceThatRunsFastAndSaysHowFarItWasOff) {
  Clock clock;
  clock.begin(1, 64);
  EXPECT_EQ(clock.add(1000, 5'000'000'000), 0);
  EXPECT_EQ(clock.time_of(1500), 5'000'000'500);
  EXPECT_EQ(clock.time_of(500), 4'999'999'500);
  // 100 ticks in a million too many.
  EXPECT_EQ(clock.add(1000 + 1'000'100'000, 6'000'000'000), -100'000);
  EXPECT_NEAR(static_cast<double>(clock.time_of(1000 + 500'050'000)), 5.5e9, 2);
  EXPECT_NEAR(static_cast<double>(clock.add(1000 + 2'000'200'000, 7'000'000'000)), 0, 2);
}

TEST(GpuClock, StampsOfFewBitsWrapAround) {
  Clock clock;
  clock.begin(10, 32);
  clock.add(0xfffffff0, 1'000'000);
  EXPECT_EQ(clock.time_of(0x10), 1'000'000 + 0x20 * 10);
  EXPECT_EQ(clock.time_of(0xffffffe0), 1'000'000 - 0x10 * 10);
  EXPECT_EQ(clock.add(0x10, 1'000'000 + 0x20 * 10), 0);
}

TEST(GpuClock, WhatIsNoSteadyClockGoesByWhatTheDeviceSays) {
  Clock clock;
  clock.begin(2, 64);
  clock.add(1000, 0);
  clock.add(1000, 1'000'000'000);  // it stood still
  EXPECT_EQ(clock.time_of(1500), 1'000'001'000);
  clock.add(500, 2'000'000'000);  // it went back
  EXPECT_EQ(clock.time_of(1000), 2'000'001'000);
}

TEST(GpuNesting, BuffersHaveDepthsOfTheirOwn) {
  Nesting nesting;
  const auto buffer = [](uintptr_t i) { return handle<VkCommandBuffer>(i); };
  EXPECT_EQ(nesting.enter(buffer(1)), 0u);
  EXPECT_EQ(nesting.enter(buffer(2)), 0u);
  EXPECT_EQ(nesting.enter(buffer(1)), 1u);
  nesting.leave(buffer(1), 1);
  EXPECT_EQ(nesting.enter(buffer(1)), 1u);
  for (uintptr_t i = 3; i <= Nesting::kBuffers; ++i) EXPECT_EQ(nesting.enter(buffer(i)), 0u);
  EXPECT_EQ(nesting.enter(buffer(1000)), Nesting::kUnknown + 0);
  nesting.leave(buffer(1000), Nesting::kUnknown);
  nesting.leave(buffer(2), 0);
  EXPECT_EQ(nesting.enter(buffer(1000)), 0u);
}

}  // namespace
}  // namespace hone::drain
