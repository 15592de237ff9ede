#include "elf/debug_info.h"

#include <gtest/gtest.h>

#include "elf/test_support.h"

namespace hone::elf {
namespace {

using testing::line_of;
using testing::mark;
using testing::open_victim;

constexpr auto no_split_unit = [](std::string_view, std::string_view) {
  return std::span<const uint8_t>{};
};

TEST(DebugInfo, ExpandsInlinedCalls) {
  const auto victim = open_victim("gcc5");
  ASSERT_TRUE(victim);
  const auto info = DebugInfo::open({.image = &victim->image});
  ASSERT_TRUE(info) << info.error().message;
  const Svma address[] = {mark(victim->image, "mark_leaf")};
  const DebugFrames found = info->resolve(address, 1, no_split_unit);
  ASSERT_EQ(found.frames.size(), 3u);
  const auto function = [&](size_t i) { return found.functions[found.frames[i].function]; };
  EXPECT_EQ(function(0).name, "shapes::(anonymous namespace)::leaf");
  EXPECT_EQ(function(1).linkage_name, "_ZN6shapes3Box6middleEi");
  EXPECT_EQ(function(2).linkage_name, "_ZN6shapes5outerERNS_3BoxEi");
  EXPECT_EQ(found.frames[0].line, line_of("shapes.cpp", "leaf"));
  EXPECT_EQ(found.frames[1].line, line_of("shapes.cpp", "middle"));
  EXPECT_EQ(found.frames[2].line, line_of("shapes.cpp", "outer"));
  EXPECT_TRUE(found.frames[0].inlined);
  EXPECT_FALSE(found.frames[2].inlined);
  EXPECT_EQ(found.files[found.frames[0].file], testing::source_path("shapes.cpp"));
  EXPECT_EQ(function(0).bytes, 0u);
  EXPECT_GE(raw(address[0]), raw(function(2).start));
  EXPECT_LT(raw(address[0]), raw(function(2).start) + function(2).bytes);
  EXPECT_TRUE(found.producer.starts_with("GNU C++")) << found.producer;
}

TEST(DebugInfo, SeveralThreadsFindTheSame) {
  const auto victim = open_victim("static");
  ASSERT_TRUE(victim);
  const auto info = DebugInfo::open({.image = &victim->image});
  ASSERT_TRUE(info);
  std::vector<Svma> addresses;
  for (const Segment& segment : victim->image.segments()) {
    if (!segment.executable) continue;
    for (uint64_t at = 0; at < segment.file_bytes; at += 3) {
      addresses.push_back(Svma{raw(segment.svma) + at});
    }
  }
  const DebugFrames one = info->resolve(addresses, 1, no_split_unit);
  const DebugFrames two = info->resolve(addresses, 2, no_split_unit);
  ASSERT_EQ(one.first_frame, two.first_frame);
  ASSERT_EQ(one.files, two.files);
  ASSERT_GT(one.frames.size(), 0u);
  for (size_t i = 0; i < one.frames.size(); ++i) {
    EXPECT_EQ(one.frames[i].function, two.frames[i].function);
    EXPECT_EQ(one.frames[i].line, two.frames[i].line);
  }
}

TEST(DebugInfo, SaysWhichSplitUnitIsMissing) {
  HONE_SKIP_WITHOUT("split5");
  const auto victim = open_victim("split5");
  ASSERT_TRUE(victim);
  const auto info = DebugInfo::open({.image = &victim->image});
  ASSERT_TRUE(info);
  const Svma address[] = {mark(victim->image, "mark_plain")};
  const DebugFrames found = info->resolve(address, 1, no_split_unit);
  EXPECT_EQ(found.split_missing_count, 1u);
  EXPECT_NE(found.split_missing.find("shapes.dwo"), std::string::npos);
  // The line is in the skeleton's table, the function is not.
  ASSERT_EQ(found.frames.size(), 1u);
  EXPECT_EQ(found.frames[0].line, line_of("shapes.cpp", "plain"));
  EXPECT_EQ(found.frames[0].function, DebugFrame::kNoFunction);
}

TEST(DebugInfo, KnowsNothingOfWhatIsNotThere) {
  const auto victim = open_victim("stripped");
  ASSERT_TRUE(victim);
  EXPECT_EQ(DebugInfo::open({.image = &victim->image}).error().code, Code::NotFound);
  const auto whole = open_victim("gcc5");
  const auto info = DebugInfo::open({.image = &whole->image});
  ASSERT_TRUE(info);
  const Svma nowhere[] = {Svma{0}, Svma{1}, Svma{~uint64_t{0}}};
  const DebugFrames found = info->resolve(nowhere, 2, no_split_unit);
  EXPECT_TRUE(found.frames.empty());
  EXPECT_EQ(found.first_frame.size(), 4u);
  EXPECT_EQ(info->resolve({}, 2, no_split_unit).first_frame.size(), 1u);
}

}  // namespace
}  // namespace hone::elf
