// Samples with stacks by number: those of Perfetto's profiler, and of Chrome's. For
// import_perfetto.cc and its parts.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "exchange/import_perfetto_clocks.h"
#include "exchange/import_perfetto_sequence.h"
#include "exchange/intake.h"

namespace hone::exchange::perfetto_import {

class Samples {
 public:
  explicit Samples(Intake& to) : to_(to) {}

  void take_perf(Sequence& sequence, std::string_view message, TimeNs time);
  // Several of the sequence's thread, each so long after the one before.
  void take_streaming(Sequence& sequence, std::string_view message, TimeNs time);
  // Writes those that wait for what they weigh: the first million of them.
  void finish();

 private:
  struct Row {
    TimeNs time{};
    ThreadId thread{};
    StackId stack{};
    uint16_t cpu = UINT16_MAX;
    uint8_t flags = 0, end = 0;
  };
  StackId stack_of(Sequence& sequence, uint64_t number);
  FrameId frame_of(Sequence& sequence, uint64_t number);
  void put(const Row& row, int64_t weight_ns);
  static bool is_time(const Timebase& timebase);
  void put_cost(const Timebase& timebase, const Row& row);
  // Of a sample that does not say what it stands for.
  void put_later(const Row& row);
  void estimate();
  // Of a sample whose count is that of a counter: by how much it grew.
  int64_t weight_of(const Timebase& timebase, uint64_t cpu, uint64_t count, bool has_count);

  Intake& to_;
  std::unordered_map<uint64_t, uint64_t> count_of_cpu_;
  std::vector<Row> waiting_;
  int64_t interval_ns_ = -1;  // the usual one, once it is known
  uint64_t estimated_ = 0;
  uint64_t no_thread_ = 0, no_time_ = 0;
  uint64_t no_stack_ = 0, no_function_ = 0, skipped_ = 0, lost_ = 0, of_cycles_ = 0, of_others_ = 0;
  bool any_perf_ = false, any_streaming_ = false;
};

}  // namespace hone::exchange::perfetto_import
