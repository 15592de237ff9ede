#!/usr/bin/env python3
"""Programs that record themselves (hone/session.h): what they mark is in the file, however they
end, and whatever keeps a session from starting is one line while the program runs on."""
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

import harness
import report_file

FRAMES = 300
VICTIM = str(pathlib.Path(harness.VICTIMS) / "session")
EXACT = {"Physics::step": FRAMES, "AI::plan": 3 * FRAMES}


class Session(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_program(self, *arguments, status=0, prefix=(), **variables):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("HONE_")}
        done = subprocess.run([*prefix, VICTIM, *arguments], cwd=self.folder, text=True,
                              capture_output=True, timeout=harness.LIMIT_S,
                              env={**clean, **variables})
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr

    def hone(self, *arguments, status=0):
        done = subprocess.run([harness.HONE, *arguments], cwd=self.folder, text=True,
                              capture_output=True, timeout=harness.LIMIT_S)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def told(self, path="session.hone"):
        return json.loads(self.hone("report", "--json", path).stdout)

    def counts(self, path="session.hone"):
        report = self.told(path)["instrumentation"]
        self.assertEqual(report["lost"], 0)
        return {span["name"]: span["count"] for span in report["spans"] if span["count"] > 0}

    def trace(self, path="trace.json", cut=False):
        text = (self.folder / path).read_text(encoding="utf-8")
        return json.loads(text + ("]" if cut else ""))

    def test_one_line_is_enough(self):
        self.assertEqual(self.run_program("frames"), "")
        self.assertEqual(self.counts(), EXACT)
        self.assertEqual(sorted(each.name for each in self.folder.iterdir()), ["session.hone"])
        said = self.hone("report", "session.hone").stdout
        self.assertIn("no samples: recorded by the program itself", said)
        # What its marks cost is stated, as of any other.
        cost = self.told()["instrumentation"]["cost"]
        self.assertGreater(cost["span_ns"], 0)
        self.assertEqual(cost["spans"], sum(EXACT.values()))
        self.assertIn("build tests", said)
        self.assertNotIn("No sample is in the selection", said)
        self.assertIn("E077", self.hone("flamegraph", "session.hone", status=2).stderr)
        info = self.hone("info", "--verify", "session.hone").stdout
        for fact in ("app.build", "app.scale", "run.command", "host.kernel", "hone.version"):
            self.assertIn(fact, info)
        self.hone("report", "--html", "page.html", "session.hone")
        page = (self.folder / "page.html").read_text(encoding="utf-8")
        overview = report_file.table(page, "overview")
        self.assertFalse(overview["a"]["summary"]["sampled"], "the program recorded itself")
        self.assertTrue(overview["a"]["spans"]["spans"])
        self.hone("trim", "session.hone", "-o", "part.hone", "--redact", "all")
        self.assertEqual(self.counts("part.hone"), EXACT)

    def test_each_output_alone(self):
        self.run_program("frames", HONE_CHROME="on")
        self.assertEqual([each.name for each in self.folder.iterdir()], ["trace.json"])
        names = [event["name"] for event in self.trace()]
        for name, count in EXACT.items():
            self.assertEqual(names.count(name), count)
        self.assertEqual(names.count("a hundred more"), FRAMES // 100)
        (self.folder / "trace.json").unlink()
        said = self.run_program("slow", HONE_CONSOLE="1", HONE_CONSOLE_OVER="40ms")
        self.assertEqual(list(self.folder.iterdir()), [])
        self.assertIn("a hundred more", said)
        self.assertIn("Slow::span", said)
        self.assertIn("why=sleeping", said)
        self.assertNotIn("AI::plan", said)
        said = self.run_program("frames", HONE_SUMMARY="1")
        self.assertEqual(list(self.folder.iterdir()), [])
        self.assertIn("nothing lost", said)
        self.assertIn("AI::plan", said)

    def test_the_environment_counts_before_the_code(self):
        self.run_program("block", HONE_RECORDING="other-%p.hone", HONE_CHROME="off",
                         HONE_FILTER="AI=trace")
        names = [each.name for each in self.folder.iterdir()]
        self.assertEqual(len(names), 1)
        self.assertRegex(names[0], r"^other-\d+\.hone$")
        self.assertEqual(self.counts(names[0]), {"AI::plan": 3 * FRAMES})
        self.run_program("frames", HONE_SESSION="off")
        self.assertEqual(len(list(self.folder.iterdir())), 1)
        said = self.run_program("frames", HONE_FULL="perhaps")
        self.assertIn("'perhaps' is not drop, block or overwrite", said)
        self.assertEqual(self.counts(), EXACT)

    def test_however_it_ends(self):
        for how, status in (("kill", -signal.SIGKILL), ("inside", 3)):
            with self.subTest(how):
                self.run_program(how, HONE_CHROME="on", HONE_RECORDING="on", status=status)
                self.assertEqual(self.counts(), EXACT)
                names = [event["name"] for event in self.trace(cut=how == "kill")]
                self.assertEqual(names.count("AI::plan"), 3 * FRAMES)
        self.assertEqual(names.count("never ended"), 1)
        report = self.told()
        self.assertGreater(report["summary"]["wall_ns"], 0)

    def test_sessions_one_after_the_other(self):
        self.run_program("twice", "100")
        self.assertEqual(self.counts("first.hone"), {"Physics::step": 100, "AI::plan": 300})
        self.assertEqual(self.counts("second.hone"),
                         {"Physics::step": 100, "AI::plan": 300, "Flood::span": 1})

    def test_threads_that_come_and_go(self):
        self.run_program("threads", "500")
        self.assertEqual(self.counts(), {"Thread::work": 500})

    def test_full_rings(self):
        each = 600_000
        self.run_program("flood", str(each), HONE_FULL="block")
        self.assertEqual(self.counts(), {"Flood::span": 3 * each})
        for policy in ("drop", "overwrite"):
            with self.subTest(policy):
                said = self.run_program("flood", str(each), HONE_FULL=policy)
                report = self.told()["instrumentation"]
                kept = sum(span["count"] for span in report["spans"])
                self.assertEqual(kept + report["lost"], 3 * each)
                self.assertEqual("lost:" in said, report["lost"] > 0, said)

    def test_a_forked_child(self):
        self.run_program("fork")
        self.assertEqual(self.counts(), {"Parent::after": 1})
        self.run_program("fork-session", HONE_RECORDING="of-%p.hone")
        counts = [self.counts(path.name) for path in self.folder.glob("of-*.hone")]
        self.assertEqual(sorted(next(iter(each)) for each in counts),
                         ["Child::work", "Parent::after"])

    def test_a_recorder_comes_first(self):
        done = subprocess.run(
            [harness.HONE, "record", "-q", "-o", "recorded.hone", "--", VICTIM, "frames"],
            cwd=self.folder, text=True, capture_output=True, timeout=harness.LIMIT_S)
        if done.returncode == 125:
            self.skipTest("nothing can be recorded here: " + done.stderr)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"hone: no session: process \d+ records this program already"
                                      r".*\(E075\)")
        self.assertFalse((self.folder / "session.hone").exists())
        self.assertEqual(self.counts("recorded.hone"), EXACT)
        facts = self.told("recorded.hone")["summary"]["facts"]
        self.assertEqual(facts["app.frames"], str(FRAMES))
        self.assertEqual(facts["app.scale"], "1.5")

    def test_a_second_recorder_is_refused(self):
        program = subprocess.Popen([VICTIM, "wait"], cwd=self.folder, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(program.stdout.close)
        self.assertEqual(program.stdout.readline(), "ready\n")
        done = subprocess.run([harness.HONE, "record", "-q", "-o", "late.hone", "--duration", "0.3",
                               "-p", str(program.pid)], cwd=self.folder, text=True,
                              capture_output=True, timeout=harness.LIMIT_S)
        program.communicate("\n", timeout=harness.LIMIT_S)
        self.assertEqual(program.returncode, 0)
        self.assertEqual(self.counts(), EXACT)
        if done.returncode != 0:
            self.skipTest("nothing can be attached to here: " + done.stderr)
        self.assertEqual(self.told("late.hone")["summary"]["facts"]["spans.programs_refused"], "1")
        self.assertIn(f"process {program.pid} records the spans of process {program.pid} already",
                      self.hone("report", "late.hone").stdout)

    def test_what_cannot_be_written(self):
        said = self.run_program("frames", HONE_RECORDING="/proc/none/a.hone")
        self.assertEqual(len(said.splitlines()), 1, said)
        self.assertIn("/proc/none/a.hone", said)
        self.assertIn("E076", said)
        (self.folder / "diary.hone").write_text("dear diary")
        said = self.run_program("frames", HONE_RECORDING="diary.hone", HONE_CHROME="on")
        self.assertIn("diary.hone", said)
        self.assertEqual((self.folder / "diary.hone").read_text(), "dear diary")
        self.assertGreater(len(self.trace()), FRAMES)

    def test_a_folder_that_is_read_only(self):
        self.folder.chmod(0o555)
        prefix = ()
        if os.geteuid() == 0:
            prefix = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
            if not os.access(VICTIM, os.X_OK) or subprocess.run(
                    [*prefix, VICTIM, "none", "0"], cwd="/", env={"HONE_SESSION": "off"},
                    capture_output=True, timeout=harness.LIMIT_S).returncode != 0:
                self.skipTest("no other user can run the program here")
        said = self.run_program("frames", prefix=prefix)
        self.folder.chmod(0o755)
        self.assertIn("Permission denied", said)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_full_disk_ends_the_recording_and_not_the_program(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("there is no /dev/full")
        said = self.run_program("frames", HONE_CHROME="/dev/full")
        self.assertIn("/dev/full ends here", said)
        self.assertIn("No space left", said)

    def test_the_thread(self):
        program = subprocess.Popen([VICTIM, "wait"], cwd=self.folder, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(program.stdout.close)
        self.assertEqual(program.stdout.readline(), "ready\n")
        deadline = time.monotonic() + harness.LIMIT_S
        blocked = None
        while blocked is None and time.monotonic() < deadline:
            for task in pathlib.Path(f"/proc/{program.pid}/task").iterdir():
                if (task / "comm").read_text().strip() == "hone-session":
                    status = (task / "status").read_text()
                    blocked = int(status.split("SigBlk:")[1].split()[0], 16)
        program.communicate("\n", timeout=harness.LIMIT_S)
        self.assertIsNotNone(blocked)
        for one in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGPROF, signal.SIGCHLD):
            self.assertTrue(blocked >> (one - 1) & 1, one)


if __name__ == "__main__":
    unittest.main(verbosity=1)
