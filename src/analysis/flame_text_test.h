// Test support: flame trees as indented text, one line a node.
#pragma once

#include <string>

#include "analysis/flame_tree.h"
#include "analysis/path_transforms.h"
#include "profile/stack_text.h"

namespace hone::analysis {

inline PackedPaths drawn_tree(const profile::Profile& p, std::string_view transforms = "",
                              const PathOptions& options = {}, Metric metric = Metric::kCpu,
                              const Selection& selection = {}) {
  PathTree tree = path_tree(p, selection, metric, options);
  const auto wanted = parse_transforms(transforms);
  EXPECT_TRUE(wanted) << transforms;
  if (wanted) tree = transformed(std::move(tree), *wanted);
  return packed(std::move(tree));
}

// "name total/self", in ms; of two sides "name total/self | total/self"; "(n small)" of folded
// ones.
inline std::string drawn(const FlameTree& tree, bool compared = false, int64_t unit = 1'000'000) {
  std::string out;
  const auto number = [&](int64_t value) { return std::to_string(value / unit); };
  for (const FlameNode& node : tree.nodes) {
    out += std::string(2 * node.depth, ' ');
    if ((node.flags & FlameNode::kFolded) != 0) {
      out += "(" + std::to_string(node.count) + " small) " + number(node.total_a);
      if (compared) out += " | " + number(node.total_b);
    } else {
      out += std::string(tree.names[node.name].name) + " " + number(node.total_a) + "/" +
             number(node.self_a);
      if (compared) out += " | " + number(node.total_b) + "/" + number(node.self_b);
    }
    if ((node.flags & FlameNode::kInlined) != 0) out += " inlined";
    if ((node.flags & FlameNode::kKernel) != 0) out += " kernel";
    if ((node.flags & FlameNode::kBroken) != 0) out += " broken";
    if ((node.flags & FlameNode::kOnlyA) != 0) out += " only-a";
    if ((node.flags & FlameNode::kOnlyB) != 0) out += " only-b";
    out += '\n';
  }
  return out;
}

inline uint64_t key_named(const profile::Profile& p, std::string_view name) {
  const FunctionId id = profile::function_named(p, name);
  EXPECT_NE(id, FunctionId::kNone) << name;
  return p.functions()[raw(id)].key;
}
inline std::string key_hex(const profile::Profile& p, std::string_view name) {
  char text[17];
  std::snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(key_named(p, name)));
  return text;
}

}  // namespace hone::analysis
