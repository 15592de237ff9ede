// Where on the timeline a function is: runs of samples, one behind the other on one thread, whose
// stacks all go through it.
//
//   const FunctionStretches found = function_stretches(profile, strips, selection, key, 10);
//   for (const FunctionStretch& run : found.longest) use(run.start, run.end, run.samples);
//
// A run ends where a sample saw something else, and where more time went by than twice what a
// sample stands for: nobody looked in between. Looks at every sample and every stack once.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/sample_strips.h"
#include "analysis/selection.h"
#include "profile/profile.h"

namespace hone::analysis {

struct FunctionStretch {
  ThreadId thread{};
  uint32_t sample = 0;    // the first
  TimeNs start{}, end{};  // a sample stands for the time up to it
  uint64_t samples = 0;
  int64_t cpu_ns = 0;  // that they stand for
};

struct FunctionStretches {
  uint64_t runs = 0, samples = 0;  // of all
  int64_t cpu_ns = 0;
  std::vector<FunctionStretch> longest;  // most CPU time first, of as much the earlier
};

// Of every function of that key (profile::Function::key).
FunctionStretches function_stretches(const profile::Profile& profile, const SampleStrips& strips,
                                     const Selection& selection, uint64_t key, size_t most);

}  // namespace hone::analysis
