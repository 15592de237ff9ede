// The frames that a program marks, and how much of them its spans take.
//
//   for (const FrameSet& set : frame_sets(profile, selection, filter)) use(set.frames);
//   const SpansInFrames in = spans_in_frames(profile, set, kinds);
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analysis/weights.h"

namespace hone::analysis {

struct FrameTime {
  uint64_t number = 0;  // from 1, of its set
  ThreadId thread{};    // that marked its end
  TimeNs start{};
  int64_t duration_ns = 0;
};

// The frames of one name, by time; no two of them overlap. Those that ended in the selection.
struct FrameSet {
  std::string name;
  std::vector<FrameTime> frames;
};

// The set with most frames first; none of them is empty.
std::vector<FrameSet> frame_sets(const profile::Profile& profile, const Selection& selection,
                                 const SampleFilter& filter);

// Frames are compared in kinds; every frame is of one.
enum class FrameKind : uint8_t { kOther, kSlow, kTypical };
inline constexpr size_t kFrameKinds = 3;

// Slow: over the budget. Typical: the fifth around the median, where that is within the budget;
// else there are none.
std::vector<FrameKind> frame_kinds(const FrameSet& set, int64_t budget_ns);

// Time of spans within frames, on the threads that mark these. Index = SiteId.
struct SpansInFrames {
  // A span inside another of its own place counts once.
  std::vector<double> total_ns;
  // Without the spans inside; [0] is less than nothing: what spans without any around them take.
  std::array<std::vector<double>, kFrameKinds> self_ns;
};
// One pass over the spans of those threads. `kinds`: one each of set.frames.
SpansInFrames spans_in_frames(const profile::Profile& profile, const FrameSet& set,
                              std::span<const FrameKind> kinds);

}  // namespace hone::analysis
