// Samples summed by stack: the first step of every analysis, so that what follows costs by the
// number of different stacks, not of samples times depth.
//
//   StackWeights weights = weigh(profile, selection);
//   weights.walk(profile.stacks(), enter, leave);   // stacks that a sample went through
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "analysis/hot_spots.h"
#include "analysis/selection.h"
#include "profile/profile.h"

namespace hone::analysis {

// Which samples a selection takes, and the stack that each counts for.
class SampleFilter {
 public:
  SampleFilter(const profile::Profile& profile, const Selection& selection);
  bool takes(size_t sample) const {
    const TimeNs time = samples_.time[sample];
    return thread_taken_[raw(samples_.thread[sample])] != 0 && time >= first_ && time <= last_;
  }
  bool takes_thread(ThreadId id) const { return thread_taken_[raw(id)] != 0; }
  // Kernel frames are always the innermost; without them a sample counts for the frame below.
  StackId stack(size_t sample) const {
    const StackId id = samples_.stack[sample];
    return user_stack_.empty() ? id : user_stack_[raw(id)];
  }

 private:
  const profile::Samples& samples_;
  std::vector<uint8_t> thread_taken_;  // index = ThreadId
  std::vector<StackId> user_stack_;    // index = StackId; empty when the kernel is included
  TimeNs first_, last_;
};

// Its stack was cut: what stands outermost is not where the thread began.
inline bool is_broken(const profile::Samples& samples, size_t i) {
  return samples.end[i] != 0 && (samples.flags[i] & recording::kSampleNoUserRegisters) == 0;
}

struct StackWeights {  // index = StackId; 0 gathers samples without a stack
  std::vector<int64_t> own_ns, total_ns;
  std::vector<uint32_t> own_samples, total_samples;
  std::vector<uint32_t> first_child, next_sibling;  // among stacks with samples; 0 none
  int64_t cpu_ns = 0;
  uint64_t sample_count = 0;
  double effective_count = 0;  // (sum w)^2 / sum w^2: what the samples are worth at equal weights

  // Calls enter(stack) and leave(stack) depth first, for each stack with samples at or above it.
  template <class Enter, class Leave>
  void walk(const profile::Stacks& stacks, Enter&& enter, Leave&& leave) const {
    uint32_t node = first_child[0];
    while (node != 0) {
      enter(node);
      if (first_child[node] != 0) {
        node = first_child[node];
        continue;
      }
      for (;;) {
        leave(node);
        if (next_sibling[node] != 0) {
          node = next_sibling[node];
          break;
        }
        node = raw(stacks.parent[node]);
        if (node == 0) return;
      }
    }
  }

  Share share(int64_t ns) const;
};

StackWeights weigh(const profile::Profile& profile, const Selection& selection);

// The rows of a stack's frame.
struct RowRange {
  uint32_t begin = 0, end = 0;  // innermost first
};
inline RowRange rows_of(const profile::Profile& profile, uint32_t stack) {
  const uint32_t frame = raw(profile.stacks().frame[stack]);
  const std::vector<uint32_t>& first = profile.frames().first_line;
  return {first[frame], first[frame + 1]};
}

}  // namespace hone::analysis
