#include "drain/gpu_spans.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "hone/cuda_activity.h"

namespace hone::drain {
namespace {

// So that no sum of a time and a duration overflows.
constexpr uint64_t kTimeMax = uint64_t{1} << 62;
constexpr uint8_t kDeviceKinds = 5, kCalibrations = HONE_GPU_CLOCKS;

struct Argument {
  uint8_t type = 0;
  uint64_t word = 0;
  std::string text;
};

// As hone_put_arguments() lays them out. Nothing when texts say to be longer than there is.
std::optional<std::vector<Argument>> arguments_of(std::span<const hone_slot> rest) {
  std::vector<Argument> out;
  for (size_t i = 0; i < rest.size(); ++i) {
    Argument one{.type = static_cast<uint8_t>(rest[i].second >> 4 & 255), .word = rest[i].first};
    if (one.type == HONE_ARGUMENT_STRING) {
      const uint64_t bytes = rest[i].second >> 32, slots = (bytes + 7) / 8;
      if (slots > rest.size() - i - 1) return std::nullopt;
      one.text.resize(slots * 8);
      for (uint64_t k = 0; k < slots; ++k) {
        std::memcpy(one.text.data() + 8 * k, &rest[i + 1 + k].first, 8);
      }
      one.text.resize(bytes);
      // What a terminal would act on is not let through.
      std::replace_if(
          one.text.begin(), one.text.end(), [](unsigned char c) { return c < 0x20; }, '?');
      i += slots;
    }
    out.push_back(std::move(one));
  }
  return out;
}

DurationNs duration_of(uint64_t word) {
  return DurationNs{static_cast<int64_t>(std::min(word, kTimeMax))};
}

}  // namespace

std::optional<GpuSpanMark> gpu_span_mark(std::span<const hone_slot> rest) {
  if (rest.size() != 3) return std::nullopt;
  const uint64_t start = rest[1].first, end = rest[2].first;
  if (start > end || end >= kTimeMax) return std::nullopt;
  return GpuSpanMark{.queue = static_cast<uint32_t>(rest[0].first),
                     .tid = static_cast<uint32_t>(rest[0].first >> 32),
                     .start = TimeNs{static_cast<int64_t>(start)},
                     .end = TimeNs{static_cast<int64_t>(end)}};
}

bool GpuSpans::put_queue(recording::Builder& builder, ThreadId thread, std::string_view name,
                         TimeNs time, std::span<const hone_slot> rest) {
  const auto said = arguments_of(rest);
  if (!said || said->size() != 7) return false;
  const std::vector<Argument>& a = *said;
  if (a[0].type != HONE_ARGUMENT_STRING || a[1].word == 0 || a[1].word > UINT32_MAX) return false;
  const auto number = static_cast<uint32_t>(a[1].word);
  auto known = queues_.find(number);
  if (known == queues_.end()) {
    if (queues_.size() >= kQueuesMax) return false;
    known = queues_.try_emplace(number).first;
    known->second.name = name;
    known->second.device = a[0].text;
    known->second.device_kind = a[2].word < kDeviceKinds ? static_cast<uint8_t>(a[2].word) : 0;
    known->second.calibration = a[3].word <= kCalibrations ? static_cast<uint8_t>(a[3].word) : 0;
  }
  const auto correction = static_cast<int64_t>(a[5].word);
  builder.append(recording::GpuClockRow{
      .time = time,
      .queue = id_of(builder, thread, number, known->second),
      .error = duration_of(a[4].word),
      .correction = DurationNs{std::clamp(correction, -static_cast<int64_t>(kTimeMax),
                                          static_cast<int64_t>(kTimeMax))},
      .left_out = a[6].word});
  return true;
}

GpuQueueId GpuSpans::id_of(recording::Builder& builder, ThreadId thread, uint32_t number,
                           Queue& queue) {
  if (queue.id == GpuQueueId::kNone) {
    queue.id =
        builder.append_id<GpuQueueId>(recording::GpuQueueRow{.thread = thread,
                                                             .number = number,
                                                             .name = builder.string(queue.name),
                                                             .device = builder.string(queue.device),
                                                             .device_kind = queue.device_kind,
                                                             .calibration = queue.calibration});
  }
  return queue.id;
}

GpuQueueId GpuSpans::queue(recording::Builder& builder, ThreadId thread, uint32_t number) {
  const auto known = queues_.find(number);
  if (known == queues_.end()) return GpuQueueId::kNone;
  return id_of(builder, thread, number, known->second);
}

void GpuSpans::begin_part() {
  for (auto& [number, queue] : queues_) queue.id = {};
}

}  // namespace hone::drain
