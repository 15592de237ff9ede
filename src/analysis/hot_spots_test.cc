#include "analysis/hot_spots.h"

#include <gtest/gtest.h>

#include "analysis/function_names.h"
#include "analysis/weights.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

using profile::profile_of_text;

// "name self/total" a row, in ms.
std::vector<std::string> shown(const HotSpots& spots) {
  std::vector<std::string> rows;
  for (const HotSpot& row : spots.rows) {
    rows.push_back(row.name + " " + std::to_string(row.self_ns / 1000000) + "/" +
                   std::to_string(row.total_ns / 1000000));
  }
  return rows;
}
using Rows = std::vector<std::string>;

TEST(HotSpots, ExpandsInlinedCalls) {
  const auto p = profile_of_text(R"(
    main;work;[inlined]outer;[inlined]helper 30
    main;work;[inlined]outer 5
    main;work 10
    main 1
  )");
  const HotSpots spots = hot_spots(p, {}, GroupBy::kFunction, SortBy::kSelf);
  EXPECT_EQ(shown(spots), (Rows{"helper 30/30", "work 10/45", "outer 5/35", "main 1/46"}));
  EXPECT_EQ(spots.cpu_ns, 46'000'000);
  EXPECT_EQ(spots.sample_count, 46u);
  EXPECT_EQ(spots.rows[0].self_samples, 30u);
  EXPECT_EQ(spots.rows[0].module, "app");
  EXPECT_EQ(shown(hot_spots(p, {}, GroupBy::kFunction, SortBy::kTotal))[0], "main 1/46");
}

TEST(HotSpots, CountsRecursionOnceASample) {
  const auto p = profile_of_text(R"(
    main;fib;fib;fib 4
    main;fib;leaf;fib 2
    main;a;[inlined]a;b 3
  )");
  EXPECT_EQ(shown(hot_spots(p, {}, GroupBy::kFunction, SortBy::kTotal)),
            (Rows{"main 0/9", "fib 6/6", "b 3/3", "a 0/3", "leaf 0/2"}));
}

TEST(HotSpots, OrdersTiesByName) {
  const auto p = profile_of_text("main;b 2\nmain;a 2\nmain;c 2");
  EXPECT_EQ(shown(hot_spots(p, {}, GroupBy::kFunction, SortBy::kSelf)),
            (Rows{"a 2/2", "b 2/2", "c 2/2", "main 0/6"}));
}

TEST(HotSpots, ByLineTakesTheInnermostSourceLine) {
  const auto p = profile_of_text(R"(
    main@m.cc:3;work@m.cc:10;[inlined]get@vec.h:7 6
    main@m.cc:3;work@m.cc:11 3
    main@m.cc:3;libc.so.6!memcpy 1
  )");
  EXPECT_EQ(shown(hot_spots(p, {}, GroupBy::kLine, SortBy::kSelf)),
            (Rows{"vec.h:7 6/6", "m.cc:11 3/3", "memcpy 1/1", "m.cc:3 0/10", "m.cc:10 0/6"}));
}

TEST(HotSpots, ALineNamesItsFunctionWhereItIsOne) {
  const auto p = profile_of_text(R"(
    main@m.cc:3;get<int>@vec.h:7 3
    main@m.cc:3;get<long>@vec.h:7 3
    main@m.cc:3;work@m.cc:11 2
  )");
  const HotSpots spots = hot_spots(p, {}, GroupBy::kLine, SortBy::kSelf);
  ASSERT_EQ(spots.rows.size(), 3u);
  EXPECT_EQ(spots.rows[0].name + " in " + spots.rows[0].in, "vec.h:7 in ");
  EXPECT_EQ(spots.rows[1].name + " in " + spots.rows[1].in, "m.cc:11 in work");
  EXPECT_EQ(spots.rows[2].in, "main");
}

TEST(HotSpots, ByModuleThreadAndProcess) {
  const auto p = profile_of_text(R"(
    main;/usr/lib/libz.so.1!inflate 6
    main;/usr/lib/libz.so.1!inflate;[kernel]read 2 thread=io
    main 1 thread=io process=other
  )");
  EXPECT_EQ(shown(hot_spots(p, {}, GroupBy::kModule, SortBy::kSelf)),
            (Rows{"/usr/lib/libz.so.1 6/8", "[kernel] 2/2", "/usr/bin/app 1/9"}));
  EXPECT_EQ(shown(hot_spots(p, {}, GroupBy::kThread, SortBy::kSelf)),
            (Rows{"main 6/6", "io (tid 1001) 2/2", "io (tid 1002) 1/1"}));
  EXPECT_EQ(shown(hot_spots(p, {}, GroupBy::kProcess, SortBy::kSelf)),
            (Rows{"app 8/8", "other 1/1"}));
}

TEST(HotSpots, ASubsystemOwnsWhatItCallsUntilAnotherDoes) {
  const auto p = profile_of_text(R"(
    main;net::poll;parse::json;malloc 5
    main;net::poll;malloc 3
    main;net::poll;parse::json;net::reply 2
    main;malloc 1
  )");
  Selection selection;
  selection.subsystems = {{.name = "network", .function = {"net::*"}},
                          {.name = "parsing", .function = {"parse::*", "net::never"}}};
  EXPECT_EQ(shown(hot_spots(p, selection, GroupBy::kSubsystem, SortBy::kSelf)),
            (Rows{"network 5/10", "parsing 5/7", "(other) 1/1"}));
}

TEST(HotSpots, SubsystemsMatchFilesAndModulesAndTheFirstRuleWins) {
  const auto p = profile_of_text(R"(
    main@src/main.cc:1;libz.so!inflate 4
    main@src/main.cc:1;work(int)@src/io/file.cc:9 2
    main@src/main.cc:1 1
  )");
  Selection selection;
  selection.subsystems = {{.name = "zip", .module = {"libz*"}},
                          {.name = "io", .function = {"work"}, .file = {"src/io/*"}},
                          {.name = "late", .file = {"src/*"}}};
  EXPECT_EQ(shown(hot_spots(p, selection, GroupBy::kSubsystem, SortBy::kSelf)),
            (Rows{"zip 4/4", "io 2/2", "late 1/7"}));
}

TEST(HotSpots, SelectsThreadsProcessesAndTimes) {
  const auto p = profile_of_text(R"(
    a 1 time=10
    b 1 time=20 thread=io
    c 1 time=30 thread=io process=other
  )");
  const auto names = [&](const Selection& selection) {
    return shown(hot_spots(p, selection, GroupBy::kFunction, SortBy::kSelf));
  };
  EXPECT_EQ(names({.thread = "io"}), (Rows{"b 1/1", "c 1/1"}));
  EXPECT_EQ(names({.process = "oth*", .thread = "i?"}), (Rows{"c 1/1"}));
  EXPECT_EQ(names({.process = "100"}), (Rows{"a 1/1", "b 1/1"}));
  EXPECT_EQ(names({.thread = "1000"}), (Rows{"a 1/1"}));
  EXPECT_EQ(names({.time_first = TimeNs{20}, .time_last = TimeNs{29}}), (Rows{"b 1/1"}));
  EXPECT_EQ(names({.thread = "nobody"}), Rows{});
  EXPECT_EQ(names({.threads = {ThreadId{2}}}), (Rows{"b 1/1"}));
  EXPECT_EQ(names({.threads = {ThreadId{1}, ThreadId{3}, ThreadId{99}}}), (Rows{"a 1/1", "c 1/1"}));
  EXPECT_EQ(names({.thread = "io", .threads = {ThreadId{1}, ThreadId{3}}}), (Rows{"c 1/1"}));
  EXPECT_EQ(names({.threads = {ThreadId{99}}}), Rows{});
}

TEST(HotSpots, FoldsKernelFramesIntoTheirCaller) {
  const auto p = profile_of_text(R"(
    main;read;[kernel]entry;[kernel]copy 4
    main 1
    [kernel]idle 2
  )");
  EXPECT_EQ(shown(hot_spots(p, {.include_kernel = false}, GroupBy::kFunction, SortBy::kSelf)),
            (Rows{"read 4/4", "[no stack] 2/2", "main 1/5"}));
}

TEST(HotSpots, SharesUseTheEffectiveSampleSize) {
  const auto even = profile_of_text("a 50\nb 50");
  const Share of_even = hot_spots(even, {}, GroupBy::kFunction, SortBy::kSelf).rows[0].self;
  EXPECT_DOUBLE_EQ(of_even.value, 0.5);
  EXPECT_NEAR(of_even.low, 0.4038, 5e-5);  // Wilson, 50 of 100
  EXPECT_NEAR(of_even.high, 0.5962, 5e-5);
  // One sample that weighs as much as all others is worth little as evidence.
  const auto uneven = profile_of_text("a 1 weight=50000000\nb 50");
  const Share of_uneven = hot_spots(uneven, {}, GroupBy::kFunction, SortBy::kSelf).rows[0].self;
  EXPECT_DOUBLE_EQ(of_uneven.value, 0.5);
  EXPECT_LT(of_uneven.low, 0.2);
}

TEST(HotSpots, SamplesWithoutAStackAreShown) {
  const auto p = profile_of_text("- 3\nmain 1");
  EXPECT_EQ(shown(hot_spots(p, {}, GroupBy::kFunction, SortBy::kSelf)),
            (Rows{"[no stack] 3/3", "main 1/1"}));
}

TEST(Glob, MatchesTheWholeText) {
  EXPECT_TRUE(glob_match("net::*", "net::poll"));
  EXPECT_FALSE(glob_match("net::*", "a::net::poll"));
  EXPECT_TRUE(glob_match("*::a*b?c", "x::aabbbxc"));
  EXPECT_FALSE(glob_match("*ab?", "aab"));
  EXPECT_TRUE(glob_match("**", ""));
  EXPECT_TRUE(glob_match("", ""));
  EXPECT_FALSE(glob_match("", "a"));
  EXPECT_FALSE(glob_match("?", ""));
  const std::string many_a(5000, 'a');
  EXPECT_FALSE(glob_match("*a*a*a*a*a*a*a*b", many_a));  // and does not take for ever
}

TEST(WithoutParameters, KeepsNamesWhole) {
  EXPECT_EQ(without_parameters("main"), "main");
  EXPECT_EQ(without_parameters("a::search(float const*, int) const"), "a::search");
  EXPECT_EQ(without_parameters("A::operator()(int)"), "A::operator()");
  EXPECT_EQ(without_parameters("A::operator()"), "A::operator()");
  EXPECT_EQ(without_parameters("(anonymous namespace)::run"), "(anonymous namespace)::run");
  EXPECT_EQ(without_parameters("(anonymous namespace)::run(void (*)(int))"),
            "(anonymous namespace)::run");
  EXPECT_EQ(without_parameters("f(int) [clone .cold]"), "f");
  EXPECT_EQ(without_parameters(")("), ")(");
}

TEST(ShortName, LosesTemplateArgumentsOfLongNamesAlone) {
  EXPECT_EQ(short_name("sort<int>(int*, int*)"), "sort<int>");
  const std::string arguments(80, 'x');
  const std::string name = "a::Table<" + arguments + "<b>>::find(int) const";
  EXPECT_EQ(short_name(name), "a::Table<…>::find");
  EXPECT_EQ(name_pattern(name), "a::Table<*>::find");
  EXPECT_TRUE(glob_match(name_pattern(name), without_parameters(name)));
  const std::string shift = "operator<< <" + arguments + ">";
  EXPECT_TRUE(glob_match(name_pattern(shift), shift));
  EXPECT_EQ(short_name("f<" + arguments), "f<" + arguments);
}

}  // namespace
}  // namespace hone::analysis
