#include "analysis/call_tree.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <vector>

#include "analysis/metrics.h"
#include "analysis/tree_builder.h"
#include "analysis/wait_rows.h"
#include "analysis/weights.h"

namespace hone::analysis {
namespace {

using profile::Profile;

constexpr std::string_view kBroken = "[broken stacks]";
constexpr std::string_view kNoStack = "[no stack]";
constexpr uint32_t kBrokenMark = 0x7ffffffe;
constexpr uint32_t kNoStackMark = 0x7fffffff;

// An inverted tree has a node for every caller chain of every leaf: far more than there are
// stacks. Beyond this many, the lightest chains are cut at the callers that are already there.
constexpr size_t kInvertedNodesMax = 400'000;

uint32_t root_of(const Profile& p, ThreadId thread, TreeRoot root) {
  if (root == TreeRoot::kThread) return raw(thread);
  if (root == TreeRoot::kProcess) return raw(p.threads()[raw(thread)].process);
  return 0;
}

std::string_view root_name(const Profile& p, uint32_t id, TreeRoot root) {
  if (id == 0) return "[unknown]";
  return p.string(root == TreeRoot::kThread ? p.threads()[id].name : p.processes()[id].name);
}

// The tree node of each stack under one root; forgotten at once when the next root begins.
class StackNodes {
 public:
  StackNodes(const Profile& p, TreeBuilder& tree)
      : profile_(p), tree_(tree), node_(p.stacks().size()), era_of_(p.stacks().size(), 0) {}

  void begin(uint32_t root_node) {
    ++era_;
    node_[0] = root_node;
    era_of_[0] = era_;
  }

  uint32_t node_of(StackId stack) {
    uint32_t at = raw(stack);
    pending_.clear();
    for (; era_of_[at] != era_; at = raw(profile_.stacks().parent[at])) pending_.push_back(at);
    uint32_t node = node_[at];
    for (size_t i = pending_.size(); i-- > 0;) {
      const RowRange rows = rows_of(profile_, pending_[i]);
      for (uint32_t row = rows.end; row-- > rows.begin;) node = tree_.child(node, row);
      node_[pending_[i]] = node;
      era_of_[pending_[i]] = era_;
    }
    return node;
  }

 private:
  const Profile& profile_;
  TreeBuilder& tree_;
  std::vector<uint32_t> node_, era_of_;
  std::vector<uint32_t> pending_;
  uint32_t era_ = 0;
};

// The samples of a selection, those of one root and of one kind (whole, broken) together.
struct OrderedSamples {
  std::vector<uint32_t> sample;  // in groups
  std::vector<size_t> begin;     // [2 * roots + 1]; group = 2 * root + broken
};

OrderedSamples order_samples(const Profile& p, const SampleFilter& filter, TreeRoot root) {
  const profile::Samples& samples = p.samples();
  const size_t roots = root == TreeRoot::kThread    ? p.threads().size()
                       : root == TreeRoot::kProcess ? p.processes().size()
                                                    : 1;
  OrderedSamples ordered;
  ordered.begin.assign(2 * roots + 1, 0);
  const auto group = [&](size_t i) {
    return 2 * size_t{root_of(p, samples.thread[i], root)} + (is_broken(samples, i) ? 1 : 0);
  };
  for (size_t i = 0; i < samples.size(); ++i) {
    if (filter.takes(i)) ++ordered.begin[group(i) + 1];
  }
  std::partial_sum(ordered.begin.begin(), ordered.begin.end(), ordered.begin.begin());
  ordered.sample.resize(ordered.begin.back());
  std::vector<size_t> next(ordered.begin.begin(), ordered.begin.end() - 1);
  for (size_t i = 0; i < samples.size(); ++i) {
    if (filter.takes(i)) ordered.sample[next[group(i)]++] = static_cast<uint32_t>(i);
  }
  return ordered;
}

// Of whatever is weighed: rows in memory, where samples alone need but their numbers.
CallTree weighed_tree(const Profile& p, const Selection& selection, TreeRoot root) {
  struct Row {
    uint32_t root;
    bool broken;
    StackId stack;
    uint32_t count;
    int64_t weight;
  };
  std::vector<Row> rows;
  for_each_weighed(p, selection, selection.metric, [&](const Weighed& one) {
    rows.push_back({root_of(p, one.thread, root), one.broken, one.stack, one.count, one.weight});
  });
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.root != b.root ? a.root < b.root : a.broken < b.broken;
  });
  TreeBuilder tree(p);
  StackNodes nodes(p, tree);
  uint32_t base = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    if (i == 0 || row.root != rows[i - 1].root || row.broken != rows[i - 1].broken) {
      base =
          root == TreeRoot::kAll ? 0 : tree.named_child(0, row.root, root_name(p, row.root, root));
      if (row.broken) {
        base = tree.named_child(base, kBrokenMark, kBroken);
        tree.node(base).broken = true;
      }
      nodes.begin(base);
    }
    const uint32_t node = row.stack == StackId::kNone
                              ? tree.named_child(base, kNoStackMark, kNoStack)
                              : nodes.node_of(row.stack);
    tree.add(node, row.weight, row.count);
  }
  return tree.finish();
}

}  // namespace

CallTree call_tree(const Profile& profile, const Selection& selection, TreeRoot root) {
  if (selection.metric != Metric::kCpu || !profile.costs().empty()) {
    return weighed_tree(profile, selection, root);
  }
  const SampleFilter filter(profile, selection);
  const OrderedSamples ordered = order_samples(profile, filter, root);
  TreeBuilder tree(profile);
  StackNodes nodes(profile, tree);
  for (size_t group = 0; group + 1 < ordered.begin.size(); ++group) {
    if (ordered.begin[group] == ordered.begin[group + 1]) continue;
    const auto id = static_cast<uint32_t>(group / 2);
    uint32_t base =
        root == TreeRoot::kAll ? 0 : tree.named_child(0, id, root_name(profile, id, root));
    if (group % 2 == 1) {
      base = tree.named_child(base, kBrokenMark, kBroken);
      tree.node(base).broken = true;
    }
    nodes.begin(base);
    for (size_t k = ordered.begin[group]; k < ordered.begin[group + 1]; ++k) {
      const size_t i = ordered.sample[k];
      const StackId stack = filter.stack(i);
      const uint32_t node = stack == StackId::kNone ? tree.named_child(base, kNoStackMark, kNoStack)
                                                    : nodes.node_of(stack);
      tree.add(node, profile.samples().weight_ns[i], 1);
    }
  }
  return tree.finish();
}

CallTree wait_tree(const Profile& profile, const Selection& selection) {
  const SampleFilter filter(profile, selection);
  const WaitRows rows(profile, selection, filter);
  TreeBuilder tree(profile);
  StackNodes nodes(profile, tree);
  nodes.begin(0);
  rows.for_each([&](const WaitPart& part) {
    if (part.blocked_ns <= 0) return;
    const StackId stack = part.wait->stack;
    const uint32_t node = stack == StackId::kNone ? tree.named_child(0, kNoStackMark, kNoStack)
                                                  : nodes.node_of(stack);
    tree.add(node, part.blocked_ns, part.wait->count);
  });
  return tree.finish();
}

CallTree inverted_tree(const Profile& profile, const Selection& selection) {
  const StackWeights weights = weigh(profile, selection);
  std::vector<StackWeights::Own> leaves;
  std::copy_if(weights.own.begin(), weights.own.end(), std::back_inserter(leaves),
               [](const StackWeights::Own& own) { return own.stack != 0; });
  // Heaviest first: where the tree has to be cut, light chains lose their outer callers.
  std::sort(leaves.begin(), leaves.end(),
            [](const StackWeights::Own& a, const StackWeights::Own& b) {
              return a.ns != b.ns ? a.ns > b.ns : a.stack < b.stack;
            });
  TreeBuilder tree(profile);
  if (const Weight none = weights.own_of(0); none.samples != 0) {
    tree.add(tree.named_child(0, kNoStackMark, kNoStack), none.ns, none.samples);
  }
  for (const StackWeights::Own& leaf : leaves) {
    uint32_t node = 0;
    bool full = false;
    for (uint32_t stack = leaf.stack; stack != 0 && !full;
         stack = raw(profile.stacks().parent[stack])) {
      const RowRange rows = rows_of(profile, stack);
      for (uint32_t row = rows.begin; row < rows.end && !full; ++row) {
        node = tree.child(node, row);
        // The leaf functions themselves are always there.
        full = tree.size() >= kInvertedNodesMax;
      }
    }
    tree.add(node, leaf.ns, leaf.samples);
  }
  return tree.finish();
}

}  // namespace hone::analysis
