// Beginnings and ends of slices as spans of threads. For import_perfetto.cc and its parts.
//
// A thread's own sequence tells of them in the order of time: then an end closes what was begun
// last, and the span is written. Tracks that several threads write to come in stretches, one
// thread's after the other's: what belongs to such a track waits until the file ends, or until so
// many wait that the older half of a track's goes.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "exchange/intake.h"

namespace hone::exchange::perfetto_import {

class SpanPairs {
 public:
  static constexpr size_t kWaitingMost = size_t{8} << 20;

  explicit SpanPairs(Intake& to, size_t waiting_most = kWaitingMost)
      : to_(to), waiting_most_(waiting_most) {}

  struct Begun {
    TimeNs start{};
    SiteId site{};
    bool is_late = false;  // later ones were applied before
  };
  void begin(ThreadId thread, TimeNs time, SiteId site);
  // What it ended, unless that is not known yet.
  std::optional<Begun> end(ThreadId thread, TimeNs time);
  // One whose end came with it. How such a thread's spans nest is worked out of their times.
  void complete(ThreadId thread, TimeNs start, DurationNs duration, SiteId site);
  // Those that are still open are told as such.
  void finish();

 private:
  struct Event {
    int64_t time = 0;
    SiteId site{};  // kNone: an end
  };
  struct Lane {
    std::vector<Begun> open;
    std::vector<Intake::Nested> rows;  // finished and not yet written, by their ends
    std::vector<Event> waiting;
    TimeNs last{INT64_MIN}, written{INT64_MIN};
    // What was open when rows were written last, and still is; rows that were among it.
    size_t old_open = 0;
    std::vector<bool> row_is_old;
    bool in_order = true, by_time = false;
  };

  Lane& lane(ThreadId thread) {
    while (lanes_.size() <= raw(thread)) lanes_.emplace_back();
    return lanes_[raw(thread)];
  }
  void wait(Lane& lane, Event event);
  void take_back(Lane& lane);
  // Also of times before those that were applied already, when it came too late to wait.
  std::optional<Begun> apply(ThreadId thread, Lane& lane, Event event);
  void put_row(ThreadId thread, Lane& lane, const Begun& begun, TimeNs end);
  void write_rows(ThreadId thread, Lane& lane);
  void apply_waiting(ThreadId thread, Lane& lane, size_t count);
  void make_room();

  Intake& to_;
  size_t waiting_most_;
  std::deque<Lane> lanes_;  // index = ThreadId
  size_t rows_ = 0, waiting_ = 0;
  uint64_t no_begin_ = 0, late_ = 0, too_deep_ = 0;
};

}  // namespace hone::exchange::perfetto_import
