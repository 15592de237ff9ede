// Stretches of time that do not overlap, and how much of them lies between two times.
//
//   Stretches busy;
//   busy.add(start, end);      // by start; what overlaps the one before is joined to it
//   busy.between(from, until)  // ns
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/types.h"

namespace hone::analysis {

class Stretches {
 public:
  // Earlier ones than the last are cut to what comes after it.
  void add(TimeNs start, TimeNs end) {
    if (!end_.empty()) start = std::max(start, end_.back());
    if (end <= start) return;
    if (!end_.empty() && start == end_.back()) {
      sum_.back() += raw(end - start);
      end_.back() = end;
      return;
    }
    start_.push_back(start);
    end_.push_back(end);
    sum_.push_back((sum_.empty() ? 0 : sum_.back()) + raw(end - start));
  }
  int64_t between(TimeNs from, TimeNs until) const {
    return until > from ? up_to(until) - up_to(from) : 0;
  }
  template <class F>
  void for_each(F&& f) const {
    for (size_t i = 0; i < start_.size(); ++i) f(start_[i], end_[i]);
  }
  bool empty() const { return start_.empty(); }
  TimeNs first() const { return start_.front(); }  // not when empty()
  TimeNs last() const { return end_.back(); }
  int64_t all_ns() const { return sum_.empty() ? 0 : sum_.back(); }

 private:
  int64_t up_to(TimeNs time) const {
    const auto behind = std::upper_bound(start_.begin(), start_.end(), time);
    if (behind == start_.begin()) return 0;
    const auto at = static_cast<size_t>(behind - start_.begin()) - 1;
    return sum_[at] - raw(end_[at] - std::min(time, end_[at]));
  }
  std::vector<TimeNs> start_, end_;
  std::vector<int64_t> sum_;  // up to the end of each
};

}  // namespace hone::analysis
