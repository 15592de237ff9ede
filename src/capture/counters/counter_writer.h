// Puts readings of tracks into a recording, compactly: a reading that says the same as the one
// before and the one behind is left out, and those of one track stand together.
//
//   CounterWriter writer(builder);
//   const Series load = writer.add({.name = "load.1m", .divisor = 100});
//   writer.put(load, now, 125);
//   writer.flush();   // now and then
//   writer.finish();  // the last readings
//
// Not thread-safe. A row of `tracks` is written when its first readings are.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/host/function_ref.h"
#include "base/types.h"
#include "recording/builder.h"
#include "recording/tracks.h"

namespace hone::capture {

enum class Series : uint32_t { kNone = 0 };

struct TrackSpec {
  std::string name;
  recording::TrackUnit unit = recording::TrackUnit::kCount;
  recording::TrackKind kind = recording::TrackKind::kGauge;
  recording::TrackScope scope = recording::TrackScope::kMachine;
  ProcessId process{};
  uint16_t cpu = recording::kNoCpu;
  std::string what{};  // device, control group
  uint32_t divisor = 1;
  Series qualifies{};
  // It is not worth a line unless it changes: a disk that nobody uses.
  bool quiet = false;
};

class CounterWriter {
 public:
  explicit CounterWriter(recording::Builder& builder);
  ~CounterWriter();

  Series add(TrackSpec spec);
  // In the order of times. Negative values are no readings, and left out.
  void put(Series series, TimeNs time, int64_t value);
  // It was looked at, and is known to be what it was.
  void hold(Series series, TimeNs time);
  // Its last reading was given: what it is of has ended.
  void close(Series series);
  void flush();
  void finish();

  // A recording of several parts: what was read is written, and the builder may be exchanged for
  // that of the next part, in which tracks begin with what they were at its start. A track of a
  // process that `renumber` knows no id of has ended.
  void end_part();
  void begin_part(TimeNs start, base::FunctionRef<ProcessId(ProcessId)> renumber);

  // Tracks that were written.
  size_t track_count() const { return tracks_; }
  size_t reading_count() const { return readings_; }

 private:
  struct Slot;
  Slot* slot_of(Series series);
  void write(Slot& slot);
  TrackId id_of(Slot& slot);

  recording::Builder& builder_;
  std::vector<std::unique_ptr<Slot>> slots_;  // index + 1 = Series; null: closed and written
  size_t tracks_ = 0, readings_ = 0;
};

}  // namespace hone::capture
