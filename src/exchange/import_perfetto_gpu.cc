#include "exchange/import_perfetto_gpu.h"

#include <fmt/format.h>

#include "exchange/proto_reader.h"

namespace hone::exchange::perfetto_import {

void GpuStages::take(Sequence& sequence, std::string_view message, TimeNs time) {
  uint64_t duration = 0, queue = 0, stage = 0, context = 0, name_number = 0;
  int64_t gpu = 0;
  std::string_view name;
  bool is_event = false;
  ProtoReader at(message);
  while (at.next()) {
    switch (at.field()) {
      case 2:
        duration = at.number();
        is_event = true;
        break;
      case 5:
        context = at.number();
        break;
      case 11:
        gpu = at.integer();
        break;
      case 13:
        queue = at.number();
        break;
      case 14:
        stage = at.number();
        break;
      case 17:
        name = at.bytes();
        break;
      case 20:
        name_number = at.number();
        break;
      default:
        break;
    }
  }
  if (!is_event) return;
  // Older drivers number queues and stages within a description of their own.
  const GpuSpecification* const queue_is = sequence.gpu_specifications.find(queue);
  const GpuSpecification* const stage_is = sequence.gpu_specifications.find(stage);
  if (queue_is == nullptr || duration > INT64_MAX) {
    ++older_;
    return;
  }
  if (const EventName* const known = sequence.event_names.find(name_number)) name = known->text;
  if (name.empty() && stage_is != nullptr) name = stage_is->name;
  const int64_t* const pid = sequence.graphics_contexts.find(context);
  const int64_t process = pid == nullptr ? Tracks::kNoProcess : *pid;
  const std::string key = fmt::format("{} {} {}", process, gpu, queue_is->name);
  const auto [thread, is_new] = queues_.try_emplace(key, ThreadId::kNone);
  if (is_new) thread->second = tracks_.make_thread(process, "GPU: " + queue_is->name);
  const std::string_view category = stage_is == nullptr ? std::string_view("gpu") : stage_is->name;
  to_.span(thread->second, time, DurationNs{static_cast<int64_t>(duration)},
           to_.site({.name = name.empty() ? "(no name)" : name, .category = category}));
}

void GpuStages::finish() {
  to_.left("import.gpu_stages", "work of GPUs on queues that nothing describes", older_);
}

}  // namespace hone::exchange::perfetto_import
