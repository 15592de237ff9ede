#!/usr/bin/env python3
"""Folded stacks become recordings: what perf's samples fold to, and what Hone itself exports."""
import collections
import os
import re
import shutil
import subprocess
import unittest

import harness

MEMORY_GRAPH = os.environ.get("HONE_MEMORY_GRAPH", "")
FRAME = re.compile(r"\s+[0-9a-f]+ (.*?)(?:\+0x[0-9a-f]+)? \((.*)\)$")


def folded(script):
    """What stackcollapse-perf.pl --kernel makes of perf script's text: {stack: samples}."""
    out = collections.Counter()
    for sample in script.split("\n\n"):
        lines = [line for line in sample.splitlines() if line and not line.startswith("#")]
        if not lines:
            continue
        names = []
        for line in lines[1:]:
            name, module = FRAME.match(line).groups()
            names.append(name.replace(";", ":") + ("_[k]" if module.startswith("[k") else ""))
        out[";".join([lines[0].split()[0], *reversed(names)])] += 1
    return out


class ImportFolded(harness.Case):
    def imported(self, path):
        out, said = self.imported_saying(path)
        self.assertIn("folded", said)
        return out

    @unittest.skipIf(shutil.which("perf") is None, "no perf")
    def test_samples_of_perf(self):
        data = self.folder / "perf.data"
        for words in (("record", "-q", "-g", "-F", "997", "-o", data, "--",
                       harness.victim("spans"), "300"),
                      ("script", "-i", data, "--no-inline")):
            done = subprocess.run(["perf", *words], capture_output=True, text=True,
                                  timeout=harness.LIMIT_S, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
        stacks = folded(done.stdout)
        self.assertGreater(sum(stacks.values()), 100)
        path = self.folder / "perf.folded"
        path.write_text("".join(f"{stack} {count}\n" for stack, count in stacks.items()))
        own = collections.Counter()
        for stack, count in stacks.items():
            own[stack.split(";")[-1].removesuffix("_[k]")] += count
        read = self.rows(self.imported(path), "select name, sum(value) from costs where "
                                              "metric_name = 'samples' group by 1")
        self.assertEqual(dict(read), dict(own))

    @unittest.skipIf(not MEMORY_GRAPH, "the examples were not built")
    def test_what_hone_exports(self):
        made = self.record(MEMORY_GRAPH).path
        path = self.folder / "own.folded"
        done = harness.hone("export", "--to", "folded", "-o", path, made)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [line.rsplit(" ", 1) for line in path.read_text().splitlines()]
        got = self.imported(path)
        read = self.rows(got, "select stack_text(stack), sum(value) from costs group by 1")
        self.assertEqual(sum(value for _, value in read), sum(int(value) for _, value in lines))
        self.assertEqual(len(read), len(lines))
        own = dict(self.rows(made, "select name, sum(weight) from samples group by 1"))
        again = dict(self.rows(got, "select name, sum(value) from costs group by 1"))
        own = {(name or "(no stack)").replace(";", ":"): ns for name, ns in own.items()}
        self.assertEqual(again, own)


if __name__ == "__main__":
    harness.main()
