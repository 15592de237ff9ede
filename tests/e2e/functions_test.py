#!/usr/bin/env python3
"""Code compiled with -finstrument-functions: every call is a span of its function's name."""
import json
import os
import subprocess

import harness

COUNT = 10
DEEPEST = 4096
LEFT = "functions: one was left without its end (longjmp or an exception; not recorded)"
DEEP = "functions: a call is nested too deep (not recorded)"


class Functions(harness.Case):
    def rows(self, recording, sql):
        done = harness.hone("query", "--json", recording.path, sql, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [tuple(row) for row in json.loads(done.stdout)["rows"]]

    def assert_calls(self, recording, module):
        self.assertEqual(recording.out, subprocess.run(
            [harness.victim("functions_plain"), str(COUNT)], capture_output=True,
            timeout=harness.LIMIT_S, check=True).stdout)
        names = ("main", "works(int)", "shape::Circle::Circle(int)",
                 "shape::Circle::area(int) const",
                 "int shape::twice<int>(int)", "catches()", "throws(int)", "c_outer",
                 "c_inner", "jumped_over(int)", "jumps(int)")
        told = ", ".join(f"'{name}'" for name in names)
        counts = dict(self.rows(recording, "select name, count(*) from spans where name in"
                                           f" ({told}) group by 1"))
        self.assertEqual(counts, {
            "main": 1, "works(int)": 4, "shape::Circle::Circle(int)": 4 * COUNT,
            "shape::Circle::area(int) const": 4 * COUNT, "int shape::twice<int>(int)": 4 * COUNT,
            # Those that an exception went through have ended; those that longjmp left have not.
            "catches()": 1, "throws(int)": 4, "c_outer": 1, "c_inner": COUNT,
            "jumped_over(int)": 1})
        self.assertEqual(self.rows(recording, "select count(*) from messages where name ="
                                              f" '{LEFT}'"), [(4,)])
        # Both are counted, and the second of them went deeper than is kept: main() is around it.
        recursive, = self.rows(recording, "select count(*) from spans where name ="
                                          " 'recursive(int)'")[0]
        self.assertEqual(recursive, 6 + DEEPEST - 1)
        self.assertEqual(self.rows(recording, "select count(*) from messages where name ="
                                              f" '{DEEP}'"), [(6001 - (DEEPEST - 1),)])
        self.assertEqual(self.rows(recording, "select distinct category from spans where name in"
                                              f" ({told})"), [(module,)])
        self.assertEqual(self.rows(recording, "select count(distinct thread) from spans where name"
                                              " = 'works(int)'"), [(4,)])
        # The three that the jump went past were begun inside of it: it is not nested, all else is.
        self.assertEqual(self.rows(recording, f"select name from spans where name in ({told})"
                                              " and nested = 0"), [("jumped_over(int)",)])

    def test_linked(self):
        self.assert_calls(self.record("functions", COUNT, flags=("-q",)), "functions")

    def test_by_timers(self):
        self.assert_calls(self.record("functions", COUNT, flags=("-q", "--sampler", "timer")),
                          "functions")

    def test_preloaded(self):
        library = os.path.join(os.path.dirname(harness.HONE), "../lib/libhone-functions.so")
        self.assert_calls(self.record("functions_alone", COUNT, flags=("-q",), env={
            **self.environment, "LD_PRELOAD": os.path.realpath(library)}), "functions_alone")

    def test_without_symbols_a_function_is_where_it_begins(self):
        program = self.path(".stripped")
        subprocess.run(["strip", "-o", program, harness.victim("functions")], check=True,
                       timeout=harness.LIMIT_S)
        program.chmod(0o755)
        svma = {line.split()[-1]: int(line.split()[0], 16) for line in subprocess.run(
            ["nm", harness.victim("functions")], capture_output=True, text=True, check=True,
            timeout=harness.LIMIT_S).stdout.splitlines() if " t " in line}
        recording = self.record(program, COUNT, flags=("-q",))
        self.assertEqual(self.rows(recording, "select count(*) from spans where name ="
                                   f" '{program.name}+{svma['c_inner']:#x}'"), [(COUNT,)])

    def test_small_functions_are_counted(self):
        calls = 1_000_000
        recording = self.record("functions", calls, "flood",
                                flags=("-q", "--spans", "full=block,adaptive=1000"))
        done = harness.hone("report", "--json", "--spans", recording.path, env=self.environment)
        tiny = {span["name"]: span for span in
                json.loads(done.stdout)["instrumentation"]["spans"]}["tiny(int)"]
        self.assertEqual(tiny["count"], calls)
        self.assertLess(tiny["timed"], calls / 2)

    def test_a_call_around_a_pause(self):
        recording = self.record("functions", 1, "pause", flags=("-q",))
        self.assertEqual(self.rows(recording, "select name, depth, nested, open from spans order by"
                                              " depth, name"),
                         [("main", 0, 1, 0), ("paused(int)", 1, 1, 0),
                          ("after_pause(int)", 2, 1, 0), ("paused(int)", 2, 1, 0),
                          ("after_pause(int)", 3, 1, 0)])

    def test_the_filter_takes_files(self):
        recording = self.record("functions", COUNT, flags=("-q", "--filter", "elsewhere"))
        self.assertEqual(self.rows(recording, "select count(*) from spans"), [(0,)])

    def test_nobody_records(self):
        for name in ("functions", "functions_alone"):
            done = subprocess.run([harness.victim(name), str(COUNT)], capture_output=True,
                                  timeout=harness.LIMIT_S, check=True)
            self.assertEqual(done.stdout, subprocess.run(
                [harness.victim("functions_plain"), str(COUNT)], capture_output=True,
                timeout=harness.LIMIT_S, check=True).stdout)


if __name__ == "__main__":
    harness.main()
