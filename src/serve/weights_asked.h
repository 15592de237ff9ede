// What the endpoints of functions, flames and source have in common: which weight is asked for, of
// which recordings, and what to say where they do not have it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "analysis/function_table.h"
#include "analysis/metrics.h"
#include "serve/endpoint.h"
#include "serve/json_answer.h"

namespace hone::serve {

struct Asked2 {
  std::shared_ptr<const Opened> opened_a, opened_b;
  analysis::Selection selected_a, selected_b;
  analysis::MetricState weight;  // as `a` has it, or as `b` has it where only that one does

  // They point into this.
  analysis::TableSide a() const { return {&opened_a->profile, &selected_a}; }
  analysis::TableSide b() const {
    return opened_b ? analysis::TableSide{&opened_b->profile, &selected_b} : analysis::TableSide{};
  }
  bool compares() const { return opened_b != nullptr; }
};

// Errors: InvalidArgument for a weight that is none, and for what selects nothing that could be.
Result<Asked2> weight_asked(const Call& call);
bool has_weight(const Opened& side, analysis::Metric metric);
// As metrics_of(a); of what `a` lacks and `b` has, as metrics_of(b).
std::vector<analysis::MetricState> weights_of(const Opened& a, const Opened* b);

// null, or {"why", "command"}.
Json absent_json(const analysis::MetricState& state);

// 16 hexadecimal digits, as keys of functions are written. Errors: InvalidArgument.
Result<uint64_t> key_asked(std::string_view name, std::string_view text);
std::string key_text(uint64_t key);

inline constexpr std::string_view kWeightMeaning =
    "what is weighed: an id of `weights`; default `cpu`";

}  // namespace hone::serve
