// Samples summed by stack: the first step of every analysis, so that what follows costs by the
// number of different stacks, not of samples times depth.
//
//   StackWeights weights = weigh(profile, selection);
//   for (const StackWeights::Own& at : weights.own) use(at.stack, at.ns);
//   StackWalk(profile.stacks(), weights).run(enter, leave);   // with what is above them:
//   stack_walk.h
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "analysis/hot_spots.h"
#include "analysis/ranked_set.h"
#include "analysis/selection.h"
#include "profile/profile.h"

namespace hone::analysis {

// Which samples a selection takes, and the stack that each counts for.
class SampleFilter {
 public:
  SampleFilter(const profile::Profile& profile, const Selection& selection);
  bool takes(size_t sample) const {
    const TimeNs time = samples_.time[sample];
    const ThreadId thread = samples_.thread[sample];
    return thread_taken_[raw(thread)] != 0 && time >= first_ && time <= last_ &&
           (inside_.empty() || is_inside(thread, time));
  }
  bool takes_thread(ThreadId id) const { return thread_taken_[raw(id)] != 0; }
  // Of something else than a sample: whether its thread, and where a span was asked for that time
  // of it, is selected.
  bool takes_in_spans(ThreadId id, TimeNs time) const {
    return takes_thread(id) && (inside_.empty() || is_inside(id, time));
  }
  bool asks_for_spans() const { return !inside_.empty(); }
  // Kernel frames are always the innermost; without them a sample counts for the frame below.
  StackId stack(size_t sample) const { return folded(samples_.stack[sample]); }
  StackId folded(StackId id) const { return user_stack_.empty() ? id : user_stack_[raw(id)]; }

 private:
  struct Stretch {
    TimeNs from, until;
  };
  bool is_inside(ThreadId thread, TimeNs time) const;
  void find_inside(const profile::Profile& profile, const std::string& pattern);

  const profile::Samples& samples_;
  std::vector<uint8_t> thread_taken_;  // index = ThreadId
  std::vector<StackId> user_stack_;    // index = StackId; empty when the kernel is included
  TimeNs first_, last_;
  // Index = ThreadId: its spans of the selection, apart from each other, by time. Empty: all of it.
  std::vector<std::vector<Stretch>> inside_;
};

// Its stack was cut: what stands outermost is not where the thread began.
inline bool is_broken(const profile::Samples& samples, size_t i) {
  return samples.end[i] != 0 && (samples.flags[i] & recording::kSampleNoUserRegisters) == 0;
}

struct Weight {
  int64_t ns = 0;
  uint64_t samples = 0;
};

struct StackWeights {
  struct Own {
    uint32_t stack = 0;
    uint32_t samples = 0;
    int64_t ns = 0;
  };
  std::vector<Own> own;  // stacks that samples ended at, by id; 0 gathers samples without a stack
  RankedSet sampled;     // those stacks
  int64_t cpu_ns = 0;
  uint64_t sample_count = 0;
  double effective_count = 0;  // (sum w)^2 / sum w^2: what the samples are worth at equal weights
  // False: sums of events that nobody counted. They have no interval.
  bool is_counted = true;

  Weight own_of(uint32_t stack) const {
    if (!sampled.has(stack)) return {};
    const Own& at = own[sampled.rank_of(stack)];
    return {at.ns, at.samples};
  }
  Share share(int64_t ns) const;
};

// Of what the selection weighs.
StackWeights weigh(const profile::Profile& profile, const Selection& selection);
// Of samples alone.
StackWeights weigh_samples(const profile::Profile& profile, const Selection& selection);

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
