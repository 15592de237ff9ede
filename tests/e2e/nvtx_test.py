#!/usr/bin/env python3
"""Programs that mark themselves by NVTX 3: every call is in the recording."""
import json
import os
import subprocess

import harness

COUNT = 20
DEEPEST = 239


class Nvtx(harness.Case):
    def rows(self, recording, sql):
        done = harness.hone("query", "--json", recording.path, sql, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [tuple(row) for row in json.loads(done.stdout)["rows"]]

    def counts(self, recording, sql):
        return {row[:-1] if len(row) > 2 else row[0]: row[-1] for row in self.rows(recording, sql)}

    def recorded(self, victim="nvtx", *words, flags=("-q",), **options):
        return self.record(victim, *(words or (COUNT,)), flags=flags, **options)

    def assert_ranges(self, recording):
        counts = self.counts(recording, "select name, category, count(*) from spans"
                                        " where name not in ('deep', 'by hone.h') group by 1, 2")
        wanted = {("step", "NVTX"): COUNT, ("narrow", "Physics"): COUNT,
                  ("on the other thread", "NVTX"): 1, ("registered", "Physics"): 4,
                  ("wide \u00fc\u20ac\U0001f600", "NVTX"): 1, ("(unnamed)", "NVTX"): 3,
                  ("in a category", "Physics/7"): 1, ("in a category", "Physics/loading"): 1,
                  ("in a category", "NVTX/of all"): 1, ("outer", "NVTX"): 1,
                  ("of the domain", "Physics"): 1, ("inner", "NVTX"): 1}
        for name in ("none", "u64", "i64", "f64", "u32", "i32", "f32", "odd"):
            wanted[name, "Physics"] = 1
        for i in range(3):
            wanted[f"written over {i}", "NVTX"] = 1
        self.assertEqual(counts, wanted)

    def test_ranges_by_perf(self):
        recording = self.recorded()
        self.assertEqual(recording.out, b"done\n")
        self.assert_ranges(recording)
        self.assertEqual(self.rows(recording, "select distinct depth from spans where"
                                              " name = 'narrow'"), [(1,)])
        # They were popped across each other.
        self.assertEqual(self.counts(recording, "select name, nested from spans where name in"
                                                " ('outer', 'of the domain', 'inner')"),
                         {"outer": 1, "of the domain": 0, "inner": 0})
        self.assertEqual(self.rows(recording, "select count(*), max(depth) from spans where"
                                              " name = 'deep'"), [(DEEPEST, DEEPEST - 1)])
        self.assertEqual(self.rows(recording, "select distinct color from sites where color > 0"),
                         [(0x3080ff,)])

    def test_the_same_by_timers(self):
        self.assert_ranges(self.recorded(flags=("-q", "--sampler", "timer")))

    def test_payloads(self):
        recording = self.recorded()
        values = self.counts(recording, "select name, type, value from span_arguments where"
                                        " key = 'payload' and name not in ('narrow')")
        self.assertEqual({key: value for key, value in values.items() if key[0] != "u64"},
                         {("i64", "integer"): -2**63, ("f64", "real"): 0.5,
                          ("u32", "unsigned"): 2**32 - 1, ("i32", "integer"): -5,
                          ("f32", "real"): 0.25, ("with a payload", "integer"): 17,
                          ("async with a payload", "integer"): 17})
        self.assertIn(("u64", "unsigned"), values)
        self.assertEqual([row[0] for row in self.rows(
            recording, "select a.value from spans s join span_arguments a on"
                       " a.thread = s.thread and a.ts = s.ts and a.site = s.site"
                       " where s.name = 'narrow' order by s.ts")], list(range(COUNT)))

    def test_ranges_of_two_threads_and_their_names(self):
        rows = self.rows(self.recorded(), "select name, kind, thread_name, flow from flows")
        self.assertEqual({row[:3] for row in rows},
                         {("handed over", "span begin", "the first"),
                          ("handed over", "span end", "the other"),
                          ("ended elsewhere", "span begin", "the other"),
                          ("ended elsewhere", "span end", "the first"),
                          ("async with a payload", "span begin", "the first"),
                          ("async with a payload", "span end", "the first")})
        self.assertEqual(len({row[3] for row in rows}), 3)

    def test_marks_and_what_is_not_recorded(self):
        self.assertEqual(self.counts(self.recorded(), "select m.name, s.category, count(*) from"
                                     " messages m join sites s on s.id = m.site group by 1, 2"),
                         {("plain", "NVTX"): 1, ("plain and wide", "NVTX"): 1,
                          ("with a payload", "NVTX"): 1, ("with a payload", "Physics"): 1,
                          ("async with a payload", "Physics"): 1,
                          ("NVTX: a payload of an unknown type (not recorded)", "NVTX"): 1,
                          ("NVTX: an event of an unknown version (not recorded)", "NVTX"): 1,
                          ("NVTX: a range ends that never began (not recorded)", "NVTX"): 2,
                          ("NVTX: a range is nested too deep (not recorded)", "NVTX"):
                              300 - DEEPEST,
                          ("NVTX: a CUDA object was named (not recorded)", "NVTX"): 2,
                          ("NVTX: a resource was named (not recorded)", "NVTX"): 1})

    def test_beside_marks_of_the_program(self):
        recording = self.recorded("nvtx_beside_hone")
        self.assert_ranges(recording)
        self.assertEqual(self.rows(recording, "select count(*), min(nested) from spans where"
                                              " name = 'by hone.h'"), [(1, 1)])

    def test_more_names_than_there_is_room_for(self):
        count = 70_000
        recording = self.recorded("nvtx", count, "flood", flags=("-q", "--spans", "full=block"))
        self.assertEqual(self.rows(recording, "select sum(name = 'flood'), count(*) from spans"),
                         [(count, 2 * count)])
        named, others = self.rows(recording, "select count(distinct name), sum(name like"
                                             " '(more names%') from spans")[0]
        self.assertEqual(named - 2 + others, count)
        self.assertGreater(others, 0)

    def test_the_filter_takes_domains(self):
        recording = self.recorded(flags=("-q", "--filter", "Physics*"))
        categories = {row[0] for row in self.rows(recording, "select distinct category from spans")}
        self.assertEqual(categories, {"Physics", "Physics/7", "Physics/loading"})

    def test_another_tool_is_left_alone(self):
        other = {**self.environment, "NVTX_INJECTION64_PATH": "/no/such/library.so"}
        recording = self.recorded(flags=(), env=other)
        self.assertEqual(recording.out.splitlines()[0], b"no tool")
        self.assertIn(b"NVTX_INJECTION64_PATH is set already, to /no/such/library.so",
                      recording.out + recording.err)

    def test_without_a_recorder_the_library_does_nothing(self):
        library = os.path.join(os.path.dirname(harness.HONE), "../lib/libhone-nvtx.so")
        done = subprocess.run([harness.victim("nvtx"), "3"], capture_output=True, text=True,
                              env={**self.environment, "NVTX_INJECTION64_PATH": library},
                              timeout=harness.LIMIT_S, check=True)
        self.assertEqual(done.stdout, "done\n")


if __name__ == "__main__":
    harness.main()
