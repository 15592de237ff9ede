#include "elf/image.h"

#include <gtest/gtest.h>
#include <cstring>

#include "elf/test_support.h"

namespace hone::elf {
namespace {

using testing::open_victim;

TEST(Image, ReadsSegmentsAndBuildId) {
  const auto victim = open_victim("gcc5");
  ASSERT_TRUE(victim);
  EXPECT_EQ(victim->image.arch(), unwind::Arch::kX86_64);
  EXPECT_EQ(victim->image.type(), 3);  // ET_DYN
  EXPECT_EQ(victim->image.build_id().size(), 20u);
  size_t executable = 0;
  for (const Segment& segment : victim->image.segments()) executable += segment.executable;
  EXPECT_EQ(executable, 1u);
  EXPECT_EQ(victim->image.bytes_at(victim->image.entry(), 4).size(), 4u);
  EXPECT_TRUE(victim->image.bytes_at(Svma{~uint64_t{0}}, 4).empty());
  EXPECT_TRUE(victim->image.bytes_at(victim->image.entry(), ~uint64_t{0}).empty());
}

TEST(Image, HasNoBuildIdWhereNoneWasWritten) {
  const auto victim = open_victim("no_build_id");
  ASSERT_TRUE(victim);
  EXPECT_TRUE(victim->image.build_id().empty());
}

TEST(Image, TranslatesOffsetsOfTheFile) {
  const auto victim = open_victim("gcc5");
  ASSERT_TRUE(victim);
  for (const Segment& segment : victim->image.segments()) {
    if (!segment.executable) continue;
    const FileOffset inside{raw(segment.offset) + 5};
    EXPECT_EQ(victim->image.svma_of(inside), Svma{raw(segment.svma) + 5});
    const FileOffset page{raw(segment.offset) & ~uint64_t{4095}};
    const uint64_t skew = raw(segment.offset) - raw(page);
    EXPECT_EQ(victim->image.svma_of_mapping(page, true), Svma{raw(segment.svma) - skew});
  }
  EXPECT_FALSE(victim->image.svma_of(FileOffset{uint64_t{1} << 40}));
}

// lld starts the executable segment in the middle of a page whose start another segment loads too.
TEST(Image, TranslatesMappingsThatStartInASharedPage) {
  HONE_SKIP_WITHOUT("plt_lld");
  const auto victim = open_victim("plt_lld");
  ASSERT_TRUE(victim);
  for (const Segment& segment : victim->image.segments()) {
    if (!segment.executable) continue;
    const FileOffset page{raw(segment.offset) & ~uint64_t{4095}};
    ASSERT_NE(page, segment.offset);
    const auto mapped = victim->image.svma_of_mapping(page, true);
    ASSERT_TRUE(mapped);
    EXPECT_EQ(raw(*mapped) + (raw(segment.offset) - raw(page)), raw(segment.svma));
  }
}

TEST(Image, FindsUnwindInformationWithAndWithoutSectionHeaders) {
  const auto whole = open_victim("gcc5");
  ASSERT_TRUE(whole);
  const unwind::FrameSection by_section = whole->image.eh_frame();
  ASSERT_NE(by_section.bytes, nullptr);
  EXPECT_EQ(whole->image.eh_frame_header().eh_frame, by_section.address);
  EXPECT_FALSE(whole->image.eh_frame_header().table.empty());

  HONE_SKIP_WITHOUT("no_sections");
  const auto bare = open_victim("no_sections");
  ASSERT_TRUE(bare);
  EXPECT_TRUE(bare->image.sections().empty());
  const unwind::FrameSection by_segment = bare->image.eh_frame();
  EXPECT_EQ(by_segment.address, by_section.address);
  ASSERT_GE(by_segment.size, by_section.size);
  EXPECT_EQ(std::memcmp(by_segment.bytes, by_section.bytes, by_section.size), 0);
  EXPECT_TRUE(std::ranges::equal(bare->image.build_id(), whole->image.build_id()));
}

TEST(Image, SaysWhatItCannotRead) {
  const uint8_t text[] = "#!/bin/sh\n";
  EXPECT_EQ(Image::parse(text).error().code, Code::InvalidArgument);
  EXPECT_EQ(Image::parse({}).error().code, Code::InvalidArgument);
  const uint8_t magic[] = {0x7f, 'E', 'L', 'F', 2, 1};
  EXPECT_EQ(Image::parse(magic).error().code, Code::Truncated);
  std::vector<uint8_t> small(64, 0);
  std::copy(std::begin(magic), std::end(magic), small.begin());
  small[4] = 1;  // 32-bit
  EXPECT_EQ(Image::parse(small).error().code, Code::Unsupported);
}

}  // namespace
}  // namespace hone::elf
