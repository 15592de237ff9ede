#include "analysis/tree_builder.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace hone::analysis {
namespace {

// Marks share the key's low half with function ids, which never reach this bit in practice; where
// they do, a mark and a function of one parent would merge, nothing worse.
constexpr uint64_t kMark = uint64_t{1} << 31;
constexpr size_t kPlacesMin = 1024;  // a power of two, as every size after it

}  // namespace

TreeBuilder::TreeBuilder(const profile::Profile& profile) : profile_(profile), places_(kPlacesMin) {
  tree_.nodes.emplace_back().name = "all";
}

TreeBuilder::Place& TreeBuilder::place_of(uint64_t key) {
  // Fibonacci hashing: the high bits of the product depend on every bit of the key.
  size_t at = (key * 0x9e3779b97f4a7c15ULL) >> 32 & (places_.size() - 1);
  while (places_[at].node != 0 && places_[at].key != key) at = (at + 1) & (places_.size() - 1);
  return places_[at];
}

uint32_t TreeBuilder::make(uint32_t parent, uint64_t key) {
  const auto index = static_cast<uint32_t>(tree_.nodes.size());
  if (size_t{index} * 2 > places_.size()) {
    std::vector<Place> old(places_.size() * 2);
    old.swap(places_);
    for (const Place& place : old) {
      if (place.node != 0) place_of(place.key) = place;
    }
  }
  place_of(key) = {key, index};
  CallNode& made = tree_.nodes.emplace_back();
  made.parent = parent;
  made.depth = tree_.nodes[parent].depth + 1;
  return index;
}

uint32_t TreeBuilder::child(uint32_t parent, uint32_t row) {
  const FunctionId id = profile_.lines().function[row];
  const bool inlined = profile_.lines().inlined[row] != 0;
  const uint64_t key = uint64_t{parent} << 32 | raw(id);
  if (const uint32_t known = place_of(key).node; known != 0) {
    // Inlined here and called there: it counts as called.
    tree_.nodes[known].inlined &= inlined;
    return known;
  }
  const uint32_t index = make(parent, key);
  const profile::Function& function = profile_.functions()[raw(id)];
  CallNode& made = tree_.nodes[index];
  made.function = id;
  made.name = id == FunctionId::kNone ? "[unknown]" : profile_.string(function.name);
  made.module = profile_.module_name(function.module);
  made.kernel = profile_.in_kernel(function.module);
  made.inlined = inlined;
  return index;
}

uint32_t TreeBuilder::named_child(uint32_t parent, uint32_t mark, std::string_view name) {
  const uint64_t key = uint64_t{parent} << 32 | kMark | mark;
  if (const uint32_t known = place_of(key).node; known != 0) return known;
  const uint32_t index = make(parent, key);
  tree_.nodes[index].name = name;
  return index;
}

CallTree TreeBuilder::finish() {
  std::vector<CallNode>& nodes = tree_.nodes;
  for (CallNode& node : nodes) {
    node.total_ns = node.self_ns;
    node.total_samples = node.self_samples;
  }
  for (size_t i = nodes.size(); i-- > 1;) {
    nodes[nodes[i].parent].total_ns += nodes[i].total_ns;
    nodes[nodes[i].parent].total_samples += nodes[i].total_samples;
  }
  // Lightest first, so that putting each before its siblings leaves the heaviest in front.
  std::vector<uint32_t> order(nodes.size() - 1);
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i + 1;
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const CallNode& x = nodes[a];
    const CallNode& y = nodes[b];
    return std::tie(x.total_ns, y.name, y.module, b) < std::tie(y.total_ns, x.name, x.module, a);
  });
  for (const uint32_t index : order) {
    CallNode& parent = nodes[nodes[index].parent];
    nodes[index].next_sibling = parent.first_child;
    parent.first_child = index;
  }
  tree_.cpu_ns = nodes[0].total_ns;
  tree_.sample_count = nodes[0].total_samples;
  places_.clear();
  return std::move(tree_);
}

}  // namespace hone::analysis
