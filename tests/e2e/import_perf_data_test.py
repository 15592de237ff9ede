#!/usr/bin/env python3
"""perf.data files of Debian's perf become recordings whose totals are those of perf report, and
whose stacks are at least as complete as those that perf unwinds itself."""
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import unittest

import harness

RATE = ("-F", "997")
SWITCH = re.compile(r"\s(\d+)\s+([\d.]+): PERF_RECORD_SWITCH\w*\s+(OUT|IN)")


@unittest.skipIf(shutil.which("perf") is None, "no perf")
class ImportPerfData(harness.Case):
    def run_it(self, *words, **options):
        done = subprocess.run([str(word) for word in words], capture_output=True,
                              timeout=harness.LIMIT_S, check=False, env=self.environment,
                              **options)
        self.assertEqual(done.returncode, 0, done.stderr.decode(errors="replace"))
        return done.stdout

    def perf(self, *words):
        return self.run_it("perf", *words).decode(errors="replace")

    def record(self, name, *words):
        """Records `words`, flags and the command; with "-o", "-" among them through a pipe."""
        data = self.folder / f"{name}.data"
        if "-" in words:
            data.write_bytes(self.run_it("perf", "record", "-q", *words))
        else:
            self.run_it("perf", "record", "-q", "-o", data, *words)
        return data

    def imported(self, data):
        out = data.with_suffix(".hone")
        self.run_it(harness.HONE, "import", "-q", "-o", out, data)
        return out

    def rows(self, recording, sql):
        return json.loads(self.run_it(harness.HONE, "query", recording, "--format", "json",
                                      "--limit", "0", sql))["rows"]

    def told(self, data, keys):
        """event -> {(keys...): [samples, period]} as perf report has them."""
        out, event = {}, None
        for line in self.perf("report", "-i", data, "--stdio", "-F", f"sample,period,{keys}", "-t",
                              "|", "--no-children", "-g", "none", "--no-inline").splitlines():
            if found := re.match(r"# Samples: .* of event '(.*)'", line):
                event = out.setdefault(found[1].split(":")[0], {})
            elif line and line[0] != "#":
                samples, period, *names = (part.strip() for part in line.split("|"))
                total = event.setdefault(tuple(re.sub(r"^\[[.k]\] ", "", n) for n in names), [0, 0])
                total[0] += int(samples)
                total[1] += int(period)
        return out

    def leaves(self, recording, table, count, value):
        """{(module, function): [samples, sum]} by the place that each stack ends at."""
        return {(row[0], row[1]): row[2:] for row in self.rows(
            recording, f"select f.module_name, f.name, sum({count}), sum({value}) from {table} s "
            "join stacks k on k.id = s.stack join frames f on f.id = k.frame group by 1, 2")}

    def assert_totals(self, recording, told, table="samples", count="1", value="weight",
                      victim="shares"):
        mine = self.leaves(recording, table, count, value)
        by_module = collections.defaultdict(lambda: [0, 0])
        for (module, _), (samples, total) in mine.items():
            by_module[module][0] += samples
            by_module[module][1] += total
        theirs = collections.defaultdict(lambda: [0, 0])
        for (module, function), (samples, total) in told.items():
            # Functions of kernel modules are in the kernel, too.
            name = "[kernel]" if module.startswith("[k") or module.endswith("]") and \
                module not in ("[vdso]", "[unknown]") else module
            theirs["" if name == "[unknown]" else name][0] += samples
            theirs["" if name == "[unknown]" else name][1] += total
            # Inlined calls are functions of their own here: those of the victim are not inlined.
            if module == victim and not function.startswith("0x"):
                self.assertEqual(mine.get((module, function)), [samples, total], function)
        self.assertEqual(by_module, theirs)

    def test_totals_of_perf_report(self):
        work = ("--", harness.victim("shares"), "50", "30", "20", "300")
        for name, flags in {"plain": (), "chains": ("-g",), "packed": ("-z", "-g"),
                            "dwarf": ("--call-graph", "dwarf"), "pipe": ("-g", "-o", "-"),
                            "ids": ("--buildid-mmap", "-g"),
                            "clock": ("-k", "CLOCK_MONOTONIC", "-g")}.items():
            with self.subTest(name):
                data = self.record(name, *RATE, *flags, *work)
                told = self.told(data, "dso,sym")["cpu-clock"]
                self.assertGreater(sum(samples for samples, _ in told.values()), 100)
                recording = self.imported(data)
                self.assert_totals(recording, told)
                kernel = {row[0] for row in self.rows(
                    recording, "select name from frames where module_name = '[kernel]'")}
                for module, function in told:
                    if module == "[kernel.kallsyms]" and not function.startswith("0x"):
                        self.assertIn(function, kernel)
        clock = dict(self.rows(self.folder / "clock.hone", "select key, value from meta"))
        self.assertEqual(clock["import.clock"], "CLOCK_MONOTONIC")
        self.assertIn("run.started_utc", clock)

    def test_several_events(self):
        data = self.record("events", *RATE, "-e", "cpu-clock,page-faults,context-switches", "-g",
                           "--", harness.victim("shares"), "50", "30", "20", "300")
        told = self.told(data, "dso,sym")
        recording = self.imported(data)
        self.assert_totals(recording, told["cpu-clock"])
        for event in ("page-faults", "context-switches"):
            if told.get(event):
                self.assert_totals(recording, told[event],
                                   f"(select * from costs where metric_name = '{event}')", "count",
                                   "value")
        self.assertIn("page-faults", told)

    def test_threads_by_name(self):
        data = self.record("threads", *RATE, "-g", "--", harness.victim("threads"))
        told = {name: samples
                for (name,), (samples, _) in self.told(data, "comm")["cpu-clock"].items()}
        mine = dict(self.rows(self.imported(data),
                              "select thread_name, count(*) from samples group by 1"))
        # Before it became the program the process had another name for a moment.
        early = told.pop("perf-exec", 0)
        self.assertEqual(sum(mine.values()), sum(told.values()) + early)
        for name, samples in told.items():
            self.assertAlmostEqual(mine.get(name, 0), samples, delta=early, msg=name)

    def test_switches_are_waits(self):
        data = self.record("switches", *RATE, "-g", "--switch-events", "--",
                           harness.victim("sleeper"))
        stopped, waited, switches = {}, 0, 0
        for line in self.perf("script", "-i", data, "--show-switch-events", "--ns", "-F",
                              "+tid").splitlines():
            if not (found := SWITCH.search(line)):
                continue
            switches += 1
            tid, time_ns = int(found[1]), int(found[2].replace(".", ""))
            if tid in stopped:
                waited += time_ns - stopped.pop(tid)
            if found[3] == "OUT":
                stopped[tid] = time_ns
        recording = self.imported(data)
        meta = dict(self.rows(recording, "select key, value from meta"))
        self.assertEqual(int(meta["waits.switches"]), switches)
        whole = self.rows(recording, "select sum(dur) from waits")[0][0]
        self.assertGreaterEqual(whole, waited)
        self.assertGreater(waited, 0)
        told = self.run_it(harness.HONE, "report", "--waits", recording).decode()
        self.assertIn("what they waited for is not known", " ".join(told.split()))

    def perf_stacks(self, data):
        """(thread, time in ns) -> how many frames perf's own unwinder finds."""
        out, at = {}, None
        for line in self.perf("script", "-i", data, "--no-inline", "--ns", "-F",
                              "tid,time,ip").splitlines():
            if found := re.match(r"\s*(\d+)\s+(\d+)\.(\d{9}):", line):
                at = (int(found[1]), int(found[2] + found[3]))
                out[at] = 0
            elif line.strip():
                out[at] += 1
        return out

    def test_stacks_are_as_complete_as_those_of_perf(self):
        for name, command in {"recursion": [harness.victim("recursion")],
                              "xz": ["xz", "-k", "-c", "-T1", "-1", harness.HONE]}.items():
            with self.subTest(name):
                if not shutil.which(command[0]):
                    print("skipped:", command[0], "is not installed")
                    continue
                data = self.record(name, *RATE, "--call-graph", "dwarf,16384", "--", *command)
                theirs = self.perf_stacks(data)
                recording = self.imported(data)
                start = int(dict(self.rows(recording, "select key, value from meta"))[
                    "run.start_ns"])
                mine = {(tid, ts + start): (depth, end) for tid, ts, depth, end in self.rows(
                    recording, "select t.tid, s.ts, k.depth, s.stack_end from samples s join "
                    "stacks k on k.id = s.stack join threads t on t.id = s.thread")}
                self.assertGreater(len(mine), 50)
                shallower = [at for at, depth in theirs.items() if at in mine
                             and mine[at][0] < depth and mine[at][1] != "complete"]
                self.assertLessEqual(len(shallower), 0.01 * len(mine) + 3)
                complete = sum(end == "complete" for _, end in mine.values())
                self.assertGreater(complete, 0.97 * len(mine) - 3)
                # perf finds the same callers: no stack of ours is made longer than it is.
                same = sum(mine[at][0] == depth for at, depth in theirs.items() if at in mine)
                self.assertGreater(same, 0.9 * len(mine))

    def test_files_that_are_gone(self):
        program = self.folder / "gone"
        shutil.copy(harness.victim("shares"), program)
        data = self.record("gone", *RATE, "-g", "--", program, "50", "30", "20", "100")
        program.unlink()
        # perf keeps what it met in ~/.debug, by build id.
        names = {row[0] for row in self.rows(self.imported(data), "select name from frames")}
        self.assertIn("share_a", names)
        shutil.rmtree(self.home / ".debug")
        shutil.copy(harness.victim("ratio"), program)
        recording = self.imported(data)
        names = {row[0] for row in self.rows(recording, "select name from frames")}
        self.assertNotIn("share_a", names)
        left = dict(self.rows(recording, "select name, count from diagnostics"))
        self.assertEqual(left["perf_data.modules_not_found"], 1)

    def test_code_of_a_jit_compiler(self):
        data = self.record("jit", *RATE, "-g", "--", harness.victim("jit"), "300")
        (pid, address), *_ = self.rows(
            self.imported(data), "select p.pid, f.address from samples s join stacks k on "
            "k.id = s.stack join frames f on f.id = k.frame join threads t on t.id = s.thread "
            "join processes p on p.id = t.process where f.module_name like '%anon%'")
        listed = pathlib.Path(f"/tmp/perf-{pid}.map")
        self.addCleanup(listed.unlink, missing_ok=True)
        listed.write_text(f"{address & ~0xfff:x} 1000 made_code\n", encoding="ascii")
        recording = self.imported(data)
        count = self.rows(recording, "select count(*) from samples where name = 'made_code'")[0][0]
        self.assertGreater(count, 50)
        left = dict(self.rows(recording, "select name, count from diagnostics"))
        self.assertEqual(left["perf_data.perf_maps"], 1)

    def test_every_command_takes_it(self):
        data = self.record("commands", *RATE, "-g", "--", harness.victim("shares"), "80", "10",
                           "10", "300")
        report = self.run_it(harness.HONE, "report", data).decode()
        self.assertIn("share_a", report)
        self.assertIn("share_a", self.run_it(harness.HONE, "annotate", "share_a", data).decode())
        out = self.folder / "flame.svg"
        self.run_it(harness.HONE, "flamegraph", "-o", out, data)
        self.assertIn(b"share_a", out.read_bytes())
        with open(data, "rb") as piped:
            self.run_it(harness.HONE, "import", "-q", "-o", self.folder / "piped.hone", "-",
                        stdin=piped)
        self.assertGreater(os.path.getsize(self.folder / "piped.hone"), 0)


if __name__ == "__main__":
    harness.main()
