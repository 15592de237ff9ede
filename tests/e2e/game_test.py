#!/usr/bin/env python3
"""The example game: every span and plot that it is meant to have is in its recording, as often as
the game did it; what its passes take on the GPU; and what it draws."""
import collections
import contextlib
import csv
import io
import json
import os
import pathlib
import shutil
import statistics
import struct
import subprocess
import time
import unittest
import zlib

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
PASSES = (
    "Render::CullingCompute", "Render::Skinning", "Render::ClusteredLighting",
    "Render::ShadowMaps", "Render::MainPass", "Render::Sky", "Render::Postprocess")
# With a device: on the CPU once a frame, and at the start one for each pipeline, and for each mesh
# without and with tangents.
DRAWN = (*PASSES, "Render::QueueSubmit", "Render::Present")
STARTED = {"Render::ShaderCompile": 12, "Render::MeshUpload": 4, "Render::MeshUpload::Full": 5}
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


HAS_CHECKS = any(pathlib.Path(folder, "vulkan/explicit_layer.d/VkLayer_khronos_validation.json")
                 .exists() for folder in ("/usr/share", "/etc", "/usr/local/share"))


SCREEN_BYTES = 640 * 480 * 4


@contextlib.contextmanager
def display(folder):
    """The environment of an X server whose screen is a file in `folder`."""
    reads, writes = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(writes), "-screen", "0", "640x480x24",
                               "-nolisten", "tcp", "-fbdir", str(folder)], pass_fds=[writes],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writes)
    try:
        with os.fdopen(reads) as told:
            number = told.readline().strip()
        if not number:
            raise unittest.SkipTest("Xvfb does not start here")
        yield {"DISPLAY": ":" + number}
    finally:
        server.terminate()
        server.wait(harness.LIMIT_S)


def pixels_of(path):
    """Width, height and the rows of a PNG (8 bits, RGB) with their filters undone."""
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, color = struct.unpack_from(">IIBB", body)
            assert (depth, color) == (8, 2)
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    raw, rows, before = zlib.decompress(packed), [], bytes(3 * width)
    for y in range(height):
        kind, row = raw[y * (3 * width + 1)], bytearray(raw[y * (3 * width + 1) + 1:][:3 * width])
        for i, value in enumerate(row):
            left = row[i - 3] if i >= 3 else 0
            corner = before[i - 3] if i >= 3 else 0
            guess = left + before[i] - corner
            nearest = min((left, before[i], corner), key=lambda each: abs(guess - each))
            row[i] = (value + (0, left, before[i], (left + before[i]) // 2, nearest)[kind]) & 255
        rows.append(bytes(row))
        before = rows[-1]
    return width, height, rows


def can_draw():
    """None, or why the game draws nothing here."""
    done = subprocess.run([GAME, "--entities", "1", "--frames", "1"], capture_output=True,
                          text=True, timeout=harness.LIMIT_S, check=True)
    said = [line for line in done.stderr.splitlines() if line.startswith("nothing was drawn: ")]
    return said[0] if said else None


@unittest.skipUnless(GAME, "the example game was not built: libbullet-dev, libvulkan-dev or "
                           "glslang-tools is missing")
class Game(harness.Case):
    def setUp(self):
        self.cannot_draw = can_draw()

    def need_device(self):
        if self.cannot_draw:
            self.skipTest(self.cannot_draw)

    def play(self, *flags, environment=None):
        return subprocess.run([GAME, "--entities", str(ENTITIES), *map(str, flags)], text=True,
                              capture_output=True, timeout=harness.LIMIT_S,
                              env={**self.environment, **(environment or {})})

    def told(self, *flags, **options):
        recording = self.record(GAME, "--entities", str(ENTITIES), "--frames", str(FRAMES), *flags,
                                **options)
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
        self.assertLess(plots["Render::draw_calls"]["most"], 10)
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

    def coverage(self, recording, *flags):
        rules = pathlib.Path(__file__).parents[2] / "examples" / "game" / "hone.toml"
        return harness.hone("report", "--json", "--config", rules, *flags, recording.path,
                            env=self.environment)

    def test_coverage_without_drawing(self):
        recording, _, counts = self.told("--no-render")
        done = self.coverage(recording, "--coverage")
        self.assertEqual(done.returncode, 0, done.stderr)
        named = [each for subsystem in json.loads(done.stdout)["subsystems"]
                 for each in subsystem["names"]]
        self.assertEqual({*ONCE_A_FRAME, *OFTEN, *COUNTED, *PLOTS, *DRAWN, *STARTED},
                         {each["name"] for each in named})
        self.assertEqual({each["name"] for each in named if each["state"] != "fired"},
                         {*DRAWN, *STARTED})
        self.assertEqual(self.coverage(recording, "--require", "100").returncode, 1)

    def test_physics_on_a_thread_of_its_own(self):
        _, report, counts = self.told("--no-render", "--parallel-physics")
        self.assert_whole(report, counts)

    def test_rendering(self):
        self.need_device()
        recording, report, counts = self.told()
        self.assert_whole(report, counts)
        for name in DRAWN:
            self.assertEqual(counts[name], FRAMES, name)
        for name, count in STARTED.items():
            self.assertEqual(counts[name], count, name)
        self.assertEqual(len(report["gpu"]), 1)
        queue = report["gpu"][0]
        self.assertEqual({span["name"]: span["count"] for span in queue["spans"]},
                         {name: FRAMES for name in (*PASSES, "Render::Frame")})
        self.assertEqual(queue["left_out"], 0)
        self.assertRegex(recording.err, rb"drawn by .*: [1-9][0-9]* of 57600 pixels")
        self.assertEqual(b" (software)" in recording.err, queue["software"])
        # Everything that the game is meant to have has fired.
        done = self.coverage(recording, "--require", "100")
        self.assertEqual(done.returncode, 0, done.stdout)
        # The same state in the end, drawn or not.
        self.assertEqual(self.play("--frames", FRAMES, "--no-render").stdout,
                         recording.out.decode())

    def rows(self, recording, table):
        done = harness.hone("export", "--to", "csv", "--table", table, "-o", "-", recording.path,
                            env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = collections.defaultdict(list)
        for row in csv.DictReader(io.StringIO(done.stdout.decode())):
            start = int(row["start_ns"])
            found[row["name"]].append((start, start + int(row["duration_ns"])))
        return found

    def test_passes_are_the_frame_and_lie_between_submit_and_wait(self):
        self.need_device()
        recording, report, _ = self.told("--size", "480x270")
        gpu, cpu = self.rows(recording, "gpu"), self.rows(recording, "spans")
        frames = gpu["Render::Frame"]
        self.assertEqual(len(frames), FRAMES)
        shares = []
        for i, (start, end) in enumerate(frames):
            passes = [gpu[name][i] for name in PASSES]
            for name, (first, last) in zip(PASSES, passes):
                self.assertTrue(start <= first <= last <= end, name)
            shares.append(sum(last - first for first, last in passes) / (end - start))
        # Of a frame as there are many: in single ones a busy machine stops between two passes.
        self.assertGreater(statistics.median(shares), 0.95)
        self.assertLessEqual(max(shares), 1)
        # A frame is submitted before it runs, and waited for in the next one.
        error = report["gpu"][0]["clock_error_ns"] + 100_000
        submits, waits = cpu["Render::QueueSubmit"], cpu["Render::Present"]
        for i, (start, end) in enumerate(frames):
            self.assertGreaterEqual(start, submits[i][0] - error, i)
            if i + 1 < FRAMES:
                self.assertLessEqual(end, waits[i + 1][1] + error, i)

    def assert_shown(self, environment):
        """While the game runs, there are many colors on the screen."""
        game = subprocess.Popen([GAME, "--entities", "20", "--frames", "100000", "--present"],
                                env={**self.environment, **environment},
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until, colors = time.monotonic() + harness.LIMIT_S, set()
            while len(colors) < 1000 and time.monotonic() < until:
                time.sleep(0.2)
                self.assertIsNone(game.poll())
                pixels = (self.folder / "Xvfb_screen0").read_bytes()[-SCREEN_BYTES:]
                colors = {pixels[i:i + 3] for i in range(0, SCREEN_BYTES, 4)}
            self.assertGreaterEqual(len(colors), 1000)
        finally:
            game.kill()
            game.wait(harness.LIMIT_S)

    def test_window(self):
        self.need_device()
        if not shutil.which("Xvfb"):
            self.skipTest("Xvfb is not installed")
        with display(self.folder) as environment:
            recording, report, counts = self.told(
                "--present", "--vsync", "off", env={**self.environment, **environment})
            self.assert_shown(environment)
        self.assertNotIn(b"no window", recording.err)
        self.assertEqual(counts["Render::Present"], FRAMES)
        spans = {span["name"]: span["count"] for span in report["gpu"][0]["spans"]}
        self.assertEqual(spans["Render::Present"], FRAMES)
        # Without a display it is drawn all the same, and said once why nobody sees it.
        done = self.play("--frames", 3, "--present", environment={"DISPLAY": ""})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr.count("no window was shown: "), 1)
        self.assertIn("drawn by ", done.stderr)

    def test_screenshot(self):
        self.need_device()
        path = self.path(".png")
        done = self.play("--frames", 20, "--size", "160x96", "--screenshot", path)
        if "built without libpng" in done.stderr:
            self.assertEqual(done.returncode, 1)
            self.skipTest("the game was built without libpng-dev")
        self.assertEqual(done.returncode, 0, done.stderr)
        width, height, rows = pixels_of(path)
        self.assertEqual((width, height), (160, 96))
        light = [sum(row) / len(row) for row in rows]
        # The sky is above, and brighter than the land.
        self.assertGreater(sum(light[:20]), sum(light[-20:]) * 1.1)
        self.assertGreater(len({row[i:i + 3] for row in rows for i in range(0, 480, 3)}), 1000)
        done = self.play("--frames", 1, "--screenshot", "/nowhere/game.png")
        self.assertEqual(done.returncode, 1)
        self.assertIn("error: no screenshot was written to /nowhere/game.png: ", done.stderr)

    @unittest.skipUnless(HAS_CHECKS, "Vulkan's validation layer is not installed")
    def test_validation_layer_has_nothing_to_say(self):
        self.need_device()
        done = self.play("--frames", 30, "--validate")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Vulkan's validation layer: 0 messages", done.stderr)
        # It would have been heard: of what is merely advised against there is something.
        done = self.play("--frames", 2, "--validate", environment={
            "VK_LAYER_ENABLES": "VK_VALIDATION_FEATURE_ENABLE_BEST_PRACTICES_EXT"})
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, "Vulkan's validation layer: [1-9][0-9]* messages")
        if shutil.which("Xvfb"):
            with display(self.folder) as environment:
                done = self.play("--frames", 30, "--validate", "--present",
                                 environment=environment)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn("no window", done.stderr)


if __name__ == "__main__":
    harness.main()
