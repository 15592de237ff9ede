// A flame graph: paths of one recording or of two, merged by name from the root (or from where
// weight was spent, outwards), as far down as there is something to see.
//
//   const FlameTree flame = flame_tree({.a = &paths_a, .b = &paths_b}, {.pixels = 1400});
//   for (const FlameNode& node : flame.nodes) use(flame.names[node.name].name, node.total_a);
//
// Children stand by weight, heaviest first. What is narrower than `min_px` of `pixels`, at the zoom
// that is asked for and on both sides, is one node beside its siblings that says how many they are:
// nothing is lost, and what is not seen costs nothing. So a zoom is a new cut of the same trees.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "analysis/packed_paths.h"
#include "analysis/path_tree.h"
#include "analysis/text_match.h"

namespace hone::analysis {

// A side that is not compared is null. They must outlive the result's names.
struct FlameSides {
  const PackedPaths* a = nullptr;
  const PackedPaths* b = nullptr;
};

enum class FlameWay : uint8_t {
  kCallees,   // from the root to what was called
  kInverted,  // from where weight was spent to its callers
  kCallers,   // the callers of `key`, by what went through its outermost calls
};

struct FlameOptions {
  static constexpr size_t kNodesMax = 200'000;
  static constexpr size_t kDepthMax = 10'000;

  FlameWay way{};
  uint64_t key = 0;            // of kCallers
  std::vector<uint64_t> root;  // keys from the outermost on: what is zoomed to
  double pixels = 1400, min_px = 0.5;
};

struct FlameNode {
  static constexpr uint8_t kInlined = 1, kKernel = 2, kBroken = 4, kFolded = 8;
  static constexpr uint8_t kOnlyA = 16, kOnlyB = 32;  // of two sides

  uint32_t parent = 0;  // a node; the root's is itself
  uint32_t name = 0;    // in FlameTree::names; 0 of the root and of folded ones
  uint32_t depth = 0;
  uint32_t count = 0;  // of kFolded: siblings in it
  uint32_t samples = 0, samples_b = 0;
  uint8_t flags = 0;
  // Self is what ends here; inverted, what begins here: the outermost frame of its stacks.
  int64_t total_a = 0, self_a = 0, total_b = 0, self_b = 0;
  // The left edge, in weight (of both sides together) from the left edge of everything.
  double x = 0;
};

struct FlameTree {
  std::vector<FlameNode> nodes;  // depth first, parents before children
  std::vector<PathName> names;   // that nodes have; [0] is "all"
  uint64_t nodes_folded = 0;
  int64_t folded_a = 0, folded_b = 0;  // weight of folded nodes
  bool cut = false;                    // more than kNodesMax: what came after is folded, too
  size_t root_depth = 0;  // how much of FlameOptions::root was there; its last is zoomed to
};

FlameTree flame_tree(const FlameSides& sides, const FlameOptions& options);

// What paths weigh that have a matching name in them, each path once.
struct FlameMatches {
  int64_t total_a = 0, total_b = 0;
  std::vector<uint32_t> nodes;  // of the tree, whose own name matches
  std::vector<uint64_t> keys;   // of all names that match and have weight, in no order
};
FlameMatches flame_matches(const FlameSides& sides, const FlameOptions& options,
                           const FlameTree& tree, const TextMatch& match);

}  // namespace hone::analysis
