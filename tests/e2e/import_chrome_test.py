#!/usr/bin/env python3
"""Chrome's traces become recordings: one of a real Chromium, and what Hone itself exports."""
import collections
import json
import shutil
import unittest

import harness
import import_traces
from import_traces import rows, spans_of


class ImportChrome(import_traces.Case):
    @unittest.skipIf(shutil.which("chromium") is None, "no chromium")
    def test_a_trace_of_chromium(self):
        trace = self.trace_of_chromium("json", ".json", "*")
        events = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
        complete = collections.defaultdict(lambda: [0, 0])
        for event in events:
            if event["ph"] == "X" and "dur" in event:
                complete[event["name"]][0] += 1
                complete[event["name"]][1] += round(event["dur"] * 1000)
        self.assertGreater(len(complete), 50)
        recording = self.imported(trace)
        spans = spans_of(recording)
        paired = {event["name"] for event in events if event["ph"] in "BEbe"}
        for name, (count, ns) in complete.items():
            if name not in paired:
                self.assertEqual(spans[name], (count, ns), name)
        names = {event["args"]["name"] for event in events
                 if event["ph"] == "M" and event["name"] == "thread_name"}
        known = {row["name"] for row in rows(recording, "select name from threads")}
        self.assertLessEqual({"CrBrowserMain", "CrRendererMain"} & names, known)
        messages = sum(event["ph"] in "iIRn" for event in events)
        self.assertEqual(rows(recording, "select count(*) as n from messages")[0]["n"], messages)

    def test_there_and_back(self):
        recorded, back = self.there_and_back("chrome", ".json")
        for table in ("samples", "messages"):
            sql = f"select count(*) as n from {table}"
            self.assertEqual(rows(back, sql), rows(recorded, sql), table)
        # The numbers of frames and the like are arguments in that format.
        sql = "select count(*) as n from span_arguments where key in ('frame', 'at')"
        self.assertEqual(rows(back, sql), rows(recorded, sql))
        functions = "select name, count(*) as n from samples group by 1 order by 2 desc limit 3"
        self.assertEqual(rows(back, functions), rows(recorded, functions))


if __name__ == "__main__":
    harness.main()
