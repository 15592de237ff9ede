// Functions, lines, modules, threads, ... of one recording or of two side by side: what the page
// Functions shows. What only one of the two has is a row too.
//
//   const FunctionTable table = function_table({.profile = &p, .selection = &all}, {}, options);
//   for (const FunctionRow& row : table.rows) use(row.name, row.a.self, table.self_share(row.a));
//
// Rows of two recordings go together by key (keyed_groups.h), threads and processes by name.
//
// Verdicts: samples are counts of events that are taken to come independently, so that a share has
// a binomial interval and a sum a Poisson one, both with the effective number of samples (sum w)^2
// / sum w^2; the interval of a difference is Newcombe's (stats/difference.h), at 95%. Waits, which
// come as they come, are taken as such events too: then an interval says how much chance there is
// in a sum of so many waits, and nothing of what differs from run to run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/difference.h"
#include "analysis/hot_spots.h"
#include "analysis/keyed_groups.h"
#include "analysis/metrics.h"
#include "profile/profile.h"

namespace hone::analysis {

// A change of a share, or of a sum as a share of all of A, that matters.
inline constexpr double kShareThatMatters = 0.005;

enum class TableBy : uint8_t { kFunction, kLine, kModule, kThread, kProcess, kSubsystem, kSpan };

struct TableSums {
  int64_t self = 0, total = 0;  // in the metric's unit
  uint64_t self_samples = 0, total_samples = 0;
  bool here = false;  // this recording has it
};

struct FunctionRow {
  uint64_t key = 0;
  std::string name, module, file;
  std::string in;  // of a line: the function it stands in; "" where there are several
  uint32_t line = 0;
  CodeKind kind{};
  bool inlined = false;  // somewhere it is
  TableSums a, b;
};

struct TableSide {
  const profile::Profile* profile = nullptr;  // null: there is no such side
  const Selection* selection = nullptr;
};

// What the rows of one side are shares of.
struct TableTotals {
  int64_t total = 0;
  uint64_t samples = 0;
  double effective_samples = 0;
};

enum class DeltaOf : uint8_t { kShare, kTotal };

struct FunctionTable {
  std::vector<FunctionRow> rows;  // in no order that means anything
  TableTotals a, b;
  bool compared = false;
  bool sampled = true;  // false, of spans: each was measured, and their times are judged elsewhere
                        // (span_table.h)

  // Of self, with its interval at 95%.
  Share self_share(const TableSums& sums, const TableTotals& of) const;
  // b - a of self: of shares, or in the metric's unit.
  double delta(const FunctionRow& row, DeltaOf of) const;
  Verdict verdict(const FunctionRow& row, DeltaOf of) const;
};

// `b` may be without a profile. By kSpan, the innermost span that was open on the thread counts as
// self. Metrics of spans have spans as rows, whatever `by` says.
FunctionTable function_table(const TableSide& a, const TableSide& b, Metric metric, TableBy by);

}  // namespace hone::analysis
