#include "exchange/intake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "recording/reader.h"

namespace hone::exchange {
namespace {

using testing::ElementsAre;

TEST(Intake, MoreThreadsThanARecordingShouldHaveAreOne) {
  std::string path = testing::TempDir() + "hone-threads-XXXXXX";
  ::close(::mkstemp(path.data()));
  auto writer = recording::Writer::create(path, {});
  ASSERT_TRUE(writer);
  Intake to(recording::Builder(std::move(*writer)), nullptr, 3);
  for (int64_t tid = 1; tid <= 6; ++tid) to.name_thread(1, tid, "t" + std::to_string(tid));
  EXPECT_EQ(to.thread(1, 5), to.thread(2, 6));
  EXPECT_NE(to.thread(1, 3), to.thread(1, 5));
  EXPECT_EQ(raw(to.end_of_threads()), 5u);
  ASSERT_TRUE(to.finish());
  const auto reader = recording::Reader::open(path);
  ASSERT_TRUE(reader && reader->verify());
  std::vector<std::string> names;
  ASSERT_TRUE(reader->for_each<recording::ThreadRow>(
      [&](const recording::ThreadRow& row) { names.push_back(std::to_string(row.tid)); }));
  ::unlink(path.c_str());
  EXPECT_THAT(names, ElementsAre("1", "2", "3", "0"));
}

}  // namespace
}  // namespace hone::exchange
