#include "elf/code_map.h"

#include <gtest/gtest.h>

#include <string>

namespace hone::elf {
namespace {

// Two extents: 0x100-0x140 with a call inside a call, 0x200-0x210 without a function.
CodeMap sample() {
  CodeMap map;
  map.open(Svma{0x200}, Svma{0x210}, Svma{0x208}, CodeMap::kNone);
  map.rows.push_back({0, 2, 50});
  map.rows.push_back({8, 0, 0});
  map.close();
  map.open(Svma{0x100}, Svma{0x140}, Svma{0x110}, 1);
  map.rows.push_back({0, 1, 10});
  map.rows.push_back({0x10, 1, 20});
  map.rows.push_back({0x30, 1, 11});
  map.calls.push_back({0x10, 0x30, 1, 2, 1, 12});
  map.calls.push_back({0x18, 0x20, 2, 3, 1, 22});
  map.close();
  map.settle();
  return map;
}

std::string text(const CodeMap& map, std::vector<Svma> addresses) {
  std::string out;
  map.for_each_frame(addresses, [&](size_t index, const CodeMap::Frame& f) {
    out += std::to_string(index) + ":";
    out += f.function == CodeMap::kNone ? "-" : std::to_string(f.function);
    out += "@" + std::to_string(f.file) + "," + std::to_string(f.line) + (f.inlined ? "<" : " ");
  });
  return out;
}

TEST(CodeMap, GivesTheFramesOfEveryAddress) {
  EXPECT_EQ(text(sample(), {Svma{0xff}, Svma{0x100}, Svma{0x110}, Svma{0x11f}, Svma{0x120},
                            Svma{0x13f}, Svma{0x140}, Svma{0x207}, Svma{0x208}}),
            "1:1@1,10 2:2@1,20<2:1@1,12 3:3@1,20<3:2@1,22<3:1@1,12 4:2@1,20<4:1@1,12 5:1@1,11 "
            "7:-@2,50 ");
}

TEST(CodeMap, TakesOverWholeExtents) {
  const CodeMap from = sample();
  CodeMap to;
  for (const auto& extent : from.extents) to.append(from, extent);
  to.settle();
  const std::vector<Svma> addresses = {Svma{0x100}, Svma{0x118}, Svma{0x200}};
  EXPECT_EQ(text(to, addresses), text(from, addresses));
}

TEST(CodeMap, KeepsFramesWhenNarrowed) {
  for (uint64_t begin = 0x100; begin < 0x140; ++begin) {
    for (uint64_t end = begin + 1; end <= 0x140; ++end) {
      CodeMap map = sample();
      map.narrow(map.extents[0], Svma{begin}, Svma{end});
      for (const uint64_t at : {begin, (begin + end) / 2, end - 1}) {
        EXPECT_EQ(text(map, {Svma{at}}), text(sample(), {Svma{at}})) << begin << " " << end;
      }
      EXPECT_EQ(text(map, {Svma{begin - 1}, Svma{end}}), "");
    }
  }
}

TEST(CodeMap, LetsTheFirstKeepSharedAddresses) {
  CodeMap map;
  const auto add = [&](uint64_t begin, uint64_t end, uint64_t anchor, uint32_t function) {
    map.open(Svma{begin}, Svma{end}, Svma{anchor}, function);
    map.rows.push_back({0, 1, function});
    map.close();
  };
  add(0x20, 0x30, 0x20, 1);
  add(0x10, 0x40, 0x38, 2);  // keeps what is behind the first
  add(0x00, 0x50, 0x25, 3);  // its anchor is taken
  add(0x08, 0x28, 0x10, 4);  // keeps what is before
  map.settle();
  ASSERT_EQ(map.extents.size(), 3u);
  EXPECT_EQ(text(map, {Svma{0x07}, Svma{0x08}, Svma{0x1f}, Svma{0x20}, Svma{0x30}, Svma{0x40}}),
            "1:4@1,4 2:4@1,4 3:1@1,1 4:2@1,2 ");
}

TEST(CodeMap, BoundsCallsInsideCalls) {
  CodeMap map;
  map.open(Svma{0x10}, Svma{0x20}, Svma{0x10}, 1);
  for (uint32_t depth = 1; depth < 10'000; ++depth) map.calls.push_back({0, 1, depth, 1, 0, 0});
  map.close();
  size_t frames = 0;
  const Svma address[] = {Svma{0x10}};
  map.for_each_frame(address, [&](size_t, const CodeMap::Frame&) { ++frames; });
  EXPECT_LT(frames, 1000u);
  EXPECT_GT(frames, 100u);
}

}  // namespace
}  // namespace hone::elf
