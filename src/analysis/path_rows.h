// Makes a PathTree row by row. Private to what makes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analysis/path_tree.h"

namespace hone::analysis {

// Rows by parent and name: spans ask it by the hundred million, at some ten thousand places. A
// table with open addressing (Knuth, The Art of Computer Programming, volume 3, 6.4), of which a
// look touches one line of the cache. Never removes.
class Children {
 public:
  // 0 as long as nobody wrote there. Holds until the next call.
  uint32_t& at(uint64_t key) {
    size_t slot = slot_of(key);
    while (slots_[slot].row != 0 && slots_[slot].key != key) slot = (slot + 1) & mask_;
    if (slots_[slot].row == 0) [[unlikely]]
      slot = claim(key);
    return slots_[slot].row;
  }

 private:
  struct Slot {
    uint64_t key = 0;
    uint32_t row = 0;
  };
  // Fibonacci hashing: the high bits of the product depend on all of the key.
  size_t slot_of(uint64_t key) const { return (key * 0x9e3779b97f4a7c15ULL) >> shift_; }
  size_t free_slot(uint64_t key) const;
  size_t claim(uint64_t key);  // grows first, where three of four are taken

  unsigned shift_ = 64 - 12;
  size_t mask_ = (size_t{1} << 12) - 1, taken_ = 0;
  std::vector<Slot> slots_{mask_ + 1};
};

class PathRows {
 public:
  explicit PathRows(const profile::Profile& profile);

  // The number of a new name. `name` must outlive the tree: the profile's, or text()'s.
  uint32_t name(std::string_view name, uint32_t module_id, uint64_t key);
  std::string_view text(std::string text);
  uint32_t module(ModuleId id);  // its module_id
  // The number of the name of that key_of_name(); made when it is not there. Copies nothing.
  uint32_t named(std::string_view kind, std::string_view name);
  uint32_t thread(ThreadId id, bool by_name);
  PathNames& names() { return *names_; }

  // A new row, whether there is one of that name below `parent` or not.
  uint32_t append(uint32_t parent, uint32_t name, bool inlined) {
    const auto row = static_cast<uint32_t>(tree_.parent.size());
    tree_.parent.push_back(parent);
    tree_.name.push_back(inlined ? name | PathTree::kInlined : name);
    return row;
  }
  // The row of that name below `parent`; made when child() made none yet.
  uint32_t child(uint32_t parent, uint32_t name) {
    uint32_t& row = children_.at(uint64_t{parent} << 32 | name);
    if (row == 0) row = append(parent, name, false);
    return row;
  }
  uint32_t name_of(uint32_t row) const { return tree_.name_of(row); }
  // The sum of all weights must not overflow.
  void add(uint32_t row, int64_t weight, uint32_t count) {
    tree_.own.push_back({row, count, weight});
  }
  void reserve(size_t rows) {
    tree_.parent.reserve(rows);
    tree_.name.reserve(rows);
  }
  PathTree& tree() { return tree_; }
  PathTree done();

 private:
  const profile::Profile& profile_;
  std::shared_ptr<PathNames> names_ = std::make_shared<PathNames>();
  PathTree tree_;

  Children children_;
  std::unordered_map<uint64_t, uint32_t> named_;  // by key
  std::vector<uint32_t> module_of_;               // index = ModuleId; 0: none yet
  std::unordered_map<std::string_view, uint32_t> modules_;
  std::vector<uint32_t> thread_name_;  // index = ThreadId; 0: none yet
  std::unordered_map<std::string_view, uint32_t> times_of_thread_name_;
};

// What rows of a profile are called by, and the names of these groups: that of group g is the one
// that this returns + g.
KeyedGroups path_groups(const profile::Profile& profile, const Selection& selection, PathBy by);
uint32_t name_groups(PathRows& rows, const profile::Profile& profile, const KeyedGroups& groups);
// Index = SiteId.
std::vector<uint32_t> name_sites(PathRows& rows, const profile::Profile& profile);

// Self time is as in spans.h; a span that is not nested in those of its thread stands below
// "[across threads]". Spans inside of which only some are selected stand there without weight.
// On at most `threads` threads (0: one a CPU), each for at least `least` spans: the same tree,
// however many there are.
PathTree span_paths(const profile::Profile& profile, const Selection& selection,
                    const PathOptions& options, unsigned threads = 0, uint64_t least = 500'000);
PathTree gpu_paths(const profile::Profile& profile, const Selection& selection);

}  // namespace hone::analysis
