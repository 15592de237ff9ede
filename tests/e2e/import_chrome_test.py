#!/usr/bin/env python3
"""Chrome's traces become recordings: one of a real Chromium, and what Hone itself exports."""
import collections
import gzip
import json
import shutil
import subprocess
import unittest

import harness

FRAMES = 300
PAGE = "data:text/html,<script>for(let i=0,s=0;i<1e7;i++)s+=i;document.title=1</script>"


def rows(path, sql):
    done = harness.hone("query", path, "--format", "json", sql)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    told = json.loads(done.stdout)
    return [dict(zip(told["columns"], row)) for row in told["rows"]]


def spans_of(path):
    """name: (count, nanoseconds) of what ended."""
    found = rows(path, "select name, count(*) as n, sum(dur) as ns from spans where not open "
                       "group by name")
    return {row["name"]: (row["n"], row["ns"]) for row in found}


class ImportChrome(harness.Case):
    def imported(self, path):
        out = path.with_suffix(".imported.hone")
        done = harness.hone("import", "-o", out, path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_opens(out)
        return out

    @unittest.skipIf(shutil.which("chromium") is None, "no chromium")
    def test_a_trace_of_chromium(self):
        trace = self.folder / "chromium.json"
        subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-quic", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", f"--user-data-dir={self.folder}/profile",
             "--trace-startup=*", "--trace-startup-format=json", "--trace-startup-duration=3",
             f"--trace-startup-file={trace}", "--virtual-time-budget=3000", "--dump-dom", PAGE],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=harness.LIMIT_S,
            check=False)
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
        recorded = self.folder / "game.hone"
        done = harness.hone("record", "-q", "-o", recorded, "--", harness.victim("spans"), FRAMES,
                            env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        trace = self.folder / "game.json"
        done = harness.hone("export", "--to", "chrome", "-o", trace, recorded)
        self.assertEqual(done.returncode, 0, done.stderr)
        packed = self.folder / "game.gz"
        packed.write_bytes(gzip.compress(trace.read_bytes()))
        back = self.imported(packed)
        spans, before = spans_of(back), spans_of(recorded)
        self.assertIn("Physics::World::step", before)
        for name, told in before.items():
            self.assertEqual(spans[name], told, name)
        for table in ("samples", "messages"):
            sql = f"select count(*) as n from {table}"
            self.assertEqual(rows(back, sql), rows(recorded, sql), table)
        # The numbers of frames and the like are arguments in that format.
        sql = "select count(*) as n from span_arguments where key in ('frame', 'at')"
        self.assertEqual(rows(back, sql), rows(recorded, sql))
        functions = "select name, count(*) as n from samples group by 1 order by 2 desc limit 3"
        self.assertEqual(rows(back, functions), rows(recorded, functions))
        # Any command takes the file itself.
        done = harness.hone("report", packed)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"Physics::World::step", done.stdout)


if __name__ == "__main__":
    harness.main()
