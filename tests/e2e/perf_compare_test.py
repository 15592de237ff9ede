#!/usr/bin/env python3
"""The same stacks as perf on the same samples: perf records, both unwind the same snapshots."""
import collections
import os
import pathlib
import re
import shutil
import subprocess

import harness
from tools_test import PYTHON, SQL, TEMPLATES

UNWINDER = os.environ.get("HONE_PERF_STACKS", "")
SNAPSHOT_BYTES = 16384
RATE_HZ = 997
VDSO = "vdso"  # code that is in no file, so that nothing can be said of it here
# mov $15, %rax; syscall: what a signal handler returns to, which nothing has called.
SIGNAL_RETURN = bytes.fromhex("48c7c00f0000000f05")
CALL_NEAR = 0xE8
CALL_BYTES_MAX = 8
FUNCTION_BYTES_MAX = 1 << 16


def of_perf(text):
    """{(tid, time in ns): [(offset, file), innermost first]} of `perf script`."""
    stacks = {}
    for line in text.splitlines():
        head = re.match(r"\s*(\d+)\s+(\d+)\.(\d{9}):", line)
        frame = re.match(r"\s*([0-9a-f]+)\s.*\((.*?)\)$", line)
        if head:
            stacks[(head[1], int(head[2] + head[3]))] = at = []
        elif frame:
            at.append((int(frame[1], 16), frame[2]))
    return stacks


def of_hone(text):
    """The same of Hone's unwinder, and how it says that each ends."""
    stacks, ends = {}, {}
    for line in text.splitlines():
        head, *frames = line.split("\t")
        tid, time, end = head.split()
        pairs = (frame.split(" ", 1) for frame in frames)
        stacks[(tid, int(time))] = [(int(offset, 16), path) for offset, path in pairs]
        ends[(tid, int(time))] = end
    return stacks, ends


class Code:
    """Says of an address whether anything can return there: an opinion that needs no unwinder."""

    def __init__(self):
        self.files = {}
        self.plts = {}

    def bytes_before(self, offset, path, count):
        if path not in self.files:
            try:
                self.files[path] = pathlib.Path(path).read_bytes()
            except OSError:
                self.files[path] = b""
        return self.files[path][max(offset - count, 0):offset]

    def follows_call(self, offset, path):
        """Both print return addresses less one."""
        code = self.bytes_before(offset + 1, path, CALL_BYTES_MAX)
        if len(code) < CALL_BYTES_MAX:
            return False
        # call rel32; or call r/m (ff /2), with as many bytes as its ModRM byte says.
        if code[-5] == CALL_NEAR:
            return True
        for size in (2, 3, 4, 6, 7):
            opcode, modrm = code[-size], code[-size + 1]
            if opcode != 0xFF or modrm >> 3 & 7 != 2:
                continue
            mode, sib = modrm >> 6, mode_has_sib(modrm)
            extra = {0: 4 if modrm & 7 == 5 else 0, 1: 1, 2: 4, 3: 0}[mode]
            if mode == 0 and sib and code[-size + 2] & 7 == 5:
                extra = 4
            if size == 2 + sib + extra:
                return True
        return False

    def leads_to(self, caller, callee):
        """Whether the call before `caller` can have entered `callee`'s function: None for an
        indirect one. A direct call goes to the PLT, or to a function's start."""
        offset, path = caller
        code = self.bytes_before(offset + 1, path, CALL_BYTES_MAX)
        if len(code) < CALL_BYTES_MAX or code[-5] != CALL_NEAR:
            return None
        target = offset + 1 + int.from_bytes(code[-4:], "little", signed=True)
        if path not in self.plts:
            sections = subprocess.run(["readelf", "-SW", path], capture_output=True, text=True)
            found = re.findall(r"\.plt\S*\s+\S+\s+\S+\s+(\S+)\s+(\S+)", sections.stdout)
            self.plts[path] = [(int(at, 16), int(size, 16)) for at, size in found]
        if any(at <= target < at + size for at, size in self.plts[path]):
            return True
        return callee[1] == path and 0 <= callee[0] - target < FUNCTION_BYTES_MAX

    def returns_from_signal(self, offset, path):
        start = offset + 1
        return self.bytes_before(start + len(SIGNAL_RETURN), path,
                                 len(SIGNAL_RETURN)) == SIGNAL_RETURN

    def proven(self, stack):
        """How many frames, from the innermost on, can be: each caller stands after a call."""
        for i, (offset, path) in enumerate(stack[1:], 1):
            signal = self.returns_from_signal(*stack[i]) or self.returns_from_signal(*stack[i - 1])
            if not signal and VDSO not in path and not self.follows_call(offset, path):
                return i
        return len(stack)


def mode_has_sib(modrm):
    return int(modrm & 7 == 4 and modrm >> 6 != 3)


def shown(stack):
    return "\n".join(f"  {offset:x} {path}" for offset, path in stack)


def often(values, share):
    counts = collections.Counter(values)
    return {value for value, count in counts.items() if count > share * len(values)}


def ends_early(stack, other, usual_ends):
    """Whether `stack` stops where hardly any does, and `other` goes on to where they usually do."""
    return stack[-1] not in usual_ends and not usual_ends.isdisjoint(other)


def verdict(own, theirs):
    own, theirs = [offset for offset, _ in own], [offset for offset, _ in theirs]
    if own == theirs:
        return "same"
    if own[:len(theirs)] == theirs:
        return "longer"
    return "shorter" if theirs[:len(own)] == own else "different"


class PerfCompare(harness.Case):
    totals = collections.Counter()

    @classmethod
    def tearDownClass(cls):
        """Over all programs, Hone's are longer more often than shorter."""
        super().tearDownClass()
        print(f"in all: {dict(cls.totals)}", flush=True)
        if cls.totals["shorter"] > cls.totals["longer"]:
            raise AssertionError(f"shorter more often than longer: {dict(cls.totals)}")

    def setUp(self):
        if not UNWINDER:
            self.skipTest("hone-perf-stacks is not built for this machine")
        if not shutil.which("perf"):
            self.skipTest("perf is not installed")

    def stacks_of(self, command, **options):
        data = self.path(".data")
        done = subprocess.run(
            ["perf", "record", "-q", "--no-bpf-event", "-e", "cpu-clock:u", "-F", str(RATE_HZ),
             "--call-graph", f"dwarf,{SNAPSHOT_BYTES}", "-o", data, "--", *map(str, command)],
            capture_output=True, timeout=harness.LIMIT_S, env=self.environment, **options)
        if not data.stat().st_size:
            self.skipTest(f"perf cannot record here: {done.stderr.decode()[:300]}")
        perf = subprocess.run(["perf", "script", "--no-inline", "--ns", "--max-stack", "4096",
                               "-F", "tid,time,ip,sym,dso", "-i", data], capture_output=True,
                              timeout=120, check=True, env=self.environment)
        ours = subprocess.run([UNWINDER, data], capture_output=True, timeout=60, check=True)
        data.unlink()
        return of_hone(ours.stdout.decode()), of_perf(perf.stdout.decode(errors="replace"))

    def compare(self, *command, count=100, broken=0.005, **options):
        """One stack is a prefix of the other, once both end where they cannot be true.

        perf's unwinder (libunwind) keeps for a file the address at which the first process had it,
        and misreads some prologues: its next frame is then on the stack, in no file, or in the
        middle of a function where no call stands before it, and it goes on from there. Such stacks
        are compared up to there, and where they differ all the same, count as "perf astray" if
        Hone's is whole and without; so do those that stop where hardly any of perf's
        does. Hone's may have such an end only where it says itself that the stack is broken.
        """
        (mine, ends), theirs = self.stacks_of(command, **options)
        code, outcomes, wrong = Code(), collections.Counter(), []
        usual_ends = often([stack[-1] for stack in theirs.values()], 0.01)
        for key, stack in theirs.items():
            full = mine.get(key, [])
            own, kept = full[:code.proven(full)], stack[:code.proven(stack)]
            outcomes[ends.get(key)] += 1
            outcomes["rubbish at the end of perf's"] += len(kept) < len(stack)
            outcomes["rubbish at the end of Hone's"] += len(own) < len(full)
            outcome = verdict(own, kept) if own else "absent"
            whole = len(own) == len(full) and ends[key] != "broken"
            if outcome == "different":
                outcome = self.refuted(
                    code, own if whole else [], kept,
                    len(kept) < len(stack) or ends_early(stack, own, usual_ends))
            outcomes[outcome] += 1
            hidden_rubbish = ends.get(key) != "broken" and len(own) < len(full)
            if outcome in ("absent", "different") or hidden_rubbish:
                wrong.append(f"{key}:\n{shown(full)}\nperf:\n{shown(stack)}")
        print(f"{os.path.basename(str(command[0]))}: {dict(outcomes)}", flush=True)
        self.assertGreater(len(theirs), count)
        self.assertFalse(wrong, "\n".join(wrong[:2]))
        self.totals.update(outcomes)
        # Were Hone wrong in a way that looks like that, it would be so more often.
        refuted = (outcomes["perf astray"] + outcomes["callers left out by perf"] +
                   outcomes["stale caller in perf"])
        self.assertLessEqual(refuted, 0.01 * len(theirs))
        few = broken * len(theirs) + harness.START_SAMPLES
        self.assertLessEqual(outcomes["shorter"], max(outcomes["longer"], few))
        self.assertLessEqual(outcomes["broken"], few)

    @staticmethod
    def refuted(code, own, theirs, theirs_led_nowhere):
        """Which of two ways perf went wrong; "different" when neither is shown."""
        # A proven way to the start of the program (or the end of the snapshot) against one that
        # leads nowhere.
        if own and theirs_led_nowhere:
            return "perf astray"
        # perf falls back on frame pointers where it has no unwind information (libgmp's assembly at
        # its first instructions) or fails to read it, and so leaves callers out.
        rest = iter(own)
        if own and all(frame in rest for frame in theirs):
            return "callers left out by perf"
        # perf's caller called another function than the one it is said to have called: that return
        # address is left over on the stack from before. Hone's called the right one.
        at = next((i for i, pair in enumerate(zip(own, theirs)) if pair[0] != pair[1]), 0)
        if at and code.leads_to(own[at], own[at - 1]) and (
                code.leads_to(theirs[at], own[at - 1]) is False):
            return "stale caller in perf"
        return "different"

    def need(self, name):
        if not shutil.which(name):
            self.skipTest(f"{name} is not installed")
        return shutil.which(name)

    def test_victims(self):
        for command in (("recursion",), ("deep_stack", 12, 1000), ("signal_handler",), ("plt",),
                        ("vdso",), ("ratio_static",), ("threads",),
                        ("processes", "chain")):
            with self.subTest(command[0]):
                self.compare(harness.victim(command[0]), *command[1:])

    def test_exceptions(self):
        # While the system's unwinder installs a handler's frame, its return address belongs to one
        # frame and its stack pointer to another: no table describes those few instructions.
        self.compare(harness.victim("throwing"), broken=0.03)

    def test_xz(self):
        text = self.folder / "text"
        text.write_text("".join(f"{i * 2654435761 % 1000003} the quick brown fox {i % 977}\n"
                                for i in range(60000)))
        self.compare(self.need("xz"), "-6", "-T1", "-k", "-c", text)

    def test_sqlite3(self):
        self.compare(self.need("sqlite3"), ":memory:", input=SQL.encode())

    def test_python3(self):
        self.compare(self.need("python3") if not os.path.exists("/usr/bin/python3")
                     else "/usr/bin/python3", "-c", PYTHON.replace("fib(22)", "fib(31)"))

    def test_cc1plus(self):
        source = self.folder / "templates.cc"
        source.write_text(TEMPLATES)
        self.compare(self.need("g++"), "-O2", "-c", "-o", self.folder / "templates.o", source)


if __name__ == "__main__":
    harness.main()
