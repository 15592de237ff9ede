#!/usr/bin/env python3
"""What is exported is what the report says, as two independent readers understand it."""
import csv
import json
import subprocess
import tempfile

import harness
import readers
import report_file

FRAMES = 300


class Export(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.recording = cls.folder / "game.hone"
        done = harness.hone("record", "-q", "-o", cls.recording, "--", harness.victim("spans"),
                            FRAMES, env=cls.environment)
        if done.returncode != 0:
            raise AssertionError(done.stderr)

    def run_hone(self, *words):
        done = subprocess.run([harness.HONE, *words], capture_output=True, text=True,
                              timeout=harness.LIMIT_S)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def reported(self):
        told = json.loads(self.run_hone("report", "--json", "--spans", str(self.recording)))
        return {span["name"]: span for span in told["instrumentation"]["spans"]}

    def chrome(self):
        path = self.folder / "game.json"
        self.run_hone("export", "--to", "chrome", "-o", str(path), str(self.recording))
        return path

    def test_devtools_reads_it(self):
        path = self.chrome()
        read, reported = readers.devtools(path), self.reported()
        self.assertEqual(read["complaints"], [])
        for name in ("Physics::World::step", "Physics::narrow", "AI::plan"):
            self.assertEqual(read["spans"][name]["count"], reported[name]["count"])
            self.assertAlmostEqual(read["spans"][name]["total_us"] * 1000,
                                   reported[name]["total_ns"], delta=1000)
        # One inside the other, as the reader nests them by itself.
        step = read["spans"]["Physics::World::step"]
        inside = read["spans"]["Physics::narrow"]
        self.assertEqual((step["depth_most"], inside["depth_most"]), (0, 1))
        self.assertAlmostEqual(step["self_us"], step["total_us"] - inside["total_us"], delta=1)
        self.assertEqual(read["spans"]["frame"]["count"], FRAMES - 1)
        functions = {name for thread in read["threads"].values() for name in thread["functions"]}
        self.assertIn("narrow_work", functions)

    def test_colours_arrive(self):
        events = json.loads(self.chrome().read_text(encoding="utf-8"))["traceEvents"]
        named = {event["name"]: event.get("cname") for event in events if event["ph"] == "X"}
        self.assertEqual(named["Physics::World::step"], "rail_response")
        self.assertIsNone(named["Physics::narrow"])
        self.assertEqual(self.reported()["Physics::World::step"]["color"], "#4387fd")
        self.assertNotIn("color", self.reported()["Physics::narrow"])
        page = self.folder / "game.html"
        self.run_hone("report", "--spans", "--html", str(page), str(self.recording))
        held = report_file.answers(page.read_text(encoding="utf-8"))
        tiles = [body for question, body in held.items() if question.startswith("tiles?")]
        self.assertIn((0x4387fd).to_bytes(4, "little"), tiles[0], "a span's own colour")

    def test_firefox_profiler_reads_it(self):
        path = self.chrome()
        profiler = readers.FirefoxProfiler(path, self.folder)
        self.addCleanup(profiler.close)
        reported = self.reported()
        seen, threads = {}, profiler.threads()
        for handles in threads.values():
            for handle in handles:
                for name, marker in profiler.markers(handle).items():
                    count, mean = seen.get(name, (0, 0))
                    seen[name] = (count + marker[0], mean + marker[0] * marker[1])
        # It shows the time from the first sample to the last: what lies there for certain.
        inside = self.between_samples(path)
        for name in ("Physics::World::step", "Physics::narrow", "AI::plan"):
            count, total_ms = seen[name]
            self.assertLessEqual(inside[name][0], count)
            self.assertLessEqual(count, reported[name]["count"])
            self.assertLessEqual(inside[name][1] - 10, total_ms * 1000)
            self.assertLessEqual(total_ms * 1e6, reported[name]["total_ns"] + 10_000)
        self.assertLessEqual(inside["a hundred more"][0], seen["a hundred more"][0])
        functions = "".join(profiler.run("thread", "functions", "--thread", handle)
                            for handles in threads.values() for handle in handles)
        self.assertIn("narrow_work", functions)
        self.assertIn("plan_work", functions)

    def between_samples(self, path):
        """{name: (count, total us)} of what is wholly between the first sample and the last."""
        events = json.loads(path.read_text(encoding="utf-8"))["traceEvents"]
        times, at = [], {}
        for event in events:
            if event["name"] == "Profile":
                at[event["id"]] = event["args"]["data"]["startTime"]
            if event["name"] == "ProfileChunk":
                for delta in event["args"]["data"]["timeDeltas"]:
                    at[event["id"]] += delta
                    times.append(at[event["id"]])
        out = {}
        for event in events:
            if event["ph"] in "Xi" and min(times) + 1 < event["ts"] and \
                    event["ts"] + event.get("dur", 0) < max(times) - 1:
                count, total = out.get(event["name"], (0, 0))
                out[event["name"]] = (count + 1, total + event.get("dur", 0))
        return out

    def test_folded_stacks_add_up(self):
        lines = self.run_hone("export", "--to", "folded", "--of", "spans", "-o", "-",
                              str(self.recording)).splitlines()
        folded = {line.rsplit(" ", 1)[0]: int(line.rsplit(" ", 1)[1]) for line in lines}
        reported = self.reported()
        narrow = folded["Physics::World::step;Physics::narrow"]
        self.assertAlmostEqual(narrow, reported["Physics::narrow"]["total_ns"], delta=1000)
        self.assertAlmostEqual(folded["Physics::World::step"] + narrow,
                               reported["Physics::World::step"]["total_ns"], delta=1000)
        samples = self.run_hone("export", "--to", "folded", "-o", "-", str(self.recording))
        summary = json.loads(self.run_hone("report", "--json", str(self.recording)))
        total = sum(int(line.rsplit(" ", 1)[1]) for line in samples.splitlines())
        self.assertEqual(total, summary["summary"]["cpu_ns"])

    def test_tables(self):
        self.run_hone("export", "--to", "csv", "-o", str(self.folder / "t"), str(self.recording))
        with open(self.folder / "t/spans.csv", newline="", encoding="utf-8") as file:
            spans = list(csv.DictReader(file))
        steps = [span for span in spans if span["name"] == "Physics::World::step"]
        self.assertEqual([json.loads(span["arguments"])["frame"] for span in steps],
                         list(range(FRAMES)))
        with open(self.folder / "t/plots.csv", newline="", encoding="utf-8") as file:
            plots = list(csv.DictReader(file))
        self.assertEqual([float(plot["value"]) for plot in plots],
                         [3.0 * i for i in range(FRAMES)])

    def test_a_recording_is_never_written_over(self):
        done = subprocess.run([harness.HONE, "export", "--to", "chrome", "-o", str(self.recording),
                               str(self.recording)], capture_output=True, text=True,
                              timeout=harness.LIMIT_S)
        self.assertEqual(done.returncode, 2)
        self.reported()

    def test_coverage_and_derived_plots(self):
        config = self.folder / "hone.toml"
        config.write_text('''
[[plot]]
name = "ECS::pairs"
expression = "ECS::entity_count * (ECS::entity_count - 1) / 2"
[[coverage]]
subsystem = "Physics"
spans = ["Physics::World::step", "Physics::narrow", "Physics::broad"]
plots = ["ECS::entity_count"]
[[coverage]]
subsystem = "Children"
spans = ["in a child"]
''', encoding="utf-8")
        flags = ("--config", str(config), str(self.recording))
        told = json.loads(self.run_hone("report", "--json", "--spans", *flags))
        plots = {plot["name"]: plot for plot in told["instrumentation"]["plots"]}
        last = 3 * (FRAMES - 1)
        self.assertEqual(plots["ECS::pairs"]["last"], last * (last - 1) / 2)
        self.assertIn("expression", plots["ECS::pairs"])

        told = json.loads(self.run_hone("report", "--json", "--coverage", *flags))
        states = {name["name"]: name["state"] for each in told["subsystems"]
                  for name in each["names"]}
        self.assertEqual(states, {"Physics::World::step": "fired", "Physics::narrow": "fired",
                                  "Physics::broad": "missing", "ECS::entity_count": "fired",
                                  "in a child": "never fired"})
        self.assertEqual((told["fired"], told["count"]), (3, 5))
        for percent, status in (("60", 0), ("61", 1)):
            done = subprocess.run([harness.HONE, "report", "--require", percent, *flags],
                                  capture_output=True, text=True, timeout=harness.LIMIT_S)
            self.assertEqual(done.returncode, status, done.stdout)

        counters = self.folder / "derived.json"
        self.run_hone("export", "--to", "chrome", "--config", str(config), "-o", str(counters),
                      str(self.recording))
        events = json.loads(counters.read_text(encoding="utf-8"))["traceEvents"]
        derived = [event for event in events if event.get("name") == "ECS::pairs"]
        self.assertEqual(len(derived), FRAMES)


class Filter(harness.Case):
    def names(self, path):
        done = subprocess.run([harness.HONE, "report", "--json", "--spans", path],
                              capture_output=True, text=True, timeout=harness.LIMIT_S, check=True)
        told = json.loads(done.stdout)["instrumentation"]
        return {span["name"] for span in told["spans"]}

    def test_of_a_program_that_is_started(self):
        path = self.record("spans", "50", flags=("--filter", "AI=trace")).path
        self.assertEqual(self.names(path), {"AI::plan"})

    def test_of_one_that_runs(self):
        program = subprocess.Popen([harness.victim("spans"), "forever"], stdout=subprocess.DEVNULL)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        path = self.path()
        done = harness.hone("record", "-q", "--filter", "Physics", "-o", path, "-p",
                            str(program.pid), "-d", "2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.names(path), {"Physics::World::step", "Physics::narrow"})

    def test_from_hone_toml(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8") as config:
            config.write('[spans]\nfilter = "info,Physics=off"\n')
            config.flush()
            path = self.record("spans", "50", flags=("--config", config.name)).path
        self.assertNotIn("Physics::narrow", self.names(path))
        self.assertIn("AI::plan", self.names(path))

    def test_mistakes_are_told(self):
        done = harness.hone("record", "--filter", "AI=trase", "--", "true")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"Did you mean 'trace'?", done.stderr)


if __name__ == "__main__":
    harness.main()
