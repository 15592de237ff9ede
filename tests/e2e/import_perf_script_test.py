#!/usr/bin/env python3
"""What perf script prints becomes a recording whose totals are those of perf report."""
import json
import re
import shutil
import subprocess
import unittest

import harness

ROW = re.compile(r"\s*[\d.]+%\s+(\d+)\s+\[[^]]\]\s+(.*?)\s*$")


@unittest.skipIf(shutil.which("perf") is None, "no perf")
class ImportPerfScript(harness.Case):
    def perf(self, *words, **options):
        done = subprocess.run(["perf", *words], capture_output=True, text=True,
                              timeout=harness.LIMIT_S, check=False, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_totals_of_perf_report(self):
        data = self.folder / "perf.data"
        self.perf("record", "-q", "-g", "-F", "997", "-o", data, "--", harness.victim("spans"),
                  "300")
        # By its own names: inlined calls are frames of their own only where it is asked for them.
        told = {}
        for line in self.perf("report", "-i", data, "--stdio", "-n", "--no-children", "-g", "none",
                              "--no-inline", "-s", "sym").splitlines():
            if found := ROW.match(line):
                told[found[2]] = told.get(found[2], 0) + int(found[1])
        script = self.folder / "script.txt"
        script.write_text(self.perf("script", "-i", data, "--no-inline", "-F", "+pid"),
                          encoding="utf-8")
        out = self.folder / "script.hone"
        done = harness.hone("import", "-o", out, script)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = harness.hone("query", out, "--format", "json",
                            "select name, count(*) from samples group by 1")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = dict(json.loads(done.stdout)["rows"])
        self.assertGreater(sum(told.values()), 100)
        self.assertEqual(sum(rows.values()), sum(told.values()))
        for name, count in told.items():
            if not name.startswith("0x"):  # of no function: by its address there
                self.assertEqual(rows.get(name), count, name)


if __name__ == "__main__":
    harness.main()
