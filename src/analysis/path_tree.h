// What a recording weighs by path: its stacks, or its spans by nesting, as a tree of names. What
// flame graphs are cut from.
//
//   PathTree tree = path_tree(profile, selection, Metric::kCpu, {.by = PathBy::kFunction});
//   HONE_TRY_ASSIGN(tree, transformed(std::move(tree), transforms));   // path_transforms.h
//   const PackedPaths paths = packed(std::move(tree));                 // to be kept:
//   packed_paths.h
//
// It is one row for each frame of the trie of stacks that has weight at or below it (inlined calls
// are rows of their own), so that a name may stand several times below one row: who shows it merges
// (flame_tree.h), and only as far down as there is something to see. Nothing is hashed: a million
// stacks take some tens of milliseconds.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/keyed_groups.h"
#include "analysis/metrics.h"
#include "profile/large_vector.h"
#include "profile/profile.h"

namespace hone::analysis {

struct PathName {
  uint64_t key = 0;  // of functions theirs; of all else key_of_name()
  std::string_view name, module;
  CodeKind kind{};
  bool broken = false;     // "[broken stacks]": no root, stacks that were cut hang below it
  uint32_t module_id = 0;  // the same for names of one module
};

// Names point into the profile, which must outlive them, or into `texts`.
struct PathNames {
  std::vector<PathName> all;              // [0] is the root's
  std::vector<std::string_view> modules;  // index = module_id; [0] is ""
  std::deque<std::string> texts;
  std::shared_ptr<const PathNames> before;  // whose texts these names point into, too
};

struct PathTree {
  template <class T>
  using Column = profile::LargeVector<T>;                  // there may be ten million
  static constexpr uint32_t kInlined = uint32_t{1} << 31;  // of `name`: an inlined call

  // What a row weighs by itself, without those below it.
  struct Own {
    uint32_t row = 0;
    uint32_t count = 0;  // of samples, waits or spans
    int64_t weight = 0;
  };

  std::shared_ptr<const PathNames> names;
  // Index = row; row 0 is the root, which is its own parent, and parents stand before children.
  Column<uint32_t> parent, name;
  // In no order; a row may be there several times. Most rows have none: they only lead somewhere.
  std::vector<Own> own;
  bool of_spans = false;   // then counts are not summed up: that one ran says nothing of another
  uint64_t not_timed = 0;  // spans that were counted and not timed: their time is in no row

  size_t size() const { return parent.size(); }
  uint32_t name_of(uint32_t row) const { return name[row] & ~kInlined; }
};

enum class PathBy : uint8_t {
  kFunction,
  kLine,    // a function at a line of it
  kModule,  // frames of one module, one after the other, are one
  kThread,  // functions, below the thread that they ran on
};
struct PathOptions {
  PathBy by{};
  bool threads_by_name = false;  // those of one name are one; else they are told apart by number
};

// Of any metric. Of spans, `by` says only whether threads stand above them; of a GPU its queues
// always do.
PathTree path_tree(const profile::Profile& profile, const Selection& selection, Metric metric,
                   const PathOptions& options);
}  // namespace hone::analysis
