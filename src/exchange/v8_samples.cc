#include "exchange/v8_samples.h"

#include <algorithm>

namespace hone::exchange {
namespace {

// 0 where there is none.
int64_t usual_interval(const std::vector<V8Sample>& samples) {
  std::vector<int64_t> intervals;
  for (size_t i = 1; i < samples.size(); ++i) {
    int64_t ns = 0;
    if (!__builtin_sub_overflow(samples[i].ns, samples[i - 1].ns, &ns) && ns > 0) {
      intervals.push_back(ns);
    }
  }
  if (intervals.empty()) return 0;
  const auto middle = intervals.begin() + static_cast<ptrdiff_t>(intervals.size() / 2);
  std::nth_element(intervals.begin(), middle, intervals.end());
  return *middle;
}

}  // namespace

void write_v8_samples(std::vector<V8Sample> samples, int64_t end_ns, ThreadId thread, Intake& to) {
  if (samples.empty()) return;
  // Steps may be negative: V8 hands samples over in blocks.
  std::stable_sort(samples.begin(), samples.end(),
                   [](const V8Sample& a, const V8Sample& b) { return a.ns < b.ns; });
  for (size_t i = 0; i < samples.size(); ++i) {
    const V8Sample& sample = samples[i];
    if (sample.is_idle) continue;
    int64_t weight = 0;
    if (i + 1 == samples.size() && end_ns < sample.ns) {
      weight = usual_interval(samples);
    } else {
      const int64_t next = i + 1 < samples.size() ? samples[i + 1].ns : end_ns;
      if (__builtin_sub_overflow(next, sample.ns, &weight)) weight = 0;
    }
    to.sample(thread, TimeNs{sample.ns}, sample.stack, DurationNs{weight});
  }
}

}  // namespace hone::exchange
