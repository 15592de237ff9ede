#include "drain/rings.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

namespace hone::drain {
namespace {

constexpr uint32_t kRings = 4;
constexpr uint32_t kBytes = 4096;

// A program's side of the memory, without a program.
class Guest {
 public:
  explicit Guest(bool sealed = true) {
    fd_ = base::UniqueFd{::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    const uint64_t bytes = wire::control_bytes(kRings, kBytes);
    EXPECT_EQ(::ftruncate(fd_.get(), static_cast<off_t>(bytes)), 0);
    if (sealed) ::fcntl(fd_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
    void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
    memory_ = base::Mapping(at, bytes);
    wire::ControlPage& control = page();
    control.magic = wire::kControlMagic;
    control.version = wire::kControlVersion;
    control.ring_count = kRings;
    control.ring_bytes = kBytes;
    control.entry_bytes = sizeof(wire::RingEntry);
    control.rings_at = wire::rings_at(kRings);
    control.pid = 77;
    control.start_ns = 1000;
  }

  wire::ControlPage& page() { return *reinterpret_cast<wire::ControlPage*>(memory_.data()); }
  wire::RingEntry& entry(uint32_t ring) {
    return reinterpret_cast<wire::RingEntry*>(memory_.data() + wire::entries_at())[ring];
  }
  uint8_t* ring(uint32_t ring) {
    return memory_.data() + wire::rings_at(kRings) + uint64_t{ring} * kBytes;
  }
  base::UniqueFd fd() { return base::UniqueFd{::dup(fd_.get())}; }

  void begin_thread(uint32_t ring, uint32_t tid) {
    page().rings_used = std::max(page().rings_used, ring + 1);
    entry(ring).tid = tid;
    entry(ring).start_ns = 2000;
    std::strcpy(entry(ring).name, "worker");
    wire::store_release(entry(ring).state, static_cast<uint32_t>(wire::RingState::kLive));
  }
  bool write(uint32_t ring_index, int64_t time, const std::vector<uint64_t>& addresses) {
    const auto bytes =
        static_cast<uint32_t>(sizeof(wire::SampleRecord) + addresses.size() * sizeof(uint64_t));
    const wire::Room room = wire::make_room(entry(ring_index), ring(ring_index), kBytes, bytes);
    if (!room.at) return false;
    const wire::SampleRecord record{
        .header = {bytes, static_cast<uint16_t>(wire::RecordKind::kFrames),
                   static_cast<uint16_t>(addresses.size()), time},
        .weight_ns = 1003009,
        .cpu = 1,
        .end = 0,
        .flags = 0};
    std::memcpy(room.at, &record, sizeof record);
    std::memcpy(room.at + sizeof record, addresses.data(), addresses.size() * sizeof(uint64_t));
    wire::publish(entry(ring_index), room);
    return true;
  }

 private:
  base::UniqueFd fd_;
  base::Mapping memory_;
};

struct Read {
  std::vector<std::vector<uint64_t>> stacks;
  std::vector<int64_t> times;
  std::vector<uint32_t> ended;
};
Read read(Rings& rings) {
  Read out;
  rings.read(
      [&](const ThreadRing&, const GuestSample& sample) {
        out.stacks.emplace_back(sample.addresses.begin(), sample.addresses.end());
        out.times.push_back(raw(sample.time));
      },
      [&](const ThreadRing& thread) { out.ended.push_back(thread.tid); });
  return out;
}

TEST(Rings, SamplesComeOutAsTheyWentInAroundTheRing) {
  Guest guest;
  auto rings = Rings::open(guest.fd());
  ASSERT_TRUE(rings) << rings.error().message;
  EXPECT_EQ(rings->pid(), 77);
  guest.begin_thread(2, 123);
  int64_t time = 10;
  for (int round = 0; round < 50; ++round) {
    std::vector<std::vector<uint64_t>> written;
    for (uint64_t depth = 1; depth < 20; depth += 3) {
      std::vector<uint64_t> stack(depth + static_cast<uint64_t>(round) % 5, 0x1000 + depth);
      ASSERT_TRUE(guest.write(2, ++time, stack));
      written.push_back(stack);
    }
    const Read got = read(*rings);
    EXPECT_EQ(got.stacks, written);
    EXPECT_TRUE(got.ended.empty());
  }
  EXPECT_EQ(rings->counts().damaged, 0u);
}

TEST(Rings, FullRingTakesNoMoreAndLosesNothingOfWhatItHas) {
  Guest guest;
  auto rings = Rings::open(guest.fd());
  ASSERT_TRUE(rings);
  guest.begin_thread(0, 1);
  size_t written = 0;
  while (guest.write(0, 5, {1, 2, 3})) ++written;
  EXPECT_EQ(written, kBytes / (sizeof(wire::SampleRecord) + 24));
  EXPECT_EQ(read(*rings).stacks.size(), written);
  EXPECT_TRUE(guest.write(0, 6, {1, 2, 3}));
}

TEST(Rings, EndedThreadIsToldOnceAndItsRingIsFree) {
  Guest guest;
  auto rings = Rings::open(guest.fd());
  ASSERT_TRUE(rings);
  guest.begin_thread(1, 55);
  guest.write(1, 7, {9});
  guest.entry(1).cpu_ns = 400;
  guest.entry(1).cpu_start_ns = 100;
  guest.entry(1).end_ns = 3000;
  wire::store_release(guest.entry(1).state, static_cast<uint32_t>(wire::RingState::kEnded));
  const Read got = read(*rings);
  EXPECT_EQ(got.stacks.size(), 1u);
  EXPECT_EQ(got.ended, std::vector<uint32_t>{55});
  EXPECT_EQ(guest.entry(1).state, static_cast<uint32_t>(wire::RingState::kFree));
  EXPECT_TRUE(read(*rings).ended.empty());
}

TEST(Rings, LostSamplesAreCountedOnce) {
  Guest guest;
  auto rings = Rings::open(guest.fd());
  ASSERT_TRUE(rings);
  guest.begin_thread(0, 1);
  guest.entry(0).samples_lost = 5;
  read(*rings);
  guest.entry(0).samples_lost = 7;
  read(*rings);
  read(*rings);
  EXPECT_EQ(rings->counts().lost, 7u);
}

TEST(Rings, NonsenseIsCountedAndLeftOut) {
  Guest guest;
  auto rings = Rings::open(guest.fd());
  ASSERT_TRUE(rings);
  guest.begin_thread(0, 1);
  guest.write(0, 5, {1, 2, 3});
  guest.write(0, 6, {4});
  // The second record claims to be longer than what was written.
  const uint32_t bytes = 4096;
  std::memcpy(guest.ring(0) + sizeof(wire::SampleRecord) + 24, &bytes, sizeof bytes);
  EXPECT_EQ(read(*rings).stacks.size(), 1u);
  EXPECT_EQ(rings->counts().damaged, 1u);
  // A head that is further than the ring is long.
  guest.entry(0).head += 1 << 20;
  EXPECT_TRUE(read(*rings).stacks.empty());
  EXPECT_EQ(rings->counts().damaged, 2u);
  // And then it goes on.
  EXPECT_TRUE(guest.write(0, 8, {5}));
  EXPECT_EQ(read(*rings).stacks.size(), 1u);
}

TEST(Rings, ForeignMemoryIsRefused) {
  Guest unsealed(false);
  EXPECT_FALSE(Rings::open(unsealed.fd()));
  Guest other;
  other.page().magic = 1;
  EXPECT_FALSE(Rings::open(other.fd()));
  Guest odd;
  odd.page().ring_bytes = 5000;
  EXPECT_FALSE(Rings::open(odd.fd()));
  Guest many;
  many.page().ring_count = 1 << 30;
  EXPECT_FALSE(Rings::open(many.fd()));
  EXPECT_FALSE(Rings::open(base::UniqueFd{::open("/dev/null", O_RDONLY | O_CLOEXEC)}));
  EXPECT_FALSE(Rings::open(base::UniqueFd{}));
}

}  // namespace
}  // namespace hone::drain
