#!/usr/bin/env python3
"""The examples' recordings in the formats of Perfetto, Firefox Profiler, speedscope and pprof: what
readers that are not ours find there is what Hone itself says of the recording."""
import collections
import json
import os
import unittest

import harness
import perfetto_trace
import readers

GAME = os.environ.get("HONE_GAME", "")
MEMORY_GRAPH = os.environ.get("HONE_MEMORY_GRAPH", "")


class Formats:
    """Of one recording, made once: `command`."""
    command = ()

    @classmethod
    def setUpClass(cls):
        if not cls.command[0]:
            raise unittest.SkipTest("the examples were not built")
        super().setUpClass()
        cls.recording = cls.folder / "run.hone"
        done = harness.hone("record", "-q", "-o", cls.recording, "--", *cls.command,
                            env=cls.environment)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.report = json.loads(harness.hone("report", "--json", "--spans", cls.recording).stdout)
        cls.spans = {}  # a row of the report is a place in the source; several may have one name
        for span in cls.report["instrumentation"]["spans"]:
            sums = cls.spans.setdefault(span["name"], {"count": 0, "total_ns": 0})
            for key in sums:
                sums[key] += span[key]

    def query(self, sql):
        done = harness.hone("query", "--json", self.recording, sql)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def exported(self, how, name):
        path = self.folder / name
        done = harness.hone("export", "--to", how, "-o", path, self.recording)
        self.assertEqual(done.returncode, 0, done.stderr)
        return path, done.stderr.decode()

    def samples(self):
        return self.report["summary"]["sample_count"]

    def self_times(self):
        """{function: ns} as SQL gives them, of the innermost functions."""
        rows = self.query("select name, sum(weight) as ns from samples group by name")["rows"]
        return {row[0]: row[1] for row in rows if row[0] is not None}

    def test_perfetto(self):
        path, said = self.exported("perfetto", "run.pftrace")
        self.assertNotIn("left out", said)
        trace = perfetto_trace.Trace(path)
        self.assertEqual(trace.complaints, [])
        self.assertEqual(trace.clock, perfetto_trace.MONOTONIC)
        beside = ("/off CPU", "/locks", "/off CPU, several waits as one")
        seen = trace.totals(lambda each: not each.track.endswith(beside) and
                            "/frames: " not in each.track and each.category != "gpu")
        for name, span in self.spans.items():
            count, total = seen.pop(name)
            self.assertEqual(count, span["count"], name)
            # A span may be cut by less than a microsecond, so that it nests.
            self.assertAlmostEqual(total, span["total_ns"], delta=1000 * count, msg=name)
        self.assertEqual(seen, {})
        self.assertEqual(len(trace.samples), self.samples())
        self.assertEqual(trace.cpu_ns(), self.report["summary"]["cpu_ns"])
        self_ns = collections.Counter(sample["stack"][-1][0] for sample in trace.samples)
        counted = self.query("select name, count(*) as n from samples group by name")["rows"]
        self.assertEqual({name: n for name, n in counted if name is not None},
                         {name: n for name, n in self_ns.items() if name != "(no stack)"})
        self.assertTrue(any(module.startswith("/") for sample in trace.samples
                            for _, module in sample["stack"]))
        waits = trace.totals(lambda each: each.category == "off-CPU")
        self.assertEqual(sum(count for count, _ in waits.values()),
                         self.query("select count(*) from waits")["rows"][0][0])
        for category, table in (("gpu", "gpu_spans"), ("frame", "frame_times")):
            drawn = trace.totals(lambda each, word=category: each.category == word)
            self.assertEqual(sum(count for count, _ in drawn.values()),
                             self.query(f"select count(*) from {table}")["rows"][0][0], table)
        for plot in self.report["instrumentation"]["plots"]:
            values = [values for track, values in trace.values.items()
                      if track.endswith("/" + plot["name"])]
            self.assertEqual(sum(map(len, values)), plot["count"], plot["name"])
            self.assertEqual(max(value for each in values for _, value in each), plot["most"])

    def test_speedscope(self):
        path, _ = self.exported("speedscope", "run.speedscope.json")
        readers.assert_matches_schema(self, path)
        whole = json.loads(path.read_text(encoding="utf-8"))
        frames = [frame["name"] for frame in whole["shared"]["frames"]]
        spans, samples, weight = {}, 0, 0
        for profile in whole["profiles"]:
            if profile["type"] == "sampled":
                samples += len(profile["samples"])
                weight += sum(profile["weights"])
                self.assertEqual(profile["endValue"], sum(profile["weights"]))
                continue
            opened, last = [], profile["startValue"]
            for event in profile["events"]:
                self.assertGreaterEqual(event["at"], last)
                last = event["at"]
                if event["type"] == "O":
                    opened.append(event)
                    continue
                begun = opened.pop()
                self.assertEqual(begun["frame"], event["frame"])
                count, total = spans.get(frames[event["frame"]], (0, 0))
                spans[frames[event["frame"]]] = (count + 1, total + event["at"] - begun["at"])
            self.assertEqual(opened, [])
            self.assertEqual(last, profile["endValue"])
        self.assertEqual((samples, weight), (self.samples(), self.report["summary"]["cpu_ns"]))
        for name, count in self.query("select name, count(*) as n from spans where nested = 1 "
                                      "and open = 0 group by name")["rows"]:
            self.assertEqual(spans[name][0], count, name)
            self.assertAlmostEqual(spans[name][1], self.spans[name]["total_ns"],
                                   delta=1000 * count, msg=name)
        self.assertIn(whole["name"], readers.speedscope_title(path))
        del whole["shared"]["frames"]
        broken = self.folder / "broken.speedscope.json"
        broken.write_text(json.dumps(whole), encoding="utf-8")
        self.assertNotIn(whole["name"], readers.speedscope_title(broken))

    def test_pprof(self):
        path, _ = self.exported("pprof", "run.pb.gz")
        read = readers.pprof(path)
        totals = dict(zip(read["types"], map(int, read["totals"])))
        self.assertEqual(totals["samples/count"], self.samples())
        self.assertEqual(totals["cpu/nanoseconds"], self.report["summary"]["cpu_ns"])
        blocked = self.query("select sum(count), sum(max(dur - coalesce(runnable_time, 0), 0)) "
                             "from waits where preempted = 0")["rows"][0]
        if blocked[0] is not None:
            self.assertEqual(totals["waits/count"], blocked[0])
            self.assertEqual(totals["off_cpu/nanoseconds"], blocked[1])
        self.assertEqual((read["first_text"], read["default"]), ("", "cpu"))
        read_self = {name: ns for name, ns in read["self"].items() if ns and name != "(no stack)"}
        self.assertEqual(read_self, {name: ns for name, ns in self.self_times().items() if ns})
        self.assertGreater(read["inlined"], 0, "calls that were inlined")
        built = [module for module, build_id in read["modules"] if len(build_id) >= 32]
        self.assertTrue(any("libc.so" in module for module in built), read["modules"])

    def test_firefox(self):
        path, said = self.exported("firefox", "run.firefox.json")
        self.assertNotIn("left out", said)
        profiler = readers.FirefoxProfiler(path, self.folder)
        self.addCleanup(profiler.close)
        markers, samples = {}, 0
        for thread, handles in profiler.threads().items():
            for handle in handles if not thread.startswith("GPU: ") else ():
                for name, (count, mean) in profiler.markers(handle).items():
                    before = markers.get(name, (0, 0))
                    markers[name] = (before[0] + count, before[1] + count * mean * 1e6)
        for name, span in self.spans.items():
            self.assertEqual(markers[name][0], span["count"], name)
            self.assertAlmostEqual(markers[name][1], span["total_ns"],
                                   delta=1e-6 * span["total_ns"] + 10, msg=name)
        whole = json.loads(path.read_text(encoding="utf-8"))
        samples = sum(thread["samples"]["length"] for thread in whole["threads"])
        self.assertEqual(samples, self.samples())
        ns = sum(round(weight * 1e6) for thread in whole["threads"]
                 for weight in thread["samples"]["weight"])
        self.assertEqual(ns, self.report["summary"]["cpu_ns"])
        for plot in self.report["instrumentation"]["plots"]:
            found = [each for each in whole["counters"] if each["name"] == plot["name"]]
            self.assertEqual(sum(each["samples"]["length"] for each in found), plot["count"])
            self.assertAlmostEqual(sum(found[0]["samples"]["count"]), plot["last"])
        self.functions(profiler)

    def functions(self, profiler):
        """Own time of the heaviest functions, as the reader adds it up."""
        told = collections.Counter()
        for handles in profiler.threads().values():
            for handle in handles:
                for each in profiler.functions(handle):
                    told[each["name"]] += each["selfSamples"]
        heaviest = sorted(self.self_times().items(), key=lambda row: -row[1])[:5]
        for name, ns in heaviest:
            self.assertAlmostEqual(told[name] * 1e6, ns, delta=1e-3 * ns + 1e5, msg=name)


class Game(Formats, harness.Case):
    command = (GAME, "--frames", "12", "--entities", "20", "--size", "64x64")


class MemoryGraph(Formats, harness.Case):
    command = (MEMORY_GRAPH,)


if __name__ == "__main__":
    harness.main()
