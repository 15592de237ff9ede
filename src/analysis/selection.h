// Which samples an analysis looks at, what of them it weighs, and how functions are grouped. Every
// analysis takes one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/expression.h"
#include "analysis/metric.h"
#include "base/types.h"
#include "profile/profile.h"

namespace hone::analysis {

// A subsystem is a name for code, by patterns (globs with * and ?) on function, source file or
// module; rules are tried in order and the first that matches wins. From `hone.toml`:
//   [[subsystem]]
//   name = "similarity"
//   function = ["memory::similarity::*", "*::HnswIndex::*"]
struct SubsystemRule {
  std::string name;
  std::vector<std::string> function, file, module;
};

// A plot that is made of others. From `hone.toml`:
//   [[plot]]
//   name = "GOAP::hit_rate"
//   expression = "GOAP::cache_hits / (GOAP::cache_hits + GOAP::cache_misses)"
struct PlotRule {
  std::string name, unit;
  Expression expression;
};

struct Selection {
  // Of views of stacks that are not told another one. Sums that are called ns are in its unit.
  Metric metric = Metric::kCpu;
  std::vector<SubsystemRule> subsystems;
  std::vector<PlotRule> plots;
  std::string process;  // glob on the process name, or pid; "" = all
  std::string thread;   // glob on the thread name, or tid; "" = all
  std::string inside;   // glob on the name of a span: only what its thread did in it; "" = all
  std::vector<ThreadId> threads;  // these alone; empty = all. Ids that are none take nothing
  TimeNs time_first{INT64_MIN}, time_last{INT64_MAX};
  bool include_kernel = true;  // false: kernel frames are folded into their user caller
};

}  // namespace hone::analysis
