#include "analysis/call_tree.h"

#include <gtest/gtest.h>

#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

using profile::profile_of_text;

// Indented lines: name total/self in samples, heaviest first.
std::string shown(const CallTree& tree) {
  std::string text;
  uint32_t node = 0;
  for (;;) {
    const CallNode& at = tree.nodes[node];
    text += std::string(2 * at.depth, ' ') + (at.inlined ? "[inlined]" : "") +
            std::string(at.name) + " " + std::to_string(at.total_samples) + "/" +
            std::to_string(at.self_samples) + (at.broken ? " broken" : "") +
            (at.kernel ? " kernel" : "") + "\n";
    if (at.first_child != 0) {
      node = at.first_child;
      continue;
    }
    while (node != 0 && tree.nodes[node].next_sibling == 0) node = tree.nodes[node].parent;
    if (node == 0) return text;
    node = tree.nodes[node].next_sibling;
  }
}

TEST(CallTree, MergesByFunction) {
  const auto p = profile_of_text(R"(
    main@a.c:1;work@a.c:5;[inlined]get 3
    main@a.c:2;work@a.c:6 4
    main;read;[kernel]copy 9
  )");
  const CallTree tree = call_tree(p, {}, TreeRoot::kAll);
  EXPECT_EQ(shown(tree),
            "all 16/0\n"
            "  main 16/0\n"
            "    read 9/0\n"
            "      copy 9/9 kernel\n"
            "    work 7/4\n"
            "      [inlined]get 3/3\n");
  EXPECT_EQ(tree.sample_count, 16u);
  EXPECT_EQ(tree.cpu_ns, 16'000'000);
  for (size_t i = 1; i < tree.nodes.size(); ++i) EXPECT_LT(tree.nodes[i].parent, i);
}

TEST(CallTree, BrokenStacksHangApart) {
  const auto p = profile_of_text(R"(
    main;work 3
    work 2 end=5
    - 1
    kernel_side 1 end=8 flags=4
  )");
  EXPECT_EQ(shown(call_tree(p, {}, TreeRoot::kAll)),
            "all 7/0\n"
            "  main 3/0\n"
            "    work 3/3\n"
            "  [broken stacks] 2/0 broken\n"
            "    work 2/2\n"
            "  [no stack] 1/1\n"
            "  kernel_side 1/1\n");
}

TEST(CallTree, ByThreadAndProcess) {
  const auto p = profile_of_text(R"(
    main;work 3
    main;work 2 thread=io
    main 4 thread=io process=other
  )");
  EXPECT_EQ(shown(call_tree(p, {}, TreeRoot::kThread)),
            "all 9/0\n"
            "  io 4/0\n"
            "    main 4/4\n"
            "  main 3/0\n"
            "    main 3/0\n"
            "      work 3/3\n"
            "  io 2/0\n"
            "    main 2/0\n"
            "      work 2/2\n");
  EXPECT_EQ(shown(call_tree(p, {.thread = "main"}, TreeRoot::kProcess)),
            "all 3/0\n"
            "  app 3/0\n"
            "    main 3/0\n"
            "      work 3/3\n");
}

TEST(CallTree, InvertedHasLeavesFirst) {
  const auto p = profile_of_text(R"(
    main;a;copy 5
    main;b;[inlined]copy 3
    main;a 1
  )");
  EXPECT_EQ(shown(inverted_tree(p, {})),
            "all 9/0\n"
            "  copy 8/0\n"
            "    a 5/0\n"
            "      main 5/5\n"
            "    b 3/0\n"
            "      main 3/3\n"
            "  a 1/0\n"
            "    main 1/1\n");
}

TEST(CallTree, OfNothingIsItsRoot) {
  const auto p = profile_of_text("");
  EXPECT_EQ(shown(call_tree(p, {}, TreeRoot::kAll)), "all 0/0\n");
  EXPECT_EQ(shown(inverted_tree(p, {})), "all 0/0\n");
}

std::vector<std::string> shown(const std::vector<Neighbour>& rows) {
  std::vector<std::string> texts;
  for (const Neighbour& row : rows) texts.push_back(row.name + " " + std::to_string(row.samples));
  return texts;
}
using Rows = std::vector<std::string>;

TEST(Neighbours, CallersAndCallees) {
  const auto p = profile_of_text(R"(
    main;a;work;copy 5
    main;b;[inlined]work;[inlined]get 3
    main;a;work 2
    main;other 7
  )");
  const auto found = neighbours(p, {}, "work");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->name, "work");
  EXPECT_EQ(found->self_samples, 2u);
  EXPECT_EQ(found->total_samples, 10u);
  EXPECT_EQ(shown(found->callers), (Rows{"a 7", "b 3"}));
  EXPECT_EQ(shown(found->callees), (Rows{"copy 5", "get 3"}));
}

TEST(Neighbours, RecursionCountsEachEdgeOnceASample) {
  const auto p = profile_of_text(R"(
    main;fib;fib;fib;add 5
    main;fib 2
  )");
  const auto found = neighbours(p, {}, "fib");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->total_samples, 7u);
  EXPECT_EQ(found->self_samples, 2u);
  EXPECT_EQ(shown(found->callers), (Rows{"main 7", "fib 5"}));
  EXPECT_EQ(shown(found->callees), (Rows{"add 5", "fib 5"}));
}

TEST(FindFunction, FromStrictToLoose) {
  const auto p = profile_of_text(R"(
    main;net::poll(int) 1
    main;net::poll(int);net::poll_once 1
    main;lib.so!main 5
    main;parse(char const*) 1
  )");
  const auto name = [&](std::string_view text) -> std::string {
    const auto id = find_function(p, text);
    if (!id) return id.error().message;
    const auto& function = p.functions()[raw(*id)];
    return std::string(p.module_name(function.module)) + "!" + std::string(p.string(function.name));
  };
  EXPECT_EQ(name("net::poll"), "app!net::poll(int)");
  EXPECT_EQ(name("poll_o"), "app!net::poll_once");
  EXPECT_EQ(name("par*"), "app!parse(char const*)");
  EXPECT_EQ(name("main"), "app!main");  // the heavier of two
  EXPECT_EQ(name("net::*_once"), "app!net::poll_once");
  EXPECT_EQ(name("ll_*ce"), "app!net::poll_once");  // a glob of a part
  EXPECT_EQ(name("poll"), "'poll' matches 2 functions");
  EXPECT_EQ(find_function(p, "poll").error().fixes, (Rows{"net::poll(int)", "net::poll_once"}));
  EXPECT_EQ(find_function(p, "poll").error().code, Code::InvalidArgument);
  EXPECT_EQ(find_function(p, "prase").error().code, Code::NotFound);
  EXPECT_NE(name("prase").find("'parse'"), std::string::npos) << name("prase");
  EXPECT_EQ(find_function(p, "").error().code, Code::NotFound);
}

}  // namespace
}  // namespace hone::analysis
