#!/usr/bin/env python3
"""What gperftools writes becomes recordings with the sums that google-pprof prints of it."""
import json
import re
import shutil
import subprocess
import unittest

import harness

ROW = re.compile(r"\s*(\d+)\s+[\d.]+%\s+[\d.]+%\s+(\d+)\s+[\d.]+%\s+(.*)$")
PROGRAM = r"""
#include <gperftools/heap-profiler.h>
#include <gperftools/malloc_extension_c.h>
#include <gperftools/profiler.h>
#include <stdio.h>
#include <stdlib.h>
static volatile unsigned sink;
static void* volatile kept;
__attribute__((noinline)) void spin_long(unsigned n) { while (n-- > 0) sink += n; sink += 1; }
__attribute__((noinline)) void spin_short(unsigned n) { while (n-- > 0) sink += n; sink += 2; }
__attribute__((noinline)) void work(unsigned n) { spin_long(3 * n); spin_short(n); sink += 1; }
__attribute__((noinline)) void keep(size_t bytes) { kept = malloc(bytes); sink += 1; }
__attribute__((noinline)) void churn(size_t bytes) { kept = malloc(bytes); free(kept); sink += 1; }
int main() {
  ProfilerStart("cpu.prof");
  for (int i = 0; i < 50; ++i) work(2000000);
  ProfilerStop();
  HeapProfilerStart("heap");
  for (int i = 0; i < 1000; ++i) { keep(1000); churn(5000); }
  HeapProfilerDump("done");
  HeapProfilerStop();
  return 0;
}
"""


@unittest.skipIf(shutil.which("google-pprof") is None, "no google-pprof")
class ImportGperftools(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        source = cls.folder / "work.c"
        source.write_text(PROGRAM)
        cls.program = cls.folder / "work"
        subprocess.run(["cc", "-O1", "-g", source, "-o", cls.program, "-ltcmalloc_and_profiler"],
                       check=True, timeout=harness.LIMIT_S)
        subprocess.run([cls.program], cwd=cls.folder, check=True, capture_output=True,
                       timeout=harness.LIMIT_S,
                       env={**cls.environment, "CPUPROFILE_FREQUENCY": "500"})

    def told(self, path, *flags):
        """{function: own sum} as google-pprof has it; "" is the whole."""
        done = subprocess.run(["google-pprof", "--text", "--show_bytes", "--nodefraction=0",
                               "--edgefraction=0", "--nodecount=1000", *flags, self.program, path],
                              capture_output=True, text=True, timeout=harness.LIMIT_S, check=True)
        total, *lines = done.stdout.splitlines()
        out = {"": int(re.search(r"\d+", total)[0])}
        for line in lines:
            own, _, name = ROW.match(line).groups()
            if int(own):
                out[name] = int(own)
        return out

    def imported(self, path):
        out, said = self.imported_saying(path)
        self.assertIn("gperftools", said)
        return out

    def sums(self, path, metric):
        done = harness.hone("query", path, "--format", "json",
                            "select name, sum(value) from costs "
                            f"where metric_name = '{metric}' and value > 0 group by 1")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = dict(json.loads(done.stdout)["rows"])
        return {"": sum(rows.values()), **rows}

    def test_cpu_profile(self):
        path = self.folder / "cpu.prof"
        told = self.told(path)
        self.assertGreater(told["spin_long"], told["spin_short"])
        got = self.imported(path)
        samples = self.sums(got, "samples")
        self.assertEqual(samples, told)
        self.assertEqual(self.sums(got, "cpu"), {name: 2_000_000 * n for name, n in told.items()})

    def test_heap_profile(self):
        path = next(self.folder.glob("heap.*.heap"))
        got = self.imported(path)
        for metric, flag in (("live-bytes", "--inuse_space"), ("inuse_objects", "--inuse_objects"),
                             ("alloc-bytes", "--alloc_space"), ("alloc-count", "--alloc_objects")):
            told, sums = self.told(path, flag), self.sums(got, metric)
            self.assertEqual(sums[""], told[""], metric)
            self.assertEqual(sums["keep"], told["keep"], metric)
            self.assertEqual(sums.get("churn"), told.get("churn"), metric)
        self.assertEqual(self.sums(got, "alloc-bytes")["churn"], 5_000_000)

    def test_sampled_heap_and_contention(self):
        """Text as tcmalloc and Go write it, of addresses of the program."""
        maps = f"00400000-00500000 r-xp 00000000 08:01 7 {self.program}\n"
        for name, text, metric, flag in (
                ("sampled.heap", "heap profile: 6: 6144 [ 6: 6144] @ heap_v2/65536\n"
                 " 4: 4096 [ 4: 4096] @ 0x401000 0x402000\n 2: 2048 [ 2: 2048] @ 0x402000\n"
                 "\nMAPPED_LIBRARIES:\n", "live-bytes", "--inuse_space"),
                ("contention.txt", "--- contention:\ncycles/second = 1000000000\n"
                 "sampling period = 100\n 4000 3 @ 0x401000 0x402000\n 500 1 @ 0x402000\n",
                 "contentions", "--contentions")):
            path = self.folder / name
            path.write_text(text + maps)
            told, sums = self.told(path, flag), self.sums(self.imported(path), metric)
            self.assertAlmostEqual(sums[""], told[""], delta=2, msg=name)


if __name__ == "__main__":
    harness.main()
