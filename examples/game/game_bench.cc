// The game's operations one by one, and its frame whole.
#include <benchmark/benchmark.h>

#include "game/ai/behavior_tree.h"
#include "game/ai/mind.h"
#include "game/ecs/world.h"
#include "game/factory/factory.h"
#include "game/game.h"
#include "game/gameplay/settlement.h"
#include "game/physics/tick.h"

namespace game {
namespace {

constexpr uint32_t kFew = 200, kSome = 500, kMany = 1'000;  // entities
constexpr float kSeconds = 1.0F / 60;

// Settlement, physics and entities: what the game has before its first frame.
struct Populated {
  explicit Populated(uint32_t entities)
      : settlement(entities), factory(world, events, physics, settlement, 1) {
    factory.spawn_batch(entities);
  }

  ecs::World world;
  ecs::Events events;
  physics::World physics;
  gameplay::Settlement settlement;
  factory::Factory factory;
};

void BM_WorldCreation(benchmark::State& state) {
  const auto entities = static_cast<uint32_t>(state.range(0));
  for (auto _ : state) {
    const Populated made(entities);
    benchmark::DoNotOptimize(made.world.count());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_WorldCreation)->Arg(kFew)->Arg(kSome)->Arg(kMany)->Unit(benchmark::kMicrosecond);

// Of the entity alone: its components into an archetype with many others.
void BM_EntitySpawn(benchmark::State& state) {
  constexpr uint32_t kSpawned = 1'000;
  ecs::Bundle bundle;
  bundle.put(ecs::Transform{});
  bundle.put(ecs::Mesh{});
  bundle.put(ecs::Body{});
  for (auto _ : state) {
    ecs::World world;
    for (uint32_t i = 0; i < kSpawned; ++i) benchmark::DoNotOptimize(world.spawn(bundle));
  }
  state.SetItemsProcessed(state.iterations() * kSpawned);
}
BENCHMARK(BM_EntitySpawn)->Unit(benchmark::kMicrosecond);

// An agent in one of the situations that agents get into; numbers next to each other differ.
ecs::Agent agent_in(uint32_t situation) {
  ecs::Agent agent{};
  agent.role = static_cast<uint8_t>(situation % 3);
  agent.hunger = static_cast<float>(situation % 7) / 7;
  agent.fatigue = static_cast<float>(situation % 5) / 5;
  agent.thoughts = static_cast<uint8_t>(situation);
  agent.facts = ai::Facts{1} << (situation % ai::kPlaces);
  return agent;
}

// Of as many agents: rules, plan (from the cache as in the game), tree.
void BM_AiCoreLoop(benchmark::State& state) {
  const auto agents = static_cast<uint32_t>(state.range(0));
  std::vector<ecs::Agent> all;
  for (uint32_t i = 0; i < agents; ++i) all.push_back(agent_in(i));
  gameplay::Settlement settlement(agents);
  const auto& places = settlement.village(0).places;
  ai::Mind mind;
  const ai::BehaviorTree tree;
  for (auto _ : state) {
    for (ecs::Agent& agent : all) {
      const ai::Proposal proposal = mind.rules.propose_plan(agent, {50, 0, 1});
      ++agent.thoughts;
      ai::dispatch_planner(mind, proposal, agent);
      ai::Body body{agent, {}, places, {}, 50, kSeconds};
      benchmark::DoNotOptimize(tree.tick(body));
    }
  }
  state.SetItemsProcessed(state.iterations() * agents);
  const double asked = static_cast<double>(mind.cache.hits() + mind.cache.misses());
  state.counters["cache_hits"] = asked > 0 ? static_cast<double>(mind.cache.hits()) / asked : 0;
}
BENCHMARK(BM_AiCoreLoop)->Arg(kFew)->Arg(kSome)->Arg(kMany)->Unit(benchmark::kMicrosecond);

void BM_PlanCacheHit(benchmark::State& state) {
  ai::Planner planner;
  ai::PlanCache cache;
  const ai::Problem problem{.goal = ai::Goal::kStoreTool, .role = ai::Role::kSmith};
  cache.get(problem, planner);
  for (auto _ : state) benchmark::DoNotOptimize(cache.get(problem, planner));
}
BENCHMARK(BM_PlanCacheHit)->Unit(benchmark::kNanosecond);

// The longest plan there is, made each time: the cache is always new.
void BM_PlanCacheMiss(benchmark::State& state) {
  ai::Planner planner;
  const ai::Problem problem{.goal = ai::Goal::kStoreTool, .role = ai::Role::kSmith};
  for (auto _ : state) {
    ai::PlanCache cache;
    benchmark::DoNotOptimize(cache.get(problem, planner));
  }
}
BENCHMARK(BM_PlanCacheMiss)->Unit(benchmark::kMicrosecond);

constexpr physics::BodyDesc kGround{{40, 1, 40}, 0, {{0, -1, 0}, {}}};

// One character that walks on flat ground among nothing, as far as the ground goes and back.
void BM_CharacterMove(benchmark::State& state) {
  physics::World world;
  world.create_rigid_body(kGround);
  const uint32_t character = world.create_character({0, 1, 0});
  uint32_t step = 0;
  for (auto _ : state) {
    if (step++ % 600 == 0) world.walk(character, {step % 1200 < 600 ? 2.0F : -2.0F, 0, 0});
    world.step(kSeconds);
  }
}
BENCHMARK(BM_CharacterMove)->Unit(benchmark::kMicrosecond);

// Crates in towers of five that are pushed again and again, so that they never come to rest.
void pile(physics::World& world, uint32_t bodies) {
  world.create_rigid_body(kGround);
  for (uint32_t i = 0; i < bodies; ++i) {
    const float x = static_cast<float>(i / 5 % 8) * 3 - 12, z = static_cast<float>(i / 40) * 3 - 12;
    const Vec3 at{x, 0.5F + static_cast<float>(i % 5) * 1.01F, z};
    world.create_rigid_body({{0.5F, 0.5F, 0.5F}, 20, {at, {}}});
  }
}

void push_some(physics::World& world, uint32_t bodies, uint32_t step) {
  if (step % 30 == 0) {
    for (uint32_t i = 0; i < bodies; i += 5) world.push(1 + i, {0, 40, 0});
  }
}

void BM_RigidBodyStep(benchmark::State& state) {
  const auto bodies = static_cast<uint32_t>(state.range(0));
  physics::World world;
  pile(world, bodies);
  uint32_t step = 0;
  for (auto _ : state) {
    push_some(world, bodies, step++);
    world.step(kSeconds);
  }
  state.SetItemsProcessed(state.iterations() * bodies);
}
BENCHMARK(BM_RigidBodyStep)->Arg(1)->Arg(50)->Arg(200)->Unit(benchmark::kMicrosecond);

// From the order to the other thread until it is done, with 50 bodies: wall time.
void BM_AsyncPhysicsTick(benchmark::State& state) {
  constexpr uint32_t kBodies = 50;
  physics::World world;
  pile(world, kBodies);
  physics::Tick tick(world, true);
  uint32_t step = 0;
  for (auto _ : state) {
    push_some(world, kBodies, step);
    tick.begin(step++, kSeconds);
    tick.finish();
  }
}
BENCHMARK(BM_AsyncPhysicsTick)->UseRealTime()->Unit(benchmark::kMicrosecond);

// Spheres against the frustum of a camera in the middle.
void BM_Culling(benchmark::State& state) {
  Populated made(static_cast<uint32_t>(state.range(0)));
  render::Extraction extraction;
  std::vector<render::Instance> instances;
  std::vector<render::Light> lights;
  extraction.extract_instances(made.world, {}, instances, lights);
  const render::Camera camera = render::look_at({0, 8, 0}, {30, 0, 30}, 16.0F / 9);
  const render::Frustum frustum = render::frustum_of(camera.view_projection);
  std::vector<uint32_t> visible;
  for (auto _ : state) {
    visible.clear();
    render::frustum_cull(instances, frustum, visible);
    benchmark::DoNotOptimize(visible.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(instances.size()));
  state.counters["visible"] = static_cast<double>(visible.size());
}
BENCHMARK(BM_Culling)->Arg(kFew)->Arg(kSome)->Arg(kMany)->Unit(benchmark::kMicrosecond);

// Everything that a frame of the game does; with the device or without. Wall time, as the GPU's
// part is waited for.
void run_frames(benchmark::State& state, bool render) {
  Options options;
  options.entities = static_cast<uint64_t>(state.range(0));
  options.render = render;
  Game game(options);
  for (auto _ : state) game.run_frame();
  const Outcome outcome = game.finish();
  if (render && outcome.device.empty()) state.SkipWithError(outcome.no_device.c_str());
  if (render) state.SetLabel(outcome.device + (outcome.software ? " (software)" : ""));
}

void BM_FrameOnCpu(benchmark::State& state) {
  run_frames(state, false);
}
BENCHMARK(BM_FrameOnCpu)
    ->Arg(kFew)
    ->Arg(kSome)
    ->Arg(kMany)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void BM_Frame(benchmark::State& state) {
  run_frames(state, true);
}
BENCHMARK(BM_Frame)->Arg(kFew)->Arg(kSome)->Arg(kMany)->UseRealTime()->Unit(
    benchmark::kMillisecond);

}  // namespace
}  // namespace game
