#include "game/ai/plan_cache.h"

#include <hone/hone.h>

namespace game::ai {

Plan PlanCache::get(const Problem& problem, Planner& planner) {
  const uint32_t key = problem.facts | static_cast<uint32_t>(problem.goal) << kFactCount |
                       static_cast<uint32_t>(problem.role) << (kFactCount + 3);
  HONE_SPAN("GOAP::PlanCache::get", "result", holds(key) ? "hit" : "miss");
  const auto found = plans_.find(key);
  if (found != plans_.end()) {
    ++hits_;
    return found->second;
  }
  ++misses_;
  if (plans_.size() == kPlansKept) plans_.clear();
  return plans_.emplace(key, planner.plan(problem)).first->second;
}

}  // namespace game::ai
