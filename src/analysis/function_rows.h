// The rows of one side of a function table. Private to function_table.cc.
#pragma once

#include <vector>

#include "analysis/function_table.h"

namespace hone::analysis {

// `a` of each row holds its sums.
struct SideRows {
  std::vector<FunctionRow> rows;
  TableTotals totals;
};

// Spans by name: self and total as they nest. On all CPUs.
SideRows rows_of_spans(const TableSide& side);
// Those of GPUs.
SideRows rows_of_gpu_spans(const TableSide& side);
// Samples or waits by the spans that were open on their thread: the innermost has them itself.
// "[no span]": none was open. Waits that the recording sums up are "[not known]".
SideRows rows_by_open_span(const TableSide& side, Metric metric);

}  // namespace hone::analysis
