// Frequency of the CPUs and temperatures, where the kernel shows them (machines of clouds mostly
// show none).
#pragma once

#include <string>
#include <vector>

#include "capture/counters/counter_writer.h"
#include "capture/counters/proc_file.h"

namespace hone::capture {

class SensorCounters {
 public:
  // `root` stands before /sys.
  SensorCounters(CounterWriter& writer, const std::string& root);
  void read();
  bool empty() const { return sensors_.empty(); }

 private:
  struct Sensor {
    ProcFile file;
    Series series{};
    int64_t factor = 1;
  };
  void find_frequencies(const std::string& root);
  void find_temperatures(const std::string& root);

  CounterWriter& writer_;
  ReadBuffer buffer_;
  std::vector<Sensor> sensors_;
};

}  // namespace hone::capture
