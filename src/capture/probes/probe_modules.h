// Which file a module of --probe is: as the program will map it, or has.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/host/result.h"

namespace hone::capture {

// Of whom functions are probed: a program that is about to be started, or processes that run.
struct ProbeTarget {
  std::string program;      // path; empty: none is started
  std::vector<pid_t> pids;  // that run already
};

// A file with code, as it can be opened from here (that of a process in a container through
// /proc/PID/root), and as people call it.
struct ProbeModule {
  std::string path;
  std::string name;  // "libc.so.6"
};

// The files that `module` names (empty: the programs themselves), each once. Names of libraries are
// looked up among those that the processes have mapped, or that the program's own loader says it
// would map; then where ldconfig knows one. Errors: NotFound (E062), with the nearest names.
Result<std::vector<ProbeModule>> find_probe_modules(const std::string& module,
                                                    const ProbeTarget& target);

}  // namespace hone::capture
