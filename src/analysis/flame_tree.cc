#include "analysis/flame_tree.h"

#include <algorithm>
#include <unordered_map>

namespace hone::analysis {
namespace {

// A row of one side's tree, with what of its weight is looked at: all of it downwards; on the way
// to callers, the part that came from where the way began.
struct Cursor {
  static constexpr uint32_t kOfB = uint32_t{1} << 31;
  uint32_t row = 0;  // with kOfB
  uint32_t count = 0;
  int64_t weight = 0;
};

// Names of both sides, those of one key being one.
class NameUnion {
 public:
  explicit NameUnion(const FlameSides& sides) {
    add(sides.a, of_a_);
    add(sides.b, of_b_);
  }
  uint32_t of(uint32_t name, bool is_b) const { return is_b ? of_b_[name] : of_a_[name]; }
  const PathName& name(uint32_t index) const { return *names_[index]; }
  size_t size() const { return names_.size(); }

 private:
  void add(const PackedPaths* tree, std::vector<uint32_t>& of) {
    if (tree == nullptr) return;
    const std::vector<PathName>& all = tree->names().all;
    of.resize(all.size());
    known_.reserve(known_.size() + all.size());
    for (size_t i = 0; i < all.size(); ++i) {
      const auto [at, added] = known_.try_emplace(all[i].key, static_cast<uint32_t>(names_.size()));
      if (added) names_.push_back(&all[i]);
      of[i] = at->second;
    }
  }
  std::unordered_map<uint64_t, uint32_t> known_;
  std::vector<const PathName*> names_;
  std::vector<uint32_t> of_a_, of_b_;
};

// Some of the paths below a node, that go on by one name.
struct Branch {
  uint32_t name = 0;             // in NameUnion
  uint32_t first = 0, size = 0;  // cursors in the pool
  uint32_t count_a = 0, count_b = 0;
  int64_t total_a = 0, total_b = 0;
  bool in_a = false, in_b = false;
  bool inlined = true;  // every row of it is
};

uint32_t capped_sum(uint32_t a, uint32_t b) {
  uint32_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? UINT32_MAX : sum;
}

class Grower {
 public:
  Grower(const FlameSides& sides, const FlameOptions& options)
      : sides_(sides), options_(options), names_(sides), slot_(names_.size(), 0) {}

  FlameTree run() {
    begin();
    zoom();
    grow(nodes_at_zoom_);
    for (const FlameNode& node : out_.nodes) {
      if ((node.flags & FlameNode::kFolded) == 0) continue;
      out_.nodes_folded += node.count;
      out_.folded_a += node.total_a;
      out_.folded_b += node.total_b;
    }
    return std::move(out_);
  }

 private:
  const PackedPaths& tree_of(const Cursor& at) const {
    return (at.row & Cursor::kOfB) != 0 ? *sides_.b : *sides_.a;
  }

  // The root, and the cursors that everything begins at.
  void begin() {
    shown_.assign(names_.size(), 0);
    out_.names.push_back(names_.name(0));
    shown_[0] = 1;
    FlameNode& root = out_.nodes.emplace_back();
    for (const bool is_b : {false, true}) {
      const PackedPaths* tree = is_b ? sides_.b : sides_.a;
      if (tree == nullptr) continue;
      const size_t first = pool_.size();
      const uint32_t mark = is_b ? Cursor::kOfB : 0;
      if (options_.way == FlameWay::kCallees) {
        pool_.push_back({mark, tree->count(0), tree->weight(0)});
      } else if (options_.way == FlameWay::kInverted) {
        begin_inverted(*tree, mark);
      } else {
        begin_callers(*tree, mark);
      }
      for (size_t i = first; i < pool_.size(); ++i) {
        (is_b ? root.total_b : root.total_a) += pool_[i].weight;
        uint32_t& samples = is_b ? root.samples_b : root.samples;
        samples = capped_sum(samples, pool_[i].count);
      }
    }
    if (options_.way == FlameWay::kCallers) root.name = shown_name_of(options_.key);
    at_start_ = true;
  }

  uint32_t shown_name_of(uint64_t key) {
    for (uint32_t name = 1; name < names_.size(); ++name) {
      if (names_.name(name).key == key) return shown(name);
    }
    return 0;
  }

  // What each row weighs itself; then the first step "outwards" is to that row.
  void begin_inverted(const PackedPaths& tree, uint32_t mark) {
    for (uint32_t row = 1; row < tree.size(); ++row) {
      int64_t own = tree.weight(row);
      uint32_t count = tree.count(row);
      tree.for_children(row, [&](uint32_t child) {
        own -= tree.weight(child);
        if (!tree.of_spans()) count -= std::min(tree.count(child), count);
      });
      if (own > 0 || count > 0) pool_.push_back({row | mark, count, own});
    }
  }

  // The outermost calls of the function.
  void begin_callers(const PackedPaths& tree, uint32_t mark) {
    std::vector<uint8_t> inside(tree.size(), 0);
    for (uint32_t row = 1; row < tree.size(); ++row) {
      const bool is_call = tree.names().all[tree.name_of(row)].key == options_.key;
      const bool is_outermost = is_call && inside[tree.parent(row)] == 0;
      inside[row] = inside[tree.parent(row)] != 0 || is_call;
      if (is_outermost && tree.count(row) > 0) {
        pool_.push_back({row | mark, tree.count(row), tree.weight(row)});
      }
    }
  }

  // Calls visit(cursor) for where a path goes on from a cursor.
  template <class Visit>
  void for_next(const Cursor& from, Visit&& visit) const {
    const PackedPaths& tree = tree_of(from);
    const uint32_t mark = from.row & Cursor::kOfB, row = from.row & ~Cursor::kOfB;
    if (options_.way == FlameWay::kCallees) {
      tree.for_children(row, [&](uint32_t child) {
        const int64_t weight = tree.weight(child);
        const uint32_t count = tree.count(child);
        if (count > 0 || weight > 0) visit(Cursor{child | mark, count, weight});
      });
    } else if (at_start_ && options_.way == FlameWay::kInverted) {
      visit(from);
    } else if (const uint32_t parent = tree.parent(row); parent != 0) {
      visit(Cursor{parent | mark, from.count, from.weight});
    }
  }

  // The branches below the cursors [first, first + size) of the pool, whose own cursors are put at
  // the pool's end, heaviest first.
  void branch(uint32_t first, uint32_t size, std::vector<Branch>& branches) {
    const size_t base = branches.size();
    next_.clear();
    branch_of_.clear();
    for (uint32_t i = first; i < first + size; ++i) {
      for_next(pool_[i], [&](const Cursor& to) { add(to, branches, base); });
    }
    for (size_t b = base; b < branches.size(); ++b) slot_[branches[b].name] = 0;
    auto at = static_cast<uint32_t>(pool_.size());
    for (size_t b = base; b < branches.size(); ++b) {
      branches[b].first = at;
      at += branches[b].size;
      branches[b].size = 0;
    }
    pool_.resize(at);
    for (size_t i = 0; i < next_.size(); ++i) {
      Branch& to = branches[base + branch_of_[i]];
      pool_[to.first + to.size++] = next_[i];
    }
    if (options_.way != FlameWay::kCallees) {
      for (size_t b = base; b < branches.size(); ++b) join_equal(branches[b]);
    }
    std::sort(branches.begin() + static_cast<ptrdiff_t>(base), branches.end(),
              [&](const Branch& a, const Branch& b) {
                const auto width = [](const Branch& of) {
                  return static_cast<double>(of.total_a) + static_cast<double>(of.total_b);
                };
                if (width(a) != width(b)) return width(a) > width(b);
                const PathName& x = names_.name(a.name);
                const PathName& y = names_.name(b.name);
                if (x.name != y.name) return x.name < y.name;
                return x.key < y.key;
              });
  }

  void add(const Cursor& to, std::vector<Branch>& branches, size_t base) {
    const PackedPaths& tree = tree_of(to);
    const bool is_b = (to.row & Cursor::kOfB) != 0;
    const uint32_t row = to.row & ~Cursor::kOfB;
    const uint32_t name = names_.of(tree.name_of(row), is_b);
    uint32_t& slot = slot_[name];
    if (slot == 0) {
      branches.push_back({.name = name});
      slot = static_cast<uint32_t>(branches.size() - base);
    }
    Branch& branch = branches[base + slot - 1];
    ++branch.size;
    (is_b ? branch.total_b : branch.total_a) += to.weight;
    uint32_t& count = is_b ? branch.count_b : branch.count_a;
    count = capped_sum(count, to.count);
    (is_b ? branch.in_b : branch.in_a) = true;
    branch.inlined = branch.inlined && tree.inlined(row);
    next_.push_back(to);
    branch_of_.push_back(slot - 1);
  }

  // On their way out many paths come to the same row, and are one from there on.
  void join_equal(Branch& branch) {
    if (branch.size < 2) return;
    const auto begin = pool_.begin() + branch.first;
    const auto end = begin + branch.size;
    const auto less = [](const Cursor& a, const Cursor& b) { return a.row < b.row; };
    // They mostly are in order: rows follow the order of the stacks.
    if (!std::is_sorted(begin, end, less)) std::sort(begin, end, less);
    auto kept = begin;
    for (auto at = begin + 1; at != end; ++at) {
      if (at->row == kept->row) {
        kept->weight += at->weight;
        kept->count = capped_sum(kept->count, at->count);
      } else {
        *++kept = *at;
      }
    }
    branch.size = static_cast<uint32_t>(kept - begin) + 1;
  }

  uint32_t shown(uint32_t name) {
    if (shown_[name] == 0) {
      out_.names.push_back(names_.name(name));
      shown_[name] = static_cast<uint32_t>(out_.names.size());
    }
    return shown_[name] - 1;
  }

  uint32_t append(uint32_t parent, const Branch& branch, double x) {
    const PathName& name = names_.name(branch.name);
    FlameNode node{.parent = parent,
                   .name = shown(branch.name),
                   .depth = out_.nodes[parent].depth + 1,
                   .samples = branch.count_a,
                   .samples_b = branch.count_b,
                   .total_a = branch.total_a,
                   .self_a = branch.total_a,
                   .total_b = branch.total_b,
                   .self_b = branch.total_b,
                   .x = x};
    if (branch.inlined) node.flags |= FlameNode::kInlined;
    if (name.kind == CodeKind::kKernel) node.flags |= FlameNode::kKernel;
    if (name.broken) node.flags |= FlameNode::kBroken;
    if (sides_.b != nullptr && !branch.in_b) node.flags |= FlameNode::kOnlyA;
    if (sides_.b != nullptr && !branch.in_a) node.flags |= FlameNode::kOnlyB;
    out_.nodes.push_back(node);
    return static_cast<uint32_t>(out_.nodes.size() - 1);
  }

  static double width(const Branch& branch) {
    return static_cast<double>(branch.total_a) + static_cast<double>(branch.total_b);
  }

  // Goes down to what is zoomed to: of its ancestors' children only the next on the way is there.
  void zoom() {
    nodes_at_zoom_ = 0;
    zoom_first_ = 0;
    zoom_size_ = static_cast<uint32_t>(pool_.size());
    out_.nodes[0].self_a = out_.nodes[0].total_a;
    out_.nodes[0].self_b = out_.nodes[0].total_b;
    for (const uint64_t key : options_.root) {
      std::vector<Branch> branches;
      branch(zoom_first_, zoom_size_, branches);
      double x = out_.nodes[nodes_at_zoom_].x;
      const auto found = std::find_if(branches.begin(), branches.end(), [&](const Branch& each) {
        if (names_.name(each.name).key == key) return true;
        x += width(each);
        return false;
      });
      if (found == branches.end()) {
        pool_.resize(zoom_first_ + zoom_size_);
        return;
      }
      take_self(nodes_at_zoom_, branches, 0);
      at_start_ = false;
      nodes_at_zoom_ = append(nodes_at_zoom_, *found, x);
      zoom_first_ = found->first;
      zoom_size_ = found->size;
      ++out_.root_depth;
    }
  }

  void take_self(uint32_t node, const std::vector<Branch>& branches, size_t base) {
    for (size_t b = base; b < branches.size(); ++b) {
      out_.nodes[node].self_a -= branches[b].total_a;
      out_.nodes[node].self_b -= branches[b].total_b;
    }
  }

  bool is_small(const Branch& branch) const {
    const double share =
        std::max(limit_a_ > 0 ? static_cast<double>(branch.total_a) / limit_a_ : 0,
                 limit_b_ > 0 ? static_cast<double>(branch.total_b) / limit_b_ : 0);
    return share < 1;
  }

  // A node that is being grown: its branches, of which those from `next` on are to come.
  struct Growing {
    uint32_t node;
    size_t base, next;  // in branches_
    size_t pool;        // the pool's size before its branches
    double x;           // of the next branch
  };

  void grow(uint32_t top) {
    const double per_px = options_.min_px / options_.pixels;
    limit_a_ = static_cast<double>(out_.nodes[top].total_a) * per_px;
    limit_b_ = static_cast<double>(out_.nodes[top].total_b) * per_px;
    std::vector<Growing> open;
    begin_node(top, zoom_first_, zoom_size_, open);
    while (!open.empty()) {
      Growing& now = open.back();
      const bool done = now.next == branches_.size();
      if (done || is_small(branches_[now.next]) || !has_room(now.node)) {
        fold(now);
        branches_.resize(now.base);
        pool_.resize(now.pool);
        open.pop_back();
        continue;
      }
      const Branch branch = branches_[now.next++];
      const uint32_t node = append(now.node, branch, now.x);
      now.x += width(branch);
      begin_node(node, branch.first, branch.size, open);
    }
  }

  bool has_room(uint32_t node) {
    const bool room = out_.nodes.size() < FlameOptions::kNodesMax;
    out_.cut = out_.cut || !room;
    return room && out_.nodes[node].depth < FlameOptions::kDepthMax;
  }

  void begin_node(uint32_t node, uint32_t first, uint32_t size, std::vector<Growing>& open) {
    const size_t base = branches_.size(), pool = pool_.size();
    branch(first, size, branches_);
    at_start_ = false;
    take_self(node, branches_, base);
    // Those that are small on both sides go last, so that what is behind the first is all folded.
    std::stable_partition(branches_.begin() + static_cast<ptrdiff_t>(base), branches_.end(),
                          [&](const Branch& each) { return !is_small(each); });
    open.push_back({node, base, base, pool, out_.nodes[node].x});
  }

  void fold(const Growing& now) {
    if (now.next == branches_.size()) return;
    FlameNode node{.parent = now.node,
                   .depth = out_.nodes[now.node].depth + 1,
                   .flags = FlameNode::kFolded,
                   .x = now.x};
    for (size_t b = now.next; b < branches_.size(); ++b) {
      const Branch& each = branches_[b];
      ++node.count;
      node.total_a += each.total_a;
      node.total_b += each.total_b;
      node.samples = capped_sum(node.samples, each.count_a);
      node.samples_b = capped_sum(node.samples_b, each.count_b);
    }
    out_.nodes.push_back(node);
  }

  const FlameSides& sides_;
  const FlameOptions& options_;
  const NameUnion names_;
  FlameTree out_;
  std::vector<Cursor> pool_;      // of all branches of all nodes that are being grown
  std::vector<Branch> branches_;  // the same
  std::vector<uint32_t> slot_;    // index = name: its branch + 1 while branch() runs; 0
  std::vector<uint32_t> shown_;   // index = name: its number in the result + 1; 0 not there
  std::vector<Cursor> next_;      // of branch(), and the branch of each
  std::vector<uint32_t> branch_of_;
  double limit_a_ = 0, limit_b_ = 0;
  uint32_t nodes_at_zoom_ = 0, zoom_first_ = 0, zoom_size_ = 0;
  bool at_start_ = false;
};

// Of each name of a tree, whether it matches; the root's does not.
std::vector<uint8_t> matching_names(const PackedPaths& tree, const TextMatch& match) {
  std::vector<uint8_t> out(tree.names().all.size(), 0);
  for (size_t i = 1; i < out.size(); ++i) out[i] = match(tree.names().all[i].name);
  return out;
}

int64_t matched_of(const PackedPaths* tree, const FlameOptions& options, const TextMatch& match,
                   std::vector<uint64_t>& keys) {
  if (tree == nullptr) return 0;
  const std::vector<uint8_t> wanted = matching_names(*tree, match);
  std::vector<uint8_t> seen(wanted.size(), 0);
  // Whether a row or one above it matches; and, for callers, whether it is inside a call of theirs.
  std::vector<uint8_t> matched(tree->size(), 0), inside(tree->size(), 0);
  int64_t sum = 0;
  for (uint32_t row = 1; row < tree->size(); ++row) {
    const uint32_t parent = tree->parent(row), name = tree->name_of(row);
    matched[row] = matched[parent] | wanted[name];
    if (wanted[name] != 0 && tree->count(row) > 0) seen[name] = 1;
    if (options.way == FlameWay::kCallers) {
      const bool is_call = tree->names().all[name].key == options.key;
      inside[row] = inside[parent] != 0 || is_call;
      if (is_call && inside[parent] == 0 && matched[row] != 0) sum += tree->weight(row);
    } else if (wanted[name] != 0 && matched[parent] == 0) {
      sum += tree->weight(row);
    }
  }
  for (size_t i = 0; i < seen.size(); ++i) {
    if (seen[i] != 0) keys.push_back(tree->names().all[i].key);
  }
  return sum;
}

}  // namespace

FlameTree flame_tree(const FlameSides& sides, const FlameOptions& options) {
  return Grower(sides, options).run();
}

FlameMatches flame_matches(const FlameSides& sides, const FlameOptions& options,
                           const FlameTree& tree, const TextMatch& match) {
  FlameMatches out;
  out.total_a = matched_of(sides.a, options, match, out.keys);
  out.total_b = matched_of(sides.b, options, match, out.keys);
  std::sort(out.keys.begin(), out.keys.end());
  out.keys.erase(std::unique(out.keys.begin(), out.keys.end()), out.keys.end());
  std::vector<uint8_t> wanted(tree.names.size(), 0);
  for (size_t i = 1; i < wanted.size(); ++i) wanted[i] = match(tree.names[i].name);
  for (uint32_t i = 0; i < tree.nodes.size(); ++i) {
    if (wanted[tree.nodes[i].name] != 0) out.nodes.push_back(i);
  }
  return out;
}

}  // namespace hone::analysis
