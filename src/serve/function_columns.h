// Further weights of the rows of `functions`: one column each, joined by key.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "serve/weights_asked.h"

namespace hone::serve {

struct WeightColumn {
  analysis::MetricState weight;
  // Whether the sides recorded it at all: where one did not, its rows have none, and not 0.
  bool in_a = false, in_b = false;
  struct Values {
    std::vector<analysis::TableSums> a, b;  // by row of the table
    int64_t total_a = 0, total_b = 0;
  };
  std::shared_ptr<const Values> values;

  // What the column is sorted by: of one side what is shown, of two how they differ.
  double sorted_by(size_t row, bool of_total, bool compared) const;
};

// Those that `columns` asks for, in its order and each once. None where keys of rows do not hold
// across weights: rows of threads and of spans by nesting. Errors: InvalidArgument for what is no
// weight of stacks.
Result<std::vector<WeightColumn>> columns_asked(const Call& call, const Asked2& asked,
                                                std::string_view by,
                                                const analysis::FunctionTable& table);

// As kept for a weight and a grouping.
Result<std::shared_ptr<const analysis::FunctionTable>> function_table_of(
    const Call& call, const Asked2& asked, const analysis::MetricState& weight,
    std::string_view by);

Json columns_json(std::span<const WeightColumn> columns, bool compared);
// By id; null where the side did not record it.
Json counters_json(std::span<const WeightColumn> columns, size_t row, bool of_b);

}  // namespace hone::serve
