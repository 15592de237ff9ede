// Which process a thread is of, and what both are called, as far as the system's own lists in a
// Perfetto trace say it. For import_perfetto.cc and its parts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "exchange/import_perfetto_gauges.h"
#include "exchange/intake.h"

namespace hone::exchange::perfetto_import {

class Processes {
 public:
  Processes(Intake& to, Gauges& gauges) : to_(to), gauges_(gauges) {}

  void take_tree(std::string_view message);  // ProcessTree
  // ProcessStats. True: it has values, which need a time.
  bool take_stats(std::string_view message, std::optional<TimeNs> time);
  void is_of(int64_t tid, int64_t pid) { process_of_[tid] = pid; }
  // A thread of the same process, whichever that is.
  void is_made_by(int64_t tid, int64_t maker) {
    const auto known = makers_.find(maker);
    makers_[tid] = known == makers_.end() ? maker : known->second;
  }
  // As the kernel calls it at some moment; the first that is told of is kept.
  void call(int64_t tid, std::string_view name) {
    if (!name.empty()) threads_.try_emplace(tid, name);
  }
  void rename(int64_t tid, std::string_view name) {
    if (!name.empty()) threads_[tid] = name;
  }
  // Of one that no list has: of itself alone.
  int64_t process_of(int64_t tid) const {
    for (int i = 0; i < kMakersMost; ++i) {
      const auto at = process_of_.find(tid);
      if (at != process_of_.end()) return at->second;
      const auto maker = makers_.find(tid);
      if (maker == makers_.end()) break;
      tid = maker->second;
    }
    return tid;
  }
  ThreadId thread(int64_t tid) { return to_.thread(process_of(tid), tid); }
  void finish();

 private:
  // Numbers of threads are given out again, so that some may be of each other.
  static constexpr int kMakersMost = 16;

  bool take_value(uint32_t field, int64_t pid, uint64_t value, std::optional<TimeNs> time);

  Intake& to_;
  Gauges& gauges_;
  std::unordered_map<int64_t, int64_t> process_of_, makers_;
  std::unordered_map<int64_t, std::string> processes_, threads_;
  uint64_t values_left_ = 0;
};

}  // namespace hone::exchange::perfetto_import
