// What queues of GPUs did, as their drivers tell Perfetto. For import_perfetto.cc and its parts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "exchange/import_perfetto_sequence.h"
#include "exchange/import_perfetto_tracks.h"
#include "exchange/intake.h"

namespace hone::exchange::perfetto_import {

// A queue is a thread of its own, whose spans nest as their times do.
class GpuStages {
 public:
  GpuStages(Intake& to, Tracks& tracks) : to_(to), tracks_(tracks) {}
  void take(Sequence& sequence, std::string_view message, TimeNs time);  // GpuRenderStageEvent
  void finish();

 private:
  Intake& to_;
  Tracks& tracks_;
  std::unordered_map<std::string, ThreadId> queues_;
  uint64_t older_ = 0;
};

}  // namespace hone::exchange::perfetto_import
