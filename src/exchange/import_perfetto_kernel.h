// Events of the kernel (ftrace) in a Perfetto trace: scheduling, names, and how fast its CPUs are.
// For import_perfetto.cc and its parts.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "exchange/import_perfetto_clocks.h"
#include "exchange/import_perfetto_processes.h"
#include "exchange/import_perfetto_switches.h"
#include "exchange/intake.h"

namespace hone::exchange::perfetto_import {

class Kernel {
 public:
  Kernel(Intake& to, Clocks& clocks, Processes& processes)
      : to_(to), clocks_(clocks), processes_(processes), switches_(to, processes) {}

  // A FtraceEventBundle, of a packet of that sequence.
  void take_bundle(std::string_view message, uint32_t sequence);
  void finish();

 private:
  struct Bundle {
    uint32_t sequence = 0, cpu = 0;
    uint32_t clock = 0;
    int64_t add_ns = 0;  // to its times, when they are of a clock of ftrace's own
  };
  struct Reading {
    TimeNs time{};
    int64_t value = 0;
  };

  bool convert(const Bundle& bundle, uint64_t stamp, TimeNs& out);
  void take_event(const Bundle& bundle, std::string_view message);
  void take_kind(const Bundle& bundle, uint32_t kind, std::string_view message, TimeNs time,
                 int64_t tid);
  void take_switch(const Bundle& bundle, std::string_view message, TimeNs time);
  void take_waking(std::string_view message, TimeNs time, int64_t waker);
  void take_names(uint32_t kind, std::string_view message);
  void take_cpu(bool is_frequency, std::string_view message, TimeNs time);
  void write(std::string_view name, bool is_frequency,
             std::unordered_map<uint32_t, std::vector<Reading>>& of_cpus);
  void take_compact(const Bundle& bundle, std::string_view message);

  Intake& to_;
  Clocks& clocks_;
  Processes& processes_;
  Switches switches_;
  std::unordered_map<uint32_t, int64_t> running_;                                 // by CPU
  std::unordered_map<uint32_t, std::vector<Reading>> frequencies_, idle_states_;  // by CPU
  std::unordered_map<uint32_t, uint64_t> others_;  // kinds that are not taken
  uint64_t lost_ = 0, other_count_ = 0;
};

}  // namespace hone::exchange::perfetto_import
