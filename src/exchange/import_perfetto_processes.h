// Which process a thread is of, and what both are called, as far as the system's own lists in a
// Perfetto trace say it. For import_perfetto.cc and its parts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "exchange/intake.h"

namespace hone::exchange::perfetto_import {

class Processes {
 public:
  explicit Processes(Intake& to) : to_(to) {}

  void take_tree(std::string_view message);   // ProcessTree
  void take_stats(std::string_view message);  // ProcessStats
  void is_of(int64_t tid, int64_t pid) { process_of_[tid] = pid; }
  // As the kernel calls it at some moment; the first that is told of is kept.
  void call(int64_t tid, std::string_view name) {
    if (!name.empty()) threads_.try_emplace(tid, name);
  }
  void rename(int64_t tid, std::string_view name) {
    if (!name.empty()) threads_[tid] = name;
  }
  // Of one that no list has: of itself alone.
  int64_t process_of(int64_t tid) const {
    const auto at = process_of_.find(tid);
    return at == process_of_.end() ? tid : at->second;
  }
  ThreadId thread(int64_t tid) { return to_.thread(process_of(tid), tid); }
  void finish();

 private:
  Intake& to_;
  std::unordered_map<int64_t, int64_t> process_of_;
  std::unordered_map<int64_t, std::string> processes_, threads_;
};

}  // namespace hone::exchange::perfetto_import
