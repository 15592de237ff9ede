#!/usr/bin/env python3
"""Which part of the time is recorded: delayed, paused and resumed by whoever may."""
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import harness
import steered


class Region(steered.Case):
    def test_control_from_outside(self):
        with self.recording("--start-paused") as (recorder, path):
            self.assertEqual(self.status()[0]["state"], "paused")
            time.sleep(0.2)
            self.assertEqual(self.status()[0]["samples"], 0)
            self.ctl("start", "shares")
            self.wait_for(lambda: self.status()[0]["samples"] >= 150, "no samples come")
            self.ctl("stop", recorder.pid)
            self.assertEqual(self.status(path.stem)[0]["state"], "paused")
            time.sleep(0.1)
            paused_at = self.status()[0]["samples"]
            time.sleep(0.3)
            self.assertEqual(self.status()[0]["samples"], paused_at)
            self.ctl("start", recorder.pid)
            self.wait_for(lambda: self.status()[0]["samples"] >= paused_at + 50, "it stays paused")
            self.finish(recorder)
        report = self.assert_opens(path)
        self.assert_paused(report, 2)
        for name, share in steered.SHARES:
            self.assert_share(report.row(name), share, report.samples)
        # Started, mapped and named while nothing was sampled: known nevertheless.
        self.assert_complete(report)
        text = harness.hone("report", path, env=self.environment).stdout.decode()
        self.assertIn("of it recorded (", text)
        self.assertEqual(self.info(path)["meta"]["run.ended_by"], "ctl")

    def test_cpu_time_while_paused_is_in_no_account(self):
        with self.recording("--control") as (recorder, path):
            self.wait_for(lambda: self.status()[0]["samples"] >= 100, "no samples come")
            self.ctl("stop", recorder.pid)
            time.sleep(0.6)
            self.ctl("start", recorder.pid)
            self.wait_for(lambda: self.status()[0]["samples"] >= 200, "it stays paused")
            recorder.send_signal(signal.SIGINT)
            recorder.wait(timeout=30)
        summary = self.assert_opens(path).summary
        self.assert_unsampled_is_small(summary)

    def assert_unsampled_is_small(self, summary):
        """What the samples saw is what was used while it was recorded, but for a period or two."""
        allowed = 0.08 * summary["cpu_ns"] + 8e6
        self.assertLess(abs(summary["unsampled_ns"]), allowed, summary)
        self.assertLessEqual(summary["cpu_ns"], summary["recorded_ns"] * 1.1 + 8e6)

    def test_signals(self):
        with self.recording() as (recorder, path):
            recorder.send_signal(signal.SIGUSR1)
            self.wait_for(lambda: self.status()[0]["state"] == "paused", "not paused")
            recorder.send_signal(signal.SIGUSR1)
            self.wait_for(lambda: self.status()[0]["state"] == "recording", "not resumed")
            recorder.send_signal(signal.SIGUSR2)  # of no use here, and no harm
            time.sleep(0.1)
            self.finish(recorder)
        self.assert_paused(self.assert_opens(path), 1)

    def test_delay(self):
        recording = self.record("shares", 60, 30, 10, 3000, flags=["--delay", "0.2"])
        report = self.assert_opens(recording.path)
        self.assert_paused(report, 1)
        gone = report.summary["wall_ns"] - report.summary["recorded_ns"]
        self.assertGreaterEqual(gone, 200e6)
        self.assert_unsampled_is_small(report.summary)
        # Longer than the program runs: nothing, and it says so.
        never = self.record("ratio", 1, flags=["--delay", "100"])
        self.assertIn(b"paused all the time", never.err)
        self.assertEqual(self.assert_opens(never.path).samples, 0)

    def test_attached(self):
        process = subprocess.Popen([harness.victim("shares"), "60", "30", "10", str(steered.LONG)])
        try:
            for mode in ((), ("--per-process",)):
                path = self.path()
                done = harness.hone("record", "-o", path, "-p", process.pid, "--delay", "0.3",
                                    "-d", "0.6", *mode, env=self.environment)
                self.assertEqual(done.returncode, 0, done.stderr)
                report = self.assert_opens(path)
                self.assert_paused(report, 1)
                self.assertGreater(report.samples, 50)
                self.assert_unsampled_is_small(report.summary)
        finally:
            process.kill()
            process.wait()

    def test_every_scope(self):
        scopes = [("--per-process",), ("--user",), ("--unwind", "fp"), ("--sampler", "timer")]
        for scope in scopes:
            with self.subTest(scope):
                recording = self.record("phases", "socket", 300, flags=("--start-paused", *scope))
                report = self.assert_opens(recording.path)
                self.assertGreater(report.row("inside")["total_share"], 0.95)

    def test_from_the_program(self):
        # The descriptor is asynchronous: a moment of what is before and after may be seen.
        for way, flags, least, most in (("socket", ["--start-paused"], 0.95, 1),
                                        ("fd", ["--start-paused"], 0.6, 1),
                                        ("not", ["--control"], 0, 0.05)):
            with self.subTest(way):
                recording = self.record("phases", way, 400, flags=flags)
                report = self.assert_opens(recording.path)
                share = report.row("inside")["total_share"]
                self.assertGreaterEqual(share, least, report.rows)
                self.assertLessEqual(share, most, report.rows)
                self.assert_paused(report)
        self.assertEqual(self.record("phases", "fd", 1, status=3).status, 3)

    def test_from_python(self):
        program = self.folder / "region.py"
        program.write_text(
            "import os\n"
            "def spin(n):\n"
            "    x = 1\n"
            "    for i in range(n): x = x * 31 & 0xffffff\n"
            "fd = int(os.environ['HONE_CTL_FD'])\n"
            "spin(2_000_000)\n"
            "os.write(fd, b'start\\n')\n"
            "spin(2_000_000)\n"
            "os.write(fd, b'stop\\n')\n"
            "spin(2_000_000)\n", encoding="utf-8")
        recording = self.record(sys.executable, program, flags=["--start-paused"])
        report = self.assert_opens(recording.path)
        self.assertGreater(report.samples, 20)
        self.assert_paused(report)
        self.assertLess(report.summary["recorded_ns"], 0.7 * report.summary["wall_ns"])

    def test_program_that_never_stops_asking(self):
        # And one that outlives its recorder writes to it: it is neither held up nor ended.
        script = ("to=/proc/self/fd/$HONE_CTL_FD; "
                  "i=0; while [ $i -lt 3000 ]; do echo stop; echo start; echo rubbish; "
                  "i=$((i+1)); done > $to; sleep 0.6; "
                  "i=0; while [ $i -lt 3000 ]; do echo stop; i=$((i+1)); done > $to; "
                  "exit 7")
        recording = self.record("/bin/sh", "-c", script, flags=["--control", "-d", "0.3"], status=7)
        self.assert_opens(recording.path)

    def test_hostile_clients(self):
        with self.recording() as (recorder, path):
            where = str(self.sockets / f"{recorder.pid}.sock")
            mode = os.stat(self.sockets).st_mode & 0o777
            self.assertEqual(mode, 0o700)
            clients = []
            for text in (b"", b"x" * 100_000, b"\0\xff" * 50 + b"\n", b"status\n" * 20_000, b"sto"):
                for _ in range(8):
                    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                    client.settimeout(0.2)
                    clients.append(client)  # kept open, never read
                    with contextlib.suppress(OSError):
                        client.connect(where)
                        client.sendall(text)
            self.wait_for(lambda: self.status()[0]["samples"] > 50, "it no longer answers")
            for client in clients:
                client.close()
            if os.geteuid() == 0 and shutil.which("setpriv"):
                os.chmod(self.folder / "run", 0o755)
                os.chmod(self.sockets, 0o755)
                code = ("import socket,sys; s=socket.socket(socket.AF_UNIX);\n"
                        "try:\n s.connect(sys.argv[1]); s.sendall(b'stop\\n'); "
                        "sys.exit(len(s.recv(9)))\nexcept OSError: pass\n")
                done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534",
                                       "--clear-groups", sys.executable, "-c", code, where],
                                      timeout=20, check=False)
                self.assertEqual(done.returncode, 0)
                os.chmod(self.sockets, 0o700)
            self.assertEqual(self.status()[0]["state"], "recording")
            self.finish(recorder)
        self.assert_opens(path)
        self.assertEqual(os.listdir(self.sockets), [])

    def test_which_recording(self):
        # By name: root reaches the recorders of everybody.
        self.assertIn(b"E050", self.ctl("stop", "nobody-is-called-so", status=3).stderr)
        self.assertIn(b"E002", self.ctl("halt", status=2).stderr)
        with self.recording() as (one, path), self.recording() as (other, _):
            self.assertIn(b"E051", self.ctl("stop", "shares", status=2).stderr)
            self.ctl("stop", path.name)
            states = {each["pid"]: each["state"] for each in self.status()}
            self.assertEqual(states, {one.pid: "paused", other.pid: "recording"})
            self.assertIn(b"E052", self.ctl("snapshot", other.pid, status=3).stderr)

if __name__ == "__main__":
    harness.main()
