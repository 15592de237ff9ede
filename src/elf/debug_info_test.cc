#include "elf/debug_info.h"

#include <gtest/gtest.h>

#include "elf/test_support.h"

namespace hone::elf {
namespace {

using testing::line_of;
using testing::mark;
using testing::open_victim;

struct Found {
  DebugMap map;
  std::vector<CodeMap::Frame> frames;
  std::vector<size_t> address_of;  // each frame's
};
constexpr auto no_split_unit = [](std::string_view, std::string_view) {
  return std::span<const uint8_t>{};
};

Found find(const DebugInfo& info, std::span<const Svma> addresses, unsigned threads) {
  Found out;
  out.map = info.map(addresses, threads, no_split_unit);
  out.map.code.for_each_frame(addresses, [&](size_t address, const CodeMap::Frame& frame) {
    out.frames.push_back(frame);
    out.address_of.push_back(address);
  });
  return out;
}

TEST(DebugInfo, ExpandsInlinedCalls) {
  const auto victim = open_victim("gcc5");
  ASSERT_TRUE(victim);
  const auto info = DebugInfo::open({.image = &victim->image});
  ASSERT_TRUE(info) << info.error().message;
  const Svma address[] = {mark(victim->image, "mark_leaf")};
  const Found found = find(*info, address, 1);
  ASSERT_EQ(found.frames.size(), 3u);
  const auto function = [&](size_t i) { return found.map.functions[found.frames[i].function]; };
  EXPECT_EQ(function(0).name, "shapes::(anonymous namespace)::leaf");
  EXPECT_EQ(function(1).linkage_name, "_ZN6shapes3Box6middleEi");
  EXPECT_EQ(function(2).linkage_name, "_ZN6shapes5outerERNS_3BoxEi");
  EXPECT_EQ(found.frames[0].line, line_of("shapes.cpp", "leaf"));
  EXPECT_EQ(found.frames[1].line, line_of("shapes.cpp", "middle"));
  EXPECT_EQ(found.frames[2].line, line_of("shapes.cpp", "outer"));
  EXPECT_TRUE(found.frames[0].inlined);
  EXPECT_FALSE(found.frames[2].inlined);
  EXPECT_EQ(found.map.files[found.frames[0].file], testing::source_path("shapes.cpp"));
  EXPECT_EQ(function(0).bytes, 0u);
  EXPECT_GE(raw(address[0]), raw(function(2).start));
  EXPECT_LT(raw(address[0]), raw(function(2).start) + function(2).bytes);
  EXPECT_TRUE(found.map.producer.starts_with("GNU C++")) << found.map.producer;
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
  const Found one = find(*info, addresses, 1);
  const Found two = find(*info, addresses, 2);
  ASSERT_EQ(one.address_of, two.address_of);
  ASSERT_EQ(one.map.files, two.map.files);
  ASSERT_GT(one.frames.size(), 0u);
  for (size_t i = 0; i < one.frames.size(); ++i) {
    EXPECT_EQ(one.frames[i].function, two.frames[i].function);
    EXPECT_EQ(one.frames[i].line, two.frames[i].line);
  }
}

// What one address brings answers for every other address of its functions.
TEST(DebugInfo, DescribesFunctionsWhole) {
  const auto victim = open_victim("static");
  ASSERT_TRUE(victim);
  const auto info = DebugInfo::open({.image = &victim->image});
  ASSERT_TRUE(info);
  const Svma first[] = {mark(victim->image, "mark_leaf")};
  const Found whole = find(*info, first, 1);
  ASSERT_EQ(whole.map.code.extents.size(), 1u);
  const CodeMap::Extent& extent = whole.map.code.extents[0];
  std::vector<Svma> inside;
  for (uint64_t at = raw(extent.begin); at < raw(extent.end); ++at) inside.push_back(Svma{at});
  ASSERT_GT(inside.size(), 8u);
  size_t at = 0, seen = 0;
  whole.map.code.for_each_frame(inside, [&](size_t index, const CodeMap::Frame& frame) {
    if (seen++ == 0 || index != at) {
      at = index;
      const Found alone = find(*info, {&inside[index], 1}, 1);
      ASSERT_FALSE(alone.frames.empty());
      EXPECT_EQ(alone.frames[0].line, frame.line) << index;
      EXPECT_EQ(alone.map.functions[alone.frames[0].function].name,
                whole.map.functions[frame.function].name);
    }
  });
  EXPECT_GE(seen, inside.size());
}

TEST(DebugInfo, SaysWhichSplitUnitIsMissing) {
  HONE_SKIP_WITHOUT("split5");
  const auto victim = open_victim("split5");
  ASSERT_TRUE(victim);
  const auto info = DebugInfo::open({.image = &victim->image});
  ASSERT_TRUE(info);
  const Svma address[] = {mark(victim->image, "mark_plain")};
  const Found found = find(*info, address, 1);
  EXPECT_EQ(found.map.split_missing_count, 1u);
  EXPECT_NE(found.map.split_missing.find("shapes.dwo"), std::string::npos);
  // The line is in the skeleton's table, the function is not.
  ASSERT_EQ(found.frames.size(), 1u);
  EXPECT_EQ(found.frames[0].line, line_of("shapes.cpp", "plain"));
  EXPECT_EQ(found.frames[0].function, CodeMap::kNone);
}

TEST(DebugInfo, KnowsNothingOfWhatIsNotThere) {
  const auto victim = open_victim("stripped");
  ASSERT_TRUE(victim);
  EXPECT_EQ(DebugInfo::open({.image = &victim->image}).error().code, Code::NotFound);
  const auto whole = open_victim("gcc5");
  const auto info = DebugInfo::open({.image = &whole->image});
  ASSERT_TRUE(info);
  const Svma nowhere[] = {Svma{0}, Svma{1}, Svma{~uint64_t{0}}};
  const Found found = find(*info, nowhere, 2);
  EXPECT_TRUE(found.frames.empty());
  EXPECT_TRUE(found.map.code.extents.empty());
  EXPECT_TRUE(find(*info, {}, 2).frames.empty());
}

}  // namespace
}  // namespace hone::elf
