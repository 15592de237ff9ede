#!/usr/bin/env python3
"""CPU profiles that Node writes become recordings with every sample of theirs; what Hone exports
for speedscope comes back as it was."""
import collections
import json
import subprocess

import harness
import readers

SCRIPT = """
function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
function work() { let s = 0; for (let i = 0; i < 30; ++i) s += fib(24); return s; }
console.log(work());
"""


class ImportCpuprofile(harness.Case):
    def test_a_profile_of_node(self):
        script = self.folder / "work.js"
        script.write_text(SCRIPT, encoding="utf-8")
        path = self.folder / "work.cpuprofile"
        subprocess.run([readers.node(readers.folder()), "--cpu-prof", "--cpu-prof-interval", "500",
                        f"--cpu-prof-dir={self.folder}", f"--cpu-prof-name={path.name}", script],
                       check=True, capture_output=True, timeout=harness.LIMIT_S)
        whole = json.loads(path.read_text(encoding="utf-8"))
        names = {node["id"]: node["callFrame"]["functionName"] or "(anonymous)"
                 for node in whole["nodes"]}
        now, seen = whole["startTime"], []
        for node, delta in zip(whole["samples"], whole["timeDeltas"]):
            now += delta
            seen.append((now, names[node]))
        seen.sort(key=lambda one: one[0])
        told = collections.defaultdict(lambda: [0, 0])
        for i, (time, name) in enumerate(seen):
            until = seen[i + 1][0] if i + 1 < len(seen) else max(whole["endTime"], time)
            told[name][0] += 1
            told[name][1] += 1000 * (until - time)
        told.pop("(idle)", None)
        told.pop("(root)", None)
        self.assertGreater(told["fib"][0], 3)
        recording = self.imported(path)
        found = {row[0]: row[1:] for row in self.rows(
            recording, "select name, count(*), sum(weight) from samples "
                       "where name is not null group by 1")}
        self.assertEqual(found, dict(told))
        line = self.rows(recording, "select distinct line from frames where name = 'fib'")
        self.assertEqual(line, [[2]])
        # Any command takes the file itself.
        done = harness.hone("report", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"fib", done.stdout)

    def test_speedscope_there_and_back(self):
        recorded = self.folder / "game.hone"
        done = harness.hone("record", "-q", "-o", recorded, "--", harness.victim("spans"), "300",
                            env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        path = self.folder / "game.speedscope.json"
        done = harness.hone("export", "--to", "speedscope", "-o", path, recorded)
        self.assertEqual(done.returncode, 0, done.stderr)
        back = self.imported(path)
        for sql in ("select name, count(*), sum(weight) from samples group by 1 order by 1",
                    "select name, count(*), sum(dur) from spans where nested = 1 and open = 0 "
                    "group by 1 order by 1"):
            self.assertEqual(self.rows(back, sql), self.rows(recorded, sql), sql)


if __name__ == "__main__":
    harness.main()
