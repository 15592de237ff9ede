#!/usr/bin/env python3
"""What Google Benchmark and hyperfine write becomes measurements, with their numbers."""
import json
import math
import shutil
import subprocess
import unittest

import harness

SOURCE = r"""
#include <benchmark/benchmark.h>
#include <limits>
#include <string>
static void copy(benchmark::State& state) {
  const std::string text(state.range(0), 'a');
  for (auto _ : state) {
    std::string other = text;
    benchmark::DoNotOptimize(other);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
  state.counters["nothing"] = std::numeric_limits<double>::quiet_NaN();
}
BENCHMARK(copy)->Arg(8)->Arg(64)->Unit(benchmark::kMicrosecond);
static void fails(benchmark::State& state) {
  for (auto _ : state) {
    state.SkipWithError("no \"file\"");
    break;
  }
}
BENCHMARK(fails);
BENCHMARK_MAIN();
"""


class ImportBenchmarks(harness.Case):
    def imported(self, path):
        out = path.with_suffix(".imported.hone")
        done = harness.hone("import", "-o", out, path)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = harness.hone("query", out, "--format", "json",
                            "select benchmark, parameters, repetition, metric, unit, value, "
                            "iterations from measurements")
        self.assertEqual(done.returncode, 0, done.stderr)
        told = json.loads(done.stdout)["rows"]
        found = {tuple(row[:4]): tuple(row[4:]) for row in told}
        self.assertEqual(len(found), len(told), "no measurement stands there twice")
        left = {each["name"]: each["count"] for each in self.info(out)["diagnostics"]}
        return found, left

    def benchmarked(self, *flags):
        source = self.folder / "bench.cc"
        program = self.folder / "bench"
        if not program.exists():
            source.write_text(SOURCE, encoding="utf-8")
            subprocess.run(["c++", "-O1", source, "-o", program, "-lbenchmark", "-lpthread"],
                           check=True, timeout=harness.LIMIT_S)
        path = self.path(".json")
        subprocess.run([program, "--benchmark_min_time=0.001", f"--benchmark_out={path}",
                        "--benchmark_out_format=json", *flags], check=True, capture_output=True,
                       timeout=harness.LIMIT_S)
        # Python's reader takes the bare NaN as well.
        return path, json.loads(path.read_text(encoding="utf-8"))

    def test_google_benchmark(self):
        path, whole = self.benchmarked("--benchmark_repetitions=3")
        found, left = self.imported(path)
        runs = [run for run in whole["benchmarks"]
                if run["run_type"] == "iteration" and "error_occurred" not in run]
        self.assertEqual(len(runs), 6)
        self.assertEqual(len(found), 3 * len(runs))
        for run in runs:
            name, size = run["name"].split("/")
            key = (name, size, run["repetition_index"])
            for theirs, ours, unit, scale in (("real_time", "time", "ns", 1000),
                                              ("cpu_time", "cpu_time", "ns", 1000),
                                              ("bytes_per_second", "bytes_per_second",
                                               "bytes/s", 1)):
                told = found[(*key, ours)]
                self.assertEqual((told[0], told[2]), (unit, run["iterations"]))
                self.assertTrue(math.isclose(told[1], run[theirs] * scale, rel_tol=1e-12), told)
        aggregates = sum(run["run_type"] == "aggregate" for run in whole["benchmarks"])
        self.assertGreater(aggregates, 0)
        failed = sum("error_occurred" in run for run in whole["benchmarks"])
        self.assertGreater(failed, 0)
        self.assertEqual(left["import.aggregates"], aggregates)
        self.assertEqual(left["import.benchmark_failed"], failed)
        self.assertEqual(left["import.not_finite"], len(runs))

    def test_aggregates_alone(self):
        path, whole = self.benchmarked("--benchmark_repetitions=2", "--benchmark_filter=copy/8",
                                       "--benchmark_report_aggregates_only=true")
        found, _ = self.imported(path)
        for run in whole["benchmarks"]:
            told = found[("copy", "8", 0, "time." + run["aggregate_name"])]
            scale = 1 if run["aggregate_unit"] == "percentage" else 1000
            self.assertTrue(math.isclose(told[1], run["real_time"] * scale, rel_tol=1e-12), told)

    @unittest.skipIf(shutil.which("hyperfine") is None, "no hyperfine")
    def test_hyperfine(self):
        path = self.folder / "hyperfine.json"
        subprocess.run(["hyperfine", "-N", "-r", "4", "-i", "-L", "n", "1,2", "--export-json", path,
                        "sleep 0.00{n}", "false"], check=True, capture_output=True,
                       timeout=harness.LIMIT_S)
        found, _ = self.imported(path)
        whole = json.loads(path.read_text(encoding="utf-8"))["results"]
        self.assertGreaterEqual(len(whole), 3)
        for result in whole:
            parameters = "/".join(f"{key}={value}"
                                  for key, value in result.get("parameters", {}).items())
            key = (result["command"], parameters)
            for i, (seconds, code) in enumerate(zip(result["times"], result["exit_codes"])):
                told = found[(*key, i, "time")]
                self.assertTrue(math.isclose(told[1], seconds * 1e9, rel_tol=1e-12), told)
                self.assertEqual(found[(*key, i, "exit_code")][1], code)
            told = found[(*key, 0, "user_time.mean")]
            self.assertTrue(math.isclose(told[1], result["user"] * 1e9, rel_tol=1e-12), told)
            self.assertEqual(told[2], len(result["times"]))


if __name__ == "__main__":
    harness.main()
