#include "analysis/path_transforms.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace hone::analysis {
namespace {

using Kind = PathTransform::Kind;

constexpr uint32_t kGone = UINT32_MAX;

struct Verb {
  std::string_view word;
  Kind kind;
};
constexpr std::array<Verb, 7> kVerbs = {{{"focus", Kind::kFocus},
                                         {"root", Kind::kRoot},
                                         {"merge", Kind::kMerge},
                                         {"drop", Kind::kDrop},
                                         {"collapse", Kind::kCollapse},
                                         {"collapse-recursion", Kind::kCollapseRecursion},
                                         {"collapse-module", Kind::kCollapseModule}}};

tl::unexpected<Error> wrong(std::string message) {
  return fail(Code::InvalidArgument, "transforms: " + std::move(message));
}

std::string module_name(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 3) == "%2C" || text.substr(i, 3) == "%2c") {
      out += ',';
      i += 2;
    } else if (text.substr(i, 3) == "%25") {
      out += '%';
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

Result<PathTransform> parse_one(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view word = text.substr(0, colon);
  const auto verb = std::find_if(kVerbs.begin(), kVerbs.end(),
                                 [&](const Verb& known) { return known.word == word; });
  if (verb == kVerbs.end() || colon == text.npos) {
    std::string known;
    for (const Verb& each : kVerbs) {
      known += fmt::format("{}{}:", known.empty() ? "" : ", ", each.word);
    }
    return wrong(fmt::format("'{}' begins with none of {}", text.substr(0, 60), known));
  }
  PathTransform out{.kind = verb->kind};
  const std::string_view of = text.substr(colon + 1);
  if (out.kind == Kind::kCollapseModule) {
    out.module = module_name(of);
    if (out.module.empty()) return wrong("collapse-module: names no module");
    return out;
  }
  const auto [end, error] = std::from_chars(of.data(), of.data() + of.size(), out.key, 16);
  if (of.size() != 16 || error != std::errc() || end != of.data() + of.size()) {
    return wrong(fmt::format("'{}' is no key: 16 hexadecimal digits", of.substr(0, 40)));
  }
  return out;
}

// What one pass does with a row.
enum class Fate : uint8_t {
  kKeep,    // it stays, below the row that its parent became
  kTop,     // it stays, right below the root
  kJoin,    // it becomes part of the row that its parent became
  kAside,   // it becomes part of another row
  kVanish,  // it goes, with its weight
};
struct Step {
  Fate fate = Fate::kKeep;
  uint32_t aside = 0;
};

// Calls decide(name, parent) for each row, parents first: `parent` is the row that its parent has
// become (kGone: it went), and the names of rows that have become something are those of the tree.
// Rows only move forward, so that they are written where they were read.
template <class Decide>
void pass(PathTree& tree, Decide&& decide) {
  const size_t size = tree.size();
  std::vector<uint32_t> became(size, kGone);
  became[0] = 0;
  uint32_t kept = 1;
  for (size_t row = 1; row < size; ++row) {
    const uint32_t parent = became[tree.parent[row]];
    const Step step = decide(tree.name_of(static_cast<uint32_t>(row)), parent);
    const bool stays = step.fate == Fate::kTop || (step.fate == Fate::kKeep && parent != kGone);
    if (stays) {
      tree.parent[kept] = step.fate == Fate::kTop ? 0 : parent;
      tree.name[kept] = tree.name[row];
      became[row] = kept++;
      continue;
    }
    if (step.fate == Fate::kJoin) became[row] = parent;
    if (step.fate == Fate::kAside) became[row] = step.aside;
  }
  tree.parent.resize(kept);
  tree.name.resize(kept);
  for (PathTree::Own& own : tree.own) own.row = became[own.row];
  std::erase_if(tree.own, [](const PathTree::Own& own) { return own.row == kGone; });
}

// Index = name: whether it has the key.
std::vector<uint8_t> names_of(const PathNames& names, uint64_t key) {
  std::vector<uint8_t> out(names.all.size(), 0);
  for (size_t i = 1; i < out.size(); ++i) out[i] = names.all[i].key == key;
  return out;
}

void begin_at(PathTree& tree, const std::vector<uint8_t>& wanted, bool innermost) {
  std::erase_if(tree.own, [](const PathTree::Own& own) { return own.row == 0; });
  pass(tree, [&](uint32_t name, uint32_t parent) -> Step {
    const bool inside = parent != kGone && parent != 0;
    if (wanted[name] != 0 && (innermost || !inside)) return {Fate::kTop};
    return {inside ? Fate::kKeep : Fate::kVanish};
  });
}

void collapse_recursion(PathTree& tree, const std::vector<uint8_t>& wanted) {
  // Of each row that is kept, the call that it is in (or is): its outermost one, since calls inside
  // become part of it. 0: none.
  std::vector<uint32_t> call_of = {0};
  call_of.reserve(tree.size());
  pass(tree, [&](uint32_t name, uint32_t parent) -> Step {
    if (wanted[name] != 0 && call_of[parent] != 0) return {Fate::kAside, call_of[parent]};
    const auto row = static_cast<uint32_t>(call_of.size());
    call_of.push_back(wanted[name] != 0 ? row : call_of[parent]);
    return {};
  });
}

void collapse_module(PathTree& tree, const std::string& module) {
  const PathNames& names = *tree.names;
  const auto found = std::find(names.modules.begin(), names.modules.end(), module);
  if (module.empty() || found == names.modules.end()) return;
  const auto id = static_cast<uint32_t>(found - names.modules.begin());
  auto more = std::make_shared<PathNames>();
  more->all = names.all;
  more->modules = names.modules;
  const auto joint = static_cast<uint32_t>(names.all.size());
  PathName& made = more->all.emplace_back();
  made.key = key_of_name("module", *found);
  made.name = made.module = *found;
  made.module_id = id;
  for (const PathName& each : names.all) {
    if (each.module_id == id) made.kind = each.kind;
  }
  // Texts of the old names are kept alive by them.
  more->before = tree.names;
  std::vector<uint8_t> is_of(more->all.size(), 0);
  for (size_t i = 1; i < is_of.size(); ++i) is_of[i] = more->all[i].module_id == id;
  for (uint32_t& name : tree.name) {
    if (is_of[name & ~PathTree::kInlined] != 0) name = joint;
  }
  tree.names = std::move(more);
  pass(tree, [&](uint32_t name, uint32_t parent) -> Step {
    return {name == joint && tree.name_of(parent) == joint ? Fate::kJoin : Fate::kKeep};
  });
}

void apply(PathTree& tree, const PathTransform& transform) {
  if (transform.kind == Kind::kCollapseModule) return collapse_module(tree, transform.module);
  const std::vector<uint8_t> wanted = names_of(*tree.names, transform.key);
  switch (transform.kind) {
    case Kind::kFocus:
    case Kind::kRoot:
      return begin_at(tree, wanted, transform.kind == Kind::kRoot);
    case Kind::kMerge:
      return pass(tree, [&](uint32_t name, uint32_t) -> Step {
        return {wanted[name] != 0 ? Fate::kJoin : Fate::kKeep};
      });
    case Kind::kDrop:
      return pass(tree, [&](uint32_t name, uint32_t) -> Step {
        return {wanted[name] != 0 ? Fate::kVanish : Fate::kKeep};
      });
    case Kind::kCollapse:
      return pass(tree, [&](uint32_t, uint32_t parent) -> Step {
        return {wanted[tree.name_of(parent)] != 0 ? Fate::kJoin : Fate::kKeep};
      });
    case Kind::kCollapseRecursion:
      return collapse_recursion(tree, wanted);
    case Kind::kCollapseModule:
      return;
  }
}

}  // namespace

Result<std::vector<PathTransform>> parse_transforms(std::string_view text) {
  std::vector<PathTransform> out;
  while (!text.empty()) {
    if (out.size() == kTransformsMax) {
      return wrong(fmt::format("more than {} of them", kTransformsMax));
    }
    const size_t comma = text.find(',');
    HONE_TRY_ASSIGN(PathTransform one, parse_one(text.substr(0, comma)));
    out.push_back(std::move(one));
    text.remove_prefix(comma == text.npos ? text.size() : comma + 1);
  }
  return out;
}

PathTree transformed(PathTree tree, const std::vector<PathTransform>& transforms) {
  for (const PathTransform& transform : transforms) apply(tree, transform);
  return tree;
}

}  // namespace hone::analysis
