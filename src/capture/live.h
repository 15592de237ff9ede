// What runs now, as samples of the last moments: what `hone top` shows. Nothing is written, and
// what is held is bounded however long it goes on.
//
//   HONE_TRY_ASSIGN(std::unique_ptr<Live> live, Live::open({.pids = {1234}}));
//   while (!live->ended()) {
//     live->wait(fds, 1000);               // or until one of `fds` can be read
//     LiveSlice slice = live->take_slice();
//     for (const LiveStack& at : slice.stacks) use(at, slice.frames_of(at), live->names());
//   }
//
// One thread alone may use it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/host/result.h"
#include "base/types.h"
#include "capture/live_names.h"
#include "capture/recorder.h"
#include "capture/thread_times.h"

namespace hone::capture {

struct LiveOptions {
  std::vector<std::string> command;  // to be started; or else
  std::vector<pid_t> pids;           // with their descendants; or
  std::string cgroup;
  bool everyone = false;
  double frequency_hz = 499;
  RecordOptions::SamplerChoice sampler{};
  bool user_only = false;
  bool per_process = false;
  // The program's streams that are our terminal are turned to /dev/null: it is drawn on.
  bool keep_terminal = false;
  // With more different frames, all that was learned is dropped and begun anew.
  size_t frames_max = 200'000;
};

// Samples of one thread that have one stack.
struct LiveStack {
  uint32_t thread = 0;  // index into LiveSlice::threads
  uint32_t frames_begin = 0, frame_count = 0;
  uint32_t samples = 0;
  int64_t ns = 0;
};

struct LiveThread {
  pid_t pid = 0, tid = 0;
  std::string name, process;
};

// What happened between two calls of take_slice().
struct LiveSlice {
  TimeNs begin{}, end{};
  std::vector<LiveThread> threads;
  std::vector<LiveStack> stacks;
  std::vector<FrameId> frames;  // of all stacks, each innermost first
  uint64_t samples = 0, lost = 0, broken = 0;
  uint64_t uncounted = 0;   // samples beyond what a slice may hold: not in `stacks`
  int64_t own_cpu_ns = 0;   // what this process used meanwhile
  uint32_t generation = 0;  // frames of different generations have nothing in common

  std::span<const FrameId> frames_of(const LiveStack& stack) const {
    return {frames.data() + stack.frames_begin, stack.frame_count};
  }
};

class Live {
 public:
  // Errors as those of record().
  static Result<std::unique_ptr<Live>> open(const LiveOptions& options);
  ~Live();

  // Takes in samples for `timeout_ms`, or until one of `fds` can be read; true in that case.
  bool wait(std::span<const int> fds, int timeout_ms);
  LiveSlice take_slice();
  // Waits until what was sampled so far has its names, but not longer than that.
  void settle_names(DurationNs patience);

  // How the threads of what is looked at spend their time. Of a whole system or a control group
  // only those of the processes that `slice` has samples of.
  std::vector<ThreadTimes> thread_times(const LiveSlice& slice) const;

  // Of the slice that is being filled. wait() may begin a new one: then the frames of slices that
  // were taken mean nothing any more.
  uint32_t generation() const;
  const LiveNames& names() const;
  std::string sampler() const;  // in words: "perf, every CPU, kernel frames"
  double frequency_hz() const;
  std::string target() const;  // "xz (pid 12)", "the whole system"
  // The program, or all that was attached to.
  bool ended() const;
  // Of a program that ended, as a shell gives it.
  int exit_status() const;
  pid_t program_pid() const;  // 0: none was started, or it has ended
  // Asks the program to end and waits, at most that long; false when it runs on.
  bool end_program(DurationNs patience);

 private:
  struct State;
  explicit Live(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hone::capture
