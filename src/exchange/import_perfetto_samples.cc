#include "exchange/import_perfetto_samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "exchange/proto_reader.h"
#include "unwind/walk.h"

namespace hone::exchange::perfetto_import {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
// PerfEvents.Counter; 0 is what stands where none is named, which is then the CPU's clock.
constexpr uint64_t kCpuClock = 1, kTaskClock = 3, kCycles = 10;
constexpr size_t kSamplesMost = size_t{1} << 20;
constexpr uint64_t kPeriodMost = uint64_t{1} << 53;
constexpr size_t kNameMost = 256;     // of a counter
constexpr size_t kFramesMost = 4096;  // of one stack

// What Hone's own export counts, as its timebase says.
constexpr std::string_view kHonesTimebase = "CPU time, ns";

// How a stack ends, by StackUnwindError of profile_packet.proto; what only Perfetto has reasons for
// (threads that were gone, maps that could not be read) is none that a recording has a word for.
constexpr uint8_t kEndNotKnown = UINT8_MAX;
uint8_t end_of(uint64_t unwind_error) {
  using unwind::WalkEnd;
  static constexpr std::array<WalkEnd, 9> kEnds = {
      WalkEnd::kNoRegisters,                      // not one of them: see below
      WalkEnd::kComplete,    WalkEnd::kStackEnd,  // the memory could not be read
      WalkEnd::kNoRule,      WalkEnd::kUnsupported, WalkEnd::kNoModule, WalkEnd::kFrameLimit,
      WalkEnd::kBadCfa,  // a frame twice
      WalkEnd::kNoTable,
  };
  const bool is_known = unwind_error != 0 && unwind_error < kEnds.size();
  return is_known ? static_cast<uint8_t>(kEnds[unwind_error]) : kEndNotKnown;
}

// perf_sample of profile_packet.proto
namespace perf_field {
enum : uint32_t {
  kCpu = 1,
  kPid = 2,
  kTid = 3,
  kCallstack = 4,
  kMode = 5,
  kCount = 6,
  kUnwindError = 16,
  kLost = 17,
  kSkipped = 18,
  kProducer = 19,
};
}

}  // namespace

FrameId Samples::frame_of(Sequence& sequence, uint64_t number) {
  Frame* const frame = sequence.frames.find(number);
  if (frame == nullptr) return to_.code("[unknown]", {}, {}, 0);
  if (frame->frame != FrameId{}) return frame->frame;
  const Text* const function = sequence.function_names.find(frame->function);
  const Text* const path = sequence.source_paths.find(frame->path);
  const Mapping* const mapping = sequence.mappings.find(frame->mapping);
  const std::string_view module = mapping == nullptr ? std::string_view() : mapping->path;
  const std::string_view file = path == nullptr ? std::string_view() : path->text;
  if (function != nullptr && !function->text.empty()) {
    return frame->frame = to_.code(function->text, module, file, frame->line);
  }
  // An address is all that is known.
  ++no_function_;
  return frame->frame =
             to_.code(frame->address == 0 ? "[unknown]" : fmt::format("{:#x}", frame->address),
                      module, file, frame->line);
}

StackId Samples::stack_of(Sequence& sequence, uint64_t number) {
  Callstack* const stack = sequence.callstacks.find(number);
  if (stack == nullptr) {
    ++no_stack_;
    return StackId::kNone;
  }
  if (stack->is_made) return stack->stack;
  const size_t count = std::min(stack->frames.size(), kFramesMost);
  for (size_t i = 0; i < count; ++i) {
    stack->stack = to_.builder().callee(stack->stack, frame_of(sequence, stack->frames[i]));
  }
  stack->is_made = true;
  stack->frames = {};
  return stack->stack;
}

bool Samples::is_time(const Timebase& timebase) {
  if (timebase.counter == 0) return !timebase.is_other;
  return timebase.counter == kCpuClock || timebase.counter == kTaskClock;
}

int64_t Samples::weight_of(const Timebase& timebase, uint64_t cpu, uint64_t count, bool has_count) {
  if (timebase.name == kHonesTimebase && has_count) {
    uint64_t& last = count_of_cpu_[cpu];
    const uint64_t weight = count >= last ? count - last : 0;
    last = count;
    return weight <= static_cast<uint64_t>(kSecondNs) * 3600 ? static_cast<int64_t>(weight) : -1;
  }
  if (is_time(timebase) && timebase.period > 0 &&
      timebase.period < static_cast<uint64_t>(kSecondNs)) {
    return static_cast<int64_t>(timebase.period);
  }
  // So many a second of what is counted: of time, and nearly so of cycles.
  if (timebase.frequency > 0 && timebase.frequency <= static_cast<uint64_t>(kSecondNs)) {
    of_cycles_ += timebase.counter == kCycles;
    return kSecondNs / static_cast<int64_t>(timebase.frequency);
  }
  return -1;
}

// What grows otherwise than time does is no CPU time, however often it is sampled.
void Samples::put_cost(const Timebase& timebase, const Row& row) {
  struct Known {
    uint64_t counter;
    std::string_view name, title;
  };
  static constexpr std::array<Known, 5> kKnown = {{
      {2, "page-faults", "Page faults"},
      {kCycles, "cycles", "Cycles"},
      {11, "instructions", "Instructions"},
      {13, "cache-misses", "Cache misses"},
      {15, "branch-misses", "Branch misses"},
  }};
  using recording::TrackUnit;
  if (timebase.period == 0 || timebase.period > kPeriodMost) {
    // So many a second: what one stands for is not in the file.
    const MetricId samples = to_.metric("samples", "Samples", TrackUnit::kCount);
    return to_.cost(row.thread, row.stack, samples, 1, 1);
  }
  const auto known = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& each) {
    return each.counter == timebase.counter;
  });
  const std::string other = !timebase.name.empty() ? timebase.name.substr(0, kNameMost)
                            : timebase.counter == 0
                                ? std::string("perfetto.event")
                                : fmt::format("perfetto.counter-{}", timebase.counter);
  const MetricId metric = known != kKnown.end()
                              ? to_.metric(known->name, known->title, TrackUnit::kCount)
                              : to_.metric(other, other, TrackUnit::kCount);
  to_.cost(row.thread, row.stack, metric, static_cast<int64_t>(timebase.period), 1);
}

void Samples::put(const Row& row, int64_t weight_ns) {
  to_.sample({.time = row.time,
              .thread = row.thread,
              .stack = row.stack,
              .weight = DurationNs{weight_ns},
              .cpu = row.cpu,
              .end = row.end,
              .flags = row.flags});
}

void Samples::take_perf(Sequence& sequence, std::string_view message, TimeNs time) {
  uint64_t cpu = UINT64_MAX, stack = 0, count = 0;
  int64_t pid = 0, tid = 0;
  bool has_count = false, is_skipped = false, has_stack = false;
  Row row{.time = time};
  ProtoReader at(message);
  while (at.next()) {
    switch (at.field()) {
      case perf_field::kCpu:
        cpu = at.number();
        break;
      case perf_field::kPid:
        pid = at.integer();
        break;
      case perf_field::kTid:
        tid = at.integer();
        break;
      case perf_field::kCallstack:
        stack = at.number();
        has_stack = true;
        break;
      case perf_field::kMode:
        row.flags = at.number() == 1 ? recording::kSampleInKernel : uint8_t{0};
        break;
      case perf_field::kCount:
        count = at.number();
        has_count = true;
        break;
      case perf_field::kUnwindError:
        row.end = end_of(at.number());
        break;
      case perf_field::kLost:
        lost_ += std::min<uint64_t>(at.number(), UINT32_MAX);
        is_skipped = true;
        break;
      case perf_field::kSkipped:
        ++skipped_;
        is_skipped = true;
        break;
      case perf_field::kProducer:
        is_skipped = true;
        break;
      default:
        break;
    }
  }
  if (is_skipped && !has_stack) return;
  if (cpu < UINT16_MAX) row.cpu = static_cast<uint16_t>(cpu);
  row.thread = to_.thread(pid, tid);
  row.stack = has_stack ? stack_of(sequence, stack) : StackId::kNone;
  any_perf_ = true;
  const Timebase& timebase = sequence.timebase;
  const bool is_by_time = is_time(timebase) || timebase.name == kHonesTimebase ||
                          (timebase.counter == kCycles && timebase.frequency > 0);
  if (!is_by_time) {
    ++of_others_;
    return put_cost(timebase, row);
  }
  const int64_t weight = weight_of(timebase, cpu, count, has_count);
  if (weight >= 0) return put(row, weight);
  put_later(row);
}

void Samples::take_streaming(Sequence& sequence, std::string_view message, TimeNs time) {
  constexpr uint32_t kStacks = 1, kDeltas = 2;
  std::vector<uint64_t> stacks;
  ProtoReader first(message);
  while (first.next()) {
    if (first.field() != kStacks) continue;
    ProtoNumbers numbers(first);
    while (numbers.next()) stacks.push_back(numbers.number());
  }
  if (!sequence.has_thread) {
    no_thread_ += stacks.size();
    return;
  }
  const ThreadId thread = to_.thread(sequence.pid, sequence.tid);
  size_t next = 0;
  // Those behind the last time, or behind one that cannot be, have none.
  const auto count_rest = [&] { no_time_ += stacks.size() - next; };
  int64_t now = raw(time);
  ProtoReader at(message);
  while (at.next()) {
    if (at.field() != kDeltas) continue;
    ProtoNumbers deltas(at);
    while (deltas.next() && next < stacks.size()) {
      int64_t ns = 0;
      if (__builtin_mul_overflow(deltas.integer(), 1000, &ns) ||
          __builtin_add_overflow(now, ns, &now) || now < 0) {
        return count_rest();
      }
      put_later(
          {.time = TimeNs{now}, .thread = thread, .stack = stack_of(sequence, stacks[next++])});
      any_streaming_ = true;
    }
  }
  count_rest();
}

void Samples::put_later(const Row& row) {
  ++estimated_;
  if (interval_ns_ >= 0) return put(row, interval_ns_);
  waiting_.push_back(row);
  if (waiting_.size() >= kSamplesMost) estimate();
}

// Each stands for the usual interval between two of one thread, which is that of the sampler: what
// is longer was time in which none was taken.
void Samples::estimate() {
  std::vector<int64_t> intervals;
  std::unordered_map<uint32_t, TimeNs> last;
  for (const Row& row : waiting_) {
    const auto [at, is_first] = last.try_emplace(raw(row.thread), row.time);
    if (!is_first && row.time > at->second) intervals.push_back(raw(row.time - at->second));
    at->second = row.time;
  }
  interval_ns_ = 0;
  if (!intervals.empty()) {
    const auto middle = intervals.begin() + static_cast<ptrdiff_t>(intervals.size() / 2);
    std::nth_element(intervals.begin(), middle, intervals.end());
    interval_ns_ = *middle;
  }
  for (const Row& row : waiting_) put(row, interval_ns_);
  waiting_ = {};
}

void Samples::finish() {
  if (interval_ns_ < 0) estimate();
  if (any_perf_ || any_streaming_) {
    to_.fact("sampler.name", any_perf_ ? "Perfetto" : "Chrome");
  }
  to_.left("import.weight_estimated",
           fmt::format("samples whose file does not say what they stand for: the usual time "
                       "between two of a thread is taken, {} ns",
                       interval_ns_),
           estimated_);
  to_.left(
      "import.weight_by_cycles",
      "samples of so many a second of cycles: each is taken for its part of a second, which is "
      "CPU time while the clock of the CPU does not change",
      of_cycles_, recording::kInfo);
  to_.left("import.samples_of_counters",
           "samples that something else than time was counted for are costs, and no CPU time",
           of_others_, recording::kInfo);
  to_.left("import.stack_not_known", "samples whose stack is a number that nothing explains",
           no_stack_);
  to_.left("import.frames_without_name",
           "functions that the file has no name of stand by their addresses", no_function_);
  to_.left("import.samples_without_thread",
           "samples of writers that do not say which thread they are of are left out", no_thread_,
           recording::kDataLoss);
  to_.left("import.samples_without_time", "samples without a time are left out", no_time_,
           recording::kDataLoss);
  to_.left("import.samples_skipped", "samples that the profiler itself left out", skipped_,
           recording::kDataLoss);
  to_.left("import.samples_lost", "samples that the kernel lost", lost_, recording::kDataLoss);
}

}  // namespace hone::exchange::perfetto_import
