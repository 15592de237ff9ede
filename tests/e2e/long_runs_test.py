#!/usr/bin/env python3
"""Recordings that last: files that follow each other, the end of it only, a largest size."""
import glob
import os
import pathlib
import signal
import time

import harness
import steered


class LongRuns(steered.Case):
    def test_rotation(self):
        done = self.record("shares", 60, 30, 10, 5000, flags=["--rotate", "400ms", "--keep", "3"])
        files = sorted(glob.glob(str(done.path.with_suffix("")) + ".*.hone"))
        self.assertLessEqual(len(files), 3)
        self.assertGreaterEqual(len(files), 2)
        reports = {path: self.assert_opens(path) for path in files}
        self.assertGreater(max(report.samples for report in reports.values()), 100)
        for path, report in reports.items():
            self.assertTrue(self.info(path)["finished"])
            if report.samples > 100:  # the last may have just begun
                self.assertGreater(report.row("share_a")["total_share"], 0.4)
            if report.samples > 0:
                self.assert_complete(report)
            meta = self.info(path)["meta"]
            self.assertIn("host.kernel", meta)
            self.assertIn("shares", meta["run.command"])

    def test_rotation_accounts_for_all_samples(self):
        done = self.record("threads", 1500, 2, flags=["--rotate", "200ms"])
        files = glob.glob(str(done.path.with_suffix("")) + ".*.hone")
        self.assertGreater(len(files), 1)
        reports = [self.report(path) for path in files]
        said = int(done.err.split(b" samples")[0].split()[-1].replace(b",", b""))
        self.assertEqual(sum(report.samples for report in reports), said)
        for report in reports:
            for process in report.summary["processes"]:
                if process["cpu_ns"] is not None:
                    self.assertLess(abs(process["unsampled_ns"]), 40e6, process)

    def test_rotation_by_size(self):
        with self.recording("--rotate", "3k") as (recorder, path):
            self.wait_for(lambda: self.status()[0]["output"].endswith(".2.hone"), "no second file")
            self.finish(recorder)
        for name in (".1.hone", ".2.hone"):
            self.assert_opens(path.with_suffix(name))

    def test_max_size(self):
        with self.recording("--max-size", "3k") as (recorder, path):
            self.wait_for(lambda: not self.status(), "it goes on")
            children = pathlib.Path(f"/proc/{recorder.pid}/task/{recorder.pid}/children")
            os.kill(int(children.read_text().split()[0]), signal.SIGKILL)
            said = recorder.communicate(timeout=30)[1]
        self.assertIn(b"--max-size", said)
        self.assertIn(b"runs on", said)
        self.assertEqual(self.info(path)["meta"]["run.ended_by"], "max-size")
        self.assertGreater(self.assert_opens(path).samples, 10)

    def test_flight_recorder(self):
        with self.recording("--last", "600ms") as (recorder, path):
            self.wait_for(lambda: self.status()[0]["elapsed_ns"] > 2.2e9, "time stands still")
            shot = self.ctl("snapshot", recorder.pid).stdout.decode().strip()
            self.assertTrue(shot.endswith(".1.hone"), shot)
            first = self.assert_opens(shot)
            recorder.send_signal(signal.SIGUSR2)
            second = pathlib.Path(shot.replace(".1.hone", ".2.hone"))
            self.wait_for(lambda: second.exists() and self.info(second)["finished"], "no snapshot")
            recorder.send_signal(signal.SIGINT)
            recorder.wait(timeout=30)
        for report in (first, self.assert_opens(second), self.assert_opens(path)):
            self.assertLessEqual(report.summary["wall_ns"], 601e6)
            self.assertGreater(report.samples, 50)
            self.assert_complete(report)
            for name, share in steered.SHARES:
                self.assert_share(report.row(name), share, report.samples)
            self.assertEqual(len(report.summary["processes"]), 1)
        meta = self.info(path)["meta"]
        self.assertIn("shares", meta["run.command"])

    def test_flight_recorder_with_pauses(self):
        with self.recording("--last", "10s") as (recorder, path):
            self.wait_for(lambda: self.status()[0]["samples"] > 100, "no samples come")
            self.ctl("stop", recorder.pid)
            time.sleep(0.6)
            self.ctl("start", recorder.pid)
            self.wait_for(lambda: self.status()[0]["samples"] > 200, "it stays paused")
            recorder.send_signal(signal.SIGINT)
            recorder.wait(timeout=30)
        report = self.assert_opens(path)
        self.assert_paused(report, 1)

    def test_wrong_use(self):
        for flags in (("--rotate", "1s", "--last", "2s"), ("--keep", "2"), ("--last", "soon"),
                      ("--rotate", "1s", "--max-size", "1M"), ("--redact", "everything"),
                      ("--rotate", "0s"), ("--max-size", "much")):
            done = harness.hone("record", "-o", self.path(), *flags, "--", "true")
            self.assertEqual(done.returncode, 2, (flags, done.stderr))
            self.assertIn(b"E002", done.stderr)

if __name__ == "__main__":
    harness.main()
