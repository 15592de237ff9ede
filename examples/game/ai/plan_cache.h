// Plans by the problem that they solve. Agents in the same situation with the same goal want the
// same plan, and there are few situations: nearly every question has been asked before.
#pragma once

#include <unordered_map>

#include "game/ai/goap_planner.h"

namespace game::ai {

class PlanCache {
 public:
  // The plan for the problem: the one that is kept, or the planner's, which is then kept.
  Plan get(const Problem& problem, Planner& planner);
  uint64_t hits() const { return hits_; }
  uint64_t misses() const { return misses_; }

 private:
  // More than there are situations that agents get into; then it starts afresh.
  static constexpr size_t kPlansKept = 16'384;

  bool holds(uint32_t key) const { return plans_.find(key) != plans_.end(); }

  std::unordered_map<uint32_t, Plan> plans_;
  uint64_t hits_ = 0;
  uint64_t misses_ = 0;
};

}  // namespace game::ai
