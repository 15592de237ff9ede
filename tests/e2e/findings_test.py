#!/usr/bin/env python3
"""Each finding has a victim that must trigger it, and a near miss that must not."""
import os
import pathlib
import shutil
import unittest

import harness

QUIET_TRIES = 3
MANY_CPUS = 4
# Where it is permitted, so that other work on the machine takes little time from the victim.
FIRST = ("nice", "-n", "-20") if os.geteuid() == 0 and shutil.which("nice") else ()


class Findings(harness.Case):
    def findings_of(self, *command, flags=()):
        report = self.report(self.record(*command, flags=flags))
        return report.findings, report

    def pair(self, finding, victim, near_miss):
        with self.subTest(f"{finding}: {victim}"):
            found, report = self.findings_of(*victim)
            self.assertIn(finding, found, report.rows[:3])
            for key in ("sentence", "next_step", "how", "evidence"):
                self.assertTrue(found[finding][key], key)
            self.assertNotIn("nothing-stands-out", found)
        with self.subTest(f"{finding}: not {near_miss}"):
            found, report = self.findings_of(*near_miss)
            self.assertNotIn(finding, found, found.get(finding))
        return report

    def test_dominating_function(self):
        self.pair("dominating-function", ("shares", 80, 10, 10), ("shares", 36, 32, 32))

    def test_dominating_line(self):
        self.pair("dominating-line", ("lines", "one"), ("lines", "many"))

    def test_dominating_line_is_the_right_one(self):
        found, _ = self.findings_of("lines", "one")
        source = pathlib.Path(__file__).resolve().parent.parent / "victims" / "lines.c"
        hot = next(number for number, line in enumerate(source.read_text().splitlines(), 1)
                   if "// HOT" in line)
        evidence = found["dominating-line"]["evidence"]
        self.assertEqual(int(evidence["line"]), hot)

    @unittest.skipIf((os.cpu_count() or 1) < 2, "there is one CPU")
    def test_single_busy_thread(self):
        for _ in range(QUIET_TRIES):
            found, report = self.findings_of(*FIRST, harness.victim("ratio"), 2400)
            if report.summary["busy_cpus"] >= 0.87:
                break
        if report.summary["busy_cpus"] < 0.87:
            print("skipped: other work on the machine keeps a busy thread from being busy")
        else:
            self.assertIn("single-busy-thread", found, report.summary)
            many = report.summary["cpu_count"] >= MANY_CPUS
            self.assertEqual(found["single-busy-thread"]["severity"], 2 if many else 1)
        for near_miss in (("threads", 2400, 1), ("sleeper", 1000, 600)):
            found, report = self.findings_of(*near_miss)
            self.assertNotIn("single-busy-thread", found, report.summary)

    def test_broken_stacks(self):
        report = self.pair("broken-stacks", ("no_cfi",), ("with_cfi",))
        self.assert_complete(report)
        report = self.report(self.record("no_cfi"))
        # Counted, not hidden: neither the samples nor the time are lost.
        self.assertGreater(report.row("by_hand")["self_share"], 0.9)
        self.assertLess(report.stacks["complete_share"], 0.1)

    def test_missing_symbols(self):
        self.pair("missing-symbols", ("ratio_stripped",), ("ratio",))
        fix = self.findings_of("ratio_stripped")[0]["missing-symbols"]["next_step"]
        self.assertRegex(fix, "-g|debug|strip")
        if (harness.VICTIMS / "ratio_debuglink").exists():
            found, _ = self.findings_of("ratio_debuglink")
            self.assertNotIn("missing-symbols", found)

    def test_debug_build(self):
        self.pair("debug-build", ("shares_debug",), ("shares",))
        fix = self.findings_of("shares_debug")[0]["debug-build"]["next_step"]
        self.assertIn("-O2 -g", fix)  # a good profiling build

    def test_tall_small_functions(self):
        self.pair("tall-small-functions", ("tiny_called",), ("tiny_inlined",))

    def test_deep_recursion_is_not_tall_small_functions(self):
        found, _ = self.findings_of("recursion")
        self.assertNotIn("tall-small-functions", found)

    def test_too_few_samples(self):
        self.pair("too-few-samples", ("ratio", 60), ("ratio", 900))

    def test_nothing_stands_out(self):
        for _ in range(QUIET_TRIES):
            found, report = self.findings_of("threads", 2000, 1)
            if "data-lost" not in found:
                break
            print("once more: on this busy machine the recorder got no CPU in time", flush=True)
        else:
            self.skipTest("other work on the machine makes samples be lost")
        # What else runs on the machine is not the program's.
        own = [name for name in found
               if name not in ("cpu-pressure", "stolen-cpu", "run-queue-wait")]
        self.assertEqual(own, ["nothing-stands-out"], report.rows[:3])

    def test_unsampled_time(self):
        found, _ = self.findings_of("short_threads", 1000, flags=("--per-process",))
        self.assertIn("unsampled-cpu", found)
        found, _ = self.findings_of("ratio", flags=("--per-process",))
        self.assertNotIn("unsampled-cpu", found)


if __name__ == "__main__":
    harness.main()
