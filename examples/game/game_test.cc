#include "game/game.h"

#include <gtest/gtest.h>

#include "game/ai/mind.h"
#include "game/ecs/world.h"
#include "game/factory/factory.h"
#include "game/gameplay/systems.h"

namespace game {
namespace {

uint32_t cost_of(const ai::Plan& plan) {
  uint32_t cost = 0;
  for (uint32_t i = 0; i < plan.count; ++i) cost += ai::kActions[plan.actions[i]].cost;
  return cost;
}

TEST(Planner, FindsTheCheapestWay) {
  ai::Planner planner;
  ai::ToolSandbox sandbox;
  const ai::Plan eat = planner.plan({.facts = ai::kHasMeal, .goal = ai::Goal::kEat});
  ASSERT_EQ(eat.count, 1);
  EXPECT_EQ(ai::kActions[eat.actions[0]].name, "eat");
  // Two walks to the store, and one each to the forest, the mine and the forge; the axe, the wood,
  // the ore, the forging and the storing.
  const ai::Plan tool = planner.plan({.goal = ai::Goal::kStoreTool, .role = ai::Role::kSmith});
  EXPECT_EQ(tool.count, 10);
  EXPECT_EQ(cost_of(tool), 5 * 3 + 1 + 2 + 2 + 2 + 1u);
  EXPECT_EQ(sandbox.validate(tool, 0, ai::Goal::kStoreTool, ai::Role::kSmith, 23),
            ai::Verdict::kGood);
}

TEST(Planner, HasNoPlanForWhatARoleCannotDo) {
  ai::Planner planner;
  EXPECT_EQ(planner.plan({.goal = ai::Goal::kStoreTool, .role = ai::Role::kMiner}).count, 0);
  EXPECT_EQ(planner.plan({.facts = ai::kFed, .goal = ai::Goal::kEat}).count, 0);
}

TEST(PlanCache, AsksThePlannerOnce) {
  ai::Planner planner;
  ai::PlanCache cache;
  const ai::Problem problem{.goal = ai::Goal::kRest};
  const ai::Plan first = cache.get(problem, planner);
  const uint64_t expanded = planner.expanded();
  EXPECT_EQ(cache.get(problem, planner).actions, first.actions);
  EXPECT_EQ(planner.expanded(), expanded);
  EXPECT_EQ(cache.hits(), 1u);
  EXPECT_EQ(cache.misses(), 1u);
}

TEST(ToolSandbox, RefusesWhatIsNotPermitted) {
  ai::Planner planner;
  ai::ToolSandbox sandbox;
  const auto goal = ai::Goal::kStoreTool;
  const ai::Plan tool = planner.plan({.goal = goal, .role = ai::Role::kSmith});
  EXPECT_EQ(sandbox.validate(tool, 0, goal, ai::Role::kForager, 40), ai::Verdict::kNoTool);
  EXPECT_EQ(sandbox.validate(tool, 0, goal, ai::Role::kSmith, 22), ai::Verdict::kTooMuch);
  EXPECT_EQ(sandbox.validate(tool, 0, ai::Goal::kEat, ai::Role::kSmith, 40),
            ai::Verdict::kMissesGoal);
  ai::Plan wrong = tool;
  wrong.actions[0] = 200;
  EXPECT_EQ(sandbox.validate(wrong, 0, goal, ai::Role::kSmith, 40), ai::Verdict::kImpossible);
  wrong.actions[0] = tool.actions[1];
  EXPECT_EQ(sandbox.validate(wrong, 0, goal, ai::Role::kSmith, 40), ai::Verdict::kImpossible);
  EXPECT_EQ(sandbox.refused(), 5u);
}

ecs::Bundle bundle_of(uint32_t body) {
  ecs::Bundle bundle;
  bundle.put(ecs::Body{body});
  if (body % 2 != 0) bundle.put(ecs::Transform{});
  return bundle;
}

TEST(World, FindsComponentsWhenOthersCameAndWent) {
  ecs::World world;
  std::vector<ecs::Entity> entities;
  for (uint32_t i = 0; i < 10; ++i) entities.push_back(world.spawn(bundle_of(i)));
  EXPECT_TRUE(world.despawn(entities[2]));
  EXPECT_FALSE(world.despawn(entities[2]));
  EXPECT_EQ(world.count(), 9u);
  const ecs::Entity again = world.spawn(bundle_of(20));
  EXPECT_EQ(again.index, entities[2].index);
  EXPECT_EQ(world.get<ecs::Body>(entities[2]), nullptr);
  EXPECT_EQ(world.get<ecs::Body>(again)->body, 20u);
  EXPECT_EQ(world.get<ecs::Transform>(entities[4]), nullptr);
  for (const uint32_t i : {0u, 1u, 3u, 4u, 5u, 6u, 7u, 8u, 9u}) {
    ASSERT_NE(world.get<ecs::Body>(entities[i]), nullptr);
    EXPECT_EQ(world.get<ecs::Body>(entities[i])->body, i);
  }
  uint32_t both = 0;
  world.each<ecs::Body, ecs::Transform>([&](ecs::Entity, const ecs::Body& body, ecs::Transform&) {
    ++both;
    EXPECT_EQ(body.body % 2, 1u);
  });
  EXPECT_EQ(both, 5u);
}

TEST(Events, AreReadInTheNextFrameAndThenGone) {
  ecs::Events events;
  events.send({ecs::EventKind::kFled, 3, {}});
  EXPECT_TRUE(events.read().empty());
  events.update();
  ASSERT_EQ(events.read().size(), 1u);
  EXPECT_EQ(events.read()[0].village, 3u);
  events.update();
  EXPECT_TRUE(events.read().empty());
  EXPECT_EQ(events.total(ecs::EventKind::kFled), 1u);
}

TEST(Rendering, DrawsWhatIsInSightInOrder) {
  const render::Frustum frustum =
      render::frustum_of(render::view_projection({0, 0, 0}, {0, 0, 10}, 1));
  std::vector<render::Instance> instances;
  const auto put = [&](Vec3 at, uint32_t mesh) {
    instances.push_back({{at, {}}, 1, 1.8F, mesh, 0xffffff, 0});
  };
  put({0, 0, 10}, 1);
  put({0, 0, -10}, 0);   // behind
  put({60, 0, 10}, 0);   // beside
  put({0, 0, 1000}, 0);  // too far
  put({1, 0, 20}, 0);
  put({6, 0, 10}, 1);  // its center is outside, its side is not
  std::vector<uint32_t> visible;
  render::frustum_cull(instances, frustum, visible);
  EXPECT_EQ(visible, (std::vector<uint32_t>{0, 4, 5}));
  std::vector<render::Draw> draws;
  render::batch(instances, visible, draws);
  EXPECT_EQ(visible, (std::vector<uint32_t>{4, 0, 5}));
  ASSERT_EQ(draws.size(), 2u);
  EXPECT_EQ(draws[1].first, 1u);
  EXPECT_EQ(draws[1].count, 2u);
  std::vector<std::byte> room(2 * sizeof(render::GpuInstance));
  EXPECT_EQ(render::write_instances(instances, visible, room), room.size());
}

TEST(SyncTransforms, TakesEveryPoseFromThePhysics) {
  ecs::World world;
  ecs::Events events;
  physics::World physics;
  gameplay::Settlement settlement(40);
  factory::Factory factory(world, events, physics, settlement, 1);
  factory.spawn_batch(40);
  EXPECT_EQ(world.count(), 40u);
  for (int i = 0; i < 10; ++i) physics.step(1.0F / 60);
  const physics::Counts counts = physics.counts();
  EXPECT_EQ(gameplay::sync_transforms(world, physics, 1.0F / 60),
            counts.rigid_bodies + counts.characters);
  world.each<ecs::Body, ecs::Transform>(
      [&](ecs::Entity, const ecs::Body& body, const ecs::Transform& transform) {
        EXPECT_EQ(transform.pose.position.y, physics.body_pose(body.body).position.y);
      });
}

Outcome outcome_of(uint64_t seed, bool parallel) {
  return run_game(
      {.entities = 60, .frames = 90, .seed = seed, .render = false, .parallel_physics = parallel});
}

TEST(Game, TheSameSeedEndsInTheSameState) {
  const Outcome first = outcome_of(7, false);
  EXPECT_EQ(first.entities, 60u);
  EXPECT_EQ(first.frame_s.size(), 90u);
  EXPECT_EQ(outcome_of(7, false).checksum, first.checksum);
  EXPECT_EQ(outcome_of(7, true).checksum, first.checksum);
  EXPECT_NE(outcome_of(8, false).checksum, first.checksum);
}

TEST(Game, ThingsHappenAndNearlyEveryPlanIsInTheCache) {
  const Outcome outcome = run_game({.entities = 100, .frames = 1'000, .render = false});
  EXPECT_GT(outcome.plans_hit,
            0.95 * static_cast<double>(outcome.plans_hit + outcome.plans_missed));
  EXPECT_GT(outcome.plans_missed, 0u);
  EXPECT_EQ(outcome.events[static_cast<size_t>(ecs::EventKind::kSpawned)], 100u);
  EXPECT_GT(outcome.events[static_cast<size_t>(ecs::EventKind::kDelivered)], 0u);
  EXPECT_GT(outcome.render.visible, 0u);
  // Those that nobody sees are written, too: they may throw shadows.
  EXPECT_EQ(outcome.render.bytes % sizeof(render::GpuInstance), 0u);
  EXPECT_GT(outcome.render.bytes, outcome.render.visible * sizeof(render::GpuInstance));
  EXPECT_LT(outcome.render.draw_calls, 10u * 1'000);
}

}  // namespace
}  // namespace game
