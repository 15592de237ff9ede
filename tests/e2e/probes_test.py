#!/usr/bin/env python3
"""`hone record --probe`: calls of functions that are not instrumented, on a program whose numbers
of calls are known."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import time
import unittest

import harness

COUNT = 12
NOBODY = 65534


def can_probe():
    """Root alone may, and not in every container."""
    done = harness.hone("record", "-q", "-o", os.devnull, "--probe", "main", "--",
                        harness.victim("probed"), 0)
    return b"E061" not in done.stderr


class Refused(harness.Case):
    def refused(self, *words, number, status=125, **options):
        marker = self.folder / "ran"
        done = harness.hone("record", "-o", self.path(), *words, "--", "/usr/bin/touch", marker,
                            env=self.environment, **options)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertIn(f"error[{number}]".encode(), done.stderr)
        self.assertIn(b"fix:", done.stderr)
        self.assertFalse(marker.exists(), "the program ran")
        return done.stderr.decode()

    def test_wrong_words(self):
        self.refused("--probe", "libc:", number="E002", status=2)

    def test_no_such_library(self):
        self.assertIn("libcrypt_of_nobody",
                      self.refused("--probe", "libcrypt_of_nobody:f", number="E062"))
        self.refused("--probe", "/etc/passwd:f", number="E062")

    def test_no_such_function(self):
        text = self.refused("--probe", "libc:mallocc", number="E063")
        self.assertIn("nearest: malloc", text)

    def test_too_many(self):
        self.assertIn("--probe-max", self.refused("--probe", "libc:*", number="E064"))

    @unittest.skipIf(os.geteuid() != 0, "only root can become somebody without privileges")
    def test_no_permission(self):
        # As somebody who may not: not by this process's folders, which are root's.
        folder = self.folder / "anybody"
        folder.mkdir()
        folder.chmod(0o777)
        hone = folder / "hone"
        shutil.copy(harness.HONE, hone)
        hone.chmod(0o755)
        done = subprocess.run(
            [hone, "record", "-o", folder / "x.hone", "--probe", "libc:malloc", "--", "/bin/true"],
            capture_output=True, timeout=harness.LIMIT_S, user=NOBODY, group=NOBODY,
            extra_groups=[], cwd=folder, env={**self.environment, "HOME": str(folder),
                                              "XDG_RUNTIME_DIR": str(folder)})
        self.assertEqual(done.returncode, 125, done.stderr)
        self.assertIn(b"error[E061]", done.stderr)
        self.assertIn(b"sudo hone record --probe", done.stderr)
        self.assertFalse((folder / "x.hone").exists())


class Probes(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not can_probe():
            raise unittest.SkipTest("the kernel lets this user make no probes (E061)")

    def rows(self, recording, sql):
        done = harness.hone("query", "--json", recording.path, sql, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [tuple(row) for row in json.loads(done.stdout)["rows"]]

    def calls(self, recording):
        """By function: timed, and counted alone."""
        timed = dict(self.rows(recording, "select name, count(*) from spans where category ="
                                          " 'probe' group by 1"))
        counted = dict(self.rows(recording, "select name, sum(count) from span_counts group by 1"))
        return {name.split("(")[0]: (timed.get(name, 0), counted.get(name, 0))
                for name in timed.keys() | counted.keys()}

    def diagnostics(self, recording):
        return dict(self.rows(recording, "select name, sum(count) from diagnostics group by 1"))

    def test_every_call_is_there(self):
        functions = ("shape::*", "ends_in_area", "recursive", "throws", "catches", "jumps",
                     "jumped_over", "switches", "sleeps_20_ms", "in_thread", "in_child",
                     "never_called")
        flags = [word for name in functions for word in ("--probe", name)]
        recording = self.record("probed", COUNT, flags=("-q", *flags))
        thrown = (COUNT + 1) // 2
        self.assertEqual(self.calls(recording), {
            "shape::twice": (COUNT, 0), "shape::area": (2 * COUNT, 0), "ends_in_area": (COUNT, 0),
            "recursive": (COUNT + 1, 0), "throws": (COUNT - thrown, thrown),
            "catches": (COUNT, 0), "jumps": (0, COUNT), "jumped_over": (COUNT, 0),
            "switches": (COUNT, 0), "sleeps_20_ms": (1, 0), "in_thread": (4 * COUNT, 0),
            "in_child": (COUNT, 0)})
        diagnostics = self.diagnostics(recording)
        self.assertEqual(diagnostics.get("probe_calls_left"), thrown + COUNT)
        self.assertNotIn("probe_events_lost", diagnostics)
        self.assertNotIn("probe_returns_unknown", diagnostics)
        self.assertNotIn("probe_events_of_others", diagnostics)
        self.assertNotIn("probe_calls_without_thread", diagnostics)
        # How they are nested, how long they took, and on which threads they were.
        self.assertEqual(self.rows(recording, "select max(depth), min(depth) from spans where name"
                                              " like 'recursive%'"), [(COUNT, 0)])
        self.assertEqual(self.rows(recording, "select depth, count(*) from spans where name like"
                                              " 'shape::area%' group by 1 order by 1"),
                         [(0, COUNT), (1, COUNT)])
        slept, = self.rows(recording, "select dur from spans where name like 'sleeps%'")[0]
        self.assertGreaterEqual(slept, 19_000_000)
        self.assertEqual(self.rows(recording, "select count(distinct thread) from spans where name"
                                              " like 'in_thread%'"), [(4,)])
        report = self.report(recording, "--spans").data
        cost = report["instrumentation"]["cost"]
        self.assertEqual(cost["probed_calls"], 15 * COUNT + 2)
        self.assertEqual(cost["spans"], 0)
        self.assertGreater(cost["probe_ns"], 0)
        self.assertGreater(cost["total_ns"], 0)
        self.assert_opens(recording.path)

    def check_jumps(self, victim):
        functions = ("switches", "ends_by_register", "ends_by_member", "ends_by_table",
                     "ends_by_table_in_caller", "interprets", "threaded", "ends_by_slot", "sink")
        flags = [word for name in functions for word in ("--probe", name)]
        count = 2 * 8
        recording = self.record(victim, count, flags=("-q", *flags))
        calls = self.calls(recording)
        # Whether its jump through the table was its end is not known, unless the compiler loads the
        # target first.
        timed, counted = calls.pop("ends_by_table_in_caller")
        self.assertEqual(timed + counted, count)
        self.assertEqual(calls, {
            **{name: (count, 0) for name in functions if name != "ends_by_table_in_caller"},
            "sink": (count // 2 + 7 * count, 0)})
        diagnostics = self.diagnostics(recording)
        self.assertEqual(diagnostics.get("probe_calls_unclear", 0), counted)
        for name in ("probe_calls_left", "probe_returns_unknown", "probe_events_lost"):
            self.assertNotIn(name, diagnostics)
        # What ends in the call of sink is over when that begins; what goes on afterwards is not.
        inside = self.rows(recording, """
            select f.name, count(*) from spans f join spans s on s.thread = f.thread
                and s.ts >= f.ts and s.end <= f.end
            where s.name like 'sink%' and f.name not like 'sink%' group by 1""")
        self.assertEqual(dict(inside), {"switches": count // 2, "interprets": 2 * count})

    def test_jumps_to_where_the_run_knows(self):
        self.check_jumps("probed_jumps")

    def test_jumps_of_a_program_at_a_fixed_place(self):
        self.check_jumps("probed_jumps_fixed")

    def test_jumps_that_say_that_they_are_switches(self):
        self.check_jumps("probed_jumps_marked")

    def test_what_the_program_does_stays_the_same(self):
        alone = subprocess.run([harness.victim("probed"), str(COUNT)], capture_output=True,
                               timeout=harness.LIMIT_S, check=True)
        recording = self.record("probed", COUNT, flags=("-q", "--probe", "*"))
        self.assertEqual(recording.out, alone.stdout)

    def test_a_function_of_a_library(self):
        recording = self.record("probed", COUNT, flags=("-q", "--probe", "libc:waitpid", "--probe",
                                                        "libc:pthread_create"))
        calls = self.calls(recording)
        self.assertEqual(calls.get("waitpid"), (1, 0))
        self.assertEqual(calls.get("pthread_create"), (4, 0))

    def test_too_many_to_time_each(self):
        count = 30_000
        recording = self.record("probed", count, "flood",
                                flags=("-q", "--probe", "often", "--spans", "adaptive=100"))
        self.assertNotIn("probe_events_lost", self.diagnostics(recording))
        timed, = self.rows(recording, "select count(*) from spans where name like 'often%'")[0]
        self.assertLess(timed, count)
        row, = [span for span in self.report(recording, "--spans").data["instrumentation"]["spans"]
                if span["name"].startswith("often")]
        self.assertEqual(row["count"], count)
        self.assertEqual(self.rows(recording, "select value from meta where key = 'probes.calls'"),
                         [(str(count),)])

    def wait_for_recording(self):
        end = time.monotonic() + harness.LIMIT_S
        while time.monotonic() < end:
            said = harness.hone("ctl", "status", "--json", env=self.environment).stdout
            if b'"state":"recording"' in said.replace(b" ", b""):
                return
            time.sleep(0.05)
        self.fail("no recorder records")

    def test_of_what_runs_already(self):
        path = self.path()
        program = subprocess.Popen([harness.victim("probed"), str(COUNT), "wait"],
                                   stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        recorder = subprocess.Popen(
            [harness.HONE, "record", "-q", "-o", path, "--probe", "shape::area", "--probe",
             "in_thread", "--probe", "in_child", "-p", str(program.pid)], env=self.environment)
        try:
            self.wait_for_recording()
            program.communicate(b"\n", timeout=harness.LIMIT_S)
            self.assertEqual(recorder.wait(timeout=harness.LIMIT_S), 0)
        finally:
            for process in (program, recorder):
                process.kill()
                process.wait()
        self.assertEqual(self.calls(harness.Recording(path, 0, b"", b"", 0)),
                         {"shape::area": (2 * COUNT, 0), "in_thread": (4 * COUNT, 0),
                          "in_child": (COUNT, 0)})

    def test_of_what_runs_already_with_threads(self):
        path = self.path()
        program = subprocess.Popen([harness.victim("probed"), str(COUNT), "crowd"],
                                   stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        recorder = subprocess.Popen(
            [harness.HONE, "record", "-q", "-o", path, "--probe", "in_thread", "--probe", "often",
             "-p", str(program.pid)], env=self.environment)
        try:
            self.wait_for_recording()
            program.communicate(b"\n", timeout=harness.LIMIT_S)
            self.assertEqual(recorder.wait(timeout=harness.LIMIT_S), 0)
        finally:
            for process in (program, recorder):
                process.kill()
                process.wait()
        recording = harness.Recording(path, 0, b"", b"", 0)
        self.assertEqual(self.calls(recording), {"in_thread": (4 * COUNT, 0), "often": (COUNT, 0)})
        self.assertNotIn("probe_calls_without_thread", self.diagnostics(recording))

    def test_after_a_delay_that_is_over_at_once(self):
        path = self.path()
        recorder = subprocess.Popen(
            [harness.HONE, "record", "-q", "-o", path, "--delay", "0.000001", "--probe",
             "shape::area", "--", harness.victim("probed"), str(COUNT), "wait"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=self.environment)
        try:
            self.wait_for_recording()
            recorder.communicate(b"\n", timeout=harness.LIMIT_S)
            self.assertEqual(recorder.returncode, 0)
        finally:
            recorder.kill()
            recorder.wait()
        self.assertEqual(self.calls(harness.Recording(path, 0, b"", b"", 0)),
                         {"shape::area": (2 * COUNT, 0)})

    def test_by_timers_too(self):
        recording = self.record("probed", COUNT, flags=("-q", "--sampler", "timer", "--probe",
                                                        "shape::area"))
        self.assertEqual(self.calls(recording), {"shape::area": (2 * COUNT, 0)})

    def test_parts_have_all_calls(self):
        path = self.path()
        recording = self.record("probed", 20_000, "flood",
                                flags=("-q", "--probe", "often", "--rotate", "100ms",
                                       "-o", path, "--spans", "adaptive=1000000"))
        del recording
        total = 0
        parts = sorted(path.parent.glob(path.stem + ".*.hone"))
        self.assertTrue(parts)
        for part in parts:
            rows = self.rows(harness.Recording(part, 0, b"", b"", 0), """
                select (select count(*) from spans),
                       (select ifnull(sum(count), 0) from span_counts),
                       (select ifnull(sum(count - 1), 0) from span_weights)""")
            total += sum(rows[0])
        self.assertEqual(total, 20_000)

    def test_nothing_stays_behind(self):
        self.record("probed", COUNT, flags=("-q", "--probe", "shape::area"))
        events = pathlib.Path("/sys/kernel/tracing/uprobe_events")
        if events.exists():
            self.assertNotIn("hone_", events.read_text(encoding="utf-8"))

    def define(self, events, line):
        file = os.open(events, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)

    def test_what_killed_recorders_left_is_removed(self):
        events = pathlib.Path("/sys/kernel/tracing/uprobe_events")
        if not events.exists():
            self.skipTest("the tracing file system is not mounted where it can be looked at")
        recorder = subprocess.Popen(
            [harness.HONE, "record", "-q", "-o", self.path(), "--probe", "often", "--",
             harness.victim("probed"), "1", "wait"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=self.environment)
        killed = f"hone_{recorder.pid}_"
        try:
            self.wait_for_recording()
            self.assertIn(killed, events.read_text(encoding="utf-8"))
        finally:
            recorder.kill()
            recorder.communicate()
        # Of processes that had the id of one that lives; of that one; of another namespace.
        stat = pathlib.Path("/proc/self/stat").read_text(encoding="utf-8")
        start = int(stat.rpartition(")")[2].split()[19])
        space = os.stat("/proc/self/ns/pid").st_ino
        earlier = f"hone_{os.getpid()}_{start - 1}_{space}"
        others = [f"hone_{os.getpid()}_{start}_{space}", f"hone_{os.getpid()}_{start - 1}_1"]
        try:
            for group in (earlier, *others):
                self.define(events, f"p:{group}/calls {harness.victim('probed')}:0x1000\n")
            self.record("probed", COUNT, flags=("-q", "--probe", "shape::area"))
            left = events.read_text(encoding="utf-8")
            self.assertNotIn(killed, left)
            self.assertNotIn(earlier + "/", left)
            for group in others:
                self.assertIn(group + "/", left)
        finally:
            for group in (earlier, *others):
                with contextlib.suppress(OSError):
                    self.define(events, f"-:{group}/calls\n")


if __name__ == "__main__":
    harness.main()
