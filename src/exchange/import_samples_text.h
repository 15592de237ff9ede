// Samples and sums of an imported file as texts, for tests.
#pragma once

#include <string>
#include <vector>

#include "exchange/import_test_support.h"

namespace hone::exchange {

// "outer;...;inner"
inline std::string stack_text(const profile::Profile& p, StackId at) {
  std::string out;
  for (; at != StackId::kNone; at = p.stacks().parent[raw(at)]) {
    const uint32_t first = p.frames().first_line[raw(p.stacks().frame[raw(at)])];
    const auto& function = p.functions()[raw(p.lines().function[first])];
    out = std::string(p.string(function.name)) + (out.empty() ? "" : ";") + out;
  }
  return out;
}

// "thread time weight: stack"
inline std::vector<std::string> samples_text(const Imported& got) {
  std::vector<std::string> out;
  const profile::Profile& p = *got.profile;
  for (size_t i = 0; i < p.samples().size(); ++i) {
    out.push_back(
        got.thread(p.samples().thread[i]) + " " + std::to_string(raw(p.samples().time[i])) + " " +
        std::to_string(p.samples().weight_ns[i]) + ": " + stack_text(p, p.samples().stack[i]));
  }
  return out;
}

// "metric value/count: stack"
inline std::vector<std::string> costs_text(const Imported& got) {
  std::vector<std::string> out;
  const profile::Profile& p = *got.profile;
  for (const profile::Cost& cost : p.costs()) {
    out.push_back(std::string(p.string(p.cost_metrics()[raw(cost.metric)].name)) + " " +
                  std::to_string(cost.value) + "/" + std::to_string(cost.count) + ": " +
                  stack_text(p, cost.stack));
  }
  return out;
}

}  // namespace hone::exchange
