// Spans by name, of one recording or of two side by side: what the page of spans shows. What only
// one of the two has is a row too.
//
//   const SpanTable table = span_table({.profile = &p, .selection = &all}, {});
//   for (const SpanRow& row : table.rows) use(row.name, row.a.times.p50_ns, row.verdict);
//
// Verdicts are of medians, since single spans that were interrupted say nothing of a program: by
// the interval of their ratio at 95% (stats/difference.h, median_ratio(), from the order statistics
// of each side). Every span counts as independent of the others, and how much runs differ whatever
// the program does is not known of two recordings; so a change of less than kRatioThatMatters says
// nothing, however many spans there are.
#pragma once

#include <string>
#include <vector>

#include "analysis/difference.h"
#include "analysis/durations.h"
#include "analysis/function_table.h"
#include "analysis/span_sums.h"

namespace hone::analysis {

inline constexpr double kRatioThatMatters = 1.05;
// Of fewer no order statistics hold the median with 95%: nothing is said.
inline constexpr uint64_t kSpansJudgedMin = 6;

struct SpanTimes {
  bool here = false;
  Distribution times;
  int64_t self_ns = 0;
  uint32_t threads = 0;
  uint64_t timed = 0;  // of a place that was met too often: how many were; 0: each was (spans.h)
  uint64_t loose = 0, still_open = 0;
  // The median's interval; low > high: too few spans.
  int64_t median_low_ns = 1, median_high_ns = 0;
};

struct SpanRow {
  std::string name, category;
  std::string file;  // of the place, or of one of them
  uint32_t line = 0;
  SpanTimes a, b;
  // b / a of the medians; without an interval where one side has too few.
  double ratio = 0;
  bool has_interval = false;
  stats::Interval interval;
  Verdict verdict{};
};

struct SpanTable {
  std::vector<SpanRow> rows;  // in no order that means anything
  bool compared = false;
};
SpanTable span_table(const TableSide& a, const TableSide& b);

// The median's interval of those, into `times`. After durations.distribution().
void judge_median(Durations& durations, SpanTimes& times);
// Ratio, interval and verdict, from both sides' times.
void compare_medians(SpanRow& row);

}  // namespace hone::analysis
