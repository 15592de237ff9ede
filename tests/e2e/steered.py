"""Recordings that run while a test speaks to them."""
import contextlib
import json
import os
import signal
import subprocess
import time

import harness

SHARES = (("share_a", 0.6), ("share_b", 0.3), ("share_c", 0.1))
LONG = 1_000_000  # units of work: until it is ended


class Case(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        runtime = cls.folder / "run"
        runtime.mkdir(mode=0o700)
        cls.environment["XDG_RUNTIME_DIR"] = str(runtime)
        cls.sockets = runtime / "hone"

    @contextlib.contextmanager
    def recording(self, *flags, command=("shares", 60, 30, 10, LONG)):
        """A recorder that runs; ends with it what it runs."""
        path = self.path()
        recorder = subprocess.Popen(
            [harness.HONE, "record", "-o", path, *map(str, flags), "--",
             harness.victim(command[0]), *map(str, command[1:])],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=self.environment,
            start_new_session=True)
        try:
            deadline = time.monotonic() + 20
            while not self.status(recorder.pid) and time.monotonic() < deadline:
                time.sleep(0.02)
            yield recorder, path
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(recorder.pid, signal.SIGKILL)
            recorder.communicate()

    def ctl(self, *words, status=0):
        done = harness.hone("ctl", *words, env=self.environment)
        self.assertEqual(done.returncode, status, done.stderr.decode(errors="replace"))
        return done

    def status(self, who=""):
        """Of this test's own recorders: root is told of everybody's."""
        done = harness.hone("ctl", "status", "--json", *([str(who)] if who else []),
                            env=self.environment)
        found = json.loads(done.stdout)["recorders"] if done.returncode == 0 else []
        return [one for one in found if one["output"].startswith(str(self.folder))]

    def wait_for(self, what, why, limit_s=20):
        deadline = time.monotonic() + limit_s
        while not what():
            self.assertLess(time.monotonic(), deadline, why)
            time.sleep(0.02)

    def finish(self, recorder):
        """Ends the recording as `hone ctl finish` does; the program runs on until it is killed."""
        program = self.status(recorder.pid)[0]["program_pid"]
        self.ctl("finish", recorder.pid)
        os.kill(program, signal.SIGKILL)
        recorder.wait(timeout=30)

    def assert_paused(self, report, count=None):
        summary = report.summary
        self.assertGreater(summary["pause_count"], 0)
        if count is not None:
            self.assertEqual(summary["pause_count"], count)
        self.assertLess(summary["recorded_ns"], summary["wall_ns"])

    def data(self, path, *flags):
        done = harness.hone("report", "--json", "--top=0", *flags, path, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr.decode(errors="replace"))
        return json.loads(done.stdout)

    def tracks(self, path):
        tracks = {}
        for track in self.data(path, "--counters")["counters"]["tracks"]:
            tracks.setdefault((track["scope"], track["name"]), []).append(track)
        return tracks

    def assert_counter_agrees(self, busy, cpu_ns, recorded_ns):
        """Between its readings a counter of one thread's CPU time saw what the samples saw, however
        busy the machine was; before the first and after the last, it ran for that long at most."""
        unseen = recorded_ns - busy["span_ns"]
        self.assertLess(busy["total"], cpu_ns + 30e6)
        self.assertGreater(busy["total"], cpu_ns - unseen - 30e6)

    def assert_adds_up(self, path):
        """On + off = life for each thread; gives the waits, and ns between start and end."""
        data = self.data(path, "--waits")
        waits = data["waits"]
        self.assertTrue(waits["recorded"])
        for times in [waits["all"], *waits["threads"]]:
            parts = (times["running_ns"] + times["blocked_ns"] + times["waiting_for_cpu_ns"]
                     + times["not_known_ns"])
            self.assertEqual(parts, times["life_ns"], times)
        for times in waits["threads"]:
            self.assertLessEqual(times["life_ns"], data["summary"]["recorded_ns"] + 2e6, times)
        return waits, data["summary"]
