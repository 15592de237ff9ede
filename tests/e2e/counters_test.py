#!/usr/bin/env python3
"""What the system counts beside the samples: amounts that are known come out of the recording."""
import contextlib
import os
import pathlib
import subprocess
import time

import harness

AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all")
PAGE = os.sysconf("SC_PAGESIZE")


def group_with_cpu_limit(quota_us, period_us):
    """A new control group with that limit, of version 2 or 1; None where none can be made."""
    lines = pathlib.Path("/proc/self/mounts").read_text().splitlines()
    mounts = [line.split() for line in lines]
    for _, folder, kind, options, *_ in mounts:
        if kind not in ("cgroup", "cgroup2"):
            continue
        if kind == "cgroup" and "cpu" not in options.split(","):
            continue
        group = pathlib.Path(folder) / f"hone-test-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            if kind == "cgroup2":
                (group / "cpu.max").write_text(f"{quota_us} {period_us}")
            else:
                (group / "cpu.cfs_period_us").write_text(str(period_us))
                (group / "cpu.cfs_quota_us").write_text(str(quota_us))
            return group
        except OSError:
            group.rmdir()
    return None


class Counters(harness.Case):
    def counters(self, recording):
        """(scope, name) to the tracks of a recording, and its facts."""
        report = self.report(recording, "--counters").data
        tracks = {}
        for track in report["counters"]["tracks"]:
            tracks.setdefault((track["scope"], track["name"]), []).append(track)
        return tracks, report["counters"]["facts"]

    def test_memory_that_is_touched(self):
        recording = self.record("uses", "memory", 60)
        tracks, facts = self.counters(recording)
        self.assertAlmostEqual(facts["peak_memory_bytes"] / 2**20, 61.5, delta=2.5)
        anonymous = tracks["process", "memory.anonymous"][0]
        self.assertAlmostEqual(anonymous["most"] / 2**20, 60, delta=1.5)
        self.assertLess(anonymous["least"] / 2**20, 30)
        pages = 60 * 2**20 / PAGE
        faults = tracks["program", "faults.minor"][0]["total"]
        self.assertAlmostEqual(faults / pages, 1, delta=0.05)
        # The process's own account, from its start to its end, agrees with the kernel's for all.
        own = tracks["process", "faults.minor"][0]["total"]
        self.assertAlmostEqual(own / faults, 1, delta=0.02)

    def test_bytes_that_are_written(self):
        recording = self.record("uses", "write", 12, self.folder)
        tracks, facts = self.counters(recording)
        by_calls = tracks["process", "io.written_by_calls"][0]
        self.assertAlmostEqual(by_calls["total"] / (12 << 20), 1, delta=0.01)
        self.assertAlmostEqual(tracks["process", "io.write_calls"][0]["total"], 12, delta=3)
        if facts["written_bytes"] == 0:
            self.skipTest("the folder for temporary files is not on a disk")
        self.assertAlmostEqual(facts["written_bytes"] / (12 << 20), 1, delta=0.05)

    def test_switches_there_and_back(self):
        recording = self.record("uses", "switch", 4000)
        _, facts = self.counters(recording)
        # Each wait of either side is one, but where the other was faster on its own CPU.
        self.assertLess(facts["voluntary_switches"], 2 * 4000 * 1.1 + 200)
        self.assertGreater(facts["voluntary_switches"], 4000 * 0.3)

    def test_cpu_time_of_process_and_machine(self):
        recording = self.record("uses", "cpu", 1.2)
        tracks, _ = self.counters(recording)
        busy = tracks["process", "cpu.busy"][0]
        self.assertAlmostEqual(busy["total"] / 1e9, 1.2, delta=0.05)
        self.assertEqual(len(tracks["cpu", "cpu.busy"]), os.cpu_count())
        machine = sum(track["total"] for track in tracks["cpu", "cpu.busy"])
        # Ticks of 10 ms at both ends of each CPU, and less of what is stolen.
        self.assertGreater(machine / 1e9, 0.9)
        self.assertGreaterEqual(len(busy["points"]), 10)
        self.assertIn(("machine", "switches"), tracks)
        self.assertIn(("machine", "memory.available"), tracks)

    def test_a_program_of_a_moment_has_its_totals(self):
        tracks, facts = self.counters(self.record("/bin/true"))
        self.assertGreater(facts["minor_faults"], 10)
        self.assertLess(facts["minor_faults"], 2000)
        self.assertGreater(tracks["process", "cpu.busy"][0]["total"], 0)
        self.assertGreater(facts["peak_memory_bytes"], 200_000)

    def test_children_are_in_the_totals(self):
        one = self.counters(self.record("uses", "memory", 8))[1]["minor_faults"]
        script = "for i in 1 2 3 4; do \"$0\" memory 8; done"
        four = self.counters(self.record("/bin/sh", "-c", script, harness.victim("uses")))[1]
        self.assertAlmostEqual(four["minor_faults"] / one, 4, delta=0.8)

    def test_events_of_the_kernel(self):
        recording = self.record("uses", "memory", 40,
                                flags=("-e", "page-faults,{task-clock,minor-faults}", "-e", "cs"))
        tracks, _ = self.counters(recording)
        pages = 40 * 2**20 / PAGE
        for name in ("page-faults", "minor-faults"):
            event = tracks["program", name][0]
            self.assertAlmostEqual(event["total"] / pages, 1, delta=0.06)
            self.assertNotIn("counted_share", event)
        self.assertGreater(tracks["program", "task-clock"][0]["total"], 1e6)
        # It sleeps once, and before it the loader may have waited for a disk.
        self.assertGreaterEqual(tracks["program", "context-switches"][0]["total"], 1)

    def test_events_of_the_processor_or_a_plain_statement(self):
        path = self.path()
        done = harness.hone("record", "-o", path, "-e", "instructions", "--",
                            harness.victim("uses"), "cpu", 0.2, env=self.environment)
        if done.returncode == 0:
            tracks, _ = self.counters(path)
            self.assertGreater(tracks["program", "instructions"][0]["total"], 1e6)
            return
        self.assertEqual(done.returncode, 125)
        self.assertIn(b"E045", done.stderr)
        self.assertIn(b"no program was run", done.stderr)
        # With an event that can be counted beside it the recording is made, and says what is not.
        recording = self.record("uses", "cpu", 0.2, flags=("-e", "instructions,page-faults"))
        self.assertIn(b"instructions is not counted", recording.err)
        tracks, _ = self.counters(recording)
        self.assertIn(("program", "page-faults"), tracks)
        names = [one["name"] for one in self.report(recording).data["quality"]["diagnostics"]]
        self.assertIn("event_not_counted", names)

    def test_a_name_that_is_no_event(self):
        done = harness.hone("record", "-e", "cache-mises", "--", "/bin/true", env=self.environment)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"E046", done.stderr)
        self.assertIn(b"-e cache-misses", done.stderr)

    def test_without_counters(self):
        report = self.report(self.record("uses", "cpu", 0.1, flags=("--counters-hz", 0)))
        self.assertNotIn("counters", report.data)

    def test_attached_counts_what_happens_meanwhile(self):
        with subprocess.Popen([harness.victim("uses"), "cpu", "30"]) as process:
            try:
                time.sleep(0.5)
                path = self.path()
                done = harness.hone("record", "-o", path, "-p", process.pid, "-d", 1,
                                    "-e", "task-clock", env=self.environment)
                self.assertEqual(done.returncode, 0, done.stderr)
                tracks, _ = self.counters(path)
                cpu_ns = self.report(path).cpu_ns()
                busy = tracks["process", "cpu.busy"][0]["total"]
                self.assertAlmostEqual(busy / cpu_ns, 1, delta=0.1)
                clock = tracks["program", "task-clock"][0]["total"]
                self.assertAlmostEqual(clock / cpu_ns, 1, delta=0.1)
            finally:
                process.kill()

    def test_as_an_ordinary_user(self):
        if os.geteuid() != 0:
            self.skipTest("not root: the other tests are this one")
        folder = self.folder / "nobody"
        folder.mkdir()
        os.chown(folder, 65534, 65534)
        path = folder / "out.hone"
        done = subprocess.run(
            [*AS_NOBODY, harness.HONE, "record", "-o", path, "-e", "page-faults,context-switches",
             "--", harness.victim("uses"), "memory", "20"],
            capture_output=True, timeout=harness.LIMIT_S, env={**self.environment, "HOME": folder})
        if done.returncode == 125 and b"perf_event_paranoid" in done.stderr:
            self.skipTest("this machine does not let ordinary users count events")
        self.assertEqual(done.returncode, 0, done.stderr)
        tracks, facts = self.counters(path)
        pages = 20 * 2**20 / PAGE
        self.assertAlmostEqual(facts["minor_faults"] / pages, 1, delta=0.1)
        anonymous = tracks["process", "memory.anonymous"][0]
        self.assertAlmostEqual(anonymous["most"] / 2**20, 20, delta=2)
        paranoid = int(pathlib.Path("/proc/sys/kernel/perf_event_paranoid").read_text())
        if paranoid >= 2:
            self.assertIn(b"context-switches is not counted", done.stderr)
            self.assertIn(("program", "page-faults:u"), tracks)

    def test_a_cpu_limit_that_holds_back(self):
        group = group_with_cpu_limit(20000, 100000)
        if group is None:
            self.skipTest("no control group with a CPU limit can be made here")
        try:
            path = self.path()
            script = f"echo $$ > {group}/cgroup.procs; exec \"$0\" \"$@\""
            done = subprocess.run(
                ["/bin/sh", "-c", script, harness.HONE, "record", "-o", path, "--",
                 harness.victim("uses"), "cpu", "0.3"],
                capture_output=True, timeout=harness.LIMIT_S, env=self.environment)
            self.assertEqual(done.returncode, 0, done.stderr)
            tracks, facts = self.counters(path)
            self.assertAlmostEqual(facts["cpu_limit"], 0.2, delta=0.001)
            self.assertGreater(facts["throttled_periods"], 3)
            self.assertGreater(facts["throttled_ns"], 1e8)
            self.assertIn("throttled", self.report(path).findings)
            self.assertIn(("cgroup", "cpu.throttled"), tracks)
        finally:
            for _ in range(50):
                with contextlib.suppress(OSError):
                    group.rmdir()
                    break
                time.sleep(0.1)


if __name__ == "__main__":
    harness.main()
