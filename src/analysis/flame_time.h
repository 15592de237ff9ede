// A flame graph of one thread in the order of time: what was on its stack when.
//
//   const TimeFlame flame = flame_in_time(profile, selection, Metric::kCpu, thread, {});
//   for (const FlameNode& node : flame.tree.nodes) use(node.x, node.total_a);
//
// A sample stands for the CPU time right before it; what is the same in one sample and the next is
// one node. Where they are further apart than that the thread did not run, or waited: with waits
// (Metric::kWall, ...) these are there too, at their time. Waits that the recording has several of
// in one row have no time of their own, and are counted as hidden. Spans stand where they were.
//
// Of a node, x is the time of its left edge since the recording's start and total_a its length, in
// ns. Nodes that are too
// narrow are folded with those beside them. Siblings are in no order.
#pragma once

#include <cstdint>

#include "analysis/flame_tree.h"
#include "analysis/metrics.h"

namespace hone::analysis {

struct TimeFlameOptions {
  PathBy by{};  // kThread: as kFunction
  double pixels = 1400, min_px = 0.5;
};

struct TimeFlame {
  FlameTree tree;  // its root is the selected time, as far as it was recorded
  std::shared_ptr<const PathNames> names;  // whose texts the tree's names point into
  uint64_t hidden = 0;
};

// Of what is selected of the thread. Not of Metric::kGpu, which no thread has.
TimeFlame flame_in_time(const profile::Profile& profile, const Selection& selection, Metric metric,
                        ThreadId thread, const TimeFlameOptions& options);

}  // namespace hone::analysis
