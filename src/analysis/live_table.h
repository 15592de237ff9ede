// The last moments of what runs, as a table: samples come in by slices of time, and those that are
// older than the window go out. Shares are of the window alone, exact counts and no decay, so that
// they agree with those of a recording of the same time.
//
//   LiveTable table(DurationNs{5'000'000'000});
//   table.add(live->take_slice());
//   const capture::LiveNames& names = live->names();
//   LiveView view = table.view({[&](FrameId f) { return names.functions_of(f); },
//                               [&](uint32_t i) { return &names.function(i); }, names.pending()},
//                              {.by = LiveBy::kFunction, .rows_max = 40});
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/host/function_ref.h"
#include "capture/live.h"
#include "capture/thread_times.h"

namespace hone::analysis {

enum class LiveBy : uint8_t { kFunction, kThread, kModule };

struct LiveQuery {
  LiveBy by = LiveBy::kFunction;
  bool by_total = false;  // sorted by total, not by self time
  std::string filter;     // only rows whose name or module holds it, whatever the case
  size_t rows_max = SIZE_MAX;
};

struct LiveRow {
  std::string name;
  std::string module;  // of a thread: its process
  int64_t self_ns = 0, total_ns = 0;
  uint64_t self_samples = 0;
  // Of a thread, by the kernel's account; they add up to the time that it was looked at.
  int64_t running_ns = 0, queued_ns = 0, blocked_ns = 0;
  std::string waits_in;  // the kernel's function that it sleeps in at this moment
};

// What the frames of all slices are called now.
struct LiveNaming {
  base::FunctionRef<std::span<const uint32_t>(FrameId)> functions_of;  // innermost first
  base::FunctionRef<const capture::LiveFunction*(uint32_t)> function;
  size_t frames_pending = 0;
};

struct LiveView {
  LiveQuery query;
  std::vector<LiveRow> rows;
  size_t rows_hidden = 0;  // beyond rows_max; those that the filter left out are not counted
  int64_t window_ns = 0;   // that the samples cover: less than asked for at the beginning
  int64_t cpu_ns = 0;      // of all samples: shares are of this
  uint64_t samples = 0, lost = 0, broken = 0, uncounted = 0;
  int64_t own_cpu_ns = 0;
  size_t frames_pending = 0;  // not named yet
  bool has_times = false;     // rows are threads with their times, those that never ran, too
  double share(int64_t ns) const {
    return cpu_ns == 0 ? 0 : static_cast<double>(ns) / static_cast<double>(cpu_ns);
  }
};

class LiveTable {
 public:
  explicit LiveTable(DurationNs window) : window_(window) {}

  void add(capture::LiveSlice slice);
  // `naming` is that of the Live that the slices are of, after the last of them was taken.
  LiveView view(const LiveNaming& naming, const LiveQuery& query) const;
  // How threads spent their time up to now: for tables by thread. Without it they show samples.
  void add_times(TimeNs now, std::vector<capture::ThreadTimes> times);
  void clear();

 private:
  // Windows of hours over many CPUs would hold more: the oldest go first, and the window that is
  // shown says so.
  static constexpr size_t kFramesMax = 16u << 20;

  // Accounts of threads: more than that are thinned out.
  static constexpr size_t kAccountsMax = 64;

  struct Account {
    TimeNs time{};
    std::unordered_map<pid_t, capture::SchedStat> of_thread;
  };
  std::vector<LiveRow> rows_of_times() const;

  DurationNs window_;
  std::deque<capture::LiveSlice> slices_;
  std::deque<Account> accounts_;  // the oldest first; the last is that of times_
  std::vector<capture::ThreadTimes> times_;
};

}  // namespace hone::analysis
