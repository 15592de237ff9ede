// The clocks of a Perfetto trace. Every packet may be of another one, and snapshots say what
// several of them showed at one moment. For import_perfetto.cc and its parts.
//
// All times become those of one clock, the first of these that a snapshot ties to the first time
// that is asked for: CLOCK_MONOTONIC, which is that of recordings; CLOCK_BOOTTIME, which is that of
// packets that name none unless a snapshot says otherwise; another one of the system. Between two
// snapshots a clock is taken to run as the clock of the recording does.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "exchange/intake.h"

namespace hone::exchange::perfetto_import {

class Clocks {
 public:
  static constexpr uint32_t kRealtime = 1, kMonotonic = 3, kMonotonicRaw = 5, kBoottime = 6;

  explicit Clocks(Intake& to) : to_(to) {}

  // A ClockSnapshot, of a packet of that sequence.
  void take_snapshot(std::string_view message, uint32_t sequence);
  // `clock`: its number, 0 for none. False: no snapshot ties it, or it is out of range; counted.
  bool convert(uint32_t clock, uint32_t sequence, uint64_t stamp, TimeNs& out);
  // Writes down which clock the times are of.
  // Bytes that are kept of clocks and snapshots.
  uint64_t held() const { return held_; }
  void finish();

 private:
  // Those of a sequence alone have its number in their upper half.
  using Key = uint64_t;
  struct Tie {
    int64_t own = 0, base = 0;  // ns
  };
  struct Clock {
    uint64_t unit_ns = 1;
    int64_t last = 0;  // ns, of an incremental one
    bool is_incremental = false, is_read = false;
    size_t searched = 0;    // when nothing to go by was found: 1 + how many snapshots waited
    std::vector<Tie> ties;  // in the order of both
    size_t used = 0;        // the one of the last conversion
  };
  struct Reading {
    Key key = 0;
    int64_t ns = 0;
  };
  using Snapshot = std::vector<Reading>;

  static constexpr uint32_t kFirstOfSequence = 64;  // to 127
  static Key key_of(uint32_t clock, uint32_t sequence) {
    const bool is_of_sequence = clock >= kFirstOfSequence && clock < 2 * kFirstOfSequence;
    return is_of_sequence ? Key{sequence} << 32 | clock : clock;
  }
  void choose_primary(uint64_t id);
  Clock& clock(Key key);
  Clock* find(Key key);
  void choose_base(Key asked);
  void apply(const Snapshot& snapshot);
  void tie(Key key, Tie tie);
  int64_t to_base(Clock& clock, int64_t own);
  void write_calendar(const Snapshot& snapshot);

  Intake& to_;
  // Those of which something is known; its elements stay where they are.
  std::unordered_map<Key, Clock> clocks_;
  Key last_key_ = 0;
  Clock* last_clock_ = nullptr;
  Key base_ = 0;                   // 0: not chosen yet
  std::vector<Snapshot> waiting_;  // until it is
  uint32_t primary_ = kBoottime;   // of packets that name none
  bool primary_is_used_ = false;
  uint64_t not_tied_ = 0, out_of_range_ = 0, went_back_ = 0, readings_beyond_ = 0;
  uint64_t held_ = 0;
};

}  // namespace hone::exchange::perfetto_import
