// Samples of V8's profilers: of its own files and of those inside Chrome's traces.
#pragma once

#include <cstdint>
#include <vector>

#include "exchange/intake.h"

namespace hone::exchange {

struct V8Sample {
  int64_t ns = 0;
  StackId stack{};
  bool is_idle = false;  // nothing ran: it is where the one before ends
};

// Each stands for the time until the next, as DevTools and speedscope read them: V8 samples by the
// wall clock, and says when nothing ran. The last one stands for the time until `end`; where the
// file does not say that (`end` is before it), for the usual time between two.
void write_v8_samples(std::vector<V8Sample> samples, int64_t end_ns, ThreadId thread, Intake& to);

}  // namespace hone::exchange
