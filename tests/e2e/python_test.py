#!/usr/bin/env python3
"""Programs in Python: their functions, files and lines in place of the interpreter's."""
import contextlib
import glob
import os
import shutil
import signal
import subprocess
import time
import unittest

import harness

# Each function is done in some 100 µs, far faster than a process is read: which one ran is told by
# the sample itself. No two rounds are of one length: else they might keep step with the samples.
# (Numbers below 257 are never made anew: to count with them is faster.)
SHARES_SCRIPT = """
import sys

def share60(n):
    x = 1
    for i in range(1000, 1000 + n * 6): x = (x * 1664525 + 1013) & 0xffffffff
    return x

def share30(n):
    x = 1
    for i in range(1000, 1000 + n * 3): x = (x * 1664525 + 1013) & 0xffffffff
    return x

def share10(n):
    x = 1
    for i in range(1000, 1000 + n * 1): x = (x * 1664525 + 1013) & 0xffffffff
    return x

def work(rounds):
    total, seed = 0, 1
    for i in range(rounds):
        seed = (seed * 1103515245 + 12345) & 0x7fffffff
        n = 200 + (seed >> 12) % 400
        total += share60(n) + share30(n) + share10(n)
    return total

work(int(sys.argv[1]))
"""
SHARES = {"share60": (0.6, 6), "share30": (0.3, 11), "share10": (0.1, 16)}

SHAPES_SCRIPT = """
import multiprocessing
import threading
import shapes_module

def burn(n):
    x = 1
    for i in range(n): x = (x * 1664525 + 1013) & 0xffffffff
    return x

def numbers(count):
    for i in range(count):
        yield burn(20000)

def drain():
    return sum(numbers(400))  # the first: on a busy machine the interpreter is known a moment later

def dive(depth):
    return burn(20000) if depth == 0 else dive(depth - 1)

def key(x):
    return burn(2000)

def sort():
    return sorted(range(800), key=key)

class Worker:
    def run(self):
        for i in range(40): burn(20000)

def child():
    for i in range(80): burn(20000)

if __name__ == "__main__":
    drain()
    for i in range(80): dive(100)
    sort()
    threads = [threading.Thread(target=Worker().run) for i in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
    shapes_module.Parser().parse(burn)
"""
MODULE = """
class Parser:
    def parse(self, burn):
        for i in range(80): burn(20000)
"""
SYSTEM = "/usr/bin/python3.11"


def interpreters():
    """The system's, tested; and others that may be there."""
    found = [SYSTEM] if os.access(SYSTEM, os.X_OK) else []
    for minor in (11, 12, 13):
        found += sorted(glob.glob(
            os.path.expanduser(f"~/.pyenv/versions/3.{minor}.*/bin/python3.{minor}")))
    return found


@unittest.skipUnless(interpreters(), "no Python from 3.11 to 3.13 is installed")
class Python(harness.Case):
    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def test_shares(self):
        script = self.write("shares.py", SHARES_SCRIPT)
        for python in interpreters():
            with self.subTest(python):
                recording = self.record(python, script, "6000")
                report = self.report(recording)
                rows = {name: report.row(name) for name in SHARES}
                found = sum(row["total_share"] for row in rows.values())
                self.assertGreater(found, 0.85, [row["name"] for row in report.rows[:10]])
                for name, (share, _) in SHARES.items():
                    self.assertAlmostEqual(rows[name]["total_share"] / found, share, msg=name,
                                           delta=harness.chance(share, report.samples) + 0.015)
                    self.assertEqual(rows[name]["module"], "shares.py")
                    self.assertEqual(rows[name]["file"], str(script))
                for name in ("work", "<module>"):  # every file has one of the latter
                    ours = [row["total_share"] for row in report.rows
                            if row["name"] == name and row["module"] == "shares.py"]
                    self.assertGreater(sum(ours), 0.9, name)
                hot = report.findings["script-function"]["evidence"]
                self.assertEqual((hot["function"], hot["file"]), ("share60", str(script)))
                self.assertAlmostEqual(float(hot["share"]), rows["share60"]["total_share"],
                                       delta=0.02)
                self.assert_complete(report, share=0.97)
                # Hot is the line of each loop.
                lines = self.report(recording, "--by", "line").rows
                for name, (_, line) in SHARES.items():
                    hot = sum(row["total_share"] for row in lines
                              if row.get("file") == str(script) and row.get("line") == line)
                    self.assertGreater(hot, 0.75 * rows[name]["total_share"], name)

    def test_annotate(self):
        script = self.write("shares.py", SHARES_SCRIPT)
        recording = self.record(interpreters()[0], script, "1000")
        done = harness.hone("annotate", "share60", recording.path, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        hot = [line for line in done.stdout.decode().splitlines() if "1000 + n * 6)" in line]
        self.assertTrue(hot and "%" in hot[0], done.stdout.decode())
        self.assertIn("an interpreter runs it", done.stdout.decode())

    def test_shapes(self):
        """Generators, recursion, calls through C, threads, forked processes, modules."""
        script = self.write("shapes.py", SHAPES_SCRIPT)
        self.write("shapes_module.py", MODULE)
        for python in interpreters():
            with self.subTest(python):
                report = self.report(self.record(python, script), "--tree")
                ways = [way for way, _ in report.paths()]
                self.assertTrue(any(self.runs(way, ["drain", "numbers", "burn"]) for way in ways))
                self.assertTrue(any(way.count("dive") == 101 and self.runs(way, ["dive", "burn"])
                                    for way in ways),
                                sorted({way.count("dive") for way in ways}))
                self.assertTrue(any(self.runs(way, ["sort", "key", "burn"]) and
                                    way.index("key") - way.index("sort") > 1 for way in ways),
                                "C code stands between")
                self.assertTrue(any(self.runs(way, ["threading.Thread.run", "Worker.run", "burn"])
                                    for way in ways))
                self.assertTrue(any(self.runs(way, ["<module>", "child", "burn"])
                                    for way in ways))
                self.assertTrue(any(self.runs(way, ["shapes_module.Parser.parse", "burn"])
                                    for way in ways))
                self.assertGreaterEqual(len(report.summary["processes"]), 2)

    @staticmethod
    def runs(way, names):
        """Whether the names stand in that order in the way from the root."""
        at = -1
        for name in names:
            if name not in way[at + 1:]:
                return False
            at = way.index(name, at + 1)
        return True

    def test_attached(self):
        script = self.write("shares.py", SHARES_SCRIPT)
        running = subprocess.Popen([interpreters()[0], script, "1000000"])
        try:
            time.sleep(0.5)
            path = self.path()
            done = harness.hone("record", "-o", path, "-p", running.pid, "-d", "1",
                                env=self.environment)
            self.assertEqual(done.returncode, 0, done.stderr)
            report = self.report(path)
            self.assertGreater(report.row("work")["total_share"], 0.9)
            self.assertIsNone(running.poll())
        finally:
            running.kill()
            running.wait()

    def test_recorder_is_killed(self):
        """What was written until then names the functions."""
        script = self.write("shares.py", SHARES_SCRIPT)
        path = self.path()
        recorder = subprocess.Popen(
            [harness.HONE, "record", "-q", "-o", path, "--", interpreters()[0], script, "50000"],
            env=self.environment, start_new_session=True)
        try:
            # Rows are put into the file every two seconds.
            deadline = time.monotonic() + 20
            while path.stat().st_size < 4000 and time.monotonic() < deadline:
                time.sleep(0.1)
            recorder.kill()
            recorder.wait()
            report = self.report(path)
            self.assertGreater(report.row("work")["total_share"], 0.8,
                               [row["name"] for row in report.rows[:10]])
            self.assertEqual(report.row("work")["file"], str(script))
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(recorder.pid, signal.SIGKILL)

    def test_by_timers(self):
        script = self.write("shares.py", SHARES_SCRIPT)
        report = self.report(self.record(interpreters()[0], script, "1500",
                                         flags=("--sampler", "timer")))
        self.assertGreater(report.row("work")["total_share"], 0.9)
        found = sum(report.row(name)["total_share"] for name in SHARES)
        for name, (share, _) in SHARES.items():
            self.assertAlmostEqual(report.row(name)["total_share"] / found, share, msg=name,
                                   delta=harness.chance(share, report.samples) + 0.02)

    @staticmethod
    def said(report, name):
        return [d for d in report.data["quality"]["diagnostics"] if d["name"] == name]

    def test_older_ones_are_said(self):
        older = glob.glob(os.path.expanduser("~/.pyenv/versions/3.10*/bin/python3.10"))
        older = older[0] if older else shutil.which("python2.7")
        if not older:
            self.skipTest("no older Python is installed")
        report = self.report(self.record(older, "-c", "sum(range(3000000))"))
        said = self.said(report, "python_unsupported")
        self.assertEqual(len(said), 1)
        self.assertIn("older than Python 3.11", said[0]["detail"])


if __name__ == "__main__":
    harness.main()
