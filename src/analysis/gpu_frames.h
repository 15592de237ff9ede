// Whether frames are bound by a GPU or by the CPU, as far as the spans of its queues tell.
//
//   for (const GpuFrames& each : gpu_frames(profile, selection, budget_ns)) {
//     use(each.set, each.device, each.bound(), each.gpu_time.p95_ns);
//   }
//
// A frame is one of these, by how long the device was busy between its start and its end, and how
// long the thread that marks it waited for the device meanwhile:
//   bound by the GPU  busy for kGpuBusy of the frame or more, and waited for (kGpuWait)
//   by the CPU        not busy that long, and not waited for
//   in turns          not busy that long, and waited for: one stands still while the other works
// A thread waits for the device in the innermost span that is open when the last work of a frame
// ends, where spans of that place mostly end with it. What remains is not told: the device is busy
// and nobody is seen to wait for it; the thread waits for something else; GPU spans are missing;
// times are not exact enough.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/selection.h"
#include "analysis/spans.h"
#include "profile/profile.h"

namespace hone::analysis {

inline constexpr double kGpuBusy = 0.9;  // more is not to be had: frames begin and end between work
inline constexpr double kGpuWait = 0.05;   // of the frame
inline constexpr double kWaitsElse = 0.3;  // of the frame, blocked, and not for the GPU
inline constexpr double kGpuError = 0.1;   // of the frame, in the device's times

enum class FrameBound : uint8_t { kNotTold, kGpu, kCpu, kTurns };
inline constexpr size_t kFrameBounds = 4;
// "gpu", "cpu", "turns", "not told"
std::string_view bound_name(FrameBound bound);

using CountsOfBounds = std::array<uint64_t, kFrameBounds>;
// That of most, when they are more than half; else none is told.
FrameBound bound_of_most(const CountsOfBounds& counts);

// The frames of one set in the time of one device's spans.
struct GpuFrames {
  std::string set, device, process;
  bool software = false;                            // the device is a renderer on the CPU
  CountsOfBounds counts{};                          // of frames
  CountsOfBounds slow{};                            // of those over the budget
  Distribution gpu_time;                            // busy in each frame
  double busy_share = 0;                            // of the time of all these frames
  double wait_share = 0;                            // their threads waited for the device
  double slow_busy_share = 0, slow_wait_share = 0;  // of the time of those over the budget
  std::string wait_span;                            // in which they did for longest; "": in none
  int64_t error_ns = -1;  // by which the device's times may be off; -1 not known
  uint64_t left_out = 0;  // spans of it that are missing: it is busy for longer than is said
  uint64_t count() const { return gpu_time.count; }
  FrameBound bound() const { return bound_of_most(counts); }
};

// The set with most frames first, then the busiest device.
std::vector<GpuFrames> gpu_frames(const profile::Profile& profile, const Selection& selection,
                                  int64_t budget_ns);

// Where a program hands its frame over, and is held up until the GPU or the display has room; by
// the name of the span alone.
bool waits_for_display(std::string_view name);

}  // namespace hone::analysis
