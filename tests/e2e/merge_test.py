#!/usr/bin/env python3
"""`hone merge`: what several recordings hold is in the one, on one clock."""
import json
import os
import pathlib
import subprocess

import harness

# Tables of ids hold each text and place once, whoever uses it.
OF_EVENTS = ("samples", "waits", "spans", "span_arguments", "span_counts", "frame_marks", "plots",
             "messages", "flows", "locks", "allocations", "gpu_spans", "gpu_clocks", "counters",
             "pauses")
MEMORY_GRAPH = os.environ.get("HONE_MEMORY_GRAPH", "")
GRAPH_SIZE = ("--nodes", 500, "--edges", 2000, "--queries", 50)


class Merge(harness.Case):
    def rows(self, path, sql):
        done = harness.hone("query", "--json", path, sql, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [tuple(row) for row in json.loads(done.stdout)["rows"]]

    def merge(self, *words, status=0):
        path = self.path()
        done = harness.hone("merge", *words, "-o", path, env=self.environment)
        self.assertEqual(done.returncode, status, done.stderr.decode(errors="replace"))
        return path, done.stderr.decode()

    def counts(self, path):
        asked = ", ".join(f"(select count(*) from {table})" for table in OF_EVENTS)
        return dict(zip(OF_EVENTS, self.rows(path, f"select {asked}")[0]))

    def assert_sum(self, merged, *inputs):
        counts = [self.counts(path) for path in inputs]
        self.assertGreater(sum(one["samples"] + one["spans"] for one in counts), 0)
        for table, count in self.counts(merged).items():
            self.assertEqual(count, sum(one[table] for one in counts), table)

    def assert_works(self, path):
        self.assert_opens(path)
        for words in (("report", "--spans", path), ("report", "--tree", path),
                      ("flamegraph", "-o", self.path(".svg"), path), ("info", path),
                      ("export", "--to", "chrome", "-o", self.path(".json"), path)):
            done = harness.hone(*words, env=self.environment)
            self.assertEqual(done.returncode, 0, (words, done.stderr))

    def test_two_runs_of_one_machine(self):
        one = self.record("recursion", flags=("-q",), status=None).path
        two = self.record("ratio", flags=("-q",), status=None).path
        merged, said = self.merge(one, two)
        self.assertIn("one clock", said)
        self.assert_sum(merged, one, two)
        self.assert_works(merged)
        # On one clock: all of the second run is behind the first.
        first, second = (self.rows(merged, "select min(s.ts), max(s.ts) from samples s, threads t,"
                                           " processes p where s.thread = t.id and t.process = p.id"
                                           f" and p.name = '{name}'")[0]
                         for name in ("recursion", "ratio"))
        self.assertLess(first[1], second[0])
        weight = "select sum(weight) from samples"
        self.assertEqual(self.rows(merged, weight)[0][0],
                         self.rows(one, weight)[0][0] + self.rows(two, weight)[0][0])
        names = {name for name, in self.rows(merged, "select name from processes")}
        self.assertLessEqual({"recursion", "ratio"}, names)

    def test_three_and_again(self):
        parts = [self.record("ratio", flags=("-q",), status=None).path for _ in range(3)]
        merged, _ = self.merge(*parts)
        self.assert_sum(merged, *parts)
        again, _ = self.merge(merged, parts[0])
        self.assert_sum(again, merged, parts[0])
        # The process of the part is the one that is there already.
        self.assertEqual(self.rows(again, "select count(*) from processes"),
                         self.rows(merged, "select count(*) from processes"))
        self.assertTrue(self.rows(again, "select 1 from diagnostics where name ="
                                         " 'merge_sampled_twice'"))

    def test_examples(self):
        if not MEMORY_GRAPH:
            self.skipTest("the memory_graph example was not built")
        paths = [self.record(MEMORY_GRAPH, *GRAPH_SIZE, flags=("-q",)).path,
                 self.record("spans", 2, flags=("-q",), status=None).path]
        merged, _ = self.merge(*paths)
        self.assert_sum(merged, *paths)
        self.assert_works(merged)

    def test_a_program_that_recorded_itself(self):
        program = pathlib.Path(harness.victim("session"))
        if not program.exists():
            self.skipTest("the victim session was not built")
        system = self.record("ratio", flags=("-q",), status=None).path
        subprocess.run([program, "block", "20"], cwd=self.folder, capture_output=True, check=True,
                       timeout=harness.LIMIT_S, env=self.environment)
        own = self.folder / "block.hone"
        merged, said = self.merge(system, own)
        self.assertIn("one clock", said)
        self.assert_sum(merged, system, own)

    def test_clocks_that_nothing_ties(self):
        recorded = self.record("ratio", flags=("-q",), status=None).path
        trace = self.path(".json")
        trace.write_text(json.dumps([{"name": "work", "ph": "X", "ts": 5, "dur": 7, "pid": 1,
                                      "tid": 1}]), encoding="utf-8")
        out = self.path()
        out.unlink()
        done = harness.hone("merge", recorded, trace, "-o", out, env=self.environment)
        self.assertIn(b"error[E078]", done.stderr)
        self.assertEqual(done.returncode, 2)
        self.assertFalse(out.exists())
        merged, said = self.merge("--align", "start", recorded, trace)
        self.assertIn("as you said", said)
        self.assert_sum(merged, recorded, trace)
        self.assert_works(merged)

    def test_wrong_words(self):
        one = self.record("ratio", flags=("-q",), status=None).path
        for words in ((one, "-o", self.path()), (one, one), (one, one, "-o", one)):
            done = harness.hone("merge", *words, env=self.environment)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(b"fix:", done.stderr)


if __name__ == "__main__":
    harness.main()
