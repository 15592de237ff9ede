// What JIT compilers leave behind for profilers, found and opened while the process lives.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/host/file.h"

namespace hone::capture {

// The id that a process or a thread (its folder in /proc) has for itself, in the innermost of its
// namespaces; `id` where that is not known.
pid_t id_in_own_namespace(const std::string& proc_folder, pid_t id);

// The perf map of a process: /tmp/perf-PID.map as the process sees it. None (an empty descriptor)
// where there is no such file, or where it is older than the process: that of an earlier one with
// the same id. Of a process that is gone, when the file was written after `alive_at`
// (CLOCK_REALTIME, ns).
base::UniqueFd open_perf_map(pid_t pid, int64_t alive_at);

}  // namespace hone::capture
