#include "analysis/flame_tree.h"

#include <gtest/gtest.h>

#include <random>

#include "analysis/call_tree.h"
#include "analysis/flame_text_test.h"

namespace hone::analysis {
namespace {

using profile::Profile;
using profile::profile_of_text;

std::string flame(const Profile& p, const std::string& transforms = "",
                  const FlameOptions& options = {}, const PathOptions& paths = {}) {
  const PackedPaths tree = drawn_tree(p, transforms, paths);
  return drawn(flame_tree({.a = &tree}, options));
}

// The picture without its indentation's first newline.
std::string text(std::string_view picture) {
  std::string out;
  picture.remove_prefix(1);
  size_t margin = picture.find_first_not_of(' ');
  while (!picture.empty()) {
    const size_t end = picture.find('\n');
    const std::string_view line = picture.substr(0, end);
    if (line.find_first_not_of(' ') != line.npos) out += std::string(line.substr(margin)) + "\n";
    picture.remove_prefix(end == picture.npos ? picture.size() : end + 1);
  }
  return out;
}

const char* const kPlain = R"(
  main;parse;read 4
  main;parse;next 2
  main;parse 1
  main;draw;parse;read 3
  main;draw;[inlined]blit 5
  main;draw;[kernel]fault 1
)";

TEST(FlameTree, MergesByFunctionHeaviestFirst) {
  EXPECT_EQ(flame(profile_of_text(kPlain)), text(R"(
    all 16/0
      main 16/0
        draw 9/0
          blit 5/5 inlined
          parse 3/0
            read 3/3
          fault 1/1 kernel
        parse 7/1
          read 4/4
          next 2/2
  )"));
}

TEST(FlameTree, PlacesNodesBesideEachOther) {
  const Profile p = profile_of_text(kPlain);
  const PackedPaths tree = drawn_tree(p);
  const FlameTree out = flame_tree({.a = &tree}, {});
  std::string placed;
  for (const FlameNode& node : out.nodes) {
    placed += std::to_string(static_cast<int>(node.x / 1e6)) + " ";
  }
  EXPECT_EQ(placed, "0 0 0 0 5 5 8 9 9 13 ");
}

TEST(FlameTree, BrokenStacksAndNoStacksAreTold) {
  EXPECT_EQ(flame(profile_of_text("main;work 3\nwork 2 end=1\n- 1")), text(R"(
    all 6/0
      main 3/0
        work 3/3
      [broken stacks] 2/0 broken
        work 2/2
      [no stack] 1/1
  )"));
}

TEST(FlameTree, Inverted) {
  EXPECT_EQ(flame(profile_of_text(kPlain), "", {.way = FlameWay::kInverted}), text(R"(
    all 16/0
      read 7/0
        parse 7/0
          main 4/4
          draw 3/0
            main 3/3
      blit 5/0 inlined
        draw 5/0
          main 5/5
      next 2/0
        parse 2/0
          main 2/2
      fault 1/0 kernel
        draw 1/0
          main 1/1
      parse 1/0
        main 1/1
  )"));
}

TEST(FlameTree, CallersOfOneFunction) {
  const Profile p = profile_of_text(kPlain);
  EXPECT_EQ(flame(p, "", {.way = FlameWay::kCallers, .key = key_named(p, "parse")}), text(R"(
    parse 10/0
      main 7/7
      draw 3/0
        main 3/3
  )"));
  EXPECT_EQ(flame(p, "", {.way = FlameWay::kCallers, .key = 77}), "all 0/0\n");
  const Profile recursive = profile_of_text("main;fib;fib;fib 3\nfib;main 1");
  EXPECT_EQ(flame(recursive, "", {.way = FlameWay::kCallers, .key = key_named(recursive, "fib")}),
            text(R"(
    fib 4/1
      main 3/3
  )"));
}

TEST(FlameTree, TwoRecordings) {
  const Profile a = profile_of_text("main;parse;read 4\nmain;old 2");
  const Profile b = profile_of_text("main;parse;read 9\nmain;parse;fresh 1\nmain;[inlined]new 3");
  const PackedPaths of_a = drawn_tree(a), of_b = drawn_tree(b);
  EXPECT_EQ(drawn(flame_tree({.a = &of_a, .b = &of_b}, {}), true), text(R"(
    all 6/0 | 13/0
      main 6/0 | 13/0
        parse 4/0 | 10/0
          read 4/4 | 9/9
          fresh 0/0 | 1/1 only-b
        new 0/0 | 3/3 inlined only-b
        old 2/2 | 0/0 only-a
  )"));
  // A planted regression is where the difference is most.
  const FlameTree out = flame_tree({.a = &of_a, .b = &of_b}, {});
  const auto most = std::max_element(out.nodes.begin() + 1, out.nodes.end(),
                                     [](const FlameNode& x, const FlameNode& y) {
                                       return x.self_b - x.self_a < y.self_b - y.self_a;
                                     });
  EXPECT_EQ(out.names[most->name].name, "read");
}

TEST(FlameTree, FoldsWhatIsTooNarrowAndLosesNothing) {
  const Profile p = profile_of_text(R"(
    main;big 96
    main;a 1
    main;b;deep;deeper 1
    main;c 2
  )");
  // 1 px is 1 ms: c is wide enough.
  EXPECT_EQ(flame(p, "", {.pixels = 100, .min_px = 1.5}), text(R"(
    all 100/0
      main 100/0
        big 96/96
        c 2/2
        (2 small) 2
  )"));
  EXPECT_EQ(flame(p, "", {.pixels = 100, .min_px = 50}), text(R"(
    all 100/0
      main 100/0
        big 96/96
        (3 small) 4
  )"));
  // Zoomed to b, it is the whole width.
  const FlameOptions zoomed{
      .root = {key_named(p, "main"), key_named(p, "b")}, .pixels = 100, .min_px = 1.5};
  EXPECT_EQ(flame(p, "", zoomed), text(R"(
    all 100/0
      main 100/0
        b 1/0
          deep 1/0
            deeper 1/1
  )"));
  const PackedPaths tree = drawn_tree(p);
  const FlameTree out = flame_tree({.a = &tree}, zoomed);
  EXPECT_EQ(out.root_depth, 2u);
  EXPECT_EQ(out.nodes[2].x, 99e6);  // behind big, c and a
  const FlameTree lost = flame_tree({.a = &tree}, {.root = {key_named(p, "main"), 77}});
  EXPECT_EQ(lost.root_depth, 1u);
  EXPECT_EQ(drawn(lost), drawn(flame_tree({.a = &tree}, {.root = {key_named(p, "main")}})));
}

TEST(FlameTree, KeepsWhatIsWideOnOneSideAlone) {
  const Profile a = profile_of_text("main;x 1000\nmain;gone 1");
  const Profile b = profile_of_text("main;x 1\nmain;come 1");
  const PackedPaths of_a = drawn_tree(a), of_b = drawn_tree(b);
  EXPECT_EQ(drawn(flame_tree({.a = &of_a, .b = &of_b}, {.pixels = 100, .min_px = 1}), true),
            text(R"(
    all 1001/0 | 2/0
      main 1001/0 | 2/0
        x 1000/1000 | 1/1
        come 0/0 | 1/1 only-b
        (1 small) 1 | 0
  )"));
}

TEST(FlameTree, ByThreadModuleAndLine) {
  const Profile p = profile_of_text(R"(
    main@m.cc:3;work@m.cc:10 2
    main@m.cc:3;work@m.cc:11 1 thread=io
    main@m.cc:3;libz.so!inflate;libz.so!crc;work 4 thread=io process=other
  )");
  EXPECT_EQ(flame(p, "", {}, {.by = PathBy::kThread}), text(R"(
    all 7/0
      io (tid 1002) 4/0
        main 4/0
          inflate 4/0
            crc 4/0
              work 4/4
      main 2/0
        main 2/0
          work 2/2
      io (tid 1001) 1/0
        main 1/0
          work 1/1
  )"));
  EXPECT_EQ(flame(p, "", {}, {.by = PathBy::kThread, .threads_by_name = true}), text(R"(
    all 7/0
      io 5/0
        main 5/0
          inflate 4/0
            crc 4/0
              work 4/4
          work 1/1
      main 2/0
        main 2/0
          work 2/2
  )"));
  EXPECT_EQ(flame(p, "", {}, {.by = PathBy::kModule}), text(R"(
    all 7/0
      app 7/3
        libz.so 4/0
          app 4/4
  )"));
  EXPECT_EQ(flame(p, "", {}, {.by = PathBy::kLine}), text(R"(
    all 7/0
      main (m.cc:3) 7/0
        inflate 4/0
          crc 4/0
            work 4/4
        work (m.cc:10) 2/2
        work (m.cc:11) 1/1
  )"));
}

TEST(PathTransforms, EachInItsWay) {
  const Profile p = profile_of_text(R"(
    main;a;b;c 4
    main;b 2
    main;a;b;b;d 1
    main;x;a 8
  )");
  const std::string a = key_hex(p, "a"), b = key_hex(p, "b"), x = key_hex(p, "x");
  EXPECT_EQ(flame(p, "focus:" + b), text(R"(
    all 7/0
      b 7/2
        c 4/4
        b 1/0
          d 1/1
  )"));
  EXPECT_EQ(flame(p, "root:" + b), text(R"(
    all 7/0
      b 7/2
        c 4/4
        d 1/1
  )"));
  EXPECT_EQ(flame(p, "merge:" + a + ",merge:" + x), text(R"(
    all 15/0
      main 15/8
        b 7/2
          c 4/4
          b 1/0
            d 1/1
  )"));
  EXPECT_EQ(flame(p, "drop:" + b), text(R"(
    all 8/0
      main 8/0
        x 8/0
          a 8/8
  )"));
  EXPECT_EQ(flame(p, "collapse:" + a), text(R"(
    all 15/0
      main 15/0
        x 8/0
          a 8/8
        a 5/5
        b 2/2
  )"));
  EXPECT_EQ(flame(p, "focus:" + a + ",drop:" + x + ",collapse:" + b), text(R"(
    all 13/0
      a 13/8
        b 5/5
  )"));
  EXPECT_EQ(flame(p, "focus:00000000000000ff"), "all 0/0\n");
  EXPECT_EQ(flame(p, "merge:00000000000000ff"), flame(p));
}

TEST(PathTransforms, Recursion) {
  const Profile p = profile_of_text(R"(
    main;f;a;f;b;f;leaf 4
    main;f;a;stop 2
    main;f;f 1
  )");
  // What lies between the first and the last call goes; what stops on the way stays.
  EXPECT_EQ(flame(p, "collapse-recursion:" + key_hex(p, "f")), text(R"(
    all 7/0
      main 7/0
        f 7/1
          leaf 4/4
          a 2/0
            stop 2/2
  )"));
}

TEST(PathTransforms, Modules) {
  const Profile p = profile_of_text(R"(
    main;libz.so!inflate;libz.so!crc 4
    main;libz.so!inflate;call;libz.so!crc 1
    main;/opt/a,b%.so!odd;/opt/a,b%.so!even 1
  )");
  EXPECT_EQ(flame(p, "collapse-module:libz.so"), text(R"(
    all 6/0
      main 6/0
        libz.so 5/4
          call 1/0
            libz.so 1/1
        odd 1/0
          even 1/1
  )"));
  EXPECT_EQ(flame(p, "collapse-module:libz.so,collapse-module:a%2Cb%25.so"), text(R"(
    all 6/0
      main 6/0
        libz.so 5/4
          call 1/0
            libz.so 1/1
        a,b%.so 1/1
  )"));
  EXPECT_EQ(flame(p, "collapse-module:nothing"), flame(p));
}

TEST(PathTransforms, WhatCannotBeRead) {
  for (const char* wrong : {"focus", "focus:", "focus:12", "focus:zzzzzzzzzzzzzzzz", "fly:0",
                            "drop:00000000000000001", "collapse-module:", ",", "focus:0,"}) {
    const auto result = parse_transforms(wrong);
    ASSERT_FALSE(result) << wrong;
    EXPECT_EQ(result.error().code, Code::InvalidArgument);
  }
  std::string many;
  for (size_t i = 0; i <= kTransformsMax; ++i) many += "merge:0123456789abcdef,";
  EXPECT_FALSE(parse_transforms(many));
  EXPECT_TRUE(parse_transforms(""));
}

TEST(FlameTree, SearchCountsEachPathOnce) {
  const Profile p = profile_of_text(kPlain);
  const PackedPaths tree = drawn_tree(p);
  const auto search = [&](std::string_view wanted, const FlameOptions& options = {}) {
    const FlameTree out = flame_tree({.a = &tree}, options);
    const FlameMatches found = flame_matches({.a = &tree}, options, out, *TextMatch::of(wanted));
    return std::to_string(found.total_a / 1'000'000) + " in " + std::to_string(found.nodes.size()) +
           " of " + std::to_string(found.keys.size());
  };
  EXPECT_EQ(search("parse"), "10 in 2 of 1");
  EXPECT_EQ(search("/parse|read/"), "10 in 4 of 2");
  EXPECT_EQ(search("blit"), "5 in 1 of 1");
  EXPECT_EQ(search("nothing"), "0 in 0 of 0");
  EXPECT_EQ(search("main"), "16 in 1 of 1");
  EXPECT_EQ(search("all"), "0 in 0 of 0");
  EXPECT_EQ(search("parse", {.way = FlameWay::kInverted}), "10 in 3 of 1");
  // What is folded is matched, too.
  EXPECT_EQ(search("blit", {.pixels = 2, .min_px = 1.9}), "5 in 0 of 1");
  EXPECT_EQ(search("draw", {.way = FlameWay::kCallers, .key = key_named(p, "read")}),
            "3 in 1 of 1");
}

// The same trees as call_tree() and inverted_tree() make, which are made otherwise.
TEST(FlameTree, AgreesWithTheCallTreesOfTheReport) {
  std::mt19937 random(7);
  std::string picture;
  for (int i = 0; i < 300; ++i) {
    std::string stack = "main";
    const size_t depth = 1 + random() % 9;
    for (size_t d = 0; d < depth; ++d) {
      stack += random() % 4 == 0 ? ";[inlined]f" : ";f";
      stack += std::to_string(random() % 12);
    }
    picture += stack + " " + std::to_string(1 + random() % 5) + "\n";
  }
  const Profile p = profile_of_text(picture);
  const auto lines = [](const auto& nodes, auto&& name, auto&& total, auto&& self) {
    std::vector<std::string> paths(nodes.size()), out;
    for (size_t i = 1; i < nodes.size(); ++i) {
      paths[i] = paths[nodes[i].parent] + ";" + std::string(name(nodes[i]));
      out.push_back(paths[i] + " " + std::to_string(total(nodes[i])) + " " +
                    std::to_string(self(nodes[i])));
    }
    std::sort(out.begin(), out.end());
    return out;
  };
  const auto of_calls = [&](const CallTree& tree) {
    return lines(
        tree.nodes, [](const CallNode& n) { return n.name; },
        [](const CallNode& n) { return n.total_ns; }, [](const CallNode& n) { return n.self_ns; });
  };
  const PackedPaths tree = drawn_tree(p);
  const auto of_flame = [&](FlameWay way) {
    const FlameTree out = flame_tree({.a = &tree}, {.way = way, .min_px = 1e-6});
    return lines(
        out.nodes, [&](const FlameNode& n) { return out.names[n.name].name; },
        [](const FlameNode& n) { return n.total_a; }, [](const FlameNode& n) { return n.self_a; });
  };
  EXPECT_EQ(of_flame(FlameWay::kCallees), of_calls(call_tree(p, {}, TreeRoot::kAll)));
  EXPECT_EQ(of_flame(FlameWay::kInverted), of_calls(inverted_tree(p, {})));
}

TEST(FlameTree, OfNothingAndOfLongNames) {
  EXPECT_EQ(flame(profile_of_text("@process app")), "all 0/0\n");
  EXPECT_EQ(flame(profile_of_text("@process app"), "", {.way = FlameWay::kInverted}), "all 0/0\n");
  const std::string name(10'000, 'x');
  EXPECT_EQ(flame(profile_of_text(name + ";<script> 1")),
            "all 1/0\n  " + name + " 1/0\n    <script> 1/1\n");
}

TEST(FlameTree, DeepRecursionEndsInAFold) {
  std::string stack = "main";
  for (int i = 0; i < 12'000; ++i) stack += ";f";
  const Profile p = profile_of_text(stack + " 1");
  const PackedPaths tree = drawn_tree(p);
  const FlameTree out = flame_tree({.a = &tree}, {});
  EXPECT_EQ(out.nodes.size(), FlameOptions::kDepthMax + 2);
  EXPECT_EQ(out.nodes.back().flags, FlameNode::kFolded);
}

}  // namespace
}  // namespace hone::analysis
