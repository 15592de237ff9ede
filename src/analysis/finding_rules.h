// The rules behind findings(), each a function of the same facts. Every threshold stands in
// Thresholds with its reason, and in the finding's `how`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/counters.h"
#include "analysis/findings.h"
#include "analysis/hot_spots.h"
#include "analysis/spans.h"
#include "analysis/summary.h"
#include "analysis/waits.h"
#include "analysis/weights.h"

namespace hone::analysis {

// What all rules look at, computed once.
struct FindingInput {
  const profile::Profile& profile;
  const Selection& selection;
  const StackWeights& weights;
  const Summary& summary;
  const HotSpots& functions;  // the first two by self time
  const SystemFacts& system;
  const WaitReport& waits;
  const Counters& counters;
  const SpanReport& spans;
};

using Findings = std::vector<Finding>;

struct Thresholds {
  // A share counts from the low end of its 95% interval, so that few samples claim little.
  static constexpr double kFunctionShareLow = 0.25;  // removing it would be worth 1.33x
  static constexpr double kFunctionAboveNext = 1.5;  // else it is one of several
  static constexpr double kFunctionAct = 0.5;        // half the program
  static constexpr double kLineShareLow = 0.20;
  static constexpr uint32_t kOneLinerSpan = 2;        // signature, statement, brace
  static constexpr double kBusyCpusMax = 1.1;         // one thread, and rounding of the accounts
  static constexpr double kBusyCpusMin = 0.85;        // below, it waits: another question
  static constexpr double kBusyThreadShare = 0.85;    // of the CPU time, in one thread
  static constexpr int64_t kBusyCpuNs = 500'000'000;  // shorter, and start-up is what is seen
  static constexpr uint64_t kManyCpus = 4;
  static constexpr double kBrokenShare = 0.02;  // less than the width of most intervals
  static constexpr double kBrokenLook = 0.10;   // call trees mislead
  static constexpr uint64_t kBrokenCount = 5;
  static constexpr double kUnnamedShare = 0.10;
  static constexpr double kDebugShare = 0.25;
  static constexpr uint64_t kSmallBytes = 64;  // call, prologue and return are most of it
  static constexpr size_t kSmallChain = 4;     // different functions in a row
  static constexpr double kSmallShareLow = 0.10;
  static constexpr uint64_t kFewSamples = 200;     // +-7 points at a share of one half
  static constexpr uint64_t kVeryFewSamples = 50;  // +-14 points
  static constexpr uint64_t kSamplesForClaims = 20;
  static constexpr double kLostLook = 0.01;
  static constexpr double kUnsampledShare = 0.05;
  static constexpr double kUnsampledPeriods = 20;  // fewer are the ends of threads
  static constexpr double kUnsampledErrors = 3;    // standard errors of a count of samples
  static constexpr double kWaitingCpus = 0.1;      // busy less than that: it waits
  // A throttled period stops every thread for up to its length (100 ms by default), so that even
  // one in twenty is in the slowest requests.
  static constexpr double kThrottledPeriods = 0.05;
  static constexpr double kThrottledAct = 0.25;
  static constexpr double kThrottledCount = 3;     // fewer may be how the program started
  static constexpr double kMemoryNearLimit = 0.9;  // beyond it the kernel takes back what it can
  // A page from disk takes 0.1 to 10 ms: a hundred are seen in a run of any length, and ten a
  // second keep a thread waiting for a tenth of its time on a slow disk.
  static constexpr double kMajorFaults = 100;
  static constexpr double kMajorFaultsSecond = 10;
  // A fault takes 0.5 to 2 us with the page zeroed: from here on 5% of the CPU time or more.
  static constexpr double kFaultsCpuSecond = 50'000;
  static constexpr double kFaultsSystemShare = 0.15;  // and the kernel's share shows it
  static constexpr double kFaultsCpuNs = 200e6;       // shorter, and it is the loading that is seen
  static constexpr double kSwappedBytes = 10e6;       // less is what nobody uses
  static constexpr double kCpuPressure = 0.2;         // times then vary by as much
  static constexpr double kStolenShare = 0.05;        // the width of most intervals
  static constexpr double kWaitingBusyMax = 0.5;  // CPUs: it could be twice as fast by waiting less
  static constexpr double kWaitingShare = 0.5;
  static constexpr int64_t kWaitingWallNs = 100'000'000;
  static constexpr double kRunQueueShare = 0.2;
  static constexpr int64_t kRunQueueNs = 100'000'000;
  static constexpr double kLockShare = 0.2;
  static constexpr double kHolderShare = 0.5;
  static constexpr size_t kHeldThreads = 2;
  // The way into the kernel and out takes 0.1 to 0.5 us; a call that does as much as that again is
  // a short one.
  static constexpr double kCallShareLow = 0.10;
  static constexpr double kCallWayShare = 0.25;
  static constexpr double kCallAct = 0.30;
  static constexpr double kEventShareLow = 0.10;
  static constexpr size_t kEventSteps = 10;
  static constexpr double kEventR = 0.8;      // with ten steps by chance in one of 200 pairs
  static constexpr double kEventTimes = 3;    // as many with the function as without it
  static constexpr double kEventRate = 1000;  // a second: fewer cost nothing
  static constexpr double kLockstepSamples = 50;
  static constexpr double kLockstepShare = 0.25;
  static constexpr double kLockstepErrors = 6;
  static constexpr size_t kFrames = 30;  // fewer say nothing of how many are slow
  static constexpr double kSlowFrames = 0.01;
  static constexpr size_t kSlowFramesCount = 2;  // one is how it started
  static constexpr double kSlowFramesAct = 0.1;
  static constexpr double kGrownShare = 0.1;  // of what slow frames take longer
  static constexpr size_t kGrownSpans = 3;
  static constexpr double kSpanOfFrame = 0.05;
  static constexpr double kSpanLeads = 0.25;  // a frame without it would be 1.33 times as fast
  static constexpr size_t kSpansNamed = 3;
  static constexpr size_t kSpikesOf = 100;
  static constexpr size_t kSpikes = 3;
  static constexpr double kSpikesShare = 0.1;
  static constexpr double kSpikesOften = 0.1;  // of its spans: more are its other way of working
  static constexpr double kPresentShare = 0.3;
  static constexpr double kPresentLittle = 0.05;
  // A random walk of as many steps passes these once in a hundred times or less; see the tests.
  static constexpr size_t kTrendSteps = 90, kTrendStepsLeast = 30;
  static constexpr size_t kTrendValues = 30;
  static constexpr int64_t kTrendNs = 2'000'000'000;
  static constexpr double kTrendTau = 0.9;
  static constexpr double kTrendZ = 2.6;
  static constexpr double kTrendKeeps = 0.5;
  static constexpr double kTrendTimes = 1.5;
  static constexpr double kLookUps = 100;
  static constexpr double kHitRate = 0.5;  // beyond it most look-ups are for nothing
  static constexpr double kSpanWaitShare = 0.3;
  static constexpr int64_t kSpanWaitNs = 20'000'000;
  static constexpr double kMarkedLockShare = 0.01;  // measured, every wait: no guess to allow for
  static constexpr int64_t kMarkedLockNs = 1'000'000;
};

void find_dominating_function(const FindingInput& in, Findings& out);
void find_script_function(const FindingInput& in, Findings& out);
void find_dominating_line(const FindingInput& in, Findings& out);
void find_single_busy_thread(const FindingInput& in, Findings& out);
void find_debug_build(const FindingInput& in, Findings& out);
void find_tall_small_functions(const FindingInput& in, Findings& out);
void find_missing_symbols(const FindingInput& in, Findings& out);
void find_broken_stacks(const FindingInput& in, Findings& out);
void find_too_few_samples(const FindingInput& in, Findings& out);
void find_data_lost(const FindingInput& in, Findings& out);
void find_unsampled_cpu(const FindingInput& in, Findings& out);
void find_throttled(const FindingInput& in, Findings& out);
void find_memory_limit(const FindingInput& in, Findings& out);
void find_major_faults(const FindingInput& in, Findings& out);
void find_page_fault_storm(const FindingInput& in, Findings& out);
void find_swapped(const FindingInput& in, Findings& out);
void find_cpu_pressure(const FindingInput& in, Findings& out);
void find_stolen_cpu(const FindingInput& in, Findings& out);
void find_waiting(const FindingInput& in, Findings& out);
void find_run_queue_wait(const FindingInput& in, Findings& out);
void find_one_thread_holds(const FindingInput& in, Findings& out);
void find_short_system_calls(const FindingInput& in, Findings& out);
void find_explaining_event(const FindingInput& in, Findings& out);
void find_lockstep(const FindingInput& in, Findings& out);
void find_frames_over_budget(const FindingInput& in, Findings& out);
void find_span_of_frame(const FindingInput& in, Findings& out);
void find_spikes(const FindingInput& in, Findings& out);
void find_bound_by(const FindingInput& in, Findings& out);
void find_growing_plot(const FindingInput& in, Findings& out);
void find_low_hit_rate(const FindingInput& in, Findings& out);
void find_waiting_span(const FindingInput& in, Findings& out);
void find_lock_waits(const FindingInput& in, Findings& out);
void find_freed_twice(const FindingInput& in, Findings& out);

// "41.2% of CPU time (38.0% to 44.5%)"
std::string share_text(const Share& share);
std::string number_text(double value);          // for evidence: four digits after the point
std::string quoted(std::string_view argument);  // for a shell

}  // namespace hone::analysis
