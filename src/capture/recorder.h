// Records a program: start, sample, follow its processes, end, symbolise, finish the file.
//
//   HONE_TRY_ASSIGN(RecordOutcome outcome, record({.command = {"xz", "-6", "file"}}, progress));
//
// What runs already is left as it is: it is not stopped, not told, and runs on.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/host/function_ref.h"
#include "base/host/result.h"
#include "capture/counters/system_counters.h"
#include "capture/output_files.h"
#include "capture/probes/probe_options.h"
#include "capture/region.h"
#include "capture/span_settings.h"
#include "stacks/unwinder.h"

namespace hone::capture {

struct RecordOptions {
  std::vector<std::string> command;  // to be started; or else
  std::vector<pid_t> pids;           // processes that run already, with their descendants; or
  // Or a control group, or the whole system; with a command, for as long as that runs.
  std::string cgroup;
  bool everyone = false;
  std::string output;  // "" makes NAME-DATE-TIME.hone in the current folder
  double frequency_hz = 997;
  enum class SamplerChoice : uint8_t { kAuto, kPerf, kTimer } sampler{};
  double duration_s = 0;  // 0: until the program ends
  stacks::Method method = stacks::Method::kAuto;
  uint32_t stack_bytes = 0;  // 0: chosen
  bool user_only = false;
  bool per_process = false;
  bool keep_environment = false;
  bool splice = true;
  RegionOptions region;
  // The program gets a descriptor by which it can pause the recording and go on (HONE_CTL_FD).
  bool program_steers = false;
  OutputOptions files;  // its path is `output`
  CounterOptions counters;
  SpanSettings spans;
  ProbeOptions probes;  // functions that are not instrumented
  std::string filter;   // of spans and messages, like HONE_FILTER; empty: the program's own
  bool waits = true;    // time in which threads do not run, beside the time in which they do
};

struct RecordProgress {
  int64_t elapsed_ns = 0;
  uint64_t samples = 0, lost = 0;
  uint64_t bytes = 0;
  enum class Stage : uint8_t { kRecording, kSymbols, kDone } stage{};
  bool paused = false;
};

struct RecordOutcome {
  std::string path;
  int exit_status = 0;         // as a shell gives it: 128 + signal
  bool program_lives = false;  // recording ended before the program did
  int64_t program_pid = 0;     // 0: none was started
  std::string target;          // what was recorded, when no program was started
  uint64_t samples = 0, lost = 0, broken = 0;
  uint64_t bytes = 0;
  int64_t wall_ns = 0, recorder_cpu_ns = 0;
  bool kernel_side = false, whole_machine = false;
  int64_t recorded_ns = 0;  // of wall_ns: less what was paused
  uint64_t pauses = 0;
  uint32_t files = 1;          // with rotation, or snapshots of a flight recorder
  std::string ended_by;        // "max-size", "ctl", ...: empty when the program or -d ended it
  std::string sampler;         // "perf", "timer"
  std::string sampler_reason;  // why the other one was not taken; empty: it was not asked
  std::vector<std::string> notices;  // what was asked for and could not be had
};

// Blocks SIGINT, SIGTERM, SIGCHLD for the calling thread while it runs. Call it once at a time.
Result<RecordOutcome> record(const RecordOptions& options,
                             base::FunctionRef<void(const RecordProgress&)> progress);
// After an outcome with program_lives: waits for the program, handing signals on to it, and gives
// its exit status.
int wait_for_program(const RecordOutcome& outcome);

// The recording's file name for a program: "xz-20260102-030405.hone".
std::string default_output(const std::string& program);

}  // namespace hone::capture
