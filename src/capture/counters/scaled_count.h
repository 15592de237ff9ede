// One event's count where the processor has fewer counters than were asked for: the kernel lets the
// events take turns, and says for how long each was counted. What happened while it was not is
// estimated, reading by reading, at the rate of that reading.
//
//   ScaledCount count;
//   count.add({.value = 1000, .enabled_ns = 100, .running_ns = 50});
//   count.total();          // 2000
//   count.running_share();  // 0.5
#pragma once

#include <cstdint>

namespace hone::capture {

struct EventReading {
  uint64_t value = 0;
  uint64_t enabled_ns = 0, running_ns = 0;  // since it was opened, all tasks together
};

class ScaledCount {
 public:
  // Readings of one event, in their order. One that goes back says nothing, and is left out.
  void add(const EventReading& reading);
  int64_t total() const { return static_cast<int64_t>(total_); }
  // Of the time so far, how much was counted; 1 before there was any.
  double running_share() const;
  bool scaled() const { return last_.running_ns < enabled_ns_; }
  bool ever_counted() const { return last_.running_ns > 0; }

 private:
  EventReading last_;  // what total_ knows of
  uint64_t enabled_ns_ = 0;
  double total_ = 0;
};

}  // namespace hone::capture
