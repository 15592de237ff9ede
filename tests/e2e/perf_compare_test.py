#!/usr/bin/env python3
"""The same stacks as perf on the same samples: perf records, both unwind the same snapshots."""
import collections
import os
import re
import shutil
import subprocess

import harness
from tools_test import PYTHON, SQL, TEMPLATES

UNWINDER = os.environ.get("HONE_PERF_STACKS", "")
SNAPSHOT_BYTES = 16384
RATE_HZ = 997


def stacks_of(text):
    """{(tid, time in ns): [offsets, innermost first]} of Hone's or perf's output."""
    stacks = {}
    for line in text.splitlines():
        head = re.match(r"\s*(\d+)\s+(\d+)(?:\.(\d{9}))?:(.*)", line)
        if head:
            time = head[2] if head[3] is None else str(int(head[2] + head[3]))
            stacks[(head[1], time)] = at = head[4].split()
        elif line.strip():
            at.append(line.split()[0])
    return {key: [int(word, 16) for word in words] for key, words in stacks.items()}


class PerfCompare(harness.Case):
    def setUp(self):
        if not UNWINDER:
            self.skipTest("hone-perf-stacks is not built for this machine")
        if not shutil.which("perf"):
            self.skipTest("perf is not installed")

    def compare(self, *command, count=100, **options):
        data = self.path(".data")
        event = "cpu-clock:u"
        done = subprocess.run(
            ["perf", "record", "-q", "--no-bpf-event", "-e", event, "-F", str(RATE_HZ), "--call-graph",
             f"dwarf,{SNAPSHOT_BYTES}", "-o", data, "--", *map(str, command)],
            capture_output=True, timeout=harness.LIMIT_S, env=self.environment, **options)
        if not data.stat().st_size:
            self.skipTest(f"perf cannot record here: {done.stderr.decode()[:300]}")
        perf = subprocess.run(["perf", "script", "--no-inline", "--ns", "--max-stack", "4096",
                               "-F", "tid,time,ip", "-i", data], capture_output=True,
                              timeout=120, check=True, env=self.environment)
        ours = subprocess.run([UNWINDER, data], capture_output=True, timeout=60, check=True)
        theirs, mine = stacks_of(perf.stdout.decode()), stacks_of(ours.stdout.decode())
        data.unlink()
        outcomes = collections.Counter()
        different = []
        for key, stack in theirs.items():
            own = mine.get(key)
            if own is None:
                outcomes["absent"] += 1
            elif own == stack:
                outcomes["same"] += 1
            elif own[:len(stack)] == stack:
                outcomes["longer"] += 1
            elif stack[:len(own)] == own:
                outcomes["shorter"] += 1
            else:
                outcomes["different"] += 1
                different.append((key, [hex(a) for a in own], [hex(a) for a in stack]))
        print(f"{os.path.basename(str(command[0]))}: {dict(outcomes)}", flush=True)
        self.assertGreater(sum(outcomes.values()), count)
        self.assertEqual(outcomes["absent"], 0)
        self.assertFalse(different, different[:2])
        self.assertGreaterEqual(outcomes["longer"], outcomes["shorter"])

    def need(self, name):
        if not shutil.which(name):
            self.skipTest(f"{name} is not installed")
        return shutil.which(name)

    def test_victims(self):
        for command in (("recursion",), ("deep_stack", 12, 1000), ("signal_handler",), ("plt",),
                        ("vdso",), ("throwing",), ("ratio_static",), ("threads",),
                        ("processes", "chain")):
            with self.subTest(command[0]):
                self.compare(harness.victim(command[0]), *command[1:])

    def test_xz(self):
        text = self.folder / "text"
        text.write_text("".join(f"{i * 2654435761 % 1000003} the quick brown fox {i % 977}\n"
                                for i in range(60000)))
        self.compare(self.need("xz"), "-6", "-T1", "-k", "-c", text)

    def test_sqlite3(self):
        self.compare(self.need("sqlite3"), ":memory:", input=SQL.encode())

    def test_python3(self):
        self.compare(self.need("python3") if not os.path.exists("/usr/bin/python3")
                     else "/usr/bin/python3", "-c", PYTHON)

    def test_cc1plus(self):
        source = self.folder / "templates.cc"
        source.write_text(TEMPLATES)
        self.compare(self.need("g++"), "-O2", "-c", "-o", self.folder / "templates.o", source)


if __name__ == "__main__":
    harness.main()
