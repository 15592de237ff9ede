// The tracks of a Perfetto trace, and which thread each of them is in a recording. What is no
// thread's gets one of its own, without a number of the kernel's, named by the track; of which
// process that is, and how it is called, is settled at the end: descriptions may come in any order.
// For import_perfetto.cc and its parts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "exchange/import_perfetto_sequence.h"
#include "exchange/intake.h"

namespace hone::exchange::perfetto_import {

struct Track {
  uint64_t number = 0, parent = 0;
  bool is_described = false, is_thread = false, is_process = false, is_counter = false;
  int64_t pid = 0, tid = 0;
  std::string name;
  ThreadId home{};  // kNone: not asked for yet

  // Of a counter.
  std::string unit;
  double scale = 1;
  bool is_incremental = false;
  bool is_of_thread_time = false;  // CPU time or instructions at each event of a thread
  SiteId plot{};
  uint32_t asked = 0;  // how many descriptions there were when its home was looked for
};

class Tracks {
 public:
  explicit Tracks(Intake& to) : to_(to) {}

  // A TrackDescriptor.
  void describe(std::string_view message);
  // Of a process and a thread, as these descriptors stand in packets of older writers.
  struct Numbers {
    int64_t pid = 0, tid = 0, time_us = 0;
  };
  Numbers take_process(std::string_view message);
  Numbers take_thread(std::string_view message);

  Track& track(uint64_t number) {
    if (last_ != nullptr && last_->number == number) return *last_;
    return find(number);
  }
  // The thread that slices of a track are of. One without a name is called as the first of them.
  ThreadId find_home(Track& track, std::string_view slice);
  // One that plots of a counter are of.
  ThreadId owner(Track& counter);
  SiteId plot(Track& counter);
  // Without a number of the kernel's, of a process or of none (kNoProcess).
  static constexpr int64_t kNoProcess = int64_t{1} << 32;
  ThreadId make_thread(int64_t pid, std::string_view name);
  uint64_t held() const { return held_; }
  void finish();

 private:
  struct Whose {
    bool is_known = false, is_thread = false;
    int64_t pid = 0, tid = 0;
  };
  Track& find(uint64_t number);
  Whose whose(const Track& track);
  void move(ThreadId made, int64_t pid);
  static std::string name_of(const Track& track);

  Intake& to_;
  std::unordered_map<uint64_t, Track> tracks_;  // its elements stay where they are
  Track* last_ = nullptr;
  struct Made {
    ThreadId thread{};
    const Track* of = nullptr;
  };
  std::vector<Made> made_;  // threads of tracks' own
  ThreadId counters_{};     // of no process
  bool has_no_process_ = false;
  uint32_t descriptions_ = 0;
  uint64_t late_ = 0, held_ = 0;
};

// "/usr/bin/app --fast" is called app.
std::string_view name_of_command(std::string_view command);

}  // namespace hone::exchange::perfetto_import
