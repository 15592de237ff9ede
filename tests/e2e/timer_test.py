#!/usr/bin/env python3
"""The timer sampler: what programs notice of it (nothing), and that it sees what perf sees."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import harness

TIMER = ("--sampler", "timer")
PYTHON = """
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
words = {}
for i in range(60000):
    words[str(i)] = words.get(str(i // 2), 0) + i
print(fib(22) + len(words))
"""


class Timer(harness.Case):
    def sampled(self, *command, flags=(), **options):
        recording = self.record(*command, flags=(*TIMER, *flags), **options)
        report = self.report(recording, "--tree")
        self.assertEqual(report.summary["facts"]["sampler.name"], "timer")
        return recording, report

    def alone(self, *command):
        done = subprocess.run([str(word) for word in command], capture_output=True,
                              timeout=harness.LIMIT_S)
        return done.returncode, done.stdout

    def assert_not_disturbed(self, *words):
        disturbed = harness.victim("disturbed")
        status, said = self.alone(disturbed, *words)
        self.assertEqual(status, 0)
        recording, report = self.sampled("disturbed", *words)
        self.assertEqual(recording.out, said)
        return report

    def test_shares_are_the_programs(self):
        recording, report = self.sampled("ratio")
        self.assert_complete(report, share=0.995, starts=1)
        for name, share in (("three", 0.75), ("one", 0.25)):
            row = report.row(name)
            self.assertAlmostEqual(row["self_share"], share,
                                   delta=harness.chance(share, report.samples), msg=row)
        # A sample for each 1/997 s of CPU time, but for where threads wait for a CPU: then more.
        self.assertGreater(report.samples, 0.95 * report.summary["cpu_ns"] * 997e-9)
        self.assertEqual(recording.out, self.alone(harness.victim("ratio"))[1])

    def test_true_cpu_time(self):
        report = self.sampled("threads")[1]
        self.assertGreater(report.summary["unsampled_ns"], 0)
        sampled = report.summary["cpu_ns"]
        self.assertGreater(sampled, 0.9 * report.cpu_ns())

    def test_waiting_calls_are_not_ended_early(self):
        self.assert_not_disturbed("waits")

    def test_long_writes_are_whole(self):
        self.assert_not_disturbed("writes")

    def test_signals_that_the_program_wants(self):
        self.assert_not_disturbed("handlers")

    def test_no_wake_up_is_lost(self):
        self.assert_not_disturbed("wakes")

    def test_waiting_for_all_signals(self):
        self.assert_not_disturbed("sigwait")

    def test_thread_with_all_signals_blocked(self):
        report = self.assert_not_disturbed("blocked")
        self.assertGreater(report.row("blocked_work")["total_share"], 0.95)

    def test_small_stacks(self):
        report = self.assert_not_disturbed("small")
        stacks = report.stacks
        whole = stacks["complete"] / max(stacks["complete"] + stacks["broken"], 1)
        self.assertGreater(whole, 0.9, report.stacks)
        for name, share in (("small_work", 3 / 8), ("coroutine_work", 3 / 8),
                            ("handler_work", 2 / 8)):
            row = report.row(name)
            self.assertAlmostEqual(row["total_share"], share,
                                   delta=harness.chance(share, report.samples) + 0.02, msg=row)

    def test_forked_children_and_exec(self):
        report = self.assert_not_disturbed("forks")
        self.assertEqual(len(report.summary["processes"]), 5)
        self.assertAlmostEqual(report.row("forked_work")["total_share"], 0.45 / 1.05,
                               delta=harness.chance(0.43, report.samples) + 0.02)

    def test_library_that_comes_and_goes(self):
        report = self.assert_not_disturbed("modules", harness.victim("plugin.so"))
        self.assertGreater(report.row("plugin_inner")["self_share"], 0.5)

    def test_debian_programs(self):
        text = self.folder / "text"
        text.write_text("".join(f"{i} {i * 7919 % 104729}\n" for i in range(300000)))
        for command in (("xz", "-3", "-k", "-c", text), ("gzip", "-9", "-c", text),
                        ("/usr/bin/python3", "-c", PYTHON), ("sort", "-n", "-k2", text)):
            if not shutil.which(str(command[0])):
                print(f"skipped: {command[0]} is not installed", flush=True)
                continue
            with self.subTest(command[0]):
                recording, report = self.sampled(*command)
                self.assertEqual(recording.out, self.alone(*command)[1])
                self.assert_complete(report, share=0.995, starts=1)

    def test_the_test_suite_of_cpython(self):
        python = "/usr/bin/python3.11"
        if not pathlib.Path("/usr/lib/python3.11/test/test_eintr.py").exists():
            print("skipped: libpython3.11-testsuite is not installed", flush=True)
            return
        # Those that have to do with signals, threads and what is interrupted, and are short.
        words = (python, "-m", "test", "-u", "none", "test_eintr", "test_select", "test_thread",
                 "test_posix", "test_sched")

        def failed(out):
            return sorted(set(re.findall(rb"^test (\w+) failed", out, re.MULTILINE)))

        recording = self.record(*words, flags=("-q", *TIMER), status=None, limit_s=200)
        bad = failed(recording.out)
        if recording.status != 0 or bad:
            alone = subprocess.run(words, capture_output=True, timeout=200)
            self.assertEqual((bad, recording.status), (failed(alone.stdout), alone.returncode),
                             recording.out.decode(errors="replace")[-3000:])

    def test_what_cannot_be_preloaded_is_refused(self):
        path = self.path()
        done = harness.hone("record", *TIMER, "-o", path, "--", harness.victim("ratio_static"),
                            env=self.environment)
        self.assertEqual(done.returncode, 125)
        self.assertIn(b"error[E067]", done.stderr)
        self.assertIn(b"statically", done.stderr)
        done = harness.hone("record", *TIMER, "-o", path, "-p", os.getpid(), env=self.environment)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"error[E068]", done.stderr)

    def assert_unsampled(self, report, name):
        told = [loss for loss in report.data["quality"]["diagnostics"]
                if loss["name"] == "processes_not_sampled"]
        self.assertEqual(len(told), 1, report.data["quality"]["diagnostics"])
        self.assertIn(name, told[0]["detail"])

    def test_children_without_the_agent_are_said(self):
        static = harness.victim("ratio_static")
        self.assert_unsampled(self.sampled("/bin/sh", "-c", f"{static} 1500; true")[1],
                              "ratio_static")

    def test_program_that_exec_replaces_by_one_without_the_agent(self):
        static = harness.victim("ratio_static")
        program = ("import os\n"
                   "child = os.fork()\n"
                   f"if not child: sum(range(1000000)); os.execl('{static}', 'static', '4000')\n"
                   "os.waitpid(child, 0)")
        self.assert_unsampled(self.sampled("/usr/bin/python3", "-c", program)[1], "ratio_static")

    def test_stopped_recorder_loses_samples_and_says_so(self):
        path = self.path()
        started = subprocess.Popen(
            [harness.HONE, "record", "-q", *TIMER, "-F", "15000", "-o", path, "--",
             harness.victim("ratio"), "1200"], env=self.environment, stdout=subprocess.DEVNULL)
        self.addCleanup(started.kill)
        time.sleep(0.4)
        started.send_signal(signal.SIGSTOP)
        time.sleep(1.5)
        started.send_signal(signal.SIGCONT)
        self.assertEqual(started.wait(timeout=harness.LIMIT_S), 0)
        report = self.report(path)
        lost = report.data["quality"]["lost_samples"]
        # What one ring holds was written, for 0.14 s of CPU time; what came then was not.
        self.assertGreater(lost, 20)
        row = report.row("three")
        self.assertAlmostEqual(row["self_share"], 0.75,
                               delta=harness.chance(0.75, report.samples), msg=row)

    def test_killed_program(self):
        report = self.sampled("ending", "kill", status=128 + 9)[1]
        self.assertGreater(report.row("some_work")["self_share"], 0.5)


if __name__ == "__main__":
    harness.main()
