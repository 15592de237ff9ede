// Events of the kernel (ftrace) in a Perfetto trace: scheduling, names, and how fast its CPUs are.
// For import_perfetto.cc and its parts.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "exchange/import_perfetto_clocks.h"
#include "exchange/import_perfetto_gauges.h"
#include "exchange/import_perfetto_processes.h"
#include "exchange/import_perfetto_switches.h"
#include "exchange/intake.h"

namespace hone::exchange::perfetto_import {

class Kernel {
 public:
  Kernel(Intake& to, Clocks& clocks, Processes& processes, Gauges& gauges)
      : to_(to),
        clocks_(clocks),
        processes_(processes),
        gauges_(gauges),
        switches_(to, processes) {}

  // A FtraceEventBundle, of a packet of that sequence.
  void take_bundle(std::string_view message, uint32_t sequence);
  void finish();

 private:
  struct Bundle {
    uint32_t sequence = 0, cpu = 0;
    uint32_t clock = 0;
    int64_t add_ns = 0;  // to its times, when they are of a clock of ftrace's own
  };
  // Whose event it is. In an interrupt that is only who was interrupted.
  struct Doer {
    int64_t tid = 0;
    bool in_interrupt = false;
  };
  struct Running {
    int64_t tid = 0;
    TimeNs since{};
  };

  bool convert(const Bundle& bundle, uint64_t stamp, TimeNs& out);
  void take_event(const Bundle& bundle, std::string_view message);
  void take_kind(const Bundle& bundle, uint32_t kind, std::string_view message, TimeNs time,
                 Doer doer);
  void lose(uint32_t cpu);
  void put_switch(const Bundle& bundle, TimeNs time, int64_t before, uint64_t state, int64_t next);
  void take_switch(const Bundle& bundle, std::string_view message, TimeNs time);
  void take_waking(std::string_view message, TimeNs time, int64_t waker);
  void take_names(uint32_t kind, std::string_view message, int64_t maker);
  void take_cpu(bool is_frequency, std::string_view message, TimeNs time);
  void take_compact(const Bundle& bundle, std::string_view message);

  Intake& to_;
  Clocks& clocks_;
  Processes& processes_;
  Gauges& gauges_;
  Switches switches_;
  std::unordered_map<uint32_t, Running> running_;  // by CPU
  std::unordered_map<uint32_t, uint64_t> others_;  // kinds that are not taken
  uint64_t lost_ = 0, other_count_ = 0, of_no_clock_ = 0;
};

}  // namespace hone::exchange::perfetto_import
