#!/usr/bin/env python3
"""Process trees, threads and their names, and the account of CPU time."""
import harness

MODES = ((), ("--per-process",))


class Processes(harness.Case):
    def report_of(self, *command, flags=(), by="process"):
        report = self.report(self.record(*command, flags=flags), "--by", by, "--no-kernel")
        self.assert_complete(report, starts=len(report.summary["processes"]))
        return report

    def functions(self, *command, flags=()):
        return self.report_of(*command, flags=flags, by="function")

    def test_fork_without_exec(self):
        for flags in MODES:
            with self.subTest(flags):
                report = self.functions("processes", "fork", flags=flags)
                self.assertEqual(len(report.summary["processes"]), 2)
                self.assert_share(report.row("child_work"), 0.75, report.samples)
                self.assert_share(report.row("parent_work"), 0.25, report.samples)

    def test_chain_of_fork_and_exec(self):
        for flags in MODES:
            with self.subTest(flags):
                report = self.functions("processes", "chain", 1200, flags=flags)
                processes = report.summary["processes"]
                self.assertEqual(len(processes), 3, processes)
                self.assertEqual([process["name"] for process in processes], ["processes"] * 3)
                # Parents wait for their children, so each has its own time and status.
                self.assertEqual(len({process["pid"] for process in processes}), 3)
                self.assert_share(report.row("parent_work"), 0.25, report.samples)
                self.assert_share(report.row("leaf_work"), 0.5, report.samples)

    def test_vfork_spawn_and_exec(self):
        for way, leaf, count in (("vfork", 1, 2), ("spawn", 1, 2), ("exec", 0.75, 1)):
            with self.subTest(way):
                report = self.functions("processes", way)
                self.assert_share(report.row("leaf_work"), leaf, report.samples)
                self.assertEqual(len(report.summary["processes"]), count)
                if way == "exec":
                    self.assert_share(report.row("before_exec"), 0.25, report.samples)

    def test_orphan_is_known_of(self):
        report = self.report(self.record("processes", "orphan"))
        self.assertEqual(len(report.summary["processes"]), 2)

    def test_threads_and_their_names(self):
        for flags in MODES:
            with self.subTest(flags):
                report = self.report_of("threads", flags=flags, by="thread")
                rows = {row["name"].split(" (")[0].split("/")[-1]: row for row in report.rows}
                many = next(row for name, row in rows.items() if "worker-many" in name)
                few = next(row for name, row in rows.items() if "worker-few" in name)
                self.assert_share(many, 0.75, report.samples)
                self.assert_share(few, 0.25, report.samples)
                self.assertEqual(report.summary["processes"][0]["thread_count"], 3)

    def test_names_that_change(self):
        report = self.report_of("rename", by="thread")
        names = " ".join(row["name"] for row in report.rows)
        self.assertIn("renamed-main", names)
        self.assertIn("second-name", names)

    def account(self, flags, *command):
        """The kernel's own account of a victim (microseconds), and Hone's report of the run."""
        path = self.path(".account")
        recording = self.record("account", path, harness.victim(command[0]), *command[1:],
                                flags=flags)
        seconds = [float(word) for word in path.read_text().split()]
        return sum(seconds), self.report(recording)

    def test_cpu_time_is_accounted_for(self):
        """sampled + unsampled = true CPU time within 2%, however short the threads live."""
        for command in (("short_threads", 1000), ("ratio",), ("threads",), ("processes", "chain"),
                        ("sleeper", 500)):
            for flags in MODES:
                with self.subTest(f"{command} {flags}"):
                    true_s, report = self.account(flags, *command)
                    self.assertAlmostEqual(report.cpu_ns() * 1e-9, true_s,
                                           delta=0.02 * true_s + 0.002)
                    self.assertEqual(report.data["quality"]["lost_samples"], 0)
                    if command[0] == "short_threads":
                        process = report.process("short_threads")
                        self.assertEqual(process["thread_count"], 1001)

    def test_short_threads_are_seen_where_permitted(self):
        report = self.report(self.record("short_threads", 1000))
        if "cpu-wide" not in report.data["quality"]["sampler"]:
            self.skipTest("sampling whole CPUs is not permitted here")
        # What the samples saw is right to within chance, with no thread as long as a period.
        share = report.row("short_work")["total_share"]
        self.assertGreater(share, 0.5)
        self.assertAlmostEqual(report.summary["cpu_ns"] / report.cpu_ns(), 1,
                               delta=harness.chance(0.5, report.samples))


if __name__ == "__main__":
    harness.main()
