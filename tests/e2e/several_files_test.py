#!/usr/bin/env python3
"""Recordings of several files and ranges of them, with all that is recorded beside samples: waits,
counters, names of code that is made while the program runs, Python."""
import glob
import os
import shutil
import signal
import unittest

import harness
import steered

NODE_SCRIPT = """
function hot_of_script(n) {
  let x = 1;
  for (let i = 0; i < n; i++) x = (x * 1664525 + 1013) >>> 0;
  return x;
}
const cpu = () => process.cpuUsage().user;
const end = cpu() + 1.2e6;
let sum = 0;
while (cpu() < end) sum += hot_of_script(300000);
console.log(process.pid, sum);
"""
PYTHON_SCRIPT = """
import time
def hot_of_script(n):
    x = 1
    for i in range(1000, 1000 + n): x = (x * 1664525 + 1013) & 0xffffffff
    return x
end = time.process_time() + 1.2
while time.process_time() < end: hot_of_script(2000)
"""
PYTHON = "/usr/bin/python3.11"
SAMPLERS = ((), ("--sampler", "timer"))


class SeveralFiles(steered.Case):
    def files(self, path):
        """Of a rotation, in order."""
        found = glob.glob(str(path.with_suffix("")) + ".*.hone")
        return sorted(found, key=lambda name: int(name.split(".")[-2]))

    def trim(self, path, *flags):
        out = self.path()
        done = harness.hone("trim", path, "-o", out, *flags, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr.decode(errors="replace"))
        return out

    def test_waits(self):
        command = ("waits", "sleep,futex", "800")
        done = self.record(*command, flags=("--rotate", "400ms"))
        life = blocked = wall = 0
        files = self.files(done.path)
        self.assertGreaterEqual(len(files), 3)
        for name in files:
            self.assert_opens(name)
            waits, summary = self.assert_adds_up(name)
            life += waits["all"]["life_ns"]
            blocked += waits["all"]["blocked_ns"]
            wall += summary["wall_ns"]
        # The main thread lives all the time, its helper half of it.
        self.assertAlmostEqual(life / wall, 1.5, delta=0.15)
        self.assertGreater(blocked, 0.6 * life)

    def test_last_moments_of_waits_and_counters(self):
        command = ("waits", "sleep", "60000")
        with self.recording("--last", "500ms", command=command) as (recorder, path):
            self.wait_for(lambda: self.status(recorder.pid)[0]["elapsed_ns"] > 1.4e9, "no time")
            recorder.send_signal(signal.SIGINT)
            recorder.wait(timeout=30)
        self.assert_opens(path)
        waits, summary = self.assert_adds_up(path)
        self.assertLessEqual(summary["wall_ns"], 501e6)
        self.assertAlmostEqual(waits["all"]["life_ns"] / summary["wall_ns"], 1, delta=0.05)
        own = self.tracks(path)["process", "cpu.busy"][0]
        self.assertLessEqual(own["span_ns"], 501e6)
        self.assertLess(own["total"], summary["wall_ns"])

    def test_largest_size_with_waits(self):
        command = ("waits", "sleep,futex,pipe", "60000")
        with self.recording("--max-size", "6k", command=command) as (recorder, path):
            program = self.status(recorder.pid)[0]["program_pid"]
            self.wait_for(lambda: not self.status(recorder.pid), "it goes on")
            os.kill(program, signal.SIGKILL)
            recorder.communicate(timeout=30)
        self.assert_opens(path)
        self.assert_adds_up(path)

    def assert_named(self, command):
        """In every file of a rotation, and in every range that is cut out."""
        for flags in SAMPLERS:
            with self.subTest(flags):
                done = self.record(*command, flags=("--rotate", "400ms", *flags), cwd=self.folder)
                # The first has the start of the runtime in it, and the last its end.
                files = self.files(done.path)[1:-1]
                self.assertGreaterEqual(len(files), 1)
                for name in files:
                    report = self.report(name, "--no-kernel")
                    if report.samples >= 50:
                        self.assertGreater(report.row("hot_of_script")["total_share"], 0.7, name)
                whole = self.record(*command, flags=flags, cwd=self.folder).path
                part = self.trim(whole, "--from", "600ms", "--to", "1000ms")
                self.assert_opens(part)
                row = self.report(part, "--no-kernel").row("hot_of_script")
                self.assertGreater(row["total_share"], 0.7)
                same = self.report(whole, "--no-kernel", "--from", "600ms", "--to", "1000ms")
                self.assertEqual(row, same.row("hot_of_script"))

    @unittest.skipUnless(shutil.which("node"), "node is not installed")
    def test_names_of_jit_code(self):
        script = self.folder / "several.js"
        script.write_text(NODE_SCRIPT)
        before = set(glob.glob("/tmp/perf-*.map"))
        try:
            self.assert_named((shutil.which("node"), "--perf-basic-prof", "--no-turbo-inlining",
                               "--interpreted-frames-native-stack", script))
        finally:
            for name in set(glob.glob("/tmp/perf-*.map")) - before:
                if not os.path.exists(f"/proc/{name.split('-')[1].split('.')[0]}"):
                    os.unlink(name)

    @unittest.skipUnless(os.access(PYTHON, os.X_OK), "python3.11 is not installed")
    def test_names_of_python_functions(self):
        script = self.folder / "several.py"
        script.write_text(PYTHON_SCRIPT)
        self.assert_named((PYTHON, script))

    def test_counters_of_a_range(self):
        whole = self.record("shares", 60, 30, 10, 3500).path
        part = self.trim(whole, "--from", "200ms", "--to", "700ms")
        summary, tracks = self.assert_opens(part).summary, self.tracks(part)
        own = tracks["process", "cpu.busy"][0]
        self.assertLessEqual(own["span_ns"], 501e6)
        self.assert_counter_agrees(own, summary["cpu_ns"], summary["wall_ns"])
        # Two readings of the range at least, of some five.
        self.assertGreater(own["span_ns"], 90e6)


if __name__ == "__main__":
    harness.main()
