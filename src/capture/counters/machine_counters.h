// What the whole machine does: CPUs, tasks, memory, disks, network, pressure; from /proc.
//
//   MachineCounters machine(writer, {});
//   machine.read(now, true);
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "capture/counters/counter_writer.h"
#include "capture/counters/proc_file.h"
#include "capture/counters/proc_text.h"

namespace hone::capture {

struct MachinePlace {
  std::string root;      // before /proc and /sys: another one in tests
  pid_t network_of = 0;  // whose network is read: a container has its own; 0: ours
};

// How long tasks waited, of the machine or of a control group; `what` is the group.
class PressureCounters {
 public:
  // `files`: those of CPU, I/O and memory.
  PressureCounters(CounterWriter& writer, recording::TrackScope scope, const std::string& what,
                   const std::string (&files)[3]);
  void read(ReadBuffer& buffer);

 private:
  struct Source {
    ProcFile file;
    Series some{}, full{};
  };
  CounterWriter& writer_;
  Source sources_[3];
};

class MachineCounters {
 public:
  MachineCounters(CounterWriter& writer, const MachinePlace& place);
  // `all`: also what changes slowly.
  void read(bool all);
  // Devices beyond what is kept.
  size_t left_out() const { return left_out_; }

 private:
  struct Device {
    std::string name;
    bool kept = false;
    Series first{}, second{}, busy{};
  };
  void read_stat();
  void read_memory();
  void read_disks();
  void read_network();
  Device& device(std::vector<Device>& known, size_t& hint, std::string_view name, bool disk);

  CounterWriter& writer_;
  MachinePlace place_;
  int64_t tick_ns_;
  ReadBuffer buffer_;
  ProcFile stat_, load_, memory_, disks_, network_;
  Series user_, system_, interrupt_, waiting_, stolen_;
  Series switches_, interrupts_, forks_, running_, blocked_, load_1m_;
  Series available_, cached_, dirty_, swap_used_;
  std::vector<Series> cpus_;  // by number
  std::vector<Device> disk_devices_, interfaces_;
  PressureCounters pressure_;
  size_t left_out_ = 0;
};

}  // namespace hone::capture
