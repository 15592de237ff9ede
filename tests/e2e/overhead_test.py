#!/usr/bin/env python3
"""What probes cost: measured by hone overhead, and stated by reports of programs that mark."""
import json
import os
import shutil
import subprocess

import harness

PROBES = ["clock_read", "span", "span_with_arguments", "plot", "message", "allocation_and_free",
          "frame", "sample_perf", "sample_timer", "turn"]


class Overhead(harness.Case):
    def run_hone(self, *words, **more):
        return subprocess.run([harness.HONE, *words], capture_output=True, text=True,
                              timeout=harness.LIMIT_S, **more)

    def test_each_probe_is_measured_or_said_not_to_be(self):
        done = self.run_hone("overhead", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        told = json.loads(done.stdout)
        self.assertEqual(told["schema"], "hone.overhead/1")
        probes = {probe["name"]: probe for probe in told["probes"]}
        self.assertEqual(list(probes), PROBES)
        for name, probe in probes.items():
            with self.subTest(name):
                self.assertTrue(probe["how"])
                if probe["recorded_ns"] is None:
                    self.assertTrue(told["notes"], "what is not measured is said")
                else:
                    self.assertGreater(probe["recorded_ns"], 0)
        # It was recorded: 25 rounds of 4,000 and one before them, of each of the two kinds of span.
        if told["lost"] == 0:
            self.assertEqual(told["spans"], 2 * 26 * 4000)
        # Two readings of the clock against one load and a branch.
        self.assertGreater(probes["span"]["recorded_ns"], probes["span"]["not_recorded_ns"])

    def test_the_program_that_it_measures_by_is_absent(self):
        alone = os.path.join(self.folder, "alone", "bin", "hone")
        os.makedirs(os.path.dirname(alone))
        shutil.copy(harness.HONE, alone)
        done = subprocess.run([alone, "overhead"], capture_output=True, text=True,
                              timeout=harness.LIMIT_S)
        if done.returncode == 0:
            self.skipTest("Hone is installed on this machine, and its own one is taken")
        self.assertEqual(done.returncode, 3)
        self.assertIn("E085", done.stderr)

    def test_a_report_states_probes_times_cost(self):
        path = self.record("spans", "200").path
        told = json.loads(self.run_hone("report", "--json", "--spans", path).stdout)
        cost = told["instrumentation"]["cost"]
        self.assertEqual(cost["spans"], 200 * 5 + 1)
        self.assertAlmostEqual(
            cost["total_ns"], cost["spans"] * cost["span_ns"] + cost["marks"] * cost["mark_ns"],
            delta=2)
        self.assertLess(cost["span_in_parent_ns"], cost["span_ns"] + 1)
        shown = " ".join(self.run_hone("report", path).stdout.split())
        self.assertRegex(shown, r"1,001 spans . [0-9.]+ ns \+ [0-9,]+ marks . [0-9.]+ ns = ")

    def test_one_span_in_detail(self):
        path = self.record("spans", "300").path
        told = json.loads(self.run_hone("report", "--json", "--span", "Physics::World::step",
                                        path).stdout)["span"]
        self.assertEqual(told["count"], 300)
        self.assertEqual(sum(bucket["count"] for bucket in told["histogram"]), 300)
        self.assertEqual(len(told["slowest"]), 10)
        # Every span has its own argument, and none another's.
        argument = told["arguments"][0]
        self.assertEqual((argument["key"], argument["ranges"]), ("frame", True))
        self.assertEqual(sum(value["count"] for value in argument["values"]), 300)
        for one in told["slowest"]:
            self.assertEqual([child["name"] for child in one["spans"]], ["Physics::narrow"])
            self.assertEqual(one["spans"][0]["count"], 3)
            self.assertIn("frame", one["arguments"])


if __name__ == "__main__":
    harness.main()
