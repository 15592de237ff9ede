"""What the end-to-end tests share: running Hone on the victims and reading what it says.

The environment tells where things are: HONE (the program), HONE_VICTIMS (folder of the built
victims). Every child process has a time limit, and everything is written under one folder that goes
away.
"""
import dataclasses
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HONE = os.environ.get("HONE", "")
VICTIMS = pathlib.Path(os.environ.get("HONE_VICTIMS", ""))
LIMIT_S = 60
SKIPPED = 77
# A start-up of a program has a sample or two in places that no rule covers: the first instructions
# of the dynamic linker, and execve() itself.
START_SAMPLES = 3


@dataclasses.dataclass
class Recording:
    path: pathlib.Path
    status: int
    out: bytes
    err: bytes
    wall_s: float


def hone(*words, limit_s=LIMIT_S, **options):
    return subprocess.run([HONE, *map(str, words)], capture_output=True, timeout=limit_s, **options)


def victim(name):
    return str(VICTIMS / name)


def can_sample():
    checks = json.loads(hone("doctor", "--json").stdout)["checks"]
    return next(check for check in checks if check["id"] == "sampling")["state"] != "failed"


def chance(share, samples, sigmas=4.5):
    """How far a share may be off by chance: a test of dozens of shares must not fail by luck."""
    return sigmas * math.sqrt(max(share * (1 - share), 0.01) / max(samples, 1)) + 0.005


def main():
    """Runs the tests of the calling script; status 77 says that this kernel forbids sampling."""
    if not HONE or not VICTIMS.is_dir():
        sys.exit("HONE and HONE_VICTIMS are not set: run this by ctest")
    if not can_sample():
        print("skipped: this machine does not let programs be sampled (hone doctor)")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)


class Report:
    """`hone report --json`, with the questions that tests ask of it."""

    def __init__(self, data):
        self.data = data
        self.summary = data["summary"]
        self.stacks = data["quality"]["stacks"]
        self.samples = self.summary["sample_count"]
        self.findings = {finding["id"]: finding for finding in data["findings"]}
        self.rows = data["hot_spots"][0]["rows"] if data["hot_spots"] else []
        for row in self.rows:
            row.setdefault("module", "")  # what is not known is left out

    def row(self, name):
        """The row of a function, whatever its parameters; its shares are 0 when there is none."""
        for row in self.rows:
            # The compiler's "[clone .cold]" of a function is a row of its own.
            if row["name"].split("(")[0] == name and "[clone" not in row["name"]:
                return row
        return {"name": name, "module": "", "self_share": 0.0, "total_share": 0.0, "self_ns": 0,
                "total_ns": 0, "self_samples": 0, "total_samples": 0}

    def process(self, name):
        found = [process for process in self.summary["processes"] if process["name"] == name]
        return found[0] if found else None

    def cpu_ns(self):
        return self.summary["cpu_ns"] + self.summary["unsampled_ns"]

    def paths(self):
        """(names from the root to the leaf, own samples) of every branch that has some."""
        nodes = self.data["tree"]["nodes"]
        for node in nodes:
            if not node["self_samples"]:
                continue
            names, at = [], node
            while at["parent"] is not None:
                names.append(at["name"].split("(")[0])
                at = nodes[at["parent"]]
            yield names[::-1], node["self_samples"]


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hone-e2e-"))
        os.chmod(cls.folder, 0o755)
        cls.home = cls.folder / "home"
        cls.home.mkdir()
        # Where recorders are found by `hone ctl`: none but a test's own.
        run = cls.folder / "runtime"
        run.mkdir(mode=0o700)
        cls.environment = {**os.environ, "HOME": str(cls.home), "NO_COLOR": "1",
                           "XDG_RUNTIME_DIR": str(run)}
        for name in ("XDG_CACHE_HOME", "DEBUGINFOD_URLS"):
            cls.environment.pop(name, None)
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)

    def path(self, suffix=".hone"):
        handle, path = tempfile.mkstemp(suffix=suffix, dir=self.folder)
        os.close(handle)
        return pathlib.Path(path)

    def record(self, *command, flags=(), status=0, limit_s=LIMIT_S, **options):
        """Records a victim (by name) or any program (by path); `status` None: any will do."""
        path = self.path()
        command = [str(word) for word in command]
        if "/" not in command[0] and (VICTIMS / command[0]).exists():
            command[0] = victim(command[0])
        start = time.monotonic()
        done = hone("record", "-o", path, *flags, "--", *command, limit_s=limit_s,
                    env=options.pop("env", self.environment), **options)
        wall_s = time.monotonic() - start
        if status is not None:
            self.assertEqual(done.returncode, status, done.stderr.decode(errors="replace"))
        return Recording(path, done.returncode, done.stdout, done.stderr, wall_s)

    def report(self, recording, *flags):
        path = getattr(recording, "path", recording)
        if "--by" not in flags:
            flags = (*flags, "--by", "function")
        done = hone("report", "--json", "--top=0", *flags, path, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr.decode(errors="replace"))
        return Report(json.loads(done.stdout))

    def assert_same_by_timers(self, program, *words):
        """Sampled by timers it ends and says what it does alone; the report."""
        alone = subprocess.run([program, *words], capture_output=True, timeout=LIMIT_S)
        recording = self.record(program, *words, flags=("--sampler", "timer"),
                                status=alone.returncode)
        self.assertEqual(recording.out, alone.stdout)
        return self.report(recording)

    def info(self, path):
        done = hone("info", "--json", path, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr.decode(errors="replace"))
        return json.loads(done.stdout)

    def rows(self, path, sql):
        done = hone("query", path, "--format", "json", sql)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["rows"]

    def imported(self, path):
        return self.imported_saying(path)[0]

    def imported_saying(self, path):
        """The recording that a file becomes, and what was said of it."""
        out = path.with_suffix(".imported.hone")
        done = hone("import", "-o", out, path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_opens(out)
        return out, done.stderr.decode()

    def assert_opens(self, path):
        done = hone("info", "--verify", path, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return self.report(path)

    def assert_share(self, row, expected, samples, kind="total_share"):
        self.assertAlmostEqual(row[kind], expected, delta=chance(expected, samples),
                               msg=f"{row['name']}, of {samples} samples")

    def assert_complete(self, report, share=0.995, starts=1):
        """At least that share of stacks is complete, the starts of `starts` programs apart."""
        broken = report.stacks["broken"]
        whole = broken + report.stacks["complete"]
        self.assertGreater(whole, 0)
        self.assertLessEqual(broken, (1 - share) * whole + starts * START_SAMPLES, report.stacks)
