// Values over time, of which any window is seen at once: of each bucket the least, the greatest and
// the last, whatever their number.
//
//   ValueSeries series;
//   for (...) series.add(time, value);   // by time
//   series.finish();
//   series.for_each_bucket(window, [&](uint32_t bucket, const ValueSeries::Part& part) { ... });
//
// 17 bytes a value.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/types.h"
#include "profile/span_window.h"

namespace hone::analysis {

class ValueSeries {
 public:
  struct Part {
    double least = 0, most = 0, last = 0;
    uint32_t count = 0;
  };

  // What is earlier than the one before it is taken for as late. No value is NaN.
  void add(TimeNs time, double value) {
    time_.push_back(time_.empty() ? time : std::max(time, time_.back()));
    value_.push_back(value);
  }
  void finish();

  size_t size() const { return time_.size(); }
  TimeNs time(size_t i) const { return time_[i]; }
  double value(size_t i) const { return value_[i]; }
  Part all() const { return between(0, size()); }
  Part between(size_t first, size_t behind) const;  // of no rows: all 0
  size_t first_at(TimeNs time) const { return seek(time, 0); }

  // Buckets that have values, in order. Where the window begins behind a value, bucket 0 comes
  // first with what held there, which counts for none.
  template <class F>
  void for_each_bucket(const profile::SpanWindow& window, F&& f) const {
    size_t at = seek(window.begin, 0);
    if (at > 0) f(0u, Part{value_[at - 1], value_[at - 1], value_[at - 1], 0});
    const TimeNs end = window.end();
    while (at < size() && time_[at] < end) {
      const int64_t bucket = (raw(time_[at]) - raw(window.begin)) >> window.step;
      const size_t behind = seek(TimeNs{raw(window.begin) + ((bucket + 1) << window.step)}, at);
      f(static_cast<uint32_t>(bucket), between(at, behind));
      at = behind;
    }
  }

 private:
  static constexpr size_t kFanOut = 64;
  struct Bounds {
    double least, most;
  };
  // The first from `from` on that is not before `time`.
  size_t seek(TimeNs time, size_t from) const;

  std::vector<TimeNs> time_;
  std::vector<double> value_;
  std::vector<std::vector<Bounds>> levels_;  // of kFanOut values, of as many of these, ...
};

}  // namespace hone::analysis
