// Units and ids that the whole house shares. Guest-safe: no heap, no libstdc++ at run time.
//
// Every quantity is a type of its own, so that an address of one space, an id of one table or a
// time can never be handed over as another. `raw(x)` gives the number back.
#pragma once

#include <stdint.h>

namespace hone {

// Nanoseconds on CLOCK_MONOTONIC.
enum class TimeNs : int64_t {};
enum class DurationNs : int64_t {};

// An address as mapped in a process, and an address as linked (the ELF p_vaddr space). A frame in
// a module is (ModuleId, Svma), which holds across runs and machines.
enum class Avma : uint64_t {};
enum class Svma : uint64_t {};
// A position in a file on disk.
enum class FileOffset : uint64_t {};

// Dense ids, file-wide in a recording, given in order of first use. 0 stands for "none" in each,
// so that an empty column is an honest absence.
enum class StringId : uint32_t { kNone = 0 };
enum class ModuleId : uint32_t { kNone = 0 };
enum class ProcessId : uint32_t { kNone = 0 };
enum class ThreadId : uint32_t { kNone = 0 };
enum class TrackId : uint32_t { kNone = 0 };
enum class FrameId : uint32_t { kNone = 0 };
enum class StackId : uint32_t { kNone = 0 };
enum class FunctionId : uint32_t { kNone = 0 };
enum class SiteId : uint32_t { kNone = 0 };
enum class GpuQueueId : uint32_t { kNone = 0 };
enum class MetricId : uint32_t { kNone = 0 };

constexpr int64_t raw(TimeNs v) {
  return static_cast<int64_t>(v);
}
constexpr int64_t raw(DurationNs v) {
  return static_cast<int64_t>(v);
}
constexpr uint64_t raw(Avma v) {
  return static_cast<uint64_t>(v);
}
constexpr uint64_t raw(Svma v) {
  return static_cast<uint64_t>(v);
}
constexpr uint64_t raw(FileOffset v) {
  return static_cast<uint64_t>(v);
}
constexpr uint32_t raw(StringId v) {
  return static_cast<uint32_t>(v);
}
constexpr uint32_t raw(ModuleId v) {
  return static_cast<uint32_t>(v);
}
constexpr uint32_t raw(ProcessId v) {
  return static_cast<uint32_t>(v);
}
constexpr uint32_t raw(ThreadId v) {
  return static_cast<uint32_t>(v);
}
constexpr uint32_t raw(TrackId v) {
  return static_cast<uint32_t>(v);
}
constexpr uint32_t raw(FrameId v) {
  return static_cast<uint32_t>(v);
}
constexpr uint32_t raw(StackId v) {
  return static_cast<uint32_t>(v);
}
constexpr uint32_t raw(FunctionId v) {
  return static_cast<uint32_t>(v);
}
constexpr uint32_t raw(SiteId v) {
  return static_cast<uint32_t>(v);
}
constexpr uint32_t raw(GpuQueueId v) {
  return static_cast<uint32_t>(v);
}
constexpr uint32_t raw(MetricId v) {
  return static_cast<uint32_t>(v);
}

constexpr DurationNs operator-(TimeNs a, TimeNs b) {
  return DurationNs{raw(a) - raw(b)};
}
constexpr TimeNs operator+(TimeNs a, DurationNs b) {
  return TimeNs{raw(a) + raw(b)};
}

}  // namespace hone
