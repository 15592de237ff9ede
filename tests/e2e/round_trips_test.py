#!/usr/bin/env python3
"""What is exported and imported again is what it was: of every workload, in every format that Hone
both writes and reads, whatever the format can hold. (CSV has no importer.)"""
import os
import unittest

import harness

MEMORY_GRAPH = os.environ.get("HONE_MEMORY_GRAPH", "")
GAME = os.environ.get("HONE_GAME", "")

# name: command. Each is a fraction of a second of its program.
WORKLOADS = {
    "memory_graph": (MEMORY_GRAPH,),
    "game": (GAME, "--frames", "12", "--entities", "20", "--size", "64x64"),
    "spans": ("spans", "100"),
    "threads": ("threads", "200"),
    "processes": ("processes", "fork", "200"),
    "recursion": ("recursion", "200"),
    "inlined": ("inlined", "200"),
    "waits": ("waits", "sleep,futex,pipe", "60"),
    "locks": ("locks", "contended"),
    "pools": ("locks", "pools"),
}

SAMPLES = ("select coalesce(name, '(no stack)'), count(*), sum(weight) from samples "
           "where weight > 0 group by 1")
SPANS = "select name, count(*), sum(dur) from spans where open = 0 group by 1"
# Spans of GPUs are spans of tracks of their own there.
ALL_SPANS = ("select name, count(*), sum(dur) from (select name, dur from spans where open = 0 "
             "union all select name, dur from gpu_spans) group by 1")
MESSAGES = "select name, count(*), 0 from messages group by 1"
PLOTS = "select name, count(*), sum(value) from plots group by 1"
# Functions of one name are one there, and a ';' would end a name.
FOLDED = "select replace({}, ';', ':'), 0, sum({}) from {} where {} > 0 group by 1"
COSTS = ("select coalesce(name, '(no stack)'), sum(count), sum(value) from costs "
         "where metric_name = '{}' group by 1")
BLOCKED = ("select 'blocked', 0, coalesce(sum(max(dur - coalesce(runnable_time, 0), 0)), 0) "
           "from waits where preempted = 0")

# format: (ending, [(what, of the recording, of what came back, whether there may be more)]). Where
# a format has no place of its own for something, Hone writes it as something else: waits and frames
# as spans, counters as plots, ends of flows as messages.
TIMELINE = [("samples", SAMPLES, SAMPLES, False), ("spans", ALL_SPANS, SPANS, True),
            ("messages", MESSAGES, MESSAGES, True), ("plots", PLOTS, PLOTS, True)]
FORMATS = {
    "perfetto": ("pftrace", TIMELINE),
    "chrome": ("trace.json", TIMELINE),
    "firefox": ("firefox.json", TIMELINE),
    "speedscope": ("speedscope.json", [("samples", SAMPLES, SAMPLES, False),
                                       ("spans", SPANS, SPANS, False)]),
    "pprof": ("pb.gz", [("samples", SAMPLES, COSTS.format("cpu"), False),
                        ("blocked", BLOCKED, BLOCKED.replace(
                            "max(dur - coalesce(runnable_time, 0), 0)", "value").replace(
                            "from waits where preempted = 0",
                            "from costs where metric_name = 'off-cpu'"), False)]),
    "folded": ("folded", [("samples",
                           FOLDED.format("coalesce(name, '(no stack)')", "weight", "samples",
                                         "weight"),
                           FOLDED.format("name", "value", "costs", "value"), False)]),
}


class RoundTrips(harness.Case):
    def totals(self, path, wanted):
        """{what: {name: (count, sum)}}, of one question."""
        out = {what: {} for what, _ in wanted}
        union = " union all ".join(f"select '{what}', * from ({sql})" for what, sql in wanted)
        for what, name, count, total in self.rows(path, union):
            out[what][name] = (count, total)
        return out

    def assert_same(self, got, told, may_be_more, of):
        if not may_be_more:
            self.assertEqual(sorted(got), sorted(told), of)
        for name, (count, total) in told.items():
            self.assertIn(name, got, of)
            self.assertEqual(got[name][0], count, f"{of}: {name}")
            if isinstance(total, float):
                # Texts of numbers, and differences of them, are off in their last digit.
                self.assertAlmostEqual(got[name][1], total, delta=1e-6 * abs(total) + 1e-6,
                                       msg=f"{of}: {name}")
            elif of.endswith("spans"):
                # A span's end and its duration are each rounded to a nanosecond: the next may begin
                # one before it, and what is written nested is cut by it.
                self.assertAlmostEqual(got[name][1], total, delta=count, msg=f"{of}: {name}")
            else:
                self.assertEqual(got[name][1], total, f"{of}: {name}")

    def round_trip(self, workload, recorded, to):
        ending, wanted = FORMATS[to]
        path = self.folder / f"{workload}.{ending}"
        done = harness.hone("export", "--to", to, "-o", path, recorded)
        self.assertEqual(done.returncode, 0, done.stderr)
        back = self.folder / f"{workload}.{to}.hone"
        done = harness.hone("import", "-q", "-o", back, path)
        self.assertEqual(done.returncode, 0, done.stderr)
        told = self.totals(recorded, [(what, sql) for what, sql, _, _ in wanted])
        got = self.totals(back, [(what, sql) for what, _, sql, _ in wanted])
        for what, _, _, may_be_more in wanted:
            self.assert_same(got[what], told[what], may_be_more, f"{workload}, {to}, {what}")
        path.unlink()
        back.unlink()
        return {what: len(rows) for what, rows in told.items()}

    def test_every_workload_in_every_format(self):
        seen = {}
        for workload, (program, *words) in WORKLOADS.items():
            if not program:
                print(f"skipped: {workload}: the example was not built")
                continue
            recorded = self.record(program, *words).path
            for to in FORMATS:
                with self.subTest(workload=workload, to=to):
                    for what, count in self.round_trip(workload, recorded, to).items():
                        seen[to, what] = seen.get((to, what), 0) + count
        # Nothing is the same as nothing.
        for to, (_, wanted) in FORMATS.items():
            for what, *_ in wanted:
                self.assertGreater(seen[to, what], 0, f"no workload has {what} for {to}")


if __name__ == "__main__":
    harness.main()
