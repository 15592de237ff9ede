// The kernel's definition of our probes: one event with a probe at each point, made in the tracing
// file system, which needs root. (docs/design/2026-11-22-probes.md says why not by the uprobe PMU.)
//
//   HONE_TRY_ASSIGN(ProbeDefinitions defined, ProbeDefinitions::make(plan));
//   attr.type = PERF_TYPE_TRACEPOINT; attr.config = defined.id();
//
// The definitions go when the object goes, after the events that use them are closed. Those of a
// recorder that was killed stop nothing, and are removed by the next one.
//
// Whose they are is in the name of their group: "hone_PID_START_NAMESPACE". A process id comes
// again, and means another process in another namespace; the time of its start does not. Those of a
// recorder that lives may not be removed: of several probes of one event the kernel frees all but
// the last without asking whether they are in use (unregister_trace_uprobe).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/host/file.h"
#include "base/host/result.h"
#include "capture/probes/probe_plan.h"

namespace hone::capture {

// What a probe tells, behind the kernel's own fields: which point it is, the stack pointer, the
// processor's flags, and where an indirect jump leads (an address of the process; 0 of others).
struct ProbeRecord {
  static constexpr size_t kPointAt = 16, kSpAt = 20, kFlagsAt = 28, kTargetAt = 36, kBytes = 44;
};

class ProbeDefinitions {
 public:
  // Errors: Permission (E061) when the kernel lets us make none, with what would permit it.
  static Result<ProbeDefinitions> make(const ProbePlan& plan);
  ProbeDefinitions(ProbeDefinitions&& other) noexcept = default;
  ~ProbeDefinitions();

  // Of the tracepoint.
  uint64_t id() const { return id_; }

 private:
  ProbeDefinitions() = default;
  base::UniqueFd folder_;  // of the tracing file system
  std::string group_;      // empty: nothing is to be removed
  uint64_t id_ = 0;
};

// The group of this process's definitions.
std::string own_probe_group();
// Whether `group` is that of a recorder of our namespace of processes that has ended. False
// wherever that cannot be known.
bool is_left_behind(std::string_view group);

// What is to be done by whom to whom probes are refused.
tl::unexpected<Error> probes_refused(const std::string& what, int sys_errno);

}  // namespace hone::capture
