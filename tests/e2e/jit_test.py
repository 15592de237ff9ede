#!/usr/bin/env python3
"""Code that is made while the program runs, named by the map that its compiler writes."""
import contextlib
import os
import shutil
import unittest

import harness

SCRIPT = """
function share60(n) {
  let x = 1;
  for (let i = 0; i < n * 6; i++) x = (x * 1664525 + 1013) >>> 0;
  return x;
}
function share30(n) {
  let x = 1;
  for (let i = 0; i < n * 3; i++) x = (x * 1664525 + 1013) >>> 0;
  return x;
}
function share10(n) {
  let x = 1;
  for (let i = 0; i < n * 1; i++) x = (x * 1664525 + 1013) >>> 0;
  return x;
}
function work(rounds) {
  let sum = 0;
  for (let i = 0; i < rounds; i++) sum += share60(200000) + share30(200000) + share10(200000);
  return sum;
}
console.log(process.pid, work(200));
"""
SHARES = {"share60": 0.6, "share30": 0.3, "share10": 0.1}


class Jit(harness.Case):
    @unittest.skipUnless(shutil.which("node"), "node is not installed")
    def test_node(self):
        script = self.folder / "shares.js"
        script.write_text(SCRIPT)
        for flags in ((), ("--per-process",)):
            with self.subTest(flags):
                # V8 would put the three into their caller.
                recording = self.record(shutil.which("node"), "--perf-basic-prof",
                                        "--no-turbo-inlining",
                                        "--interpreted-frames-native-stack", script, flags=flags)
                pid = recording.out.split()[0].decode()
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(f"/tmp/perf-{pid}.map")
                report = self.report(recording, "--no-kernel")
                found = sum(report.row(name)["self_share"] for name in SHARES)
                self.assertGreater(found, 0.7, [row["name"] for row in report.rows[:10]])
                for name, share in SHARES.items():
                    row = report.row(name)
                    self.assertAlmostEqual(row["self_share"] / found, share,
                                           delta=harness.chance(share, report.samples), msg=name)
                    self.assertTrue(row["file"].endswith("shares.js"), row)
                self.assert_complete(report, share=0.97)
                # Native frames stand above the script's, and its own in between.
                ways = [way for way, _ in self.report(recording, "--no-kernel", "--tree").paths()
                        if "share60" in way]
                self.assertTrue(any("work" in way and "_start" in way for way in ways), ways[:3])


if __name__ == "__main__":
    harness.main()
