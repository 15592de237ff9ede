// What is recorded without having been started for it: processes that run already, a control
// group, or the whole system. Nothing is asked of them, and nothing done to them.
//
//   HONE_TRY_ASSIGN(Attached attached, Attached::find({1234}));
//   ... events are opened for attached.threads(), and switched on ...
//   attached.introduce(collector, clocks, now);   // before the first event is handed over
//   ... until attached.all_ended() ...
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/host/file.h"
#include "base/host/result.h"
#include "capture/collector.h"
#include "capture/process_clocks.h"

namespace hone::capture {

class Attached {
 public:
  Attached() = default;
  // Errors: NotFound (E032) when one of `pids` does not run, (E034) when there is no such group;
  // Permission (E033) when a process may not be recorded by us; Unsupported (E060) without /proc.
  static Result<Attached> find(const std::vector<pid_t>& pids);
  static Result<Attached> cgroup(const std::string& name);
  static Attached everyone();

  bool empty() const { return scope_ == Scope::kNothing; }
  // Of the group; -1: none.
  int cgroup_fd() const { return cgroup_fd_.get(); }
  const std::string& group_folder() const { return cgroup_folder_; }
  // For the file's name, and for people: "redis-server (pid 12)", "the whole system".
  const std::string& name() const { return name_; }
  std::string description() const;
  const std::string& command() const { return command_; }
  // Of the processes and their descendants, as of now; none where events need not be told.
  std::vector<pid_t> threads() const;
  void introduce(Collector& collector, ProcessClocks& clocks, TimeNs time);
  // Where nobody asks what each has used.
  void introduce(Collector& collector, TimeNs time) {
    ProcessClocks none;
    introduce(collector, none, time);
  }
  // Of the processes that were asked for; a group and the system never end.
  bool all_ended() const;

 private:
  std::vector<pid_t> now() const;

  std::vector<pid_t> pids_;
  std::vector<base::UniqueFd> ends_;  // pidfds: they tell of ends, whatever the ids are used for
  enum class Scope : uint8_t { kNothing, kProcesses, kCgroup, kEveryone } scope_{};
  base::UniqueFd cgroup_fd_;
  std::string cgroup_folder_;
  std::string name_, command_;
};

}  // namespace hone::capture
