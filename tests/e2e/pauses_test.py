#!/usr/bin/env python3
"""Pauses with all that is recorded beside samples: waits, counters, code that is made meanwhile."""
import contextlib
import os
import shutil
import time
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
SAMPLERS = ((), ("--sampler", "timer"))


class Pauses(steered.Case):
    @contextlib.contextmanager
    def paused_for(self, recorder, seconds):
        """Some time recorded, then a pause, in which the caller may look; then some time again."""
        time.sleep(0.4)
        self.ctl("stop", recorder.pid)
        yield
        time.sleep(seconds)
        self.ctl("start", recorder.pid)
        time.sleep(0.4)
        self.finish(recorder)

    def test_program_is_left_alone(self):
        """Nothing is sampled in a pause, by either sampler; behind it all is seen again."""
        for flags in SAMPLERS:
            with self.subTest(flags), self.recording("--control", *flags) as (recorder, path):
                with self.paused_for(recorder, 0.7):
                    pass
                report = self.assert_opens(path)
                self.assert_paused(report, 1)
                # Those that were on their way when it began; 700 were due in it.
                self.assertLess(int(self.info(path)["meta"]["samples.of_pauses"]), 20)
                # The samples stand for all the time that the program ran and was recorded.
                own = self.tracks(path)["process", "cpu.busy"][0]
                self.assert_counter_agrees(own, report.summary["cpu_ns"],
                                           report.summary["recorded_ns"])
                for name, share in steered.SHARES:
                    self.assert_share(report.row(name), share, report.samples)

    def test_children_of_a_pause(self):
        """Processes that begin in a pause are not sampled in it, and are behind it."""
        script = "for i in 1 2 3 4 5 6; do \"$0\" 60 30 10 600; done"
        command = ("/bin/sh", "-c", script, harness.victim("shares"))
        recording = self.record(*command, flags=("--sampler", "timer", "--delay", "0.3"))
        report = self.assert_opens(recording.path)
        self.assertLess(int(self.info(recording.path)["meta"]["samples.of_pauses"]), 20)
        self.assertLess(report.summary["cpu_ns"], report.summary["recorded_ns"] * 1.05 + 8e6)
        self.assertGreater(report.row("share_a")["total_share"], 0.4)

    def test_counters_leave_it_out(self):
        with self.recording("--control", "-e", "task-clock", "--delay", "0.3") as (recorder, path):
            time.sleep(0.3)
            with self.paused_for(recorder, 0.6):
                pass
        summary = self.assert_opens(path).summary
        tracks = self.tracks(path)
        own = tracks["process", "cpu.busy"][0]
        for track in (own, tracks["program", "task-clock"][0]):
            self.assertAlmostEqual(track["total"] / summary["cpu_ns"], 1, delta=0.1,
                                   msg=track["name"])
        self.assertLessEqual(own["span_ns"], summary["recorded_ns"] + 50e6)
        # Not one value within the pause.
        empty = sum(point is None for point in own["points"])
        self.assertGreaterEqual(empty, 4, own["points"])
        # The kernel's own sums hold what was used in pauses, too: they are not told.
        self.assertNotIn(("program", "faults.minor"), tracks)

    def test_waits_leave_it_out(self):
        for flags in ((), ("--per-process",)):
            with self.subTest(flags):
                command = ("waits", "sleep,pipe", "60000")
                with self.recording("--control", *flags, command=command) as (recorder, path):
                    with self.paused_for(recorder, 0.6):
                        pass
                self.assert_opens(path)
                waits, summary = self.assert_adds_up(path)
                self.assertLess(summary["recorded_ns"], summary["wall_ns"] - 0.6e9)
                main = waits["threads"][0]
                self.assertGreater(main["blocked_ns"], 0.5 * summary["recorded_ns"])

    @unittest.skipUnless(shutil.which("node"), "node is not installed")
    def test_names_of_code_made_in_a_pause(self):
        """Compiled while nobody looked, hot behind it."""
        script = self.folder / "pause.js"
        script.write_text(NODE_SCRIPT)
        for flags in SAMPLERS:
            with self.subTest(flags):
                recording = self.record(
                    shutil.which("node"), "--perf-basic-prof", "--no-turbo-inlining",
                    "--interpreted-frames-native-stack", script, cwd=self.folder,
                    flags=("--delay", "0.7", *flags))
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(f"/tmp/perf-{recording.out.split()[0].decode()}.map")
                report = self.report(recording, "--no-kernel")
                self.assertGreater(report.row("hot_of_script")["self_share"], 0.7)


if __name__ == "__main__":
    harness.main()
