// Tracks of Perfetto's format beside those of the program's threads: for what may lie across the
// spans of a thread, or across others of its own kind.
//
//   Lanes lanes(trace, parent, "off CPU");
//   lanes.add({.start = a, .end = b, .index = i});
//   lanes.write([&](uint32_t index) { trace.put_name("waiting", "off-CPU"); });
//
// Spans of a track have to nest. What lies across another goes to another track of the same name,
// which Perfetto shows as one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exchange/perfetto_parts.h"

namespace hone::exchange::perfetto {

struct LaneSpan {
  TimeNs start{}, end{};
  uint32_t index = 0;  // for what is said of it
  uint8_t depth = 0;   // what begins and ends together: the least is around
};

class Lanes {
 public:
  // Of the event that is open: its name, arguments.
  using Describe = base::FunctionRef<void(uint32_t index)>;
  // How many tracks are looked through for room; what finds none gets one of its own.
  static constexpr size_t kSearched = 64;

  Lanes(Trace& trace, uint64_t parent, std::string_view name)
      : trace_(trace), parent_(parent), name_(name) {}
  void add(const LaneSpan& span) { spans_.push_back(span); }
  void write(Describe describe);

 private:
  struct Lane {
    std::vector<TimeNs> around;  // the ends of those that are open
    std::vector<uint32_t> spans;
  };
  Lane& lane_for(const LaneSpan& span);
  void write(const Lane& lane, Describe describe);

  Trace& trace_;
  uint64_t parent_;
  std::string name_;
  std::vector<LaneSpan> spans_;
  std::vector<Lane> lanes_;
};

}  // namespace hone::exchange::perfetto
