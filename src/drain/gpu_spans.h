// What a program tells of the queues of its GPUs (hone/vulkan.h) into a recording.
//
//   GpuSpans gpu;                                       // one a program
//   gpu.put_queue(builder, thread, name, time, rest);  // of each HONE_MARK_GPU_QUEUE
//   gpu.queue(builder, thread, mark.queue);            // of each HONE_MARK_GPU_SPAN
//   gpu.begin_part();                                   // another file: ids are given anew
//
// Of a queue that was not told of nothing is known. The
// program is not trusted: what makes no sense is left out. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include "base/types.h"
#include "drain/spans.h"
#include "recording/builder.h"

namespace hone::drain {

// What a mark of a span says.
struct GpuSpanMark {
  uint32_t queue = 0;  // the program's number
  uint32_t tid = 0;    // as the program sees it
  TimeNs start{}, end{};
};
// Nothing when it makes no sense.
std::optional<GpuSpanMark> gpu_span_mark(std::span<const hone_slot> rest);

class GpuSpans {
 public:
  static constexpr size_t kQueuesMax = 1024;

  // False: it makes no sense, or there are too many.
  bool put_queue(recording::Builder& builder, ThreadId thread, std::string_view name, TimeNs time,
                 std::span<const hone_slot> rest);
  // The queue with that number of the program.
  GpuQueueId queue(recording::Builder& builder, ThreadId thread, uint32_t number);
  void begin_part();

 private:
  struct Queue {
    GpuQueueId id{};
    std::string name, device;
    uint8_t device_kind = 0, calibration = 0;
  };
  GpuQueueId id_of(recording::Builder& builder, ThreadId thread, uint32_t number, Queue& queue);
  std::unordered_map<uint32_t, Queue> queues_;  // by the program's numbers
};

}  // namespace hone::drain
