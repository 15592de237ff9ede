// What a person should look at first, each with its numbers and its evidence. No finding is a
// result too, and then one that says so.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analysis/selection.h"
#include "analysis/spans.h"
#include "profile/profile.h"

namespace hone::analysis {

enum class FindingKind : uint8_t {
  kDominatingFunction,  // one function's self time stands out
  kDominatingLine,      // one source line does
  kScriptFunction,      // a function of a script, with what its interpreter does for it
  kSingleBusyThread,    // one thread works while the machine has more cores
  kBrokenStacks,
  kMissingSymbols,
  kDebugBuild,          // the hot code was compiled without optimisation
  kTallSmallFunctions,  // deep stacks of tiny functions that want inlining
  kTooFewSamples,
  kDataLost,        // samples lost, recording cut
  kUnsampledCpu,    // much CPU time that no sample saw
  kThrottled,       // a control group's CPU limit held the program back
  kMemoryLimit,     // a control group's memory limit is near, or was met
  kMajorFaults,     // code or data was read back from disk
  kPageFaultStorm,  // much of the CPU time goes into getting memory from the kernel
  kSwapped,
  kCpuPressure,       // tasks waited for a CPU: too many of them, or a busy machine
  kStolenCpu,         // other machines of the same host took CPU time
  kWaiting,           // it waits more than it works
  kRunQueueWait,      // threads that could run had no CPU
  kOneThreadHolds,    // others wait for locks that one thread lets go of
  kShortSystemCalls,  // the kernel is asked for little at a time, over and over
  kExplainingEvent,   // a counted event comes with the hottest function
  kLockstep,          // sampling keeps step with a periodic thread
  kFramesOverBudget,  // with what was different in them
  kSpanOfFrame,       // spans that take much of the frames
  kSpikes,            // a span that takes many times its median, now and then
  kGpuBound,          // frames wait where they are handed to the GPU or the display
  kCpuBound,          // they do not, and are over the budget
  kGpuCpuTurns,       // one of the two stands still while the other works
  kGrowingPlot,
  kLowHitRate,
  kWaitingSpan,  // its thread is blocked for much of it
  kLockWaits,    // threads wait for locks that the program marks
  kDeadlock,     // threads wait for each other's locks
  kFreedTwice,   // what a pool of the program had given back was given back again
  kNothingStandsOut,
};

struct Finding {
  FindingKind kind{};
  std::string id;         // stable: "dominating-function"
  uint8_t severity = 0;   // 3 act on it, 2 look at it, 1 note (quality of the measurement)
  std::string sentence;   // one line with the numbers
  std::string next_step;  // what to do, one line, with the command where there is one
  std::string how;        // how it was computed, thresholds included
  // name -> value with the unit in the name: {"self_share", "0.41"}, {"self_share_low", "0.38"}
  std::vector<std::pair<std::string, std::string>> evidence;
  double gain_share = 0;  // share of CPU time at stake; findings are sorted by severity, then this
};

// `spans`: of the same profile and selection.
std::vector<Finding> findings(const profile::Profile& profile, const Selection& selection,
                              const SpanReport& spans);
std::vector<Finding> findings(const profile::Profile& profile, const Selection& selection);

}  // namespace hone::analysis
