#!/usr/bin/env python3
"""Heap profiles of Valgrind's DHAT and massif, and of heaptrack: their totals are those of the
tools' own reports."""
import json
import re
import shutil
import subprocess
import unittest

import harness

SOURCE = r"""
#include <stdlib.h>
#include <string.h>
static void* kept[100];
__attribute__((noinline)) void* make(size_t bytes) {
  return memset(malloc(bytes), 1, bytes);
}
__attribute__((noinline)) void grow(void) {
  for (int i = 0; i < 100; ++i) kept[i] = make(1000 + i);
}
__attribute__((noinline)) void churn(void) {
  for (int i = 0; i < 1000; ++i) free(make(64));
}
int main(void) {
  grow();
  churn();
  for (int i = 0; i < 50; ++i) free(kept[i]);
  char* text = calloc(10, 300);
  text = realloc(text, 5000);
  char* copy = malloc(5000);
  memcpy(copy, text, 5000);
  return copy == 0;
}
"""


def number(text):
    return int(text.replace(",", ""))


class ImportHeaps(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        source = cls.folder / "heap.c"
        cls.program = cls.folder / "heap"
        source.write_text(SOURCE, encoding="utf-8")
        subprocess.run(["cc", "-g", "-O1", "-fno-inline", source, "-o", cls.program], check=True,
                       timeout=harness.LIMIT_S)

    def sums(self, path):
        """{metric: (value, count)}"""
        return {row[0]: tuple(row[1:]) for row in self.rows(
            path, "select metric_name, sum(value), sum(count) from costs group by 1")}

    def left(self, path):
        return {each["name"]: each["count"] for each in self.info(path)["diagnostics"]}

    def valgrind(self, tool, *flags):
        path = self.folder / f"heap.{tool}"
        done = subprocess.run(["valgrind", f"--tool={tool}", f"--{tool}-out-file={path}", *flags,
                               self.program], capture_output=True, text=True, check=False,
                              timeout=harness.LIMIT_S)
        self.assertEqual(done.returncode, 0, done.stderr)
        return path, done.stderr

    @unittest.skipIf(shutil.which("valgrind") is None, "no valgrind")
    def test_dhat(self):
        path, said = self.valgrind("dhat")
        recording = self.imported(path)
        found = self.sums(recording)
        for words, metric in (("Total", "alloc-bytes"), ("At t-gmax", "dhat.peak-bytes"),
                              ("At t-end", "leaked")):
            told = re.search(words + r": +([\d,]+) bytes in ([\d,]+) blocks", said)
            self.assertEqual(found[metric], (number(told[1]), number(told[2])), words)
        self.assertEqual(found["alloc-count"], (found["alloc-bytes"][1],) * 2)
        for words, metric in (("Reads", "dhat.read-bytes"), ("Writes", "dhat.written-bytes")):
            told = re.search(words + r": +([\d,]+) bytes", said)
            self.assertEqual(found[metric][0], number(told[1]))
        points = json.loads(path.read_text(encoding="utf-8"))["pps"]
        self.assertEqual(found["dhat.lifetimes"][0], sum(point["tl"] for point in points))
        self.assertEqual(self.left(recording)["import.access_counts"],
                         sum("acc" in point for point in points))

    @unittest.skipIf(shutil.which("valgrind") is None, "no valgrind")
    def test_dhat_of_copies(self):
        path, said = self.valgrind("dhat", "--mode=copy")
        told = re.search(r"Total: +([\d,]+) bytes in ([\d,]+) blocks", said)
        self.assertEqual(self.sums(self.imported(path))["dhat.copied-bytes"],
                         (number(told[1]), number(told[2])))

    @unittest.skipIf(shutil.which("ms_print") is None, "no ms_print")
    def test_massif(self):
        path, _ = self.valgrind("massif", "--time-unit=ms", "--threshold=10")
        recording = self.imported(path)
        printed = subprocess.run(["ms_print", path], capture_output=True, text=True, check=True,
                                 timeout=harness.LIMIT_S).stdout
        # "  8         151,687          106,568          105,014         1,554            0"
        snapshots = {int(row[0]): [number(each) for each in row[1:]] for row in re.findall(
            r"^ *(\d+) +([\d,]+) +([\d,]+) +([\d,]+) +([\d,]+) +([\d,]+)$", printed, re.M)}
        for plot, column in (("heap", 2), ("heap, overhead", 3)):
            found = self.rows(recording, f"select ts / 1000000, value from plots "
                                         f"where name = '{plot}'")
            self.assertEqual(sorted(map(tuple, found)),
                             sorted((row[0], row[column]) for row in snapshots.values()))
        peak = int(re.search(r"(\d+) \(peak\)", printed)[1])
        self.assertEqual(self.sums(recording)["massif.peak-bytes"][0], snapshots[peak][2])
        self.assertGreater(self.left(recording)["import.below_threshold"], 0)
        by_instructions, _ = self.valgrind("massif")
        recording = self.imported(by_instructions)
        self.assertGreater(self.left(recording)["import.not_time"], 1)
        self.assertEqual(self.rows(recording, "select count(*) from plots"), [[0]])

    @unittest.skipIf(shutil.which("heaptrack_print") is None, "no heaptrack")
    def test_heaptrack(self):
        name = self.folder / "heaptrack"
        subprocess.run(["heaptrack", "-o", name, self.program], check=True,
                       capture_output=True, timeout=harness.LIMIT_S)
        path = next(self.folder.glob("heaptrack.*"))
        # Its own suppressions hide leaks; sizes are printed in full as flame graphs alone.
        printed = subprocess.run(["heaptrack_print", "--disable-builtin-suppressions", path],
                                 capture_output=True, text=True, check=True,
                                 timeout=harness.LIMIT_S).stdout
        recording = self.imported(path)
        found = self.sums(recording)
        for words, metric in (("calls to allocation functions", "alloc-count"),
                              ("temporary memory allocations", "heaptrack.temporary")):
            self.assertEqual(found[metric][0], int(re.search(words + r": (\d+)", printed)[1]))
        for cost, metric in (("allocations", "alloc-count"), ("temporary", "heaptrack.temporary"),
                             ("leaked", "leaked"), ("peak", "heaptrack.peak-bytes")):
            folded = self.folder / f"{cost}.folded"
            subprocess.run(["heaptrack_print", "--disable-builtin-suppressions",
                            "--flamegraph-cost-type", cost, "-F", folded, path],
                           capture_output=True, check=True, timeout=harness.LIMIT_S)
            lines = folded.read_text(encoding="utf-8").splitlines()
            self.assertEqual(found[metric][0], sum(int(line.rsplit(" ", 1)[1]) for line in lines))
        told = self.rows(recording, "select sum(value) from costs where metric_name = "
                                    "'alloc-count' and stack_text(stack) like '%churn%'")
        self.assertEqual(told, [[1000]])
        self.assertGreater(self.rows(recording, "select count(*) from plots where name = 'heap'"),
                           [[0]])


if __name__ == "__main__":
    harness.main()
