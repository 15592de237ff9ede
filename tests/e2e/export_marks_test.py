#!/usr/bin/env python3
"""Waits, locks, pools and queues of GPUs in exports: each on a track of its own, all of them there,
as two independent readers understand it."""
import csv
import glob
import json
import pathlib
import subprocess

import harness
import readers


class Marks(harness.Case):
    def exported(self, *words, env=None):
        path = self.recording = self.record(*words, env={**self.environment, **(env or {})}).path
        trace, tables = self.folder / "marks.json", self.folder / "marks"
        for how, to in (("chrome", trace), ("csv", tables)):
            done = subprocess.run([harness.HONE, "export", "--to", how, "-o", to, path],
                                  capture_output=True, text=True, timeout=harness.LIMIT_S)
            self.assertEqual(done.returncode, 0, done.stderr)
        return trace, tables

    def rows(self, tables, name):
        with open(tables / f"{name}.csv", newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def assert_both_read(self, trace, wanted):
        """All of `wanted` ({name: how many} of complete events) by both readers."""
        read = readers.devtools(trace)
        self.assertEqual(read["complaints"], [])
        for name, count in wanted.items():
            self.assertEqual(read["spans"][name]["count"], count, name)
        profiler = readers.FirefoxProfiler(trace, self.folder)
        self.addCleanup(profiler.close)
        # It shows the time from the first sample to the last.
        seen = {name for handles in profiler.threads().values() for handle in handles
                for name in profiler.markers(handle)}
        self.assertTrue(seen & set(wanted), seen)

    def test_locks_and_waits(self):
        trace, tables = self.exported("locks", "contended")
        events = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
        apart = {}
        for event in events:
            if event["ph"] == "b":
                apart[event["name"]] = apart.get(event["name"], 0) + 1
        wanted = {}
        for use in self.rows(tables, "locks"):
            if use["hold_ns"]:
                wanted[use["name"] + " (held)"] = wanted.get(use["name"] + " (held)", 0) + 1
            if int(use["wait_ns"]) > 0:
                wanted[use["name"] + " (wait)"] = wanted.get(use["name"] + " (wait)", 0) + 1
        for name, count in apart.items():
            wanted[name] = wanted.get(name, 0) - count
        wanted = {name: count for name, count in wanted.items() if count > 0}
        self.assertGreater(wanted["mutex_ (wait)"], 0)
        self.assert_both_read(trace, wanted)
        waits = sum(event.get("cat") == "off-CPU" and event["ph"] in "Xb" for event in events)
        self.assertEqual(waits, len(self.rows(tables, "waits")))

    def test_pools(self):
        trace, tables = self.exported("locks", "pools")
        events = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
        for pool in ("nodes", "arena"):
            rows = [row for row in self.rows(tables, "pools") if row["pool"] == pool]
            live = [event["args"]["live bytes"] for event in events
                    if event["ph"] == "C" and event["name"] == f"pool {pool}"]
            self.assertEqual(live, [int(row["live_bytes"]) for row in rows])
        # As the report counts it.
        told = subprocess.run([harness.HONE, "report", "--json", "--pools", self.recording],
                              capture_output=True, text=True, timeout=harness.LIMIT_S, check=True)
        for pool in json.loads(told.stdout)["pools"]["pools"]:
            rows = [row for row in self.rows(tables, "pools") if row["pool"] == pool["name"]]
            self.assertEqual(int(rows[-1]["live_bytes"]), pool["live_bytes"])
            self.assertEqual(max(int(row["live_bytes"]) for row in rows), pool["peak_bytes"])

    def test_queues_of_gpus(self):
        drivers = glob.glob("/usr/share/vulkan/icd.d/lvp_icd*.json")
        if not drivers or not pathlib.Path(harness.victim("vulkan_spans")).exists():
            self.skipTest("no Vulkan, or no software device to run it on")
        trace, tables = self.exported("vulkan_spans", "30",
                                      env={"VK_ICD_FILENAMES": drivers[0],
                                           "VK_DRIVER_FILES": drivers[0], "LP_NUM_THREADS": "1"})
        self.assertEqual(len(self.rows(tables, "gpu")), 90)
        self.assert_both_read(trace, {"Render::Small": 30, "Render::Large": 30})
        events = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
        tracks = {(event["pid"], event["tid"]) for event in events if event.get("cat") == "gpu"}
        self.assertEqual(len(tracks), 1)
        names = [event["args"]["name"] for event in events
                 if event["name"] == "process_name" and event["pid"] == list(tracks)[0][0]]
        self.assertEqual(names, ["GPU of vulkan_spans"])


if __name__ == "__main__":
    harness.main()
