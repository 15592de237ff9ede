// What CPUs and processes show from time to time, as counters of theirs. For import_perfetto.cc and
// its parts.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "exchange/intake.h"

namespace hone::exchange::perfetto_import {

// Readings wait until the file ends: a series is written in one piece, in the order of time.
class Gauges {
 public:
  // Of a CPU; behind these of a process.
  enum class Kind : uint8_t {
    kIdleState,
    kFrequency,
    kVirtual,
    kResident,
    kAnonymous,
    kFile,
    kShared,
    kSwapped,
    kLocked,
    kResidentMost,
    kCount,
  };
  static constexpr size_t kSeriesMost = size_t{1} << 16;
  static constexpr size_t kReadingsMost = size_t{1} << 23;  // of all together

  explicit Gauges(Intake& to) : to_(to) {}

  // `number`: of the CPU, or the pid.
  void add(Kind kind, int64_t number, TimeNs time, int64_t value);
  void finish();

 private:
  struct Reading {
    TimeNs time{};
    int64_t value = 0;
  };
  void write(Kind kind, int64_t number, std::vector<Reading>& readings);

  Intake& to_;
  std::array<std::unordered_map<int64_t, std::vector<Reading>>, static_cast<size_t>(Kind::kCount)>
      series_;
  size_t series_count_ = 0, readings_ = 0;
  uint64_t beyond_ = 0;
};

}  // namespace hone::exchange::perfetto_import
