// The control group that the recorded program runs in: what it may use, what it uses, and for how
// long it was held back. Version 2, or `cpu` and `memory` of version 1.
//
//   const GroupPlaces places = find_groups("", pid);
//   CgroupCounters group(writer, places);
//   group.read(true);
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "capture/counters/machine_counters.h"

namespace hone::capture {

// Folders, empty where there is none. A limit is mostly set on a group around the one that a
// program is in, so `cpu` and `memory` are where the tightest limit is, else the program's own.
struct GroupPlaces {
  std::string cpu, memory;
  std::string pressure;  // version 2 alone
  bool cpu_version2 = false, memory_version2 = false;
  std::string cpu_name, memory_name, pressure_name;  // below their mounts: "/system.slice"
  double cpu_limit = -1;                             // in CPUs; negative: none
  int64_t memory_limit_bytes = -1;
};

// Of a process; `root` is put before all paths. Nothing is an error: then the folders are empty.
GroupPlaces find_groups(const std::string& root, pid_t pid);
// Of a folder of the groups' file system.
GroupPlaces groups_of_folder(const std::string& root, const std::string& folder);
// The same from texts, where the folders would be looked at: `mounts` and `groups` are the
// process's mountinfo and cgroup.
std::vector<std::pair<std::string, std::string>> group_folders(std::string_view mounts,
                                                               std::string_view groups,
                                                               std::string_view controller);

class CgroupCounters {
 public:
  CgroupCounters(CounterWriter& writer, const GroupPlaces& places);
  void read(bool all);

 private:
  void open_cpu(const GroupPlaces& places);
  void open_memory(const GroupPlaces& places);

  CounterWriter& writer_;
  ReadBuffer buffer_;
  bool cpu_version2_, memory_version2_;
  ProcFile cpu_, memory_current_, memory_events_, memory_swap_;
  Series used_{}, throttled_{}, periods_{}, periods_throttled_{};
  Series memory_{}, swap_{}, at_limit_{}, killed_{};
  PressureCounters pressure_;
};

}  // namespace hone::capture
