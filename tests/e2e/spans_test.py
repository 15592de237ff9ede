#!/usr/bin/env python3
"""Instrumented programs: what they mark is in the recording, however they are recorded or end."""
import csv
import io
import json
import signal
import subprocess
import time

import harness

FRAMES = 300


class Spans(harness.Case):
    def told(self, path, *flags):
        done = subprocess.run([harness.HONE, "report", "--json", *flags, path],
                              capture_output=True, text=True, timeout=harness.LIMIT_S, check=True)
        return json.loads(done.stdout)

    def spans(self, path, *flags):
        report = self.told(path, *flags)["instrumentation"]
        return report, {span["name"]: span for span in report["spans"]}

    def assert_whole(self, path):
        report, spans = self.spans(path)
        self.assertEqual(report["lost"], 0)
        self.assertEqual(spans["Physics::World::step"]["count"], FRAMES)
        self.assertEqual(spans["Physics::narrow"]["count"], 3 * FRAMES)
        self.assertEqual(spans["AI::plan"]["count"], FRAMES)
        step = spans["Physics::World::step"]
        inside = spans["Physics::narrow"]["total_ns"]
        self.assertAlmostEqual(step["self_ns"], step["total_ns"] - inside,
                               delta=0.01 * step["total_ns"])
        self.assertEqual(report["frames"][0]["count"], FRAMES - 1)
        plot = {plot["name"]: plot for plot in report["plots"]}["ECS::entity_count"]
        self.assertEqual((plot["least"], plot["most"]), (0, 3 * (FRAMES - 1)))
        self.assertEqual([message["text"] for message in report["messages"]], ["a hundred more"])
        self.assertEqual(report["messages"][0]["count"], FRAMES // 100)

    def test_by_perf(self):
        self.assert_whole(self.record("spans", str(FRAMES)).path)

    def test_by_timers(self):
        self.assert_whole(self.record("spans", str(FRAMES), flags=("--sampler", "timer")).path)

    def test_samples_inside_a_span(self):
        path = self.record("spans", "600").path
        report = self.told(path, "--in", "Physics::narrow", "--top", "0")
        names = {row["name"] for row in report["hot_spots"][0]["rows"]}
        self.assertIn("narrow_work", names)
        self.assertNotIn("plan_work", names)
        wrong = subprocess.run([harness.HONE, "report", "--in", "nothing", path],
                               capture_output=True, text=True, timeout=harness.LIMIT_S)
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("E017", wrong.stderr)

    def table(self, path, name):
        done = subprocess.run([harness.HONE, "export", "--to", "csv", "--table", name, "-o", "-",
                               path], capture_output=True, text=True, timeout=harness.LIMIT_S,
                              check=True)
        return list(csv.DictReader(io.StringIO(done.stdout)))

    def meta(self, path):
        done = subprocess.run([harness.HONE, "info", "--json", path], capture_output=True,
                              text=True, timeout=harness.LIMIT_S, check=True)
        return json.loads(done.stdout)["meta"]

    def test_nothing_is_lost_by_who_waits(self):
        done = self.record("spans", "3", "flood", flags=("--spans", "full=block"))
        report, spans = self.spans(done.path)
        self.assertEqual(report["lost"], 0)
        self.assertEqual(spans["flood"]["count"], 1_000_000)
        plot = {plot["name"]: plot for plot in report["plots"]}["flood"]
        self.assertEqual((plot["count"], plot["most"]), (1_000_000, 999_999))

    def test_what_is_dropped_or_left_out_is_counted(self):
        done = self.record("spans", "3", "flood")
        report, spans = self.spans(done.path)
        plots = {plot["name"]: plot["count"] for plot in report["plots"]}
        last = spans.get("never ended", {"count": 0})["count"]  # it may find no room either
        written = spans["flood"]["count"] + plots["flood"] + last
        self.assertEqual(report["lost"] + written, 2_000_001)
        done = self.record("spans", "3", "flood", flags=("--spans", "full=block,min=1ms"))
        report, spans = self.spans(done.path)
        flood = spans.get("flood", {"count": 0})["count"]
        short = int(self.meta(done.path)["spans.short"])
        # Where the machine is busy, one may have waited a ms for its CPU.
        self.assertLess(flood, 1000)
        self.assertGreaterEqual(flood + short, 1_000_000)
        # They cost as much as those that are kept, and are stated so.
        cost = report["cost"]
        self.assertEqual(cost["spans_short"], short)
        self.assertGreaterEqual(cost["total_ns"], int(short * cost["span_ns"]))

    def test_of_a_hot_place_every_span_is_counted(self):
        done = self.record("spans", "3", "flood", flags=("--spans", "full=block,adaptive=1000"))
        report, spans = self.spans(done.path)
        self.assertEqual(report["lost"], 0)
        flood = spans["flood"]
        self.assertEqual(flood["count"], 1_000_000)
        self.assertLess(flood["timed"], 500_000)
        self.assertGreater(flood["total_error_ns"], 0)
        # What is met rarely is timed each time.
        self.assertEqual(spans["Physics::World::step"]["count"], 3)
        self.assertNotIn("timed", spans["Physics::World::step"])
        self.assertEqual(self.meta(done.path)["spans.settings"], "full=block,adaptive=1000")

    def test_one_frame_in_ten(self):
        done = self.record("spans", str(FRAMES), flags=("--spans", "frames=10"))
        report, spans = self.spans(done.path)
        self.assertEqual(spans["Physics::World::step"]["count"], FRAMES // 10)
        self.assertEqual(report["frames"][0]["count"], FRAMES // 10)
        self.assertLess(spans["AI::plan"]["count"], FRAMES)
        self.assertEqual(self.meta(done.path)["spans.settings"], "frames=10")
        # Which frames, by what they say themselves: the first, and every tenth from there.
        steps = [row for row in self.table(done.path, "spans")
                 if row["name"] == "Physics::World::step"]
        self.assertEqual([json.loads(row["arguments"])["frame"] for row in steps],
                         list(range(0, FRAMES, 10)))
        # Figures are of these frames alone, as the report says.
        frames = [int(row["duration_ns"]) for row in self.table(done.path, "frames")]
        told = report["frames"][0]
        self.assertEqual(told["total_ns"], sum(frames))
        for percent in (50, 95, 99):
            rank = -(-percent * len(frames) // 100)
            self.assertEqual(told[f"p{percent}_ns"], sorted(frames)[rank - 1])
        inside = sum(int(row["duration_ns"]) for row in steps)
        self.assertAlmostEqual(spans["Physics::World::step"]["frame_share"],
                               inside / sum(frames), delta=0.002)
        self.assertEqual(report["frame_every"], 10)
        text = subprocess.run([harness.HONE, "report", "--spans", done.path], capture_output=True,
                              text=True, timeout=harness.LIMIT_S, check=True).stdout
        self.assertIn(", one in 10 recorded", text)

    def test_one_reading_of_the_clock(self):
        done = self.record("spans", str(FRAMES), flags=("--spans", "clock=one"))
        self.assert_whole(done.path)
        self.assertEqual(self.meta(done.path)["spans.settings"], "clock=one")

    def test_a_flight_recorder_saves_when_told(self):
        for flags, how in (((), "save"), (("--spans", "save-over=1us"), "")):
            with self.subTest(how):
                flags = ("--last", "60s", *flags)
                path = self.record("spans", "300", how, flags=flags).path
                saved = [name for name in path.parent.glob(path.stem + "*.hone") if name != path]
                self.assertTrue(saved)
                _, spans = self.spans(saved[0])
                self.assertGreater(spans["Physics::World::step"]["count"], 0)

    def test_however_it_ends(self):
        for how, status in (("kill", 128 + signal.SIGKILL), ("abort", 128 + signal.SIGABRT),
                            ("_exit", 3), ("crash", 128 + signal.SIGSEGV)):
            with self.subTest(how):
                path = self.record("spans", str(FRAMES), how, status=status).path
                report, spans = self.spans(path)
                self.assertEqual(report["lost"], 0)
                self.assertEqual(spans["Physics::World::step"]["count"], FRAMES)
                # Open when it ended, and no more than that.
                self.assertEqual(spans["never ended"]["still_open"], 1)
                self.assertEqual(spans["never ended"]["count"], 0)

    def test_attached_and_detached(self):
        program = subprocess.Popen([harness.victim("spans"), "forever"],
                                   stdout=subprocess.DEVNULL)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        time.sleep(0.3)
        for _ in range(2):
            path = self.path()
            done = harness.hone("record", "-q", "-o", path, "-p", str(program.pid), "-d", "0.7")
            self.assertEqual(done.returncode, 0, done.stderr)
            report, spans = self.spans(path)
            self.assertEqual(report["lost"], 0)
            self.assertGreater(spans["AI::plan"]["count"], 10)
            self.assertIsNone(program.poll())

    def test_a_recorder_that_was_killed_is_followed_by_another(self):
        program = subprocess.Popen([harness.victim("spans"), "forever"],
                                   stdout=subprocess.DEVNULL)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        time.sleep(0.3)
        first = self.path()
        recorder = subprocess.Popen([harness.HONE, "record", "-q", "-o", first, "-p",
                                     str(program.pid)])
        time.sleep(2)
        recorder.kill()
        recorder.wait()
        self.assertGreater(self.spans(first)[1]["AI::plan"]["count"], 10)
        time.sleep(1.5)  # its lease has run out, so that nobody takes it for one that is slow
        second = self.path()
        done = harness.hone("record", "-q", "-o", second, "-p", str(program.pid), "-d", "0.7")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertGreater(self.spans(second)[1]["AI::plan"]["count"], 10)

    def test_forked_children(self):
        path = self.record("spans", str(FRAMES), "fork").path
        spans = self.spans(path)[1]
        self.assertEqual(spans["in a child"]["count"], 4)
        self.assertEqual(spans["Physics::World::step"]["count"], FRAMES)

    def test_threads_by_the_thousand(self):
        path = self.record("spans", "1", "threads").path
        report, spans = self.spans(path)
        self.assertEqual(report["lost"], 0)
        self.assertEqual(spans["short thread"]["count"], 2000)


if __name__ == "__main__":
    harness.main()
