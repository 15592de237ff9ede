#!/usr/bin/env python3
"""Tests of what the benchmarks compute with: no program is recorded."""
import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from cases import self_time  # noqa: E402
from lib import document, measure, names, perf_text, stats, text  # noqa: E402

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

    def test_more_comparisons_need_a_larger_bound(self):
        self.assertAlmostEqual(stats.z_of_family(1), 2.5758, places=3)
        self.assertGreater(stats.z_of_family(10), stats.z_of_family(1))

    def test_error_of_a_difference_of_shares(self):
        difference, error = stats.share_difference(60, 100, 40, 100)
        self.assertAlmostEqual(difference, 0.2)
        self.assertAlmostEqual(error, (0.25 * 2 / 100) ** 0.5)


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


class SelfTime(unittest.TestCase):
    def test_spellings_of_one_function_are_added_up(self):
        counts, user = self_time.self_by_symbol(
            ["13\t0\tapp\tf(int)", "2\t0\tapp\tf", "9\t1\t[kernel]\tread"])
        self.assertEqual((counts, user), ({("app", "f"): 15}, 15))

    def test_bound_tells_same_from_different(self):
        key, small = ("app", "f"), ("app", "g")
        same = self_time.compare({key: 500, small: 1}, 1000, {key: 520}, 1000, "app")
        self.assertEqual([(f["function"], f["inside"]) for f in same], [("f", True)])
        other = self_time.compare({key: 500}, 1000, {key: 700}, 1000, "app")
        self.assertFalse(other[0]["inside"])


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
