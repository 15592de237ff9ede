#!/usr/bin/env python3
"""Recording what runs already: processes, their threads and children, and the whole system."""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import time

import harness

MODES = ((), ("--per-process",))
AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all")
LONG = 1_000_000  # units of work: until it is ended


class Attach(harness.Case):
    @contextlib.contextmanager
    def running(self, *command):
        """A victim that runs by itself, for some time already."""
        process = subprocess.Popen([harness.victim(command[0]), *map(str, command[1:])],
                                   stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            time.sleep(0.2)
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def attach(self, *flags, status=0):
        path = self.path()
        done = harness.hone("record", "-o", path, *flags, env=self.environment)
        self.assertEqual(done.returncode, status, done.stderr.decode(errors="replace"))
        return path, done.stderr.decode(errors="replace")

    def test_shares_of_what_runs_and_runs_on(self):
        for mode in MODES:
            with self.subTest(mode), self.running("shares", 60, 30, 10, LONG) as process:
                path, said = self.attach("-p", process.pid, "-d", 1, *mode)
                self.assertIsNone(process.poll())
                self.assertIn(f"shares (pid {process.pid}) was left as it is", said)
                report = self.report(path, "--no-kernel")
                for name, share in (("share_a", 0.6), ("share_b", 0.3), ("share_c", 0.1)):
                    self.assert_share(report.row(name), share, report.samples)
                self.assert_complete(report)
                # The clock of the process says what was used; the samples saw nearly all of it.
                self.assertAlmostEqual(report.summary["cpu_ns"] / report.cpu_ns(), 1, delta=0.05)
                facts = self.info(path)["meta"]
                self.assertIn(str(process.pid), str(facts))

    def test_each_file_is_one_module(self):
        # Mapped already when it is met, and mapped again by what it starts meanwhile.
        with self.running("processes", "chain", 4000) as process:
            path, _ = self.attach("-p", process.pid, "-d", 1)
        self.assertGreater(len(self.report(path).summary["processes"]), 1)
        rows = self.report(path, "--by", "module").rows
        names = [row["name"] for row in rows]
        self.assertEqual(len(names), len(set(names)), names)

    def test_threads_and_their_names(self):
        for mode in MODES:
            with self.subTest(mode), self.running("threads", LONG, 1) as process:
                path, _ = self.attach("-p", process.pid, "-d", 0.7, *mode)
                report = self.report(path, "--by", "thread")
                names = " ".join(row["name"] for row in report.rows)
                self.assertIn("worker-many", names)
                self.assertIn("worker-few", names)
                self.assertEqual(report.summary["processes"][0]["thread_count"], 3)

    def test_children_that_run_already(self):
        with self.running("processes", "fork", LONG) as process:
            path, _ = self.attach("-p", process.pid, "-d", 0.7)
        report = self.report(path)
        processes = report.summary["processes"]
        self.assertEqual(len(processes), 2, processes)
        self.assertGreater(report.row("child_work")["total_share"], 0.2)

    def test_ends_with_the_process(self):
        with self.running("shares", 60, 30, 10, LONG) as process:
            recorder = subprocess.Popen([harness.HONE, "record", "-q", "-o", self.path(), "-p",
                                         str(process.pid)], env=self.environment)
            time.sleep(0.5)
            self.assertIsNone(recorder.poll())
            process.kill()
            self.assertEqual(recorder.wait(timeout=20), 0)

    def test_interrupt_ends_the_recording_alone(self):
        path = self.path()
        with self.running("shares", 60, 30, 10, LONG) as process:
            recorder = subprocess.Popen([harness.HONE, "record", "-q", "-o", path, "-p",
                                         str(process.pid)], env=self.environment)
            time.sleep(0.8)
            recorder.send_signal(signal.SIGINT)
            self.assertEqual(recorder.wait(timeout=20), 0)
            self.assertIsNone(process.poll())
        self.assertGreater(self.assert_opens(path).row("share_a")["total_share"], 0.4)

    def test_several(self):
        with self.running("shares", 60, 30, 10, LONG) as one, \
                self.running("threads", LONG, 1) as other:
            path, said = self.attach("-p", f"{one.pid},{other.pid}", "-d", 0.7)
        self.assertIn("2 processes", said)
        names = {process["name"] for process in self.report(path).summary["processes"]}
        self.assertEqual(names, {"shares", "threads"})

    def test_what_cannot_be_attached_to(self):
        gone = subprocess.Popen(["true"])
        gone.wait()
        self.assertIn("E032", self.attach("-p", gone.pid, status=2)[1])
        self.assertIn("E002", self.attach("-p", "12x", status=2)[1])
        self.assertIn("E002", self.attach("-p", os.getpid(), "--", "true", status=2)[1])
        self.assertIn("E002", self.attach("-a", "--per-process", status=2)[1])

    def test_processes_of_other_users(self):
        if os.geteuid() != 0 or not shutil.which("setpriv"):
            self.skipTest("only root can become another user")
        home = self.folder / "nobody"
        home.mkdir()
        os.chmod(home, 0o777)
        done = subprocess.run([*AS_NOBODY, harness.HONE, "record", "-o", home / "x.hone", "-p",
                               str(os.getpid())], capture_output=True, timeout=20,
                              env={**self.environment, "HOME": str(home)}, check=False)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn(b"E033", done.stderr)


class WholeSystem(harness.Case):
    def record_all(self, *words, status=0):
        path = self.path()
        done = harness.hone("record", "-o", path, "-a", *words, env=self.environment)
        if done.returncode in (3, 125):
            self.skipTest("the whole system may not be sampled here")
        self.assertEqual(done.returncode, status, done.stderr.decode(errors="replace"))
        return self.report(path, "--by", "process"), done.stderr.decode(errors="replace")

    def test_sees_every_process(self):
        with subprocess.Popen([harness.victim("shares"), "60", "30", "10", str(LONG)]) as early:
            try:
                report, said = self.record_all("-d", "1")
            finally:
                early.kill()
        self.assertIn("the whole system was left as it is", said)
        self.assertIsNotNone(report.process("shares"))
        # Of several processes of one name, as other tests may run, each is told by its id.
        ours = [row["total_share"] for row in report.rows
                if row["name"] in ("shares", f"shares (pid {early.pid})")]
        self.assertGreater(sum(ours), 0.1, [row["name"] for row in report.rows])

    def test_lasts_as_long_as_a_program(self):
        report, _ = self.record_all("--", harness.victim("until_told"), "ignore", 500, status=5)
        self.assertIsNotNone(report.process("until_told"))
        self.assertGreater(len(report.summary["processes"]), 1)

    def test_control_group(self):
        mounts = [line.split()[1] for line in open("/proc/self/mounts", encoding="utf-8")
                  if line.split()[2] == "cgroup2"]
        name = f"hone-test-{os.getpid()}"
        group = pathlib.Path(mounts[0] if mounts else "/nowhere") / name
        try:
            group.mkdir()
        except OSError as error:
            self.skipTest(f"no control group can be made here: {error}")
        inside, outside = (subprocess.Popen([harness.victim("shares"), "60", "30", "10", str(LONG)])
                           for _ in range(2))
        try:
            (group / "cgroup.procs").write_text(str(inside.pid))
            path = self.path()
            done = harness.hone("record", "-o", path, "--cgroup", name, "-d", 1,
                                env=self.environment)
            self.assertEqual(done.returncode, 0, done.stderr)
            processes = self.report(path).summary["processes"]
            self.assertEqual([process["pid"] for process in processes], [inside.pid])
        finally:
            for process in (inside, outside):
                process.kill()
                process.wait()
            group.rmdir()
        self.assertEqual(harness.hone("record", "--cgroup", name + "-gone").returncode, 2)


if __name__ == "__main__":
    harness.main()
