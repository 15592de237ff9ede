// What the page Flame shows.
#include <fmt/format.h>

#include <unordered_map>

#include "analysis/flame_time.h"
#include "serve/columns.h"
#include "serve/endpoints.h"
#include "serve/flame_asked.h"

namespace hone::serve {
namespace {

using analysis::FlameNode;
using analysis::FlameTree;

constexpr size_t kKeysMax = 10'000;  // of an answer to a search

// The columns of the table "nodes".
struct NodeColumns {
  std::vector<uint32_t> parent, name, module, key_hi, key_lo, samples, samples_b, count;
  std::vector<uint16_t> depth;
  std::vector<uint8_t> flags;
  std::vector<double> total, self, total_b, self_b, x;

  void put(ColumnAnswer& out, bool compared) const {
    out.table("nodes", parent.size());
    out.column("parent", parent);
    out.column("depth", depth);
    out.column("name", name);
    out.column("module", module);
    out.column("key_hi", key_hi);
    out.column("key_lo", key_lo);
    out.column("total", total);
    out.column("self", self);
    if (compared) {
      out.column("total_b", total_b);
      out.column("self_b", self_b);
      out.column("samples_b", samples_b);
    }
    out.column("samples", samples);
    out.column("flags", flags);
    out.column("count", count);
    out.column("x", x);
  }
};

// Names and modules as lists of texts, and what each name of the tree is in them.
struct Texts {
  Json names = Json::array(), modules = Json::array();
  std::vector<uint32_t> module_of;

  explicit Texts(const std::vector<analysis::PathName>& all) {
    std::unordered_map<std::string_view, uint32_t> known;
    for (const analysis::PathName& name : all) {
      names.push_back(name.name);
      const auto [at, added] =
          known.try_emplace(name.module, static_cast<uint32_t>(modules.size()));
      if (added) modules.push_back(name.module);
      module_of.push_back(at->second);
    }
  }
};

void put_nodes(const FlameTree& tree, const Asked2& asked, ColumnAnswer& out) {
  const bool compared = asked.compares();
  Texts texts(tree.names);
  NodeColumns columns;
  for (const FlameNode& node : tree.nodes) {
    const bool folded = (node.flags & FlameNode::kFolded) != 0;
    const uint64_t key = folded || node.name == 0 ? 0 : tree.names[node.name].key;
    columns.parent.push_back(node.parent);
    columns.depth.push_back(static_cast<uint16_t>(node.depth));
    columns.name.push_back(node.name);
    columns.module.push_back(texts.module_of[node.name]);
    columns.key_hi.push_back(static_cast<uint32_t>(key >> 32));
    columns.key_lo.push_back(static_cast<uint32_t>(key));
    columns.total.push_back(static_cast<double>(node.total_a));
    columns.self.push_back(static_cast<double>(node.self_a));
    columns.total_b.push_back(static_cast<double>(node.total_b));
    columns.self_b.push_back(static_cast<double>(node.self_b));
    columns.samples.push_back(node.samples);
    columns.samples_b.push_back(node.samples_b);
    columns.flags.push_back(node.flags);
    columns.count.push_back(node.count);
    columns.x.push_back(node.x);
  }
  columns.put(out, compared);
  Json& json = out.json();
  const FlameNode& root = tree.nodes[0];
  const double all = static_cast<double>(root.total_a) + static_cast<double>(root.total_b);
  json["names"] = std::move(texts.names);
  json["modules"] = std::move(texts.modules);
  json["weight"] = asked.weight.id;
  json["unit"] = asked.weight.unit;
  json["total"] = root.total_a;
  json["total_b"] = compared ? Json(root.total_b) : Json();
  json["nodes_total"] = tree.nodes.size() + tree.nodes_folded;
  json["folded_share"] =
      all > 0 ? (static_cast<double>(tree.folded_a) + static_cast<double>(tree.folded_b)) / all : 0;
  json["cut"] = tree.cut;
  json["root_depth"] = tree.root_depth;
  json["absent"] = absent_json(asked.weight);
}

// `a` alone: two runs do not have their times in common.
Result<Response> flame_of_thread(const Call& call) {
  HONE_TRY_ASSIGN(Asked2 asked, weight_asked(call));
  asked.opened_b = nullptr;
  if (asked.weight.metric == analysis::Metric::kGpu) {
    return fail(Code::InvalidArgument, "weight: no thread has spans of a GPU: see the timeline");
  }
  HONE_TRY_ASSIGN(const FlameShape shape, flame_shape(call));
  const auto threads = static_cast<int64_t>(call.a->profile.threads().size());
  if (!call.request.has("thread")) {
    return fail(Code::InvalidArgument, "thread: the order of time is that of one thread");
  }
  HONE_TRY_ASSIGN(const int64_t thread, call.number("thread", 1, 1, INT32_MAX));
  if (thread >= threads) {
    return fail(Code::InvalidArgument,
                fmt::format("thread: the recording has no thread {}", thread));
  }
  const analysis::TimeFlameOptions options = {
      .by = shape.by, .pixels = shape.pixels, .min_px = shape.min_px};
  // `thread` is an id here, and no pattern.
  asked.selected_a.thread.clear();
  const analysis::TimeFlame flame =
      analysis::flame_in_time(call.a->profile, asked.selected_a, asked.weight.metric,
                              ThreadId{static_cast<uint32_t>(thread)}, options);
  ColumnAnswer out;
  put_nodes(flame.tree, asked, out);
  out.json()["unit"] = "ns";
  out.json()["hidden"] = flame.hidden;
  return out.response();
}

Result<Response> flame(const Call& call) {
  HONE_TRY_ASSIGN(const FlameMode mode, flame_mode(call));
  if (mode == FlameMode::kTime) return flame_of_thread(call);
  HONE_TRY_ASSIGN(const FlameAsked asked, flame_asked(call, mode));
  ColumnAnswer out;
  put_nodes(analysis::flame_tree(asked.sides(), asked.options), asked.asked, out);
  out.json()["not_timed"] = asked.a->paths.not_timed() + (asked.b ? asked.b->paths.not_timed() : 0);
  return out.response();
}

Result<Response> search(const Call& call) {
  HONE_TRY_ASSIGN(const FlameMode mode, flame_mode(call));
  if (mode == FlameMode::kTime) {
    return fail(Code::InvalidArgument, "mode: in the order of time the page itself searches");
  }
  HONE_TRY_ASSIGN(const analysis::TextMatch match,
                  analysis::TextMatch::of(call.request.value("text")));
  if (match.is_empty()) return fail(Code::InvalidArgument, "text: what is to be looked for?");
  HONE_TRY_ASSIGN(const FlameAsked asked, flame_asked(call, mode));
  const FlameTree tree = analysis::flame_tree(asked.sides(), asked.options);
  const analysis::FlameMatches found =
      analysis::flame_matches(asked.sides(), asked.options, tree, match);
  const auto share = [](int64_t part, int64_t all) {
    return all > 0 ? static_cast<double>(part) / static_cast<double>(all) : 0;
  };
  Json keys = Json::array();
  for (const uint64_t key : found.keys) {
    if (keys.size() == kKeysMax) break;
    keys.push_back(key_text(key));
  }
  const bool compared = asked.asked.compares();
  const FlameNode& root = tree.nodes[0];
  return json_response(
      {{"matched_total", found.total_a},
       {"matched_share", share(found.total_a, root.total_a)},
       {"matched_total_b", compared ? Json(found.total_b) : Json()},
       {"matched_share_b", compared ? Json(share(found.total_b, root.total_b)) : Json()},
       {"rows", found.nodes},
       {"keys_total", found.keys.size()},
       {"keys", std::move(keys)}});
}

const std::vector<Parameter> kFlameParameters = {
    {"weight", kWeightMeaning},
    {"mode", "`left` (default: heaviest first), `time`, `sandwich-callers`, `sandwich-callees`"},
    {"key", "of a sandwich: the function, or the span"},
    {"thread", "of `time`: id of a thread"},
    {"invert", "`1`: from where weight was spent to its callers"},
    {"group", "`function` (default), `line`, `module`, `thread`"},
    {"transforms",
     "with commas, applied in their order: `focus:KEY` (from its outermost call on), `root:KEY` "
     "(from its innermost), `merge:KEY` (into its caller), `drop:KEY`, `collapse:KEY` (what it "
     "calls goes into it), `collapse-recursion:KEY`, `collapse-module:NAME` (`%2C` for a comma)"},
    {"root", "keys from the outermost on, with commas: what is zoomed to"},
    {"pixels", "width of what is zoomed to, 1 to 20000; default 1400"},
    {"min_px", "what is narrower is folded; default 0.5"}};

}  // namespace

const Endpoint kFlame = {
    .path = "flame",
    .sides = Sides::kAB,
    .selects = true,
    .summary = "A flame graph, cut to what can be seen at a zoom.",
    .parameters = kFlameParameters,
    .returns =
        "Columns. Table `nodes`, depth first: `parent` u32 (a row; the root's is its own), `depth` "
        "u16, `name` and `module` u32 (in `names`, `modules`), `key_hi`, `key_lo` u32, `total`, "
        "`self` f64, with `b` also `total_b`, `self_b` f64 and `samples_b` u32, `samples` u32, "
        "`flags` u8 (1 inlined, 2 kernel, 4 broken stacks, 8 folded, 16 only in a, 32 only in b), "
        "`count` u32 (of a folded node: nodes in it), `x` f64 (left edge, in weight, of both "
        "recordings together; in time order ns since the recording's start). JSON: `names`, "
        "`modules`, `weight`, `unit`, `total`, `total_b`, `nodes_total` (shown, and folded ones "
        "right below them), `folded_share`, `cut` (too many nodes: the rest is folded), "
        "`root_depth` (how much of `root` was found), `not_timed` (spans that were only counted), "
        "`absent`. In time order only `a` answers, lengths are ns, siblings are in no order, and "
        "`hidden` says how many waits have no time of their own. The ancestors of what is zoomed "
        "to stand there without their other children.",
    .answer = &flame};

const Endpoint kFlameSearch = {
    .path = "flame/search",
    .sides = Sides::kAB,
    .selects = true,
    .summary = "What matches in a flame graph; each path counts once.",
    .parameters =
        [] {
          std::vector<Parameter> all = kFlameParameters;
          all.push_back({"text", "a part of a name, in any case; `/x/`: a regular expression"});
          return all;
        }(),
    .returns =
        "`{matched_total, matched_share, matched_total_b, matched_share_b, rows, keys_total, "
        "keys}`: `rows` are those of `flame` with the same parameters; `keys` are of all "
        "names that match and have weight, 10,000 at most.",
    .answer = &search};

}  // namespace hone::serve
