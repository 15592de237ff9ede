#!/usr/bin/env python3
"""`hone doctor` against reality: in each kind of place, what it says works is done and works, and
what it says does not is tried and fails, with the way out that it names."""
import json
import os
import pathlib
import shutil
import subprocess
import time

import harness

NOBODY = 65534
LONG = 1_000_000  # units of work: until it is ended
# Runs a victim by itself, records it by its id for a moment, and ends it.
ATTACH = '''"$1" 60 30 10 1000000 & victim=$!
"$2" record -q -o "$3" -p $victim -d 0.4; status=$?
kill $victim; exit $status'''


class Place:
    """Where commands are run: a prefix of words, and where files lie as seen from there."""

    def __init__(self, name, prefix=(), root=None, forbidden=None):
        self.name, self.prefix, self.root, self.forbidden = name, list(prefix), root, forbidden


class Doctor(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # What others may write to, too.
        cls.open_home = cls.folder / "open"
        cls.open_home.mkdir()
        os.chmod(cls.open_home, 0o777)

    def run_in(self, place, *words):
        home = "/home" if place.root else str(self.open_home)
        environment = {**self.environment, "HOME": home}
        return subprocess.run([*place.prefix, *map(str, words)], capture_output=True, timeout=60,
                              env=environment, cwd=place.root or self.open_home, check=False)

    def need(self, place):
        """Skips where this sandbox does not let such a place be made."""
        done = self.run_in(place, "/bin/true")
        if done.returncode != 0:
            self.skipTest(f"{place.name} cannot be made here: {done.stderr.decode().strip()}")

    def program(self, place):
        return "/bin/hone" if place.root else harness.HONE

    def victim(self, place):
        return "/bin/shares" if place.root else harness.victim("shares")

    def recording(self, place):
        """Its path as seen from the place, and from here; the file is not there yet."""
        name = f"{time.monotonic_ns()}.hone"
        if place.root:
            return f"/home/{name}", pathlib.Path(place.root) / "home" / name
        return str(self.open_home / name), self.open_home / name

    def examine(self, place):
        """All that doctor says of the place, held against what happens there."""
        done = self.run_in(place, self.program(place), "doctor", "--json")
        said = json.loads(done.stdout)
        checks = {check["id"]: check for check in said["checks"]}
        self.assertEqual(done.returncode, 0 if said["ok"] else 1, done.stderr)
        self.assertEqual(said["ok"], checks["sampler"]["state"] != "failed")
        for check in said["checks"]:
            self.assertEqual(check["state"] == "ok", not check["effect"], check)
            self.assertEqual(check["state"] == "ok", not check["fixes"], check)
        self.check_program(place, checks)
        self.check_each_sampler(place, checks)
        self.check_attach(place, checks)
        self.check_whole_system(place, checks)
        return checks

    def check_program(self, place, checks):
        inner, outer = self.recording(place)
        done = self.run_in(place, self.program(place), "record", "-o", inner, "--",
                           self.victim(place), 60, 30, 10, 40)
        if checks["sampler"]["state"] == "failed":
            return self.assert_refused(done, 125, checks["sampler"])
        self.assertEqual(done.returncode, 0, done.stderr)
        report = self.report(outer, "--no-kernel")
        for name, share in (("share_a", 0.6), ("share_b", 0.3), ("share_c", 0.1)):
            self.assert_share(report.row(name), share, report.samples)
        meta = dict(self.info(outer)["meta"])
        if meta["sampler.name"] != "perf":
            return self.assertEqual(checks["sampling"]["state"], "failed")
        self.assertNotEqual(checks["sampling"]["state"], "failed")
        # As was said: the scope, the kernel's side, and how much of a stack is copied.
        says = checks["sampler"]["says"]
        whole, kernel = "every CPU" in says, "kernel frames" in says
        self.assertEqual(meta["sampler.scope"] == "cpu-wide, filtered", whole, says)
        self.assertEqual(meta["sampler.kernel"] == "yes", kernel, says)
        self.assertEqual(checks["kernel-side"]["state"] == "ok", kernel, says)
        self.assertEqual(checks["whole-machine"]["state"] == "ok", whole, says)
        self.assertEqual(meta["sampler.event"] == "cycles", "cycle counter" in says)
        return None

    def check_each_sampler(self, place, checks):
        """Asked for by name, each works or does not, as was said."""
        for name, check, number in (("perf", "sampling", "E020"),
                                    ("timer", "timer-sampler", "E066")):
            inner, outer = self.recording(place)
            done = self.run_in(place, self.program(place), "record", "-q", "--sampler", name, "-o",
                               inner, "--", self.victim(place), 60, 30, 10, 20)
            if checks[check]["state"] == "ok":
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(dict(self.info(outer)["meta"])["sampler.name"], name)
                report = self.report(outer, "--no-kernel")
                self.assert_share(report.row("share_a"), 0.6, report.samples)
            else:
                self.assertEqual(done.returncode, 125, done.stderr)
                self.assertIn(f"error[{number}]", done.stderr.decode())

    def check_attach(self, place, checks):
        inner, outer = self.recording(place)
        done = self.run_in(place, "/bin/sh", "-c", ATTACH, "sh", self.victim(place),
                           self.program(place), inner)
        if checks["attach"]["state"] != "ok":
            return self.assert_refused(done, 3, checks["attach"])
        self.assertEqual(done.returncode, 0, done.stderr)
        report = self.report(outer, "--no-kernel")
        self.assertGreater(report.samples, 10)
        self.assert_share(report.row("share_a"), 0.6, report.samples)
        return None

    def check_whole_system(self, place, checks):
        inner, outer = self.recording(place)
        done = self.run_in(place, self.program(place), "record", "-q", "-o", inner, "-a", "-d",
                           "0.3")
        if checks["whole-machine"]["state"] != "ok":
            return self.assert_refused(done, 3, checks["whole-machine"])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_opens(outer)
        return None

    def assert_refused(self, done, status, check):
        """It failed, saying so with a number, and with one of the ways out that doctor names."""
        said = done.stderr.decode()
        self.assertEqual(done.returncode, status, said)
        self.assertRegex(said, r"error\[E0\d\d\]")
        ways = ("perf_event_paranoid=", "cap_perfmon", "seccomp", "PERFMON", "CONFIG_PERF_EVENTS",
                "mount -t proc", "outside")
        shared = [way for way in ways if way in said and way in " ".join(check["fixes"])]
        self.assertTrue(shared, f"{said}\n{check}")

    def as_nobody(self):
        if os.geteuid() != 0 or not shutil.which("setpriv"):
            self.skipTest("only root can become another user")
        return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                "--inh-caps=-all"]

    def test_as_who_we_are(self):
        checks = self.examine(Place("this place"))
        self.assertNotEqual(checks["folder"]["state"], "failed")

    def test_as_an_ordinary_user(self):
        place = Place("an ordinary user", self.as_nobody())
        self.need(place)
        self.examine(place)

    def test_a_folder_that_cannot_be_written(self):
        place = Place("an ordinary user", self.as_nobody())
        self.need(place)
        words = [*place.prefix, harness.HONE]
        environment = {**self.environment, "HOME": "/nonexistent"}
        done = subprocess.run([*words, "doctor", "--json"], capture_output=True, timeout=60,
                              env=environment, cwd=self.folder, check=False)
        checks = {check["id"]: check for check in json.loads(done.stdout)["checks"]}
        self.assertEqual(checks["folder"]["state"], "limited", checks["folder"])
        self.assertEqual(checks["cache"]["state"], "limited", checks["cache"])
        done = subprocess.run([*words, "record", "--", harness.victim("shares"), "60", "30", "10",
                               "1"], capture_output=True, timeout=60, env=environment,
                              cwd=self.folder, check=False)
        self.assertEqual(done.returncode, 125, done.stderr)
        self.assertIn(b"E040", done.stderr)
        self.assertIn(b"-o FILE", done.stderr)

    def test_under_seccomp(self):
        for number, name in ((1, "EPERM"), (38, "ENOSYS")):
            with self.subTest(name):
                place = Place(name, [harness.victim("without_perf"), str(number)])
                self.need(place)
                checks = self.examine(place)
                self.assertEqual(checks["sampling"]["state"], "failed")
                self.assertIn(name, checks["sampling"]["says"])
                self.assertIn("filter", checks["seccomp"]["says"])
                self.assertIn("seccomp", " ".join(checks["sampling"]["fixes"]))

    def test_in_a_user_namespace(self):
        place = Place("a user namespace", ["unshare", "--user", "--map-root-user"])
        self.need(place)
        checks = self.examine(place)
        self.assertIn("user namespace", checks["place"]["says"])

    def test_in_a_pid_namespace(self):
        place = Place("a PID namespace", ["unshare", "--pid", "--fork", "--mount-proc"])
        self.need(place)
        checks = self.examine(place)
        self.assertIn("PID namespace", checks["place"]["says"])

    def root_folder(self):
        """A root with Hone, a victim, a shell and the libraries that they need."""
        root = self.folder / "root"
        if root.exists():
            return root
        for name in ("bin", "proc", "home", "tmp", "dev"):
            (root / name).mkdir(parents=True)
        (root / "dev/null").touch()  # the shell reads it, no device is needed for that
        os.chmod(root / "home", 0o777)
        programs = {"hone": harness.HONE, "shares": harness.victim("shares"), "sh": "/bin/sh",
                    "true": "/bin/true"}
        libraries = set()
        for name, path in programs.items():
            shutil.copy(path, root / "bin" / name)
            told = subprocess.run(["ldd", path], capture_output=True, text=True, check=False)
            libraries.update(word for word in told.stdout.split() if word.startswith("/"))
        for library in libraries:
            place = root / library.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, place)
        return root

    def chroot(self, name, script):
        if os.geteuid() != 0:
            self.skipTest("only root can change its root")
        root = self.root_folder()
        place = Place(name, ["unshare", "--mount", "sh", "-c", script, "sh", str(root)],
                      root=str(root))
        self.need(place)
        return place

    def test_in_a_chroot_with_proc(self):
        checks = self.examine(self.chroot(
            "a chroot with /proc", 'mount -t proc proc "$1/proc" && exec chroot "$@"'))
        self.assertEqual(checks["proc"]["state"], "ok")

    def test_in_a_chroot_without_proc(self):
        checks = self.examine(self.chroot("a chroot without /proc", 'exec chroot "$@"'))
        self.assertEqual(checks["proc"]["state"], "limited")
        self.assertNotEqual(checks["paranoid"]["state"], "ok")


if __name__ == "__main__":
    harness.main()
