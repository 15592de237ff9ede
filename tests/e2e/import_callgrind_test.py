#!/usr/bin/env python3
"""What callgrind and cachegrind write becomes recordings with the sums of callgrind_annotate and of
cg_annotate."""
import collections
import re
import shutil
import subprocess
import unittest

import harness

# "35,093 ( 1.68%)  w.c:leaf [/tmp/w]"
ROW = re.compile(r"\s*([\d,]+)\s+\(\s*[\d.]+%\)\s+(\S.*?):([^:]+(?:::[^:]+)*)$")
OBJECT = re.compile(r" \[[^]]*\]$")
PROGRAM = r"""
#define KEPT __attribute__((noinline))
static volatile unsigned sink;
KEPT static void leaf(unsigned n) { while (n-- > 0) sink += n; sink += 1; }
KEPT static void light(unsigned n) { leaf(n); sink += 1; }
KEPT static void heavy(unsigned n) { leaf(3 * n); leaf(n); sink += 1; }
KEPT static void odd(unsigned n);
KEPT static void even(unsigned n) { leaf(3); if (n > 0) odd(n - 1); sink += 2; }
KEPT static void odd(unsigned n) { leaf(5); if (n > 0) even(n - 1); sink += 1; }
int main(void) {
  light(10000);
  heavy(10000);
  even(20);
  return 0;
}
"""


@unittest.skipIf(shutil.which("valgrind") is None, "no valgrind")
class ImportCallgrind(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        source = cls.folder / "work.c"
        source.write_text(PROGRAM)
        cls.program = cls.folder / "work"
        subprocess.run(["cc", "-O1", "-g", source, "-o", cls.program], check=True,
                       timeout=harness.LIMIT_S)

    def counted(self, tool, *flags):
        path = self.path("." + tool)
        subprocess.run(["valgrind", "-q", f"--tool={tool}", f"--{tool}-out-file={path}", *flags,
                        self.program], check=True, capture_output=True, timeout=harness.LIMIT_S)
        return path

    def told(self, command):
        """{function: sum} as the tool's own report has them."""
        done = subprocess.run(command, capture_output=True, text=True, timeout=harness.LIMIT_S,
                              check=True)
        sums = collections.Counter()
        for line in done.stdout.splitlines():
            if line.startswith("-- Auto-annotated source"):
                break
            if found := ROW.match(OBJECT.sub("", line)):
                sums[found[3].strip()] += int(found[1].replace(",", ""))
        return sums

    def assert_same(self, path, event, metric, command):
        sums = self.told([*command, f"--show={event}", f"--sort={event}", path])
        # What its lines add up to. Callgrind's summary, which its report shows, counts more.
        lines = path.read_text().splitlines()
        events = next(line for line in lines if line.startswith("events: ")).split()
        totals = next(line for line in reversed(lines)
                      if line.startswith(("totals: ", "summary: ")))
        total = int(totals.split()[events.index(event)])
        out, said = self.imported_saying(path)
        own = dict(self.rows(out, "select coalesce(name, ''), sum(value) from costs "
                                  f"where metric_name = '{metric}' group by 1"))
        self.assertEqual(sum(own.values()), total, (event, said))
        self.assertGreater(len(sums), 20)
        for name, value in sums.items():
            if name != "???":
                self.assertEqual(own.get(name, 0), value, (event, name))
        return out, said

    def test_callgrind(self):
        path = self.counted("callgrind", "--cache-sim=yes", "--branch-sim=yes")
        for event, metric in (("Ir", "instructions"), ("D1mw", "D1mw"), ("Bcm", "Bcm")):
            out, said = self.assert_same(path, event, metric,
                                         ["callgrind_annotate", "--threshold=100", "--auto=no"])
        self.assertIn("stacks are worked out", said)
        # Each caller's part of leaf() is what was spent in its calls of it: 1 to 4.
        stacks = self.rows(out, "select stack_text(stack), sum(value) from costs "
                                "where name = 'leaf' and metric_name = 'instructions' group by 1")
        of = collections.Counter()
        for stack, value in stacks:
            of[re.search(r"light|heavy|even|odd", stack)[0]] += value
        self.assertAlmostEqual(of["heavy"] / of["light"], 4, delta=0.01)
        self.assertTrue(all("main" in stack for stack, _ in stacks), stacks)

    def test_callgrind_by_instruction(self):
        path = self.counted("callgrind", "--dump-instr=yes", "--collect-jumps=yes")
        self.assert_same(path, "Ir", "instructions",
                         ["callgrind_annotate", "--threshold=100", "--auto=no"])

    def test_cachegrind(self):
        path = self.counted("cachegrind", "--branch-sim=yes")
        for event, metric in (("Ir", "instructions"), ("D1mw", "D1mw"), ("Bcm", "Bcm")):
            out, said = self.assert_same(path, event, metric,
                                         ["cg_annotate", "--threshold=0", "--auto=no"])
        self.assertNotIn("note", said)
        lines = self.rows(out, "select count(*) from costs where stack_text(stack) like '%;%'")
        self.assertEqual(lines, [[0]])


if __name__ == "__main__":
    harness.main()
