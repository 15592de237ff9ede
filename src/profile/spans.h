// Spans, frames, plots and messages of instrumented programs, as columns of a Profile.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/types.h"
#include "profile/large_vector.h"
#include "profile/packed_spans.h"

namespace hone::profile {

// A place in a program's source.
struct Site {
  StringId name{}, category{}, function{}, file{}, unit{};
  uint32_t line = 0;
  uint32_t color = 0;  // 0xrrggbb; 0 none
  uint8_t kind = 0;    // HONE_SITE_... of hone/layout.h
  uint8_t level = 0;
};

// Those of one thread have numbers one after the other, in the order in which they ended; stray
// ones (not nested in the others of their thread) stand apart, in LooseSpan. Most stay packed as
// they are in the recording: span_reader.h shows them. What chunks of several threads hold takes 16
// bytes a span.
class Spans {
 public:
  struct OfThread {
    ThreadId thread{};
    size_t first = 0, count = 0;
  };
  size_t size() const { return size_; }
  const std::vector<OfThread>& threads() const { return threads_; }

 private:
  friend class Loader;
  friend class SpanReader;
  friend class PackedSpans;
  friend struct SpanRows;

  // Some of one thread: packed, or rows of the columns.
  struct Block {
    size_t first = 0, count = 0;  // their numbers
    size_t at = 0;                // in packed_, or in the columns
    bool is_packed = false;
  };
  static constexpr size_t kBlockRows = 65'536;  // of the columns, at most
  // How the columns are to be read: of the duration, that it stands elsewhere; where: site and
  // depth.
  static constexpr uint32_t kLong = UINT32_MAX;
  static constexpr uint32_t kDepthBits = 8, kDepthMax = 255;

  std::vector<Block> blocks_;                     // by number
  std::shared_ptr<recording::ChunkStore> store_;  // of packed_
  std::vector<PackedSpans> packed_;
  LargeVector<TimeNs> end_;
  LargeVector<uint32_t> duration_;
  LargeVector<uint32_t> where_;
  std::unordered_map<size_t, int64_t> long_;  // by place in the columns
  std::vector<OfThread> threads_;
  size_t size_ = 0;
};

// A span that is not nested: begun on one thread and ended on another, or around others that it did
// not wait for; or one that was open when the recording ended.
struct LooseSpan {
  ThreadId thread{};
  TimeNs start{}, end{};
  SiteId site{};
  uint8_t depth = 0;
  bool open = false;  // at the end of the recording, which is its end here
};

struct FrameMark {
  ThreadId thread{};
  TimeNs time{};
  SiteId site{};
  uint8_t kind = 0;  // 1 one ends and the next begins, 2 one begins, 3 it ends
};

struct PlotValue {
  ThreadId thread{};
  TimeNs time{};
  SiteId site{};
  double value = 0;
};

struct Message {
  ThreadId thread{};
  TimeNs time{};
  SiteId site{};
};

struct SpanArgument {
  ThreadId thread{};
  TimeNs time{};  // when its span began, or its message was written
  SiteId site{};
  StringId key{}, text{};
  uint64_t value = 0;
  uint8_t type = 0;  // HONE_ARGUMENT_...
};

// A span that was timed, of a place that was met too often to time each of them.
struct SpanWeight {
  ThreadId thread{};
  TimeNs start{};  // of the span
  SiteId site{};
  uint32_t count = 1;  // spans that it stands for, itself among them
};

// Spans of such a place that no timed one stands for.
struct SpanCount {
  ThreadId thread{};
  SiteId site{};
  TimeNs time{};  // when this was told
  uint64_t count = 0;
};

// What a program submits work of its GPU to.
struct GpuQueue {
  ProcessId process{};
  StringId name{}, device{};
  uint8_t device_kind = 0;  // VkPhysicalDeviceType: 4 is a CPU
  uint8_t calibration = 0;  // HONE_GPU_...; 0 not known
};

// A comparison of its clock with ours.
struct GpuClock {
  TimeNs time{};
  GpuQueueId queue{};
  int64_t error_ns = 0;       // by which times may be off
  int64_t correction_ns = 0;  // by which they were
  uint64_t left_out = 0;      // spans so far, for want of queries
};

struct GpuSpan {
  GpuQueueId queue{};
  SiteId site{};
  TimeNs start{}, end{};
  TimeNs issued{};    // when its commands were recorded
  ThreadId thread{};  // that did
  uint8_t depth = 0;  // 255: not known
};

// One end of an asynchronous span or of a flow: begun on one thread and ended on any. Both ends
// have sites of their own, with one name.
struct Flow {
  ThreadId thread{};
  TimeNs time{};
  SiteId site{};
  uint64_t id = 0;   // as the program gave it
  uint8_t kind = 0;  // 1 a span begins, 2 it ends, 3 a flow begins, 4 it ends
};

// A time that a lock was held, with the wait before it; or a wait that ended otherwise.
struct LockUse {
  ThreadId thread{};
  TimeNs end{};
  int64_t wait_ns = 0, hold_ns = 0;  // one after the other, up to `end`
  uint64_t lock = 0;                 // its address
  SiteId site{};
  ThreadId owner{};   // who held it when the wait began; none: not known
  uint8_t flags = 0;  // recording::kLock...
  TimeNs obtained() const { return TimeNs{raw(end) - hold_ns}; }
  TimeNs asked() const { return TimeNs{raw(end) - hold_ns - wait_ns}; }
};

// Of a pool of a program's own.
struct Allocation {
  ThreadId thread{};
  SiteId site{};  // its name is the pool's
  SiteId span{};  // the innermost that was open on the thread; none: none
  TimeNs time{};
  uint64_t address = 0, bytes = 0;
  uint8_t kind = 0;  // recording::kAllocated, kFreed, kPoolReset
};

// Everything that programs said of themselves; in the order of the recording.
struct Instrumentation {
  std::vector<Site> sites{1};  // [0] is none
  Spans spans;
  std::vector<LooseSpan> loose;
  std::vector<FrameMark> frames;
  std::vector<PlotValue> plots;
  std::vector<Message> messages;
  std::vector<SpanArgument> arguments;
  std::vector<SpanWeight> weights;
  std::vector<SpanCount> counts;
  std::vector<GpuQueue> gpu_queues{1};  // [0] is one of which nothing is known
  std::vector<GpuClock> gpu_clocks;
  std::vector<GpuSpan> gpu_spans;
  std::vector<Flow> flows;
  std::vector<LockUse> locks;
  std::vector<Allocation> allocations;
  bool empty() const {
    return spans.size() == 0 && loose.empty() && frames.empty() && plots.empty() &&
           messages.empty() && flows.empty() && gpu_spans.empty() && gpu_queues.size() == 1 &&
           locks.empty() && allocations.empty();
  }
};

}  // namespace hone::profile
