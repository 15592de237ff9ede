// Damaged files give an error or part of the data, never a crash: every victim cut at every 64th
// byte, and with bytes flipped.
#include <gtest/gtest.h>

#include <random>

#include "elf/exercise.h"
#include "elf/test_support.h"

namespace hone::elf {
namespace {

class Malformed : public ::testing::TestWithParam<const char*> {};

TEST_P(Malformed, CutAnywhere) {
  HONE_SKIP_WITHOUT(GetParam());
  const auto victim = testing::open_victim(GetParam());
  ASSERT_TRUE(victim);
  const auto bytes = victim->mapping.bytes();
  size_t parsed = 0;
  for (size_t size = 0; size < bytes.size(); size += 64) {
    // A copy of the exact size, so that a sanitizer sees every read past its end.
    const std::vector<uint8_t> cut(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
    parsed += exercise(cut);
  }
  EXPECT_GT(parsed, 0u);
}

TEST_P(Malformed, WithBytesFlipped) {
  HONE_SKIP_WITHOUT(GetParam());
  const auto victim = testing::open_victim(GetParam());
  ASSERT_TRUE(victim);
  const auto bytes = victim->mapping.bytes();
  std::mt19937_64 random(20240117);
  size_t parsed = 0;
  for (int round = 0; round < 1000; ++round) {
    std::vector<uint8_t> damaged(bytes.begin(), bytes.end());
    const int flips = 1 + static_cast<int>(random() % 24);
    for (int i = 0; i < flips; ++i) {
      damaged[random() % damaged.size()] = static_cast<uint8_t>(random());
    }
    // And the parts that hold the most structure: the headers at both ends.
    if (round % 2 == 0) damaged[random() % 64] = static_cast<uint8_t>(random());
    if (round % 3 == 0) damaged[damaged.size() - 1 - random() % 2048] ^= 0xff;
    parsed += exercise(damaged);
  }
  EXPECT_GT(parsed, 0u);
}

TEST_P(Malformed, WithDebugSectionsDamaged) {
  HONE_SKIP_WITHOUT(GetParam());
  const auto victim = testing::open_victim(GetParam());
  ASSERT_TRUE(victim);
  const auto bytes = victim->mapping.bytes();
  std::mt19937_64 random(7);
  for (const SectionView& section : victim->image.sections()) {
    if (!section.name.starts_with(".debug") && !section.name.starts_with(".eh_frame")) continue;
    if (section.bytes.empty()) continue;
    const auto at = static_cast<size_t>(section.bytes.data() - bytes.data());
    for (int round = 0; round < 200; ++round) {
      std::vector<uint8_t> damaged(bytes.begin(), bytes.end());
      for (int i = 0; i < 1 + round % 8; ++i) {
        damaged[at + random() % section.bytes.size()] = static_cast<uint8_t>(random());
      }
      EXPECT_TRUE(exercise(damaged));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Victims, Malformed,
                         ::testing::Values("gcc5", "gcc4", "clang5", "zlib", "mini", "aarch64",
                                           "packaged5.dwp", "dwz_a", "dwz_common", "linked"),
                         [](const auto& each) {
                           std::string name = each.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace hone::elf
