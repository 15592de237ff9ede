#!/usr/bin/env python3
"""Python programs that mark themselves by the package `hone`: what they say is in the recording,
and they do what they do without it."""
import json
import os
import pathlib
import subprocess
import sys

import harness

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = HERE.parent / "victims" / "python_marks.py"
PACKAGE = HERE.parent.parent / "bindings" / "python"
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable
COUNT = 50
SAID = "[3, 'method', 'static', [0, 1, 2], 1275, (3, [1, 2, 'thrown'])]"


class PythonMarks(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Found beside the command, as where Hone was installed.
        cls.environment["PATH"] = f"{os.path.dirname(harness.HONE)}:{os.environ['PATH']}"
        cls.environment["PYTHONPATH"] = str(PACKAGE)
        cls.environment["PYTHONDONTWRITEBYTECODE"] = "1"
        cls.recording = None

    def rows(self, sql):
        if not self.recording:
            type(self).recording = self.record(PYTHON, PROGRAM, COUNT, flags=("-q",))
            self.assertEqual(self.recording.out.decode(), f"{SAID} available None\n")
        done = harness.hone("query", "--json", self.recording.path, sql, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [tuple(row) for row in json.loads(done.stdout)["rows"]]

    def test_spans(self):
        counts = dict(self.rows("select name, count(*) from spans group by 1"))
        self.assertEqual(counts, {
            "main": 1, "plain": COUNT, "Named::recursive": 4, "Thing.method": 1, "of the class": 1,
            "values": 1, "nine": 1, "colored": 1, "raises": 1, "entered twice": 2,
            "across an await": 1, "ends later": 1, "of a thread": 3 * COUNT})
        self.assertEqual(self.rows("select depth from spans where name = 'Named::recursive'"
                                   " order by depth"), [(1,), (2,), (3,), (4,)])
        self.assertEqual(self.rows("select category, name from spans where category <> ''"
                                   " group by 1, 2"), [("deep", "Named::recursive")])
        self.assertEqual(self.rows("select count(*) from spans where open or (nested = 0 and name"
                                   " not in ('across an await', 'ends later'))"), [(0,)])
        # The one ended while the other, begun later, was open.
        self.assertEqual(self.rows("select nested from spans where name = 'across an await'"),
                         [(0,)])

    def test_places(self):
        lines = PROGRAM.read_text().splitlines()
        rows = self.rows("select name, function, file, line, color from sites where kind = 'span'"
                         " and name in ('main', 'plain', 'colored')")
        self.assertEqual({row[0] for row in rows}, {"main", "plain", "colored"})
        for name, function, file, line, color in rows:
            self.assertEqual(file, str(PROGRAM))
            wanted = {"main": ("main", "with hone.span(\"main\")"),
                      "plain": ("plain", "@hone.span"),
                      "colored": ("values", "with hone.span(\"colored\"")}[name]
            self.assertEqual(function, wanted[0])
            self.assertIn(wanted[1], lines[line - 1])
            self.assertEqual(color, 0x3080ff if name == "colored" else None)

    def test_arguments(self):
        rows = self.rows("select key, type, value from span_arguments where name = 'values'")
        self.assertEqual({(row[0], row[1]): row[2] for row in rows if row[0] != "large"},
                         {("whole", "integer"): -5, ("real", "real"): 0.5, ("yes", "boolean"): 1,
                          ("text", "text"): "gr\u00fc\u00df", ("words", "text"): "by str()",
                          ("huge", "text"): str(2**70), ("silent", "text"): "(no text)"})
        self.assertIn(("large", "unsigned"), {row[:2] for row in rows})
        self.assertEqual(self.rows("select count(*) from span_arguments where name = 'nine'"),
                         [(8,)])

    def test_asynchronous(self):
        counts = {row[:2]: row[2] for row in self.rows(
            "select name, kind, count(distinct flow) from flows group by 1, 2")}
        wanted = {}
        for name, count in (("counted by", 2), ("asynchronous generator", 1), ("fetch", 3),
                            ("inner", 3)):
            wanted[name, "span begin"] = wanted[name, "span end"] = count
        wanted["hand over", "flow begin"] = wanted["hand over", "flow end"] = 1
        self.assertEqual(counts, wanted)

    def test_threads_plots_frames_messages(self):
        self.assertEqual(self.rows("select thread_name, count(*) from spans where name ="
                                   " 'of a thread' group by 1 order by 1"),
                         [(f"worker {i}", COUNT) for i in range(3)])
        self.assertEqual(self.rows("select name, level from messages order by name"),
                         [("plain", "info"), ("reloaded", "warn")])
        self.assertEqual(self.rows("select key, value from span_arguments where name = 'reloaded'"
                                   " order by key"), [("by", "user"), ("files", 3)])
        report = json.loads(harness.hone("report", "--json", self.recording.path,
                                         env=self.environment).stdout)["instrumentation"]
        plots = {plot["name"]: plot for plot in report["plots"]}
        self.assertEqual((plots["queue"]["count"], plots["queue"]["most"]), (COUNT, COUNT - 1))
        self.assertEqual((plots["share"]["unit"], plots["share"]["most"]),
                         ("percent", (COUNT - 1) / 2))
        self.assertEqual(report["frames"][0]["count"], COUNT - 1)
        self.assertEqual(report["lost"], 0)

    def alone(self, **environment):
        return subprocess.run([PYTHON, PROGRAM, "3"], capture_output=True, text=True, check=True,
                              env={**self.environment, **environment},
                              timeout=harness.LIMIT_S).stdout

    def test_nobody_records(self):
        self.assertEqual(self.alone(), f"{SAID.replace('1275', '6')} available None\n")

    def test_without_the_library(self):
        told = self.alone(HONE_CALLS_LIBRARY="/no/such/library.so")
        self.assertTrue(told.startswith(f"{SAID.replace('1275', '6')} not available"), told)
        self.assertIn("/no/such/library.so", told)


if __name__ == "__main__":
    harness.main()
