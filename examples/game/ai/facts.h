// What an agent knows about itself, as bits, and what it may do about it: the ground that planner,
// cache, sandbox and behaviour tree share.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace game::ai {

enum Fact : uint32_t {
  kAtStore = 1 << 0,
  kAtForest = 1 << 1,
  kAtMine = 1 << 2,
  kAtForge = 1 << 3,
  kAtKitchen = 1 << 4,
  kAtCamp = 1 << 5,
  kHasAxe = 1 << 6,
  kHasWood = 1 << 7,
  kHasOre = 1 << 8,
  kHasTool = 1 << 9,
  kHasMeal = 1 << 10,
  kFed = 1 << 11,
  kRested = 1 << 12,
  kWoodStored = 1 << 13,
  kToolStored = 1 << 14,
  kOreStored = 1 << 15,
};
using Facts = uint32_t;
inline constexpr uint32_t kFactCount = 16;
inline constexpr Facts kSomewhere =
    kAtStore | kAtForest | kAtMine | kAtForge | kAtKitchen | kAtCamp;

// In place of a goal: the agent gets out of the way, until it is safe.
inline constexpr uint8_t kFleeing = 255;

// What a goal leaves behind, which no action needs: plans do not depend on it.
inline constexpr Facts kOutcomes = kFed | kRested | kWoodStored | kToolStored | kOreStored;

// Places are numbered as their facts are.
inline constexpr uint32_t kPlaces = 6;

struct Action {
  std::string_view name;
  Facts needs;
  Facts adds;
  Facts removes;
  uint32_t cost;
  float seconds;  // of work at the place; of walking there is no limit
  int place;      // where it is done; -1: anywhere. For the first six: where it leads
};

inline constexpr std::array<Action, 16> kActions = {{
    {"go to the store", 0, kAtStore, kSomewhere, 3, 0, 0},
    {"go to the forest", 0, kAtForest, kSomewhere, 3, 0, 1},
    {"go to the mine", 0, kAtMine, kSomewhere, 3, 0, 2},
    {"go to the forge", 0, kAtForge, kSomewhere, 3, 0, 3},
    {"go to the kitchen", 0, kAtKitchen, kSomewhere, 3, 0, 4},
    {"go to the camp", 0, kAtCamp, kSomewhere, 3, 0, 5},
    {"take an axe", kAtStore, kHasAxe, 0, 1, 0.2F, 0},
    {"chop wood", kAtForest | kHasAxe, kHasWood, 0, 2, 0.6F, 1},
    {"dig ore", kAtMine, kHasOre, 0, 2, 0.6F, 2},
    {"forge a tool", kAtForge | kHasWood | kHasOre, kHasTool, kHasWood | kHasOre, 2, 0.5F, 3},
    {"cook", kAtKitchen | kHasWood, kHasMeal, kHasWood, 2, 0.5F, 4},
    {"eat", kHasMeal, kFed, kHasMeal, 1, 0.3F, -1},
    {"sleep", kAtCamp, kRested, 0, 1, 0.8F, 5},
    {"store the wood", kAtStore | kHasWood, kWoodStored, kHasWood, 1, 0.2F, 0},
    {"store the tool", kAtStore | kHasTool, kToolStored, kHasTool, 1, 0.2F, 0},
    {"store the ore", kAtStore | kHasOre, kOreStored, kHasOre, 1, 0.2F, 0},
}};

inline constexpr bool is_possible(const Action& action, Facts facts) {
  return (facts & action.needs) == action.needs;
}
inline constexpr Facts after(const Action& action, Facts facts) {
  return (facts & ~action.removes) | action.adds;
}

enum class Goal : uint8_t { kStoreWood, kStoreOre, kStoreTool, kEat, kRest, kNone };
struct GoalInfo {
  const char* name;
  Facts facts;
};
inline constexpr std::array<GoalInfo, 6> kGoals = {{
    {"store wood", kWoodStored},
    {"store ore", kOreStored},
    {"store a tool", kToolStored},
    {"eat", kFed},
    {"rest", kRested},
    {"nothing", 0},
}};

// What each role has the tools for, as bits of kActions.
enum class Role : uint8_t { kForager, kMiner, kSmith };
using Actions = uint32_t;
inline constexpr Actions kEverybodys = 0b1111'1100'1111'1111;
inline constexpr std::array<Actions, 3> kPermitted = {{
    kEverybodys,                      // a forager neither digs nor forges
    kEverybodys | 1U << 8,            // a miner digs
    kEverybodys | 1U << 8 | 1U << 9,  // a smith digs and forges
}};

inline constexpr uint32_t kPlanMax = 15;
struct Plan {
  uint8_t count = 0;
  std::array<uint8_t, kPlanMax> actions{};  // indexes of kActions
};

}  // namespace game::ai
