#!/usr/bin/env python3
"""Tests of what the benchmarks compute with: no program is recorded."""
import collections
import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from cases import added_cpu, self_time, span_costs, spans  # noqa: E402
from lib import (document, measure, memory, names, peers, perf_text, stats,  # noqa: E402
                 text)

SCRIPT = """
\t            4a8d [unknown] (/usr/lib/liblzma.so.5)
\t           27304 __libc_start_main@@GLIBC_2.34 (/usr/lib/libc.so.6)
\t            3ae0 [unknown] (/usr/bin/xz)

\tffffffff821c9cb2 mas_walk ([kernel.kallsyms])

\t            1000 maintain(int) (/usr/bin/app (deleted))
"""

STATS = """
           TOTAL events:      12181
          SAMPLE events:      11325  (93.0%)
    LOST_SAMPLES events:          2  ( 0.0%)
"""

REPORT = """# Total Lost Samples: 7
#
# Samples: 12K of event 'cpu-clock:ppp'
#
 243        \tapp      \t[.] ns::work(int)
 31         \t[kernel.kallsyms]\t[k] mas_walk
"""


class Stats(unittest.TestCase):
    def test_interval_holds_the_median_and_shrinks(self):
        few = stats.median_interval([1.0, 1.1, 0.9, 1.05, 0.95])
        many = stats.median_interval([1.0, 1.1, 0.9, 1.05, 0.95] * 20)
        self.assertLessEqual(few[1], few[0])
        self.assertLess(many[2] - many[1], few[2] - few[1])

    def test_two_values_have_no_interval(self):
        self.assertEqual(stats.median_interval([1, 3]), (2, None, None))

    def test_student_quantile(self):
        for tail, freedom, wanted in ((0.025, 1, 12.706), (0.005, 10, 3.169), (0.0005, 5, 6.869),
                                      (0.005, 2.5, 7.164), (0.005, 1000, 2.581)):
            self.assertAlmostEqual(stats.student_quantile(tail, freedom), wanted, places=2)

    def test_difference_of_means(self):
        a, b = [1, 2, 3, 4], [2, 3, 4, 6]
        difference, bound = stats.difference_of_means(a, b, confidence=0.95)
        self.assertAlmostEqual(difference, -1.25)
        self.assertAlmostEqual(bound, 2.667, places=3)    # 5.58 degrees of freedom
        self.assertGreater(stats.difference_of_means(a, b, 10, 0.95)[1], bound)
        self.assertEqual(stats.difference_of_means([1, 1], [3, 3]), (-2, 0))

    def test_difference_of_shares(self):
        difference, bound = stats.difference_of_shares(60, 100, 40, 100)
        self.assertAlmostEqual(difference, 0.2)
        self.assertAlmostEqual(bound, 2.5758 * (0.25 * 2 / 100) ** 0.5, places=4)
        self.assertGreater(stats.difference_of_shares(60, 100, 40, 100, 10)[1], bound)


class Measure(unittest.TestCase):
    def run_shell(self, script, **options):
        with tempfile.TemporaryDirectory() as folder:
            return measure.run(["/bin/sh", "-c", script], folder=folder, **options)

    def test_counts_children_and_orphans(self):
        burn = f"{sys.executable} -c 'import time\nwhile time.process_time() < 0.3: pass'"
        self.assertGreaterEqual(self.run_shell(burn + "; true").cpu_s, 0.28)
        self.assertGreaterEqual(self.run_shell(f"({burn}) >/dev/null & exit 0").cpu_s, 0.28)

    def test_status_output_and_limit(self):
        done = self.run_shell("echo out; echo err >&2; exit 3", output=True)
        self.assertEqual((done.status, done.output, done.errors), (3, "out\n", "err\n"))
        late = self.run_shell("sleep 30", timeout_s=0.2)
        self.assertTrue(late.timed_out)
        self.assertLess(late.wall_s, 10)


class Memory(unittest.TestCase):
    def test_sees_what_a_grandchild_takes(self):
        take = f"'{sys.executable}' -c 'import time; x = bytearray(80 << 20); time.sleep(0.5)'"
        with tempfile.TemporaryDirectory() as folder, memory.Watch() as watch:
            measure.run(["/bin/sh", "-c", f"({take}); true"], folder=folder)
        self.assertGreater(max(watch.peak_bytes.values()), 80 << 20)
        self.assertLess(max(watch.peak_bytes.values()), 400 << 20)


class Peers(unittest.TestCase):
    def test_says_who_was_not_measured(self):
        self.assertEqual(peers.cell({"tracy": 1.5, "lttng": None}, "{:.1f}".format),
                         "Tracy 1.5; Perfetto not measured")
        self.assertEqual(peers.cell({}, str), "Tracy, LTTng-UST, Perfetto not measured")
        self.assertEqual(peers.cell({kind.name: None for kind in peers.ALL}, str), "none")

    def test_a_span_more(self):
        few = {"spans": 10, "lost": 0, "file_bytes": 100, "whole_s": 1.0, "bare_s": 0.5}
        many = {"spans": 110, "lost": 3, "file_bytes": 400, "whole_s": 2.0, "bare_s": 1.2}
        added = span_costs._added(few, many)
        self.assertAlmostEqual(added["bytes"], 3)
        self.assertAlmostEqual(added["whole_ns"], 0.3 / 100 * 1e9)
        self.assertEqual(added["lost"], 3)
        self.assertNotIn("whole_ns", span_costs._added(few | {"whole_s": None}, many))

    def test_a_loss_meets_nothing(self):
        one = {"span": 20.0, "two_clocks": 19.0, "one_clock": 9.5, "span_two_threads": 20.0,
               "empty": 0.3, "tree_marginals": [5.0, 4.0], "tree_floors": [4.0, 4.0], "plot": 10.0,
               "message": 10.0, "span_two_arguments": 20.0, "allocate_free": 20.0,
               "lock": 5.0, "lock_marked": 20.0}
        data = {"off": [one], "on": [one], "one_clock": [one], "adaptive": [one], "lost": 0,
                "peers": {}}
        met = [row["met"] for row in spans.rows(data)]
        self.assertIn(True, met)
        self.assertNotIn(True, [row["met"] for row in spans.rows(data | {"lost": 1})])


class PerfText(unittest.TestCase):
    def test_completeness(self):
        counts = perf_text.completeness(SCRIPT.splitlines())
        self.assertEqual((counts["complete"], counts["broken"], counts["kernel_only"]), (1, 1, 1))
        self.assertEqual(counts["frames"], 5)

    def test_report(self):
        self.assertEqual(perf_text.self_samples(REPORT),
                         [(243, "app", "ns::work(int)"), (31, "[kernel.kallsyms]", "mas_walk")])
        self.assertEqual(perf_text.samples_and_lost(STATS, REPORT), (11325, 7))


class Names(unittest.TestCase):
    def test_one_spelling(self):
        for spelled, plain in {
                "main": "main",
                "ns::work(int, std::pair<int, long>)": "ns::work",
                "void ns::work<int, (E)3>(int)": "ns::work<int,(E)3>",
                "ns::work<int, (E)3>": "ns::work<int,(E)3>",
                "(anonymous namespace)::f(int) [clone .cold]": "{anonymous}::f",
                "f.part.0": "f",
                "A::operator()(int) const": "A::operator\x01",
                "A::operator()": "A::operator\x01",
                "bool operator<(A const&, A const&)": "operator\x11",
                "bool ns::less<A>::run(A const&)::{lambda(A const&)#1}::operator()(A const&)":
                    "ns::less<A>::run",
        }.items():
            self.assertEqual(names.plain(spelled), plain, spelled)


class AddedCpu(unittest.TestCase):
    def test_drift_cancels(self):
        alone = [{"cpu_s": 1.0 + 0.1 * i, "wall_s": 2.0} for i in range(6)]
        one = added_cpu.against_neighbours({"cpu_s": 1.05 * 1.02, "wall_s": 2.2}, *alone[:2])
        self.assertAlmostEqual(one["cpu_ratio"], 1.02)
        self.assertAlmostEqual(one["wall_ratio"], 1.1)
        ratios = [r["cpu_ratio"] for r in added_cpu.control(alone)]
        self.assertEqual(len(ratios), 2)      # no run is its own neighbour, and none stands in two
        for ratio in ratios:
            self.assertAlmostEqual(ratio, 1.0)

    def test_account(self):
        meta = {"cpu.total_ns": "1010000000", "cost.recorder_cpu_ns": "18000000",
                "cost.interrupt_ns_per_sample": "10000"}
        info = {"meta": meta, "tables": [{"name": "samples", "row_count": 1000}]}
        account = added_cpu._account(1.03, info)
        for key, wanted in {"recorder": 0.02, "recorder_stated": 0.018, "interrupts": 0.01,
                            "ratio": 1.03}.items():
            self.assertAlmostEqual(account[key], wanted, msg=key)
        del meta["cost.interrupt_ns_per_sample"]
        self.assertIsNone(added_cpu._account(1.03, info))

    def test_account_decides_where_runs_do_not(self):
        def met(low, ratio, high, account):
            return added_cpu.met({"cpu_ratio": ratio, "cpu_ratio_low": low, "cpu_ratio_high": high,
                                  "account": account and {"ratio": account}})
        self.assertTrue(met(0.99, 1.04, 1.06, 1.02))
        self.assertFalse(met(0.99, 1.02, 1.06, 1.05))
        self.assertFalse(met(1.035, 1.04, 1.06, 1.02))   # all of the interval is over the reach
        self.assertFalse(met(1.025, 1.04, 1.06, 1.02))   # it speaks against the account
        self.assertTrue(met(None, 1.02, None, 1.05))
        self.assertFalse(met(0.99, 1.04, 1.06, None))


class SelfTime(unittest.TestCase):
    KEY, SMALL = ("app", "f"), ("app", "g")

    def take(self, share, samples=1000):
        return self_time.Take(collections.Counter({self.KEY: round(share * samples), self.SMALL: 1,
                                                   ("libc.so.6", "memcpy"): 100}), samples)

    def compare(self, ours, theirs, pairs):
        takes = {self_time.OURS: [self.take(s) for s in ours],
                 self_time.FIRST: [self.take(s) for s in theirs],
                 self_time.SECOND: [self.take(s) for s in reversed(theirs)],
                 self_time.BOTH: [(self.take(a), self.take(b)) for a, b in pairs]}
        return self_time.compare(takes, "app")

    def test_spellings_of_one_function_are_added_up(self):
        take = self_time.self_by_symbol(
            ["13\t0\tapp\tf(int)", "2\t0\tapp\tf", "9\t1\t[kernel]\tread"])
        self.assertEqual((take.counts, take.user), ({("app", "f"): 15}, 15))

    def test_user_side_of_a_report_of_perf(self):
        take = self_time.self_of_perf(REPORT)
        self.assertEqual((take.counts, take.user), ({("app", "ns::work"): 243}, 243))

    def test_bound_is_what_runs_differ_by(self):
        calm = self.compare([0.50, 0.51, 0.49], [0.60, 0.61, 0.59], [(0.5, 0.5), (0.6, 0.6)])
        self.assertEqual([(f["function"], f["apart"]["inside"]) for f in calm], [("f", False)])
        self.assertTrue(calm[0]["control"]["inside"])
        self.assertTrue(calm[0]["together"]["inside"])
        wild = self.compare([0.40, 0.60, 0.50], [0.50, 0.70, 0.60], [(0.5, 0.5), (0.6, 0.6)])
        self.assertTrue(wild[0]["apart"]["inside"])

    def test_a_difference_in_the_same_runs_is_the_tools(self):
        one = self.compare([0.40, 0.60, 0.50], [0.40, 0.60, 0.50], [(0.4, 0.5), (0.5, 0.6)])[0]
        self.assertTrue(one["apart"]["inside"])
        self.assertFalse(one["together"]["inside"])
        self.assertAlmostEqual(one["together"]["difference"], 0.1)   # Hone's less perf's

    def test_row_is_met_by_all_of_both_tests(self):
        met = {"difference": 0.01, "bound": 0.02, "inside": True}
        missed = {"difference": 0.03, "bound": 0.02, "inside": False}
        for apart, together, control, wanted in ((met, met, missed, True),
                                                 (missed, met, met, False),
                                                 (met, missed, met, False)):
            row, = self_time.rows({"programs": {"app": {"functions": [
                {"function": "f", "apart": apart, "together": together, "control": control}]}}})
            self.assertIs(row["met"], wanted)


class Document(unittest.TestCase):
    def test_only_what_stands_between_the_marks_is_written(self):
        facts = {"taken_at": "2026-01-01T00:00:00", "cpu_model": "c", "cpu_count": 2,
                 "virtual": True, "hardware_counters": False, "governor": None,
                 "memory_bytes": 1 << 30, "os": "o", "kernel": "k", "perf_event_paranoid": "2",
                 "as_root": True, "load_average_1min": 0.1, "load_average_1min_after": 0.2,
                 "commit": {"id": "abc", "dirty": False}, "versions": {"hone": "h", "perf": None}}
        results = {"mode": "full", "rounds": 20, "machine": facts,
                   "cases": {"start": {"rows": [text.row("w", "1 s", "5 ms", "r", True)]},
                             "loss": {"error": "no"}}}
        with tempfile.TemporaryDirectory() as folder:
            page = os.path.join(folder, "page.md")
            pathlib.Path(page).write_text(f"above\n{document.BEGIN}\nold\n{document.END}\nbelow\n")
            document.write(page, results)
            document.write(page, results)
            written = pathlib.Path(page).read_text()
        self.assertTrue(written.startswith("above\n") and written.endswith("\nbelow\n"))
        self.assertNotIn("old", written)
        self.assertEqual(written.count("| w | 1 s | 5 ms | r | met |"), 1)


if __name__ == "__main__":
    unittest.main()
