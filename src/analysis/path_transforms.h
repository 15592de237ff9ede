// What people take out of a tree of paths, or fold up in it, to see the rest.
//
//   HONE_TRY_ASSIGN(const std::vector<PathTransform> wanted,
//                   parse_transforms("focus:00c0ffee00c0ffee,collapse-module:libc.so.6"));
//   PathTree tree = transformed(path_tree(...), wanted);      // before sum_up()
//
//   focus:KEY                what is below its outermost call, which then is a root
//   root:KEY                 the same of its innermost call
//   merge:KEY                its frames go into their caller
//   drop:KEY                 what has it in its path is left out
//   collapse:KEY             what it calls is folded into it
//   collapse-recursion:KEY   from its first call to its last: one frame
//   collapse-module:NAME     frames of the module, one after the other: one frame, of its name
//
// Transforms are applied in their order, each in one pass over the rows. What a frame loses, the
// frame that takes its place has: only focus, root and drop make the whole less.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/path_tree.h"
#include "base/host/result.h"

namespace hone::analysis {

struct PathTransform {
  enum class Kind : uint8_t {
    kFocus,
    kRoot,
    kMerge,
    kDrop,
    kCollapse,
    kCollapseRecursion,
    kCollapseModule,
  };
  Kind kind{};
  uint64_t key = 0;    // of kCollapseModule: 0
  std::string module;  // its file name
};
inline constexpr size_t kTransformsMax = 64;

// In a module's name, commas and percent signs are written %2C and %25. Errors: InvalidArgument.
Result<std::vector<PathTransform>> parse_transforms(std::string_view text);

// Before sum_up(). A key or module that the tree does not have changes nothing, but focus and root
// of one leave nothing.
PathTree transformed(PathTree tree, const std::vector<PathTransform>& transforms);

}  // namespace hone::analysis
