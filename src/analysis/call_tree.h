// Call trees: stacks merged by function (inlined calls expanded), from the root or inverted from
// the leaves; callers and callees of one function.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/selection.h"
#include "profile/profile.h"

namespace hone::analysis {

struct CallNode {
  uint32_t parent = 0;        // index into nodes; the root (0) is its own parent
  uint32_t first_child = 0;   // 0: none. Children are heaviest first
  uint32_t next_sibling = 0;  // 0: none
  uint32_t depth = 0;
  FunctionId function{};    // kNone for the root and for thread or process nodes
  std::string_view name;    // in the profile, or static
  std::string_view module;  // file name of the module
  int64_t self_ns = 0, total_ns = 0;
  uint64_t self_samples = 0, total_samples = 0;
  bool inlined = false;
  bool kernel = false;
  bool broken = false;  // a root that is no root: stacks that were cut hang below it
};

struct CallTree {
  std::vector<CallNode> nodes;  // nodes[0] is everything; parents before children
  int64_t cpu_ns = 0;
  uint64_t sample_count = 0;
};

enum class TreeRoot : uint8_t { kAll, kThread, kProcess };  // what stands right under nodes[0]

CallTree call_tree(const profile::Profile& profile, const Selection& selection, TreeRoot root);
// Inverted: under nodes[0] stand the functions by self time, below them their callers. A node's
// total is the self time of its leaf function by way of these callers; its self is the part where
// the stack begins there.
CallTree inverted_tree(const profile::Profile& profile, const Selection& selection);

struct Neighbour {
  std::string name, module;
  FunctionId function{};
  int64_t total_ns = 0;  // of this function's total that went through this edge
  uint64_t samples = 0;
};
struct Neighbours {
  std::string name;    // the function that was found
  int64_t all_ns = 0;  // of all functions
  int64_t self_ns = 0, total_ns = 0;
  uint64_t self_samples = 0, total_samples = 0;
  std::vector<Neighbour> callers, callees;  // heaviest first
};
// `function`: exact name, else without its parameters, else a unique substring or glob (also of a
// part). Errors: NotFound with the nearest names; InvalidArgument when several match, whose `fixes`
// are the names of those with most time.
Result<Neighbours> neighbours(const profile::Profile& profile, const Selection& selection,
                              std::string_view function);
Result<FunctionId> find_function(const profile::Profile& profile, std::string_view function);

}  // namespace hone::analysis
