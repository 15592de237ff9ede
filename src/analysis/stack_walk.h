// The stacks that samples went through, visited depth first: what every sum over whole stacks is
// made of.
//
// A stack's total is known when it is left, which is also when the outermost of several calls of
// one function tells itself: with a count of what is on the path, the one that makes it 0.
//
//   StackWalk walk(profile.stacks(), weights);
//   walk.run([&](uint32_t stack) { ++on_path[group(stack)]; },
//            [&](uint32_t stack, const Weight& total) {
//              if (--on_path[group(stack)] == 0) add(group(stack), total);
//            });
//
// It stores what the trie does not say by the order of its rows alone: a recorder writes the new
// frames of a sample one after the other, so that most stacks stand right behind their caller.
//
// Sums over stacks may be made of the walks of parts of `weights.own`, side by side: what several
// parts go through is visited by each, with that part's totals.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analysis/ranked_set.h"
#include "analysis/weights.h"
#include "profile/profile.h"

namespace hone::analysis {

class StackWalk {
 public:
  // Both must outlive it.
  StackWalk(const profile::Stacks& stacks, const StackWeights& weights)
      : StackWalk(stacks, weights, weights.own) {}
  // Of `part` of weights.own alone.
  StackWalk(const profile::Stacks& stacks, const StackWeights& weights,
            std::span<const StackWeights::Own> part);

  // Calls enter(stack) and leave(stack, total) for each stack with samples at or above it. Stack 0,
  // which is none, is not visited.
  template <class Enter, class Leave>
  void run(Enter&& enter, Leave&& leave) const {
    std::vector<Step> path = {{0, first_branch(0), {}}};
    while (true) {
      if (const uint32_t branch = path.back().branch; branch != 0) {
        path.back().branch = next_branch_[branch];
        descend(branches_[branch], path, enter);
        continue;
      }
      if (path.size() == 1) return;
      const Step done = path.back();
      path.pop_back();
      leave(done.stack, done.total);
      path.back().total.ns += done.total.ns;
      path.back().total.samples += done.total.samples;
    }
  }

 private:
  struct Step {
    uint32_t stack;
    uint32_t branch;  // the next of its callees that does not stand right behind it; 0 none
    Weight total;     // so far
  };

  Weight own_of(uint32_t stack) const {
    return stack < first_ || stack > last_ ? Weight{} : weights_.own_of(stack);
  }
  uint32_t first_branch(uint32_t stack) const {
    return branching_.has(stack) ? first_branch_[branching_.rank_of(stack)] : 0;
  }
  // Enters a stack and those behind it, each called by the one before.
  template <class Enter>
  void descend(uint32_t stack, std::vector<Step>& path, Enter&& enter) const {
    for (;; ++stack) {
      enter(stack);
      path.push_back({stack, first_branch(stack), own_of(stack)});
      const uint32_t next = stack + 1;
      if (next == stacks_.size() || !reached_.has(next) || raw(stacks_.parent[next]) != stack) {
        return;
      }
    }
  }

  const profile::Stacks& stacks_;
  const StackWeights& weights_;
  uint32_t first_ = 1, last_ = 0;       // of the part's own stacks
  RankedSet reached_;                   // stacks with samples at or above them
  RankedSet branching_;                 // of those, the ones with branches
  std::vector<uint32_t> first_branch_;  // of each branching stack
  std::vector<uint32_t> branches_;      // reached stacks not right behind their caller; [0] unused
  std::vector<uint32_t> next_branch_;   // of the same caller; 0 none
};

}  // namespace hone::analysis
