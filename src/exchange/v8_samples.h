// Samples of V8's profilers: of its own files and of those inside Chrome's traces.
//
//   V8Samples samples(thread, to);
//   samples.add(ns, stack, function.is_idle());
//   samples.finish(end_ns);
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "exchange/intake.h"

namespace hone::exchange {

// Each stands for the time until the next, as DevTools and speedscope read them: V8 samples by the
// wall clock, and says when nothing ran. The last one stands for the time until the end of the
// profile; where the file does not say when that is, for as long as the one before.
class V8Samples {
 public:
  // V8 hands samples over in blocks, so that some come late: so many wait for those.
  static constexpr size_t kWaitingMost = 1024;

  V8Samples(ThreadId thread, Intake& to) : thread_(thread), to_(&to) {}

  // An idle one is where the one before ends. What is older than what was written is left out.
  void add(int64_t ns, StackId stack, bool is_idle);
  // `end_ns`: before the last one where it is not known.
  void finish(int64_t end_ns);
  bool has_any() const { return !waiting_.empty() || last_ns_ != INT64_MIN; }

 private:
  struct Waiting {
    int64_t ns = 0;
    StackId stack{};
    bool is_idle = false;
  };
  void write_first(int64_t until_ns);

  ThreadId thread_;
  Intake* to_;
  std::deque<Waiting> waiting_;  // by time
  int64_t last_ns_ = INT64_MIN;  // of the last that was written
  int64_t last_weight_ = 0;
};

}  // namespace hone::exchange
