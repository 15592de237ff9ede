// What queues of GPUs did, in numbers: spans by place, and how long each queue was busy.
//
//   for (const GpuQueueStats& queue : gpu_report(profile, selection).queues) {
//     use(queue.name, queue.busy_ns, queue.spans);
//   }
//
// A span belongs to a selection of time when it ended in it, and to the thread that recorded its
// commands.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/gpu_frames.h"
#include "analysis/selection.h"
#include "analysis/spans.h"
#include "profile/profile.h"

namespace hone::analysis {

struct GpuQueueStats {
  std::string name, device, process;
  uint8_t device_kind = 0;    // VkPhysicalDeviceType
  bool software = false;      // the device is a renderer on the CPU
  uint8_t calibration = 0;    // HONE_GPU_... of hone/layout.h; 0: nothing was told of it
  int64_t error_ns = 0;       // by which its times may be off, at most; -1 not known
  int64_t correction_ns = 0;  // by which its clock was found to be off, at most
  uint64_t left_out = 0;      // spans, for want of queries
  int64_t busy_ns = 0;        // in at least one of its spans
  TimeNs first{}, last{};     // its first span's start, its last one's end
  uint64_t count = 0;         // of spans
  uint64_t overlapping = 0;   // of them: beside another of their depth, not in it or after it
  // Most self time first; threads: that recorded their commands; frame_share: of the time of the
  // frames of GpuReport::set.
  std::vector<SpanStats> spans;
};

struct GpuReport {
  std::vector<GpuQueueStats> queues;  // that have spans, or left some out; busiest first
  std::vector<GpuFrames> frames;      // of each set of frames and each device
  std::string set;                    // of most frames; "": the program marks none
  bool empty() const { return queues.empty(); }
};

// `budget_ns`: of a frame.
GpuReport gpu_report(const profile::Profile& profile, const Selection& selection,
                     int64_t budget_ns = 16'666'667);

}  // namespace hone::analysis
