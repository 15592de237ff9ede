#!/usr/bin/env python3
"""Bad input and faults: a clear error, and nothing lost that was written."""
import json
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import time
import unittest

import harness

ROOT = os.geteuid() == 0
PARANOID = pathlib.Path("/proc/sys/kernel/perf_event_paranoid")


class Faults(harness.Case):
    def assert_error(self, done, status, number=None):
        """The form of every error: what, effect, fix."""
        self.assertEqual(done.returncode, status, done.stderr)
        first, *rest = done.stderr.decode().splitlines()
        self.assertRegex(first, r"^error\[E\d{3}\]: ." if number is None else rf"^error\[{number}\]")
        self.assertTrue(any(line.startswith("  fix:") for line in rest), done.stderr)

    def test_program_not_found(self):
        for name in ("no-such-program", "./no-such-program", "/no/such/program"):
            path = self.path()
            path.unlink()
            done = harness.hone("record", "-o", path, "--", name, env=self.environment)
            self.assert_error(done, 127)
            self.assertFalse(path.exists(), "an empty recording was left behind")

    def test_program_not_executable(self):
        plain = self.folder / "plain-file"
        plain.write_text("no program\n")
        plain.chmod(0o644)
        lost = self.folder / "lost-interpreter"
        lost.write_text("#!/no/such/interpreter\n")
        lost.chmod(0o755)
        for name in (plain, self.folder, lost):
            path = self.path()
            path.unlink()
            done = harness.hone("record", "-o", path, "--", name, env=self.environment)
            self.assert_error(done, 126)
            self.assertFalse(path.exists(), "an empty recording was left behind")

    def test_file_that_is_no_recording(self):
        text = self.folder / "text.hone"
        text.write_bytes(b"this is no recording at all\n" * 100)
        empty = self.folder / "empty.hone"
        empty.write_bytes(b"")
        for path in (text, empty, self.folder, self.folder / "absent.hone", harness.HONE):
            for verb in ("report", "info", "flamegraph"):
                with self.subTest(f"{verb} {path}"):
                    done = harness.hone(verb, path, env=self.environment, cwd=self.folder)
                    self.assert_error(done, 5)

    def test_output_that_is_no_recording_is_kept(self):
        precious = self.folder / "precious.txt"
        precious.write_text("do not lose me\n")
        done = harness.hone("record", "-o", precious, "--", harness.victim("talk"), env=self.environment,
                            stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 125)
        self.assertEqual(precious.read_text(), "do not lose me\n")
        self.assertEqual(done.stdout, b"", "the program ran all the same")

    def test_newer_version(self):
        path = self.path()
        done = harness.hone("record", "-q", "-o", path, "--", harness.victim("ratio"), 40)
        self.assertEqual(done.returncode, 0)
        data = bytearray(path.read_bytes())
        struct.pack_into("<H", data, 8, struct.unpack_from("<H", data, 8)[0] + 1)
        path.write_bytes(data)
        done = harness.hone("info", path, env=self.environment)
        self.assert_error(done, 5, "E011")

    def recorded(self, *command, flags=()):
        return self.record(*command, flags=flags).path.read_bytes()

    def test_cut_anywhere_it_opens(self):
        data = self.recorded("processes", "chain", 300)
        path = self.path()
        cuts = list(range(64, len(data), 64))
        chosen = sorted(random.Random(5).sample(cuts, min(len(cuts), 60)))
        opened = 0
        for cut in chosen:
            path.write_bytes(data[:cut])
            done = harness.hone("info", path, env=self.environment)
            self.assertIn(done.returncode, (0, 5), (cut, done.stderr))
            opened += done.returncode == 0
            if done.returncode == 0:
                self.assertTrue(b"not finished" in done.stdout or b"cut" in done.stdout
                                or done.stderr, (cut, done.stdout[:300]))
        # All that have the header and the schema open.
        self.assertGreater(opened, len(chosen) * 0.5)

    def test_flipped_bytes_are_never_silent(self):
        data = self.recorded("processes", "chain", 300)
        path = self.path()
        chooser = random.Random(11)
        for _ in range(40):
            damaged = bytearray(data)
            at = chooser.randrange(64, len(data))
            damaged[at] ^= 1 << chooser.randrange(8)
            path.write_bytes(damaged)
            done = harness.hone("info", "--verify", path, env=self.environment)
            self.assertEqual(done.returncode, 5, (at, done.stdout[:300]))
            done = harness.hone("report", path, env=self.environment)
            self.assertIn(done.returncode, (0, 5), (at, done.stderr))
            if done.returncode == 0:
                self.assertNotEqual(done.stderr, b"", f"byte {at}: damage that nobody is told of")

    def start(self, path, *command, **options):
        process = subprocess.Popen([harness.HONE, "record", "-o", path, "--", *map(str, command)],
                                   env=self.environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, **options)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        return process

    def test_killed_recorder_harms_nobody(self):
        path, mark = self.path(), self.folder / "status-of-the-program"
        # The shell outlives Hone and says how the victim ended.
        script = f"'{harness.victim('until_told')}' default 6000; echo $? > '{mark}'"
        process = self.start(path, "/bin/sh", "-c", script)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        time.sleep(1.5)
        process.kill()
        process.wait(timeout=10)
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline and not (mark.exists() and mark.read_text()):
            time.sleep(0.1)
        self.assertEqual(mark.read_text(), "5\n")
        report = self.report(path)
        self.assertGreater(report.samples, 100)
        info = self.info(path)
        self.assertFalse(info["finished"])
        # Names are found when it is opened.
        self.assertGreater(report.row("one_unit")["self_share"], 0.7)

    def test_killed_program(self):
        path = self.path()
        process = self.start(path, harness.victim("until_told"), "default", 6000)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        time.sleep(0.4)
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)],
                                  capture_output=True, text=True, timeout=10).stdout.split()
        self.assertEqual(len(children), 1)
        os.kill(int(children[0]), signal.SIGKILL)
        process.wait(timeout=20)
        self.assertEqual(process.returncode, 128 + 9)
        self.assertGreater(self.assert_opens(path).row("one_unit")["self_share"], 0.7)

    def check_disk_full(self, done, copy):
        self.assert_error(done, 125)
        self.assertIn(b"done", done.stdout, "the program runs on to its end")
        report = self.report(copy)
        self.assertGreater(report.samples, 0)

    @unittest.skipUnless(ROOT and shutil.which("unshare"), "needs root, to mount a small disk")
    def test_disk_full(self):
        copy = self.folder / "from-full-disk.hone"
        full = self.folder / "full"
        full.mkdir()
        # The mount is seen by this one shell alone, and goes with it.
        script = (f"mount -t tmpfs -o size=32k none '{full}' || exit 99\n"
                  f"'{harness.HONE}' record -F 10000 -o '{full}/a.hone' -- "
                  f"'{harness.victim('until_told')}' default 4000\n"
                  f"status=$?; cp '{full}/a.hone' '{copy}'; exit $status")
        done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True,
                              timeout=harness.LIMIT_S, env=self.environment)
        if done.returncode in (1, 99) and not copy.exists():
            self.skipTest(f"cannot mount here: {done.stderr.decode()}")
        self.check_disk_full(done, copy)

    def test_limit_on_file_size(self):
        path = self.folder / "limited.hone"
        script = (f"ulimit -f 16; exec '{harness.HONE}' record -F 10000 -o '{path}' -- "
                  f"'{harness.victim('until_told')}' default 4000")
        done = subprocess.run(["bash", "-c", script], capture_output=True, timeout=harness.LIMIT_S,
                              env=self.environment)
        self.check_disk_full(done, path)

    def test_two_recordings_at_once(self):
        paths = [self.path(), self.path()]
        runs = [self.start(path, harness.victim("ratio"), 400) for path in paths]
        for run, path in zip(runs, paths):
            run.communicate(timeout=30)
            self.assertEqual(run.returncode, 0)
            report = self.assert_opens(path)
            self.assertEqual(len(report.summary["processes"]), 1)

    def test_two_recordings_into_one_file(self):
        path = self.path()
        first = self.start(path, harness.victim("until_told"), "default", 1000)
        self.assertEqual(first.stdout.readline(), b"ready\n")
        second = harness.hone("record", "-o", path, "--", harness.victim("talk"),
                              env=self.environment, stdin=subprocess.DEVNULL)
        self.assert_error(second, 125)
        self.assertEqual(second.stdout, b"", "the program ran all the same")
        out, _ = first.communicate(timeout=30)
        self.assertEqual((first.returncode, out), (5, b"done\n"))
        self.assertGreater(self.assert_opens(path).row("one_unit")["self_share"], 0.7)

    def test_home_that_cannot_be_written(self):
        sealed = self.folder / "sealed"
        sealed.write_text("a file, so that no folder can be made in it, not even by root")
        for changes in ({"HOME": None}, {"HOME": str(sealed)}, {"HOME": "/nonexistent"},
                        {"HOME": ""}):
            environment = {**self.environment, **{k: v for k, v in changes.items() if v is not None}}
            if changes["HOME"] is None:
                environment.pop("HOME")
            recording = self.record("ratio", 400, env=environment)
            self.assertGreater(self.report(recording).row("three")["self_share"], 0.5, changes)

    def test_output_folder_that_is_absent(self):
        done = harness.hone("record", "-o", self.folder / "no" / "such" / "a.hone", "--",
                            harness.victim("talk"), env=self.environment, stdin=subprocess.DEVNULL)
        self.assert_error(done, 125)
        self.assertEqual(done.stdout, b"")

    def unprivileged(self):
        """A command prefix that runs as nobody, or a reason why not."""
        if not ROOT:
            return []
        if not shutil.which("setpriv"):
            self.skipTest("setpriv is missing")
        return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]

    def nobodys_run(self):
        folder = self.folder / "nobodys"
        folder.mkdir(exist_ok=True)
        folder.chmod(0o777)
        path = folder / "a.hone"
        path.unlink(missing_ok=True)
        programs = folder / "bin"
        programs.mkdir(exist_ok=True)
        for program in (harness.HONE, harness.victim("ratio")):
            shutil.copy(program, programs)  # where a build stands may be closed to others
        hone = programs / pathlib.Path(harness.HONE).name
        done = subprocess.run([*self.unprivileged(), hone, "record", "-o", path, "--",
                               programs / "ratio"], capture_output=True, timeout=harness.LIMIT_S,
                              cwd=folder, env={**self.environment, "HOME": str(folder)})
        return done, path

    def test_unprivileged_user(self):
        if int(PARANOID.read_text()) > 2:
            self.skipTest("kernel.perf_event_paranoid is over 2")
        done, path = self.nobodys_run()
        self.assertEqual(done.returncode, 0, done.stderr)
        report = self.assert_opens(path)
        self.assert_complete(report)
        self.assertGreater(report.row("three")["self_share"], 0.5)
        if int(PARANOID.read_text()) == 2:
            self.assertFalse(report.data["quality"]["kernel_side"])
            text = harness.hone("report", path, env=self.environment).stdout.decode()
            self.assertRegex(text, "(?i)user (side|code) only|no kernel")

    @unittest.skipUnless(ROOT, "needs root, to set kernel.perf_event_paranoid")
    def test_paranoid_3(self):
        before = PARANOID.read_text()
        try:
            try:
                PARANOID.write_text("3\n")
            except OSError as error:
                self.skipTest(f"kernel.perf_event_paranoid cannot be set: {error}")
            done, path = self.nobodys_run()
        finally:
            PARANOID.write_text(before)
        if done.returncode == 0:
            self.skipTest("this kernel knows no level 3: it is a patch of Debian's and others'")
        self.assert_error(done, 125)
        self.assertGreaterEqual(done.stderr.decode().count("sysctl")
                                + done.stderr.decode().count("setcap"), 2)
        self.assertFalse(path.exists(), "an empty recording was left behind")

    def test_json_of_doctor(self):
        done = harness.hone("doctor", "--json", env=self.environment)
        self.assertIn(done.returncode, (0, 1))
        self.assertTrue(json.loads(done.stdout)["checks"])


if __name__ == "__main__":
    harness.main()
