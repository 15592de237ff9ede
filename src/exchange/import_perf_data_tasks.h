// Processes and threads as a perf.data tells of them: their names, what they have mapped, when they
// end, and when they did not run.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "exchange/import_perf_data_modules.h"
#include "exchange/intake.h"
#include "stacks/address_space.h"

namespace hone::exchange::perf_data {

struct Process {
  int64_t number = 0;  // for Intake: the pid, and above it how often it was used before
  int32_t pid = 0;
  std::string name;
  stacks::AddressSpace space;
  uint32_t threads = 0, ended_threads = 0;
  uint64_t ended = 0;  // when its last thread did
};

class Tasks {
 public:
  // Of executable code: of one process, and of all together. More is left out, and counted.
  static constexpr size_t kRangesMost = 1 << 14, kAllRangesMost = 1 << 21;

  explicit Tasks(Intake& to) : to_(to) {}

  Process& process(int32_t pid);
  ThreadId thread(Process& process, int32_t tid, uint64_t time);
  // Forked threads have not run yet: only where switches are told that is worth anything.
  void tells_switches() { switches_ = true; }

  // `with_maps`: of what its parent had mapped, as fork(2) does it; perf tells of processes that
  // ran before likewise, and of their own mappings behind that.
  void fork(int32_t pid, int32_t tid, int32_t parent, uint64_t time, bool with_maps);
  void name(int32_t pid, int32_t tid, std::string_view name, bool exec, uint64_t time);
  void exit(int32_t pid, int32_t tid, uint64_t time);
  void map(int32_t pid, uint64_t begin, uint64_t bytes, uint64_t offset, stacks::Module* module);
  void switched(int32_t pid, int32_t tid, bool out, bool preempted, uint64_t time);
  void finish();

  uint64_t switches() const { return switch_count_; }

 private:
  struct Thread {
    uint64_t stopped = 0;  // since; 0: it runs, or nobody knows
    bool preempted = false, ended = false;
  };
  Process& renew(int32_t pid);
  void begin(Process& process, int32_t tid, uint64_t time);
  void end_wait(Thread& thread, ThreadId id, uint64_t time, uint8_t flags);
  void let_go(uint64_t time);

  Intake& to_;
  bool switches_ = false;
  std::deque<Process> processes_;
  std::unordered_map<int32_t, Process*> by_pid_;
  std::vector<Thread> threads_;  // index = ThreadId
  struct Ended {
    uint64_t time;
    Process* process;
  };
  std::deque<Ended> ended_;
  size_t ranges_ = 0;
  uint64_t switch_count_ = 0, newest_ = 0;
};

}  // namespace hone::exchange::perf_data
