#include "analysis/value_series.h"

namespace hone::analysis {

void ValueSeries::finish() {
  levels_.clear();
  const auto add_level = [&](size_t count, auto&& bounds_of) {
    std::vector<Bounds> level;
    for (size_t i = 0; i < count; i += kFanOut) {
      Bounds all = bounds_of(i);
      for (size_t k = i + 1; k < std::min(count, i + kFanOut); ++k) {
        const Bounds one = bounds_of(k);
        all = {std::min(all.least, one.least), std::max(all.most, one.most)};
      }
      level.push_back(all);
    }
    levels_.push_back(std::move(level));
  };
  if (size() <= kFanOut) return;
  add_level(size(), [&](size_t i) { return Bounds{value_[i], value_[i]}; });
  while (levels_.back().size() > kFanOut) {
    const std::vector<Bounds> below = levels_.back();
    add_level(below.size(), [&](size_t i) { return below[i]; });
  }
}

size_t ValueSeries::seek(TimeNs time, size_t from) const {
  size_t step = 1;
  while (from + step < size() && time_[from + step] < time) step *= 2;
  const auto first = time_.begin() + static_cast<ptrdiff_t>(from);
  const auto last = time_.begin() + static_cast<ptrdiff_t>(std::min(size(), from + step + 1));
  return static_cast<size_t>(std::lower_bound(first, last, time) - time_.begin());
}

ValueSeries::Part ValueSeries::between(size_t first, size_t behind) const {
  if (first >= behind) return {};
  Part out{value_[first], value_[first], value_[behind - 1],
           static_cast<uint32_t>(std::min<size_t>(behind - first, UINT32_MAX))};
  const auto take = [&](double least, double most) {
    out.least = std::min(out.least, least);
    out.most = std::max(out.most, most);
  };
  // Up to whole groups of a level, then these by the level above, and what is left behind them.
  const auto take_values = [&](size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) take(value_[i], value_[i]);
  };
  size_t level = 0, from = first, to = behind;
  while (true) {
    const size_t up = (from + kFanOut - 1) / kFanOut, down = to / kFanOut;
    const auto take_range = [&](size_t a, size_t b) {
      if (level == 0) return take_values(a, b);
      for (size_t i = a; i < b; ++i) take(levels_[level - 1][i].least, levels_[level - 1][i].most);
    };
    if (up >= down || level == levels_.size()) {
      take_range(from, to);
      return out;
    }
    take_range(from, up * kFanOut);
    take_range(down * kFanOut, to);
    from = up;
    to = down;
    ++level;
  }
}

}  // namespace hone::analysis
