#include "report/flame_columns.h"

#include <algorithm>
#include <unordered_map>

#include "report/names.h"
#include "report/palette.h"

namespace hone::report {
namespace {

using analysis::CallNode;
using analysis::CallTree;

constexpr size_t kMostLegendEntries = 8;

std::string color_of(const CallNode& node, bool root) {
  if (root) return std::string(kRootColor);
  if (node.broken) return std::string(kBrokenColor);
  if (node.kernel) return std::string(kKernelColor);
  if (node.function == FunctionId::kNone && node.module.empty()) return std::string(kRootColor);
  return frame_color(node.module, node.name);
}

// Names are shared by many frames: each is written once.
class NameTable {
 public:
  explicit NameTable(std::vector<FlameColumns::Name>& names) : names_(names) {}

  uint32_t id(const CallNode& node, bool root) {
    const std::string_view function = root ? std::string_view("all") : node.name;
    const std::string_view module = file_name(node.module);
    std::string key(function);
    key.append(1, '\0').append(module).append(node.kernel ? "k" : "u");
    const auto [at, added] = ids_.emplace(std::move(key), static_cast<uint32_t>(names_.size()));
    if (added) names_.push_back({function, module, color_of(node, root)});
    return at->second;
  }

 private:
  std::vector<FlameColumns::Name>& names_;
  std::unordered_map<std::string, uint32_t> ids_;
};

// Over the whole tree, not only the frames that are wide enough to be kept.
void make_legend(const CallTree& tree, FlameColumns& out) {
  std::vector<FlameColumns::Legend>& legend = out.legend;
  for (size_t i = 1; i < tree.nodes.size(); ++i) {
    const CallNode& node = tree.nodes[i];
    if (node.self_ns == 0 || node.broken || node.module.empty()) continue;
    const std::string_view label = node.kernel ? "kernel" : file_name(node.module);
    const auto same = std::find_if(legend.begin(), legend.end(),
                                   [&](const auto& entry) { return entry.name == label; });
    if (same != legend.end()) {
      same->self_ns += node.self_ns;
    } else {
      legend.push_back({std::string(label),
                        node.kernel ? std::string(kKernelColor) : module_color(label),
                        node.self_ns});
    }
  }
  std::sort(legend.begin(), legend.end(), [](const auto& a, const auto& b) {
    return a.self_ns != b.self_ns ? a.self_ns > b.self_ns : a.name < b.name;
  });
  if (legend.size() > kMostLegendEntries) legend.resize(kMostLegendEntries);
}

}  // namespace

FlameColumns flame_columns(const CallTree& tree, double min_share) {
  FlameColumns out;
  if (tree.nodes.empty()) return out;
  NameTable names(out.names);
  const auto least = static_cast<int64_t>(min_share * static_cast<double>(tree.nodes[0].total_ns));
  struct Todo {
    uint32_t node;
    uint32_t depth;
    int64_t start_ns;
  };
  std::vector<Todo> todo{{0, 0, 0}};
  std::vector<Todo> children;
  uint64_t kept = 0;
  while (!todo.empty()) {
    const Todo at = todo.back();
    todo.pop_back();
    const CallNode& node = tree.nodes[at.node];
    ++kept;
    out.frames.push_back({.depth = at.depth,
                          .name = names.id(node, at.node == 0),
                          .start_ns = at.start_ns,
                          .total_ns = node.total_ns,
                          .self_ns = node.self_ns,
                          .samples = node.total_samples,
                          .inlined = node.inlined});
    out.deepest = std::max(out.deepest, at.depth);
    children.clear();
    int64_t start = at.start_ns;
    for (uint32_t c = node.first_child; c != 0; c = tree.nodes[c].next_sibling) {
      if (tree.nodes[c].total_ns >= least && tree.nodes[c].total_ns > 0) {
        children.push_back({c, at.depth + 1, start});
        start += tree.nodes[c].total_ns;
      }
    }
    todo.insert(todo.end(), children.rbegin(), children.rend());
  }
  out.folded = tree.nodes.size() - kept;
  make_legend(tree, out);
  return out;
}

}  // namespace hone::report
