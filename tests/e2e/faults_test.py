#!/usr/bin/env python3
"""Bad input and faults: a clear error, and nothing lost that was written."""
import ctypes
import errno
import json
import os
import pathlib
import platform
import random
import shutil
import signal
import struct
import subprocess
import time
import unittest

import harness

ROOT = os.geteuid() == 0
PERF_EVENT_OPEN = {"x86_64": 298, "aarch64": 241}
DATA_LOSS = 3  # severity of a diagnostic, from which on something is not there
PARANOID = pathlib.Path("/proc/sys/kernel/perf_event_paranoid")


def forbid_perf():
    """perf_event_open() fails with EPERM from here on, as container runtimes have it."""
    load, equal, answer = 0x20, 0x15, 0x06  # BPF: A = word at k; if A == k; return k
    refuse, allow = 0x00050000 | errno.EPERM, 0x7FFF0000
    program = b"".join(struct.pack("<HBBI", *one) for one in (
        (load, 0, 0, 0), (equal, 0, 1, PERF_EVENT_OPEN[platform.machine()]),
        (answer, 0, 0, refuse), (answer, 0, 0, allow)))
    held = ctypes.create_string_buffer(program)
    filters = struct.pack("<HxxxxxxQ", len(program) // 8, ctypes.addressof(held))
    no_new_privileges, seccomp, filter_mode = 38, 22, 2
    libc = ctypes.CDLL(None, use_errno=True)
    if (libc.prctl(no_new_privileges, 1, 0, 0, 0) != 0
            or libc.prctl(seccomp, filter_mode, ctypes.c_char_p(filters), 0, 0) != 0):
        raise OSError(ctypes.get_errno(), "prctl")


class Faults(harness.Case):
    def assert_error(self, done, status, number=None):
        """The form of every error: what, effect, fix."""
        self.assertEqual(done.returncode, status, done.stderr)
        first, *rest = done.stderr.decode().splitlines()
        self.assertRegex(first, rf"^error\[{number or 'E[0-9]{3}'}\]: .")
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
        done = harness.hone("record", "-o", precious, "--", harness.victim("talk"),
                            env=self.environment, stdin=subprocess.DEVNULL)
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

    def test_cut_at_every_64th_byte_it_opens(self):
        data = self.recorded("processes", "chain", 300)
        path = self.path()
        chosen = range(0, len(data), 64)
        self.assertLess(len(chosen), 400, "the victim's recording has grown: this takes too long")
        opened = 0
        for cut in chosen:
            path.write_bytes(data[:cut])
            done = harness.hone("info", path, env=self.environment)
            self.assertIn(done.returncode, (0, 5), (cut, done.stderr))
            opened += done.returncode == 0
            if done.returncode == 5:
                self.assert_error(done, 5)
            else:
                self.assertIn(b"not finished", done.stdout, cut)
            if cut % 512 == 0:
                self.assert_tells_of_loss(path, cut)
        # All that have the header and the schema open.
        self.assertGreater(opened, len(chosen) * 0.5)

    def assert_tells_of_loss(self, path, what):
        """Whoever reads the report, person or machine, learns that the recording is not whole."""
        done = harness.hone("report", path, env=self.environment)
        if done.returncode != 0:
            self.assert_error(done, 5)
            return
        self.assertIn(b"not whole", done.stdout, what)
        losses = [one for one in self.report(path).data["quality"]["diagnostics"]
                  if one["severity"] >= DATA_LOSS]
        self.assertTrue(losses, what)

    def test_flipped_bytes_are_never_silent(self):
        data = self.recorded("processes", "chain", 300)
        path = self.path()
        chooser = random.Random(11)
        for _ in range(150):
            damaged = bytearray(data)
            at, bit = chooser.randrange(len(data)), chooser.randrange(8)
            damaged[at] ^= 1 << bit
            path.write_bytes(damaged)
            done = harness.hone("info", "--verify", path, env=self.environment)
            self.assertEqual(done.returncode, 5, (at, bit, done.stdout[:300]))
            self.assert_error(done, 5)
            self.assert_tells_of_loss(path, f"bit {bit} of byte {at}")

    def start(self, path, *command, **options):
        process = subprocess.Popen([harness.HONE, "record", "-o", path, "--", *map(str, command)],
                                   env=self.environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, **options)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        return process

    def samples_in(self, path):
        done = harness.hone("info", "--json", path, env=self.environment)
        if done.returncode != 0:
            return 0
        tables = json.loads(done.stdout)["tables"]
        return sum(table["row_count"] for table in tables if table["name"] == "samples")

    def test_killed_recorder_harms_nobody(self):
        path, mark = self.path(), self.folder / "status-of-the-program"
        # The shell outlives Hone and says how the victim ended.
        script = f"'{harness.victim('until_told')}' default 6000; echo $? > '{mark}'"
        process = self.start(path, "/bin/sh", "-c", script)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        deadline = time.monotonic() + 15
        while self.samples_in(path) <= 100 and time.monotonic() < deadline:
            time.sleep(0.1)  # what is on the disk is what is left
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
            environment = {**self.environment, **changes}
            if changes["HOME"] is None:
                del environment["HOME"]
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

    def nobodys_run(self, *flags):
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
        words = (hone, "record", *flags, "-o", path, "--", programs / "ratio")
        done = subprocess.run([*self.unprivileged(), *words], capture_output=True,
                              timeout=harness.LIMIT_S, cwd=folder,
                              env={**self.environment, "HOME": str(folder)})
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
            done, path = self.nobodys_run("--sampler", "perf")
        finally:
            PARANOID.write_text(before)
        if done.returncode == 0:
            self.skipTest("this kernel knows no level 3: it is a patch of Debian's and others'")
        self.assert_error(done, 125)
        self.assertGreaterEqual(done.stderr.decode().count("sysctl")
                                + done.stderr.decode().count("setcap"), 2)
        self.assertFalse(path.exists(), "an empty recording was left behind")

    @unittest.skipUnless(platform.machine() in PERF_EVENT_OPEN, "number of the system call unknown")
    def test_perf_events_forbidden_by_a_container(self):
        path = self.path()
        path.unlink()
        done = harness.hone("record", "--sampler", "perf", "-o", path, "--", harness.victim("talk"),
                            env=self.environment, stdin=subprocess.DEVNULL, preexec_fn=forbid_perf)
        self.assert_error(done, 125)
        self.assertEqual(done.stdout, b"", "the program ran all the same")
        self.assertFalse(path.exists(), "an empty recording was left behind")
        self.assertIn(b"seccomp", done.stderr)

    def test_json_of_doctor(self):
        done = harness.hone("doctor", "--json", env=self.environment)
        self.assertIn(done.returncode, (0, 1))
        self.assertTrue(json.loads(done.stdout)["checks"])


if __name__ == "__main__":
    harness.main()
