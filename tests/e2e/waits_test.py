#!/usr/bin/env python3
"""Time in which threads do not run: every kind of it against what the program says itself."""
import collections
import json
import os
import shutil
import subprocess

import harness
import report_file

AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all")
PRIVILEGED, LOOKS = "stacks at the switch", "looks at /proc"
ACCOUNTS = "accounts and looks at /proc"
KINDS = ("sleep", "futex", "pipe", "poll", "disk")


def truth(out):
    """ns by kind of all threads; `queue` is all waiting for a CPU that the program knows of."""
    sums = collections.Counter()
    for line in out.decode().splitlines():
        kind, ns = line.removeprefix("helper ").split()
        sums["queue" if kind == "delayed" else kind] += int(ns)
    return sums


class Waits(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nobody_home = cls.folder / "nobody"
        cls.nobody_home.mkdir(mode=0o777)
        os.chmod(cls.nobody_home, 0o777)

    def waits(self, path, *flags):
        path = getattr(path, "path", path)
        done = harness.hone("report", "--json", "--waits", "--top=0", *flags, path,
                            env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr.decode(errors="replace"))
        return json.loads(done.stdout)["waits"]

    def assert_adds_up(self, waits):
        """On + off = life, and the kinds of off are all of it."""
        self.assertTrue(waits["recorded"])
        for times in [waits["all"], *waits["threads"]]:
            parts = (times["running_ns"] + times["blocked_ns"] + times["waiting_for_cpu_ns"]
                     + times["not_known_ns"])
            self.assertEqual(parts, times["life_ns"], times)
            kinds = sum(kind["ns"] for kind in times["kinds"].values())
            self.assertEqual(kinds, times["blocked_ns"] + times["waiting_for_cpu_ns"])

    def assert_near(self, waits, sums, kinds, share, ns):
        for kind in kinds:
            if not sums[kind]:
                print(f"skipped: {kind}, which this machine does not let a program measure")
                continue
            name = "run-queue" if kind == "queue" else kind
            found = waits["all"]["kinds"].get(name, {"ns": 0})["ns"]
            self.assertAlmostEqual(found, sums[kind], delta=share * sums[kind] + ns,
                                   msg=f"{kind}: {waits['all']}")

    def victim(self, kinds, *words, flags=(), environment=None):
        environment = {**(environment or self.environment), "WAITS_FOLDER": str(self.folder)}
        return self.record("waits", ",".join(kinds), *words, flags=flags, env=environment)

    def test_kinds_with_stacks_at_the_switch(self):
        recording = self.victim((*KINDS, "queue"), 400)
        waits = self.waits(recording)
        self.assert_adds_up(waits)
        if waits["tier"] != PRIVILEGED:
            self.skipTest(f"stacks at the switch are not permitted here: {waits['tier']}")
        # Time between a wake-up and running is known by thread alone, so a busy machine blurs.
        sums = truth(recording.out)
        blur = 20e6 + 0.5 * max(sums["queue"] - 450e6, 0)
        self.assert_near(waits, sums, (*KINDS, "queue"), 0.05, blur)
        sites = {(site["kind"], site["function"], site["through"].strip("_").split("@")[0])
                 for site in waits["sites"]}
        self.assertIn(("futex", "wait_futex", "pthread_cond_wait"), sites)
        self.assertLessEqual({("pipe", "wait_pipe"), ("poll", "wait_pipe"), ("disk", "wait_disk"),
                              ("sleep", "nap")}, {site[:2] for site in sites})

    def test_kinds_with_looks(self):
        # Longer than the interval of looks: all are met.
        recording = self.victim(("sleep", "futex", "pipe", "poll"), 600, 120_000,
                                flags=("--per-process",))
        waits = self.waits(recording)
        self.assert_adds_up(waits)
        self.assertEqual(waits["tier"], LOOKS)
        self.assert_near(waits, truth(recording.out), ("sleep", "futex", "pipe", "poll"),
                         0.05, 50e6)
        functions = {site["function"] for site in waits["sites"]}
        self.assertLessEqual({"nap", "wait_futex", "wait_pipe"}, functions)

    def test_kinds_by_accounts(self):
        """Where no switches are told of, the kernel's account of each thread says how long."""
        recording = self.victim(("sleep", "futex", "pipe", "poll"), 600, 120_000,
                                flags=("--sampler", "timer"))
        waits = self.waits(recording)
        self.assert_adds_up(waits)
        self.assertEqual(waits["tier"], ACCOUNTS)
        # A stretch of 50 ms has one cause; the last of a wait is in part the next one's.
        self.assert_near(waits, truth(recording.out), ("sleep", "futex", "pipe", "poll"),
                         0.05, 150e6)
        functions = {site["function"] for site in waits["sites"]}
        self.assertLessEqual({"nap", "wait_futex", "wait_pipe"}, functions)

    def test_short_waits_met_by_looks_stand_for_the_others(self):
        recording = self.victim(("sleep",), 2000, flags=("--per-process",))
        waits = self.waits(recording)
        self.assert_near(waits, truth(recording.out), ("sleep",), 0.05, 30e6)
        self.assertGreater(waits["estimated_ns"], 0.5 * waits["all"]["blocked_ns"])
        text = harness.hone("report", recording.path, env=self.environment).stdout.decode()
        self.assertIn("sleep ~", text)

    def test_as_an_ordinary_user(self):
        if os.geteuid() != 0 or not shutil.which("setpriv"):
            self.skipTest("needs root, and setpriv, to become an ordinary user")
        path = self.nobody_home / "waits.hone"
        done = subprocess.run(
            [*AS_NOBODY, harness.HONE, "record", "-o", path, "--", harness.victim("waits"),
             "sleep,pipe,queue", "600", "120000"], capture_output=True, timeout=harness.LIMIT_S,
            env={**self.environment, "HOME": str(self.nobody_home)}, check=False)
        if done.returncode in (125, 126):
            self.skipTest("an ordinary user may not sample, or not read the victims, here: "
                          + done.stderr.decode(errors="replace").splitlines()[0])
        self.assertEqual(done.returncode, 0, done.stderr)
        waits = self.waits(path)
        self.assert_adds_up(waits)
        self.assertEqual(waits["tier"], LOOKS)
        sums = truth(done.stdout)
        self.assert_near(waits, sums, ("sleep", "pipe"), 0.05, 50e6)
        self.assert_near(waits, sums, ("queue",), 0.05, 30e6 + 0.1 * sums["queue"])

    def test_running_is_the_cpu_time(self):
        """What is in no wait ran: the clocks of the threads say the same."""
        for flags in ((), ("--per-process",), ("--sampler", "timer")):
            with self.subTest(flags):
                recording = self.record("sleeper", 1000, 400, flags=flags)
                report = self.report(recording)
                waits = self.waits(recording)
                self.assert_adds_up(waits)
                # execve(2) itself runs before the program does.
                self.assertAlmostEqual(waits["all"]["running_ns"], report.cpu_ns(),
                                       delta=0.05 * report.cpu_ns() + 10e6)

    def test_attached(self):
        process = subprocess.Popen([harness.victim("waits"), "pipe", "60000"],
                                   stdout=subprocess.DEVNULL)
        try:
            path = self.path()
            done = harness.hone("record", "-o", path, "-p", process.pid, "-d", 1,
                                env=self.environment)
            self.assertEqual(done.returncode, 0, done.stderr)
        finally:
            process.kill()
            process.wait()
        waits = self.waits(path)
        self.assert_adds_up(waits)
        self.assertEqual(len(waits["threads"]), 2)
        for thread in waits["threads"]:
            self.assertAlmostEqual(thread["life_ns"], 1e9, delta=0.2e9)
        self.assertGreater(waits["all"]["kinds"]["pipe"]["ns"], 0.3e9)
        self.assertGreater(waits["all"]["kinds"]["sleep"]["ns"], 0.3e9)

    def test_voices(self):
        recording = self.victim(("sleep",), 300)
        text = harness.hone("report", recording.path, env=self.environment).stdout.decode()
        line = next(line for line in text.splitlines() if line.startswith("threads: "))
        self.assertRegex(line, r"running [\d.]+%, blocked [\d.]+% \(sleep ~?[\d.]+%")
        full = harness.hone("report", "--waits", recording.path, env=self.environment).stdout
        self.assertIn("every switch of a thread was timed", full.decode())
        self.assertIn("nap", full.decode())
        page, flame = self.path(".html"), self.path(".svg")
        for words in (("report", "--html", page), ("flamegraph", "--waits", "-o", flame)):
            done = harness.hone(*words, recording.path, env=self.environment)
            self.assertEqual(done.returncode, 0, done.stderr)
        held = report_file.answers(page.read_text())
        self.assertIn(b"nap", held["flame?mode=left&weight=off-cpu"])
        self.assertIn("blocked", flame.read_text())
        self.assertIn("nap", flame.read_text())

    def test_not_asked_for(self):
        recording = self.victim(("sleep",), 100, flags=("--no-off-cpu",))
        self.assertFalse(self.waits(recording)["recorded"])
        full = harness.hone("report", "--waits", recording.path, env=self.environment).stdout
        self.assertIn("not recorded", full.decode())
        self.assertFalse([key for key in self.info(recording.path)["meta"]
                          if key.startswith("waits.")])

    def test_wakers_where_tracefs_is_mounted(self):
        """In a mount namespace of its own, which this test may mount into; Hone never mounts."""
        if os.geteuid() != 0 or not shutil.which("unshare"):
            self.skipTest("needs root, and unshare")
        path = self.path()
        script = ("mountpoint -q /sys/kernel/tracing || mount -t tracefs nodev /sys/kernel/tracing "
                  "|| exit 99; exec \"$@\"")
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", script, "sh", harness.HONE, "record", "-o", path, "--",
             harness.victim("waits"), "futex,queue", "400"], capture_output=True,
            timeout=harness.LIMIT_S, env=self.environment, check=False)
        if done.returncode in (99, 1):
            self.skipTest("tracefs cannot be mounted here")
        self.assertEqual(done.returncode, 0, done.stderr)
        waits = self.waits(path)
        self.assert_adds_up(waits)
        if not waits["wakers_known"]:
            self.skipTest(waits["no_wakers_reason"])
        self.assert_near(waits, truth(done.stdout), ("futex", "queue"), 0.05, 20e6)
        self.assertTrue([waker for waker in waits["wakers"] if waker["kind"] == "futex"])


if __name__ == "__main__":
    harness.main()
