#!/usr/bin/env python3
"""Stacks and shares of victims whose truth is known by construction."""
import harness

KERNEL_SLACK = 0.03  # start-up, page faults and interrupts, which are nobody's work


class Stacks(harness.Case):
    def check_ratio(self, name, flags=(), three="three", one="one"):
        report = self.report(self.record(name, flags=flags), "--no-kernel")
        self.assertGreater(report.samples, 100)
        self.assert_complete(report)
        first, second = report.row(three), report.row(one)
        both = first["self_share"] + second["self_share"]
        self.assertGreater(both, 1 - KERNEL_SLACK, report.rows[:4])
        self.assertAlmostEqual(first["self_share"] / both, 0.75,
                               delta=harness.chance(0.75, report.samples))
        return report

    def test_functions_in_the_ratio_of_their_work(self):
        for name in ("ratio", "ratio_pie", "ratio_no_pie", "ratio_static", "ratio_static_pie"):
            with self.subTest(name):
                report = self.check_ratio(name)
                self.assertTrue(report.row("three")["file"].endswith("ratio.c"))
                self.assertGreater(report.row("main")["total_share"], 1 - harness.chance(
                    0.02, report.samples) - KERNEL_SLACK)

    def test_names_come_from_wherever_they_are(self):
        for name in ("ratio_debuglink", "ratio_debugdata", "ratio_split_dwarf"):
            with self.subTest(name):
                if not (harness.VICTIMS / name).exists():
                    self.skipTest("objcopy or xz is missing")
                self.check_ratio(name)

    def test_stripped_functions_are_told_apart(self):
        report = self.report(self.record("ratio_stripped"), "--no-kernel")
        self.assert_complete(report)
        own = [row for row in report.rows if row["module"] == "ratio_stripped"]
        shares = sorted((row["self_share"] for row in own), reverse=True)
        both = shares[0] + shares[1]
        self.assertGreater(both, 1 - KERNEL_SLACK)
        self.assertAlmostEqual(shares[0] / both, 0.75, delta=harness.chance(0.75, report.samples))

    def test_other_rates_and_ways(self):
        for flags in (("-F", "250"), ("-F", "4000"), ("--user",), ("--per-process",),
                      ("--unwind", "dwarf"), ("--stack-bytes", "4096")):
            with self.subTest(" ".join(flags)):
                report = self.report(self.record("ratio", flags=flags), "--no-kernel")
                self.assert_complete(report)
                self.assert_share(report.row("three"), 0.75, report.samples)
                # None on a machine with nothing else to do; but tests run beside other work.
                self.assertLess(report.data["quality"]["lost_samples"], 0.05 * report.samples)

    def test_recursion(self):
        for name in ("recursion", "recursion_fp", "recursion_no_fp"):
            with self.subTest(name):
                report = self.report(self.record(name), "--tree", "--no-kernel")
                self.assert_complete(report)
                # However often it is on the stack, it counts once.
                self.assertLessEqual(report.row("descend")["total_share"], 1)
                self.assert_share(report.row("bottom"), 0.75, report.samples, "self_share")
                self.assert_share(report.row("descend"), 0.25, report.samples, "self_share")
                deepest = max((path.count("descend") for path, _ in report.paths()), default=0)
                self.assertEqual(deepest, 61)

    def test_stacks_of_stripped_code_have_all_frames(self):
        report = self.report(self.record("recursion_stripped"), "--tree", "--no-kernel")
        self.assert_complete(report)
        self.assertGreaterEqual(max(len(path) for path, _ in report.paths()), 61)

    def test_frame_pointers_where_they_are_kept(self):
        # libc keeps none, so a chain of them ends in main() or just above.
        report = self.report(self.record("recursion_fp", flags=("--unwind", "fp")), "--tree")
        deepest = max((path.count("descend") for path, _ in report.paths()), default=0)
        self.assertGreaterEqual(deepest, 60)

    def test_inlined_calls_are_expanded(self):
        report = self.report(self.record("inlined"), "--tree", "--no-kernel")
        self.assert_complete(report)
        self.assertGreater(report.row("inner")["self_share"], 1 - KERNEL_SLACK)
        self.assert_share(report.row("often"), 0.75, report.samples)
        self.assert_share(report.row("seldom"), 0.25, report.samples)
        paths = {tuple(path[-4:]) for path, samples in report.paths() if samples > 5}
        self.assertIn(("main", "often", "middle", "inner"), paths)
        self.assertIn(("main", "seldom", "middle", "inner"), paths)

    def test_library_that_is_no_more(self):
        report = self.report(self.record("dlopen_unlink", harness.victim("plugin.so"), self.folder))
        self.assert_complete(report)
        row = report.row("plugin_inner")
        self.assertGreater(row["self_share"], 0.9)
        self.assertTrue(row["file"].endswith("plugin.c"), row)

    def test_stack_larger_than_any_snapshot(self):
        report = self.report(self.record("deep_stack"), "--tree", "--no-kernel")
        # The outer part is read from the process, which is gone when the last samples are looked
        # at: at most those of two rounds of the recorder, 50 ms each.
        self.assertLessEqual(report.stacks["broken"], 110 + harness.START_SAMPLES)
        self.assertGreater(report.stacks["spliced"], report.samples * 0.6)
        self.assertGreater(report.row("bottom")["self_share"], 0.9)
        counts = [samples for path, samples in report.paths() if path.count("deeper") == 301]
        self.assertGreater(sum(counts), report.samples * 0.6)

    def test_stack_with_a_hole(self):
        # A copy ends where a page was never touched. The first look at what lies behind it, at most
        # two rounds of the recorder later, has the kernel put a page of zeros there.
        report = self.report(self.record("stack_hole"), "--tree", "--no-kernel")
        # On a busy machine the recorder's turn may come later, when the program has moved on.
        self.assertLessEqual(report.stacks["broken"],
                             harness.START_SAMPLES + 0.02 * report.samples)
        self.assertGreater(report.stacks["spliced"], 0)
        self.assertLessEqual(report.stacks["spliced"],
                             110 + harness.START_SAMPLES + 0.05 * report.samples)
        whole = [samples for path, samples in report.paths()
                 if "main" in path and "around" in path and "inner" in path]
        self.assertGreater(sum(whole), 0.95 * report.samples)
        # One that is over long before that: its first stacks stay as they are.
        report = self.report(self.record("stack_hole", 1500, "leaf"), "--tree", "--no-kernel")
        self.assertLessEqual(report.stacks["broken"], 110 + harness.START_SAMPLES)
        called = [path[-2] for path, samples in report.paths() for _ in range(samples)
                  if len(path) > 1 and path[-1] == "leaf"]
        self.assertGreater(len(called), 0.85 * report.samples)
        for name in ("one", "other"):
            self.assertAlmostEqual(called.count(name) / len(called), 0.5,
                                   delta=harness.chance(0.5, len(called)))

    def test_large_fixed_frame(self):
        report = self.report(self.record("fixed_frame"), "--tree", "--no-kernel")
        self.assert_complete(report)
        self.assertGreater(report.row("wide")["total_share"], 1 - KERNEL_SLACK)

    def test_signal_handler(self):
        report = self.report(self.record("signal_handler"), "--tree", "--no-kernel")
        self.assert_complete(report)
        self.check_handler(report)

    def test_signal_handler_on_a_stack_of_its_own(self):
        report = self.report(self.record("signal_handler", 800, 1), "--tree", "--no-kernel")
        self.check_handler(report)
        # The stack that was interrupted is in no snapshot: it is read from the process, which is
        # gone when the last samples are looked at.
        self.assertLessEqual(report.stacks["broken"], 110 + harness.START_SAMPLES)

    def check_handler(self, report):
        self.assertGreater(report.row("handler_work")["self_share"], 0.5)
        through = sum(samples for path, samples in report.paths()
                      if path[-1] == "handler_work" and "interrupted_loop" in path
                      and path[-2] == "on_alarm")
        self.assertGreater(through, report.row("handler_work")["self_samples"] * 0.75)

    def test_plt_stubs(self):
        report = self.report(self.record("plt"), "--no-kernel")
        self.assert_complete(report)
        self.assertGreater(report.row("caller")["total_share"], 1 - KERNEL_SLACK)
        names = {row["name"] for row in report.rows}
        self.assertIn("plt_add@plt", names)
        self.assertGreater(report.row("plt_multiply")["self_share"], 0.03)

    def test_vdso(self):
        report = self.report(self.record("vdso", 20000000), "--no-kernel")
        self.assert_complete(report)
        self.assertGreater(report.row("ask_often")["total_share"], 0.9)
        self.assertGreater(report.row("__vdso_clock_gettime")["total_share"], 0.3)

    def test_exceptions(self):
        report = self.report(self.record("throwing"), "--no-kernel")
        # While the system's unwinder installs a handler's frame, its return address belongs to one
        # frame and its stack pointer to another: no table describes those few instructions.
        self.assert_complete(report, share=0.97)
        self.assertGreater(report.row("catcher")["total_share"], 0.9)
        # The throw itself may stand in the part that the compiler moved away as unlikely.
        thrown = [row for row in report.rows if row["name"].startswith("thrower(")]
        self.assertGreater(sum(row["total_share"] for row in thrown), 0.3)

    def test_code_made_at_run_time(self):
        report = self.report(self.record("jit"), "--no-kernel")
        made = [row for row in report.rows if "anon" in row["module"] or "anon" in row["name"]]
        self.assertGreater(sum(row["self_share"] for row in made), 0.9, report.rows[:3])
        # No table tells of this code. A stack that stops there is not complete.
        if report.row("main")["total_share"] < 0.9:
            self.assertLess(report.stacks["complete_share"], 0.1)


if __name__ == "__main__":
    harness.main()
