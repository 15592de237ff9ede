#include "analysis/flame_time.h"

#include <gtest/gtest.h>

#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

using profile::Profile;
using profile::profile_of_text;

// "name from+length", in ms, one line a node, indented; by depth first and then by time.
std::string drawn(const TimeFlame& flame) {
  const std::vector<FlameNode>& nodes = flame.tree.nodes;
  std::vector<std::vector<size_t>> children(nodes.size());
  for (size_t i = 1; i < nodes.size(); ++i) children[nodes[i].parent].push_back(i);
  std::string out;
  const auto draw = [&](auto&& self, size_t at) -> void {
    const FlameNode& node = nodes[at];
    const bool folded = (node.flags & FlameNode::kFolded) != 0;
    out += std::string(2 * node.depth, ' ');
    out += folded ? "(" + std::to_string(node.count) + " small)"
                  : std::string(flame.tree.names[node.name].name);
    out += " " + std::to_string(static_cast<int64_t>(node.x) / 1'000'000) + "+" +
           std::to_string(node.total_a / 1'000'000) + "\n";
    std::sort(children[at].begin(), children[at].end(),
              [&](size_t x, size_t y) { return nodes[x].x < nodes[y].x; });
    for (const size_t child : children[at]) self(self, child);
  };
  draw(draw, 0);
  return out;
}

std::string text(std::string_view picture) {
  std::string out;
  picture.remove_prefix(1);
  const size_t margin = picture.find_first_not_of(' ');
  while (!picture.empty()) {
    const size_t end = picture.find('\n');
    const std::string_view line = picture.substr(0, end);
    if (line.find_first_not_of(' ') != line.npos) out += std::string(line.substr(margin)) + "\n";
    picture.remove_prefix(end == picture.npos ? picture.size() : end + 1);
  }
  return out;
}

// A picture of samples: each its stack, its time in ms, on the thread main; the recording has
// `length` ms from 0 on.
Profile at_times(const std::vector<std::pair<std::string, int>>& samples, int length) {
  std::string picture =
      "@meta run.start_ns 0\n@meta run.wall_ns " + std::to_string(length) + "000000\n";
  for (const auto& [stack, ms] : samples) {
    picture += stack + " 1 time=" + std::to_string(ms) + "000000\n";
  }
  return profile_of_text(picture);
}

constexpr ThreadId kMain{1};

TEST(TimeFlame, JoinsWhatStaysTheSame) {
  const Profile p = at_times({{"main;a;b", 1},
                              {"main;a;b", 2},
                              {"main;a;c", 3},
                              {"main;d", 4},
                              {"main;a;b", 5},
                              {"main;a;b", 9}},
                             10);
  EXPECT_EQ(drawn(flame_in_time(p, {}, Metric::kCpu, kMain, {})), text(R"(
    all 0+10
      main 0+5
        a 0+3
          b 0+2
          c 2+1
        d 3+1
        a 4+1
          b 4+1
      main 8+1
        a 8+1
          b 8+1
  )"));
}

TEST(TimeFlame, PlacesOfOneFunctionAreOneNodeAndSamplesMayBeEarlyOrLate) {
  const Profile p = profile_of_text(R"(
    @meta run.start_ns 0
    @meta run.wall_ns 6000000
    main@m.cc:1;work@w.cc:5 1 time=1000000
    main@m.cc:2;work@w.cc:9 1 time=2100000
    main@m.cc:2;work@w.cc:9 1 time=2900000
    main@m.cc:2;work@w.cc:9 1 time=3900000 thread=io
  )");
  EXPECT_EQ(drawn(flame_in_time(p, {}, Metric::kCpu, kMain, {})), text(R"(
    all 0+6
      main 0+2
        work 0+2
  )"));
  EXPECT_EQ(drawn(flame_in_time(p, {}, Metric::kCpu, kMain, {.by = PathBy::kModule})), text(R"(
    all 0+6
      app 0+2
  )"));
  EXPECT_EQ(drawn(flame_in_time(p, {}, Metric::kCpu, ThreadId{2}, {})), text(R"(
    all 0+6
      main 2+1
        work 2+1
  )"));
}

TEST(TimeFlame, FoldsWhatIsNarrowBesideEachOther) {
  std::vector<std::pair<std::string, int>> samples;
  for (int i = 1; i <= 40; ++i) samples.emplace_back(i % 2 == 0 ? "main;a;x" : "main;b", i);
  for (int i = 41; i <= 90; ++i) samples.emplace_back("main;wide", i);
  const Profile p = at_times(samples, 100);
  EXPECT_EQ(drawn(flame_in_time(p, {}, Metric::kCpu, kMain, {.pixels = 50, .min_px = 1})), text(R"(
    all 0+100
      main 0+90
        (40 small) 0+40
        wide 40+50
  )"));
}

TEST(TimeFlame, OfAStretchOfTime) {
  const Profile p = at_times({{"main;a", 10}, {"main;b", 11}, {"main;b", 12}, {"main;c", 13}}, 20);
  EXPECT_EQ(
      drawn(flame_in_time(p, {.time_first = TimeNs{10'500'000}, .time_last = TimeNs{12'500'000}},
                          Metric::kCpu, kMain, {})),
      text(R"(
    all 10+2
      main 10+1
        b 10+1
  )"));
}

TEST(TimeFlame, OfNothing) {
  const Profile p = profile_of_text("@process app\n@thread main process=app");
  EXPECT_EQ(drawn(flame_in_time(p, {}, Metric::kCpu, kMain, {})), "all 0+0\n");
  EXPECT_EQ(drawn(flame_in_time(p, {}, Metric::kSpans, kMain, {})), "all 0+0\n");
}

TEST(TimeFlame, DeepRecursionIsCut) {
  std::string stack = "main";
  for (int i = 0; i < 12'000; ++i) stack += ";f";
  const Profile p = at_times({{stack, 1}, {stack + ";g", 2}, {stack, 3}}, 3);
  const TimeFlame flame = flame_in_time(p, {}, Metric::kCpu, kMain, {});
  EXPECT_EQ(flame.tree.nodes.size(), FlameOptions::kDepthMax + 1);
  EXPECT_EQ(flame.tree.nodes[1].total_a, 3'000'000);
}

}  // namespace
}  // namespace hone::analysis
