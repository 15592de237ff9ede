#include "drain/lock_marks.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "recording/reader.h"

namespace hone::drain {
namespace {

using recording::LockRow;

constexpr uint64_t kLock = 0x1000;

class LockMarksTest : public ::testing::Test {
 protected:
  LockMarksTest()
      : path_(testing::TempDir() + "hone-locks-" + std::to_string(::getpid())),
        builder_(*recording::Writer::create(path_, {})) {}
  ~LockMarksTest() override { ::unlink(path_.c_str()); }

  void mark(uint8_t kind, int64_t time, std::vector<hone_slot> rest, uint32_t thread = 1,
            uint8_t detail = 0) {
    marks_.take(
        builder_,
        {.thread = ThreadId{thread},
         .time = TimeNs{time},
         .site = SiteId{3},
         .kind = kind,
         .detail = detail},
        rest, [](uint64_t ticks) { return DurationNs{static_cast<int64_t>(ticks)}; },
        [](uint32_t tid) { return ThreadId{tid / 100}; });
  }
  void waits(int64_t time, uint64_t lock = kLock) { mark(HONE_MARK_LOCK_WAIT, time, {{lock, 0}}); }
  void takes(int64_t time, uint64_t lock = kLock) { mark(HONE_MARK_LOCK_TAKE, time, {{lock, 0}}); }
  void leaves(int64_t time, uint64_t lock = kLock) {
    mark(HONE_MARK_LOCK_LEAVE, time, {{lock, 0}});
  }

  // All that is in the recording, when nothing more is written.
  std::vector<LockRow> rows() {
    EXPECT_TRUE(builder_.writer().finish());
    const auto reader = recording::Reader::open(path_);
    std::vector<LockRow> out;
    EXPECT_TRUE(reader->for_each<LockRow>([&](const LockRow& row) { out.push_back(row); }));
    return out;
  }

  const std::string path_;
  recording::Builder builder_;
  LockMarks marks_;
};

uint64_t with_value(uint64_t value) {
  return value << 32;
}

TEST_F(LockMarksTest, OneMarkOfTheWrapperIsARow) {
  mark(HONE_MARK_LOCK_HELD, 500, {{kLock, with_value(40)}}, 1, HONE_LOCK_SHARED);
  mark(HONE_MARK_LOCK_HELD, 900, {{kLock, 0}, {70, 0}, {30, with_value(200)}}, 2);
  mark(HONE_MARK_LOCK_HELD, 950, {{kLock, 0}, {0, 0}, {30, 0}}, 2, HONE_LOCK_GAVE_UP);
  const auto got = rows();
  ASSERT_EQ(got.size(), 3u);
  EXPECT_EQ(raw(got[0].hold), 40);
  EXPECT_EQ(raw(got[0].wait), 0);
  EXPECT_EQ(got[0].flags, recording::kLockShared);
  EXPECT_EQ(got[1].thread, ThreadId{2});
  EXPECT_EQ(raw(got[1].hold), 70);
  EXPECT_EQ(raw(got[1].wait), 30);
  EXPECT_EQ(got[1].owner, ThreadId{2});
  EXPECT_EQ(got[2].flags, recording::kLockGaveUp);
}

TEST_F(LockMarksTest, MarksByHandArePutTogether) {
  waits(100);
  takes(130);
  takes(140, kLock + 8);
  takes(150);  // again: recursive
  leaves(160);
  leaves(200, kLock + 8);
  leaves(250);
  leaves(300);  // of one that was taken before the recording
  const auto got = rows();
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].lock, kLock + 8);
  EXPECT_EQ(raw(got[0].wait), 0);
  EXPECT_EQ(raw(got[0].hold), 60);
  EXPECT_EQ(got[1].lock, kLock);
  EXPECT_EQ(raw(got[1].wait), 30);
  EXPECT_EQ(raw(got[1].hold), 120);
}

TEST_F(LockMarksTest, WhatIsNotOverIsSoAtTheEnd) {
  takes(100);
  waits(150, kLock + 8);
  mark(HONE_MARK_LOCK_TAKE, 120, {{kLock + 16, 0}}, 2);
  marks_.end(builder_, TimeNs{400});
  marks_.end(builder_, TimeNs{500});
  marks_.still_waits(builder_, ThreadId{4}, TimeNs{300}, TimeNs{400}, SiteId{3}, kLock,
                     ThreadId{1});
  const auto got = rows();
  ASSERT_EQ(got.size(), 4u);
  EXPECT_EQ(got[0].flags, recording::kLockStillHeld);
  EXPECT_EQ(raw(got[0].hold), 300);
  EXPECT_EQ(got[1].flags, recording::kLockStillWaiting);
  EXPECT_EQ(raw(got[1].wait), 250);
  EXPECT_EQ(got[2].thread, ThreadId{2});
  EXPECT_EQ(raw(got[3].wait), 100);
  EXPECT_EQ(got[3].owner, ThreadId{1});
}

TEST_F(LockMarksTest, NothingThatAProgramWritesBreaksIt) {
  mark(HONE_MARK_LOCK_HELD, 500, {});
  mark(HONE_MARK_LOCK_TAKE, 500, {});
  takes(500);
  leaves(400);  // before it was taken
  for (uint64_t i = 0; i < 1000; ++i) takes(600, i + 1);
  marks_.end(builder_, TimeNs{10});
  for (const LockRow& row : rows()) {
    EXPECT_GE(raw(row.hold), 0);
    EXPECT_GE(raw(row.wait), 0);
  }
}

}  // namespace
}  // namespace hone::drain
