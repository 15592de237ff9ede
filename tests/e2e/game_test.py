#!/usr/bin/env python3
"""The example game: every span and plot that it is meant to have is in its recording, as often as
the game did it."""
import collections
import json
import os
import pathlib
import subprocess
import unittest

import harness

GAME = os.environ.get("HONE_GAME", "")
ENTITIES, FRAMES = 100, 60
# Of 20 entities 11 are villagers, 1 a vehicle, 5 crates and 3 stones; and the world has 4 walls,
# and slabs of ground for 4 villages (2 are inhabited).
CHARACTERS, VEHICLES, BOXES = 55, 5, 40 + 4 + 4
# A quarter of the entities comes while the game runs: 8 in every tenth frame.
BATCHES = 75 // 25 + 4

ONCE_A_FRAME = (
    "ECS::Schedule::run", "ECS::Events::update", "Physics::World::step",
    "Physics::Bullet::pipeline", "Gameplay::SyncTransforms", "Render::Frame",
    "Render::ExtractInstances", "Render::FrustumCull", "Render::Batch",
    "Render::BufferWrite::Instances")
OFTEN = (
    "ECS::World::get", "ECS::Archetype::iter", "AI::RuleOrchestrator::propose_plan",
    "AI::dispatch_planner", "AI::dispatch_goap", "AI::ToolSandbox::validate",
    "AI::BehaviorTree::tick", "GOAP::Planner::plan", "GOAP::PlanCache::get",
    "Physics::CharacterController::move")
COUNTED = {
    "Engine::PluginGroup::init": 1, "Engine::Plugin::build": 4, "Engine::Stage::load": 2,
    "Factory::SpawnBatch": BATCHES, "Factory::PrepareBundle": ENTITIES,
    "ECS::World::spawn": ENTITIES, "Physics::Character::create": CHARACTERS,
    "Physics::RigidBody::create": BOXES + VEHICLES}
PLOTS = {
    "ECS::entity_count": ENTITIES, "GOAP::cache_hits": None, "GOAP::cache_misses": None,
    "Physics::rigid_body_count": BOXES + VEHICLES, "Physics::character_count": CHARACTERS,
    "Physics::collider_count": BOXES + VEHICLES + CHARACTERS, "Render::visible_instances": None,
    "Render::draw_calls": None, "Render::buffer_write_bytes": None}


def can_draw():
    """None, or why the game draws nothing here."""
    done = subprocess.run([GAME, "--entities", "1", "--frames", "1"], capture_output=True,
                          text=True, timeout=harness.LIMIT_S, check=True)
    said = [line for line in done.stderr.splitlines() if line.startswith("nothing was drawn: ")]
    return said[0] if said else None


@unittest.skipUnless(GAME, "the example game was not built: libbullet-dev, libvulkan-dev or "
                           "glslang-tools is missing")
class Game(harness.Case):
    def told(self, *flags):
        recording = self.record(GAME, "--entities", str(ENTITIES), "--frames", str(FRAMES), *flags)
        done = harness.hone("report", "--json", "--spans", "--top", "0", recording.path,
                            env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)["instrumentation"]
        self.assertEqual(report["lost"], 0)
        counts = collections.Counter()
        for span in report["spans"]:  # one for each place in the source
            counts[span["name"]] += span["count"]
        return recording, report, counts

    def assert_whole(self, report, counts):
        frames = {frames["name"]: frames["count"] for frames in report["frames"]}
        self.assertEqual(frames, {"frame": FRAMES})
        for name in ONCE_A_FRAME:
            self.assertEqual(counts[name], FRAMES, name)
        for name in OFTEN:
            self.assertGreater(counts[name], 0, name)
        for name, count in COUNTED.items():
            self.assertEqual(counts[name], count, name)
        plots = {plot["name"]: plot for plot in report["plots"]}
        self.assertEqual(plots.keys() & PLOTS.keys(), PLOTS.keys())
        for name, last in PLOTS.items():
            self.assertEqual(plots[name]["count"], FRAMES, name)
            if last is not None:
                self.assertEqual(plots[name]["last"], last, name)
        # What the plots say of the cache, frame by frame, is what the spans say.
        hits, misses = (round(plots[f"GOAP::cache_{what}"]["mean"] * FRAMES)
                        for what in ("hits", "misses"))
        self.assertEqual(misses, counts["GOAP::Planner::plan"])
        self.assertEqual(hits + misses, counts["GOAP::PlanCache::get"])
        self.assertEqual(counts["GOAP::PlanCache::get"], counts["AI::dispatch_goap"])

    def test_every_span_and_plot(self):
        recording, report, counts = self.told("--no-render")
        self.assert_whole(report, counts)
        self.assertEqual(counts["Render::QueueSubmit"], 0)
        # The same state in the end as when nobody records, on one thread and on two.
        plain = subprocess.run([GAME, "--entities", str(ENTITIES), "--frames", str(FRAMES),
                                "--no-render", "--parallel-physics"], capture_output=True,
                               timeout=harness.LIMIT_S, check=True)
        self.assertEqual(recording.out, plain.stdout)
        self.assertIn(b"checksum", plain.stdout)

    def test_coverage(self):
        recording, _, counts = self.told("--no-render")
        rules = pathlib.Path(__file__).parents[2] / "examples" / "game" / "hone.toml"
        done = harness.hone("report", "--json", "--coverage", "--config", rules, recording.path,
                            env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        named = [each for subsystem in json.loads(done.stdout)["subsystems"]
                 for each in subsystem["names"]]
        self.assertEqual({*ONCE_A_FRAME, *OFTEN, *COUNTED, *PLOTS, "Render::QueueSubmit"},
                         {each["name"] for each in named})
        self.assertEqual([each["name"] for each in named if each["state"] != "fired"],
                         ["Render::QueueSubmit"])
        self.assertEqual(counts["Render::QueueSubmit"], 0)

    def test_physics_on_a_thread_of_its_own(self):
        _, report, counts = self.told("--no-render", "--parallel-physics")
        self.assert_whole(report, counts)

    def test_rendering(self):
        why = can_draw()
        if why:
            self.skipTest(why)
        recording, report, counts = self.told()
        self.assert_whole(report, counts)
        self.assertEqual(counts["Render::QueueSubmit"], FRAMES)
        gpu = {span["name"]: span["count"] for queue in report["gpu"] for span in queue["spans"]}
        self.assertEqual(gpu, {"Render::DrawInstances": FRAMES, "Render::CopyImage": FRAMES})
        self.assertRegex(recording.err, rb"drawn by .*: [1-9][0-9]* of 57600 pixels")


if __name__ == "__main__":
    harness.main()
