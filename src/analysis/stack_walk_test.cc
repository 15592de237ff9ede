#include "analysis/stack_walk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

using profile::Profile;
using profile::profile_of_text;

TEST(RankedSet, KnowsThePlaceOfEachMember) {
  RankedSet set(1000);
  const std::vector<uint32_t> members = {0, 1, 63, 64, 65, 127, 500, 999};
  for (const uint32_t member : members) set.add(member);
  set.add(500);
  set.rank();
  EXPECT_EQ(set.size(), members.size());
  for (size_t i = 0; i < members.size(); ++i) {
    EXPECT_TRUE(set.has(members[i]));
    EXPECT_EQ(set.rank_of(members[i]), i);
  }
  EXPECT_FALSE(set.has(2));
  EXPECT_EQ(set.rank_of(66), 5u);
}

// "+main +a -a:2 -main:3": what is entered and left, with the samples of each total.
std::string visits(const Profile& p, const StackWalk& walk) {
  std::string text;
  const auto name = [&](uint32_t stack) {
    return std::string(
        p.string(p.functions()[raw(p.lines().function[rows_of(p, stack).begin])].name));
  };
  walk.run([&](uint32_t stack) { text += "+" + name(stack) + " "; },
           [&](uint32_t stack, const Weight& total) {
             text += "-" + name(stack) + ":" + std::to_string(total.samples) + " ";
           });
  return text;
}

TEST(StackWalk, VisitsStacksDepthFirst) {
  const auto p = profile_of_text(R"(
    main;a;b 1
    main;c 2
    main;a;d 3
    other 4
    main;a 5
  )");
  const StackWeights weights = weigh(p, {});
  EXPECT_EQ(visits(p, StackWalk(p.stacks(), weights)),
            "+main +a +b -b:1 +d -d:3 -a:9 +c -c:2 -main:11 +other -other:4 ");
}

TEST(StackWalk, LeavesOutWhatNoSelectedSampleWentThrough) {
  const auto p = profile_of_text(R"(
    main;a;b 1 thread=io
    main;c 2 thread=worker
    ? 1 thread=worker
  )");
  const StackWeights weights = weigh(p, {.thread = "worker"});
  EXPECT_EQ(visits(p, StackWalk(p.stacks(), weights)).find('a'), std::string("+main").find('a'));
  EXPECT_EQ(visits(p, StackWalk(p.stacks(), weights)).find("b"), std::string::npos);
  const StackWeights none = weigh(p, {.thread = "no such"});
  EXPECT_EQ(visits(p, StackWalk(p.stacks(), none)), "");
}

using Totals = std::map<uint32_t, int64_t>;  // by function

// What a total means, sample by sample.
Totals naive_totals(const Profile& p) {
  Totals totals;
  for (size_t i = 0; i < p.samples().size(); ++i) {
    std::set<uint32_t> met;
    for (uint32_t at = raw(p.samples().stack[i]); at != 0; at = raw(p.stacks().parent[at])) {
      for (uint32_t row = rows_of(p, at).begin; row < rows_of(p, at).end; ++row) {
        met.insert(raw(p.lines().function[row]));
      }
    }
    for (const uint32_t function : met) totals[function] += p.samples().weight_ns[i];
  }
  return totals;
}

void add_walked(const Profile& p, const StackWalk& walk, Totals& totals) {
  std::map<uint32_t, int> on_path;
  const auto rows = [&](uint32_t stack, auto&& visit) {
    for (uint32_t row = rows_of(p, stack).begin; row < rows_of(p, stack).end; ++row) {
      visit(raw(p.lines().function[row]));
    }
  };
  walk.run([&](uint32_t stack) { rows(stack, [&](uint32_t function) { ++on_path[function]; }); },
           [&](uint32_t stack, const Weight& total) {
             rows(stack, [&](uint32_t function) {
               if (--on_path[function] == 0) totals[function] += total.ns;
             });
           });
}

TEST(StackWalk, GivesTheTotalsOfAnyTrieWholeOrInParts) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    std::string text;
    for (int path = 0; path < 60; ++path) {
      text += "f" + std::to_string(random() % 3);
      for (size_t depth = random() % 9; depth > 0; --depth) {
        text += random() % 4 == 0 ? ";[inlined]f" : ";f";
        text += std::to_string(random() % 5);
      }
      text += " " + std::to_string(1 + random() % 4) + "\n";
    }
    const Profile p = profile_of_text(text);
    const Totals naive = naive_totals(p);
    const StackWeights weights = weigh(p, {});
    const std::span<const StackWeights::Own> own(weights.own);
    for (const size_t parts : {1u, 2u, 5u}) {
      Totals walked;
      for (size_t part = 0; part < parts; ++part) {
        const size_t begin = own.size() * part / parts, end = own.size() * (part + 1) / parts;
        add_walked(p, StackWalk(p.stacks(), weights, own.subspan(begin, end - begin)), walked);
      }
      ASSERT_EQ(walked, naive) << parts << " parts of\n" << text;
    }
    for (const HotSpot& row : hot_spots(p, {}, GroupBy::kFunction, SortBy::kSelf).rows) {
      ASSERT_EQ(row.total_ns, naive.at(raw(row.function))) << row.name << " in\n" << text;
    }
  }
}

TEST(HotSpots, LeadingSpotsAreTheFirstOfAll) {
  const auto p = profile_of_text(R"(
    main;a@m.cc:7 5
    main;a@m.cc:8 1
    main;b 5
    main;b;c@m.cc:9 2
  )");
  const StackWeights weights = weigh(p, {});
  for (const GroupBy by : {GroupBy::kFunction, GroupBy::kModule}) {
    const HotSpots all = hot_spots(p, {}, by, SortBy::kSelf);
    const HotSpots leading = leading_spots(p, {}, weights, by, 0);
    ASSERT_FALSE(leading.rows.empty());
    for (size_t i = 0; i < std::min<size_t>(leading.rows.size(), 2); ++i) {
      EXPECT_EQ(leading.rows[i].name, all.rows[i].name);
      EXPECT_EQ(leading.rows[i].self_ns, all.rows[i].self_ns);
      EXPECT_EQ(leading.rows[i].self.low, all.rows[i].self.low);
    }
    EXPECT_EQ(leading.sample_count, all.sample_count);
  }
  // Of lines, functions without any are left out.
  EXPECT_EQ(leading_spots(p, {}, weights, GroupBy::kLine, 0).rows[0].name, "m.cc:7");
  // Equals are put in order by their totals, where it matters.
  const auto equal = profile_of_text("main;a 3\nmain;b 3\nmain;b;c 1");
  const StackWeights equals = weigh(equal, {});
  EXPECT_EQ(leading_spots(equal, {}, equals, GroupBy::kFunction, 0).rows[0].name, "b");
  EXPECT_EQ(leading_spots(equal, {}, equals, GroupBy::kFunction, 0.9).rows[0].total_ns, 0);
}

}  // namespace
}  // namespace hone::analysis
