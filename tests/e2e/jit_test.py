#!/usr/bin/env python3
"""Code that is made while the program runs, named by the map that its compiler writes."""
import contextlib
import os
import shutil
import subprocess
import time
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
# A module of three functions, by hand (webassembly.github.io/spec/core/binary): each a loop of
# so many rounds, named by the module's own name section.
WASM_SCRIPT = """
const leb = (n) => { const out = []; do { out.push((n & 127) | (n > 127 ? 128 : 0)); n >>>= 7; }
                     while (n > 0); return out; };
const section = (id, bytes) => [id, ...leb(bytes.length), ...bytes];
const text = (s) => [...leb(s.length), ...Buffer.from(s)];
const names = ["share60", "share30", "share10"];
const I32 = 0x7f, LOCAL_GET = 0x20, LOCAL_SET = 0x21, CONST = 0x41, MUL = 0x6c, ADD = 0x6a,
      SUB = 0x6b, LOOP = 0x03, EMPTY = 0x40, BR_IF = 0x0d, END = 0x0b;
const body = (rounds) => {
  const code = [1, 1, I32,                                              // one local: x
    LOCAL_GET, 0, CONST, rounds, MUL, LOCAL_SET, 0,                     // n *= rounds
    LOOP, EMPTY,
    LOCAL_GET, 1, CONST, 0x8d, 0xcc, 0xe5, 0x00, MUL, CONST, 0xf5, 0x07, ADD, LOCAL_SET, 1,
    LOCAL_GET, 0, CONST, 1, SUB, LOCAL_SET, 0,
    LOCAL_GET, 0, BR_IF, 0, END,
    LOCAL_GET, 1, END];
  return [...leb(code.length), ...code];
};
const bytes = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  ...section(1, [1, 0x60, 1, I32, 1, I32]),
  ...section(3, [3, 0, 0, 0]),
  ...section(7, [3, ...names.flatMap((name, i) => [...text(name), 0, i])]),
  ...section(10, [3, ...body(6), ...body(3), ...body(1)]),
  ...section(0, [...text("name"), ...section(1, [3, ...names.flatMap((name, i) =>
                                                          [i, ...text(name)])])])]);
const {share60, share30, share10} =
    new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
function work(rounds) {
  let sum = 0;
  for (let i = 0; i < rounds; i++) sum += share60(400000) + share30(400000) + share10(400000);
  return sum;
}
console.log(process.pid, work(250));
"""
SHARES = {"share60": 0.6, "share30": 0.3, "share10": 0.1}


class Jit(harness.Case):
    def tearDown(self):
        for dump in self.folder.glob("jit-*.dump"):
            dump.unlink()

    def assert_shares(self, report, least):
        rows = {name: report.row(name) for name in SHARES}
        found = sum(row["self_share"] for row in rows.values())
        self.assertGreater(found, least, [row["name"] for row in report.rows[:10]])
        for name, share in SHARES.items():
            self.assertAlmostEqual(rows[name]["self_share"] / found, share,
                                   delta=harness.chance(share, report.samples), msg=name)
        return rows

    @unittest.skipUnless(shutil.which("node"), "node is not installed")
    def test_node(self):
        script = self.folder / "shares.js"
        script.write_text(SCRIPT)
        for flags in ((), ("--per-process",)):
            with self.subTest(flags):
                # V8 would put the three into their caller.
                recording = self.record(shutil.which("node"), "--perf-basic-prof",
                                        "--no-turbo-inlining",
                                        "--interpreted-frames-native-stack", script, flags=flags,
                                        cwd=self.folder)
                pid = recording.out.split()[0].decode()
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(f"/tmp/perf-{pid}.map")
                report = self.report(recording, "--no-kernel")
                rows = self.assert_shares(report, 0.7)
                for row in rows.values():
                    self.assertTrue(row["file"].endswith("shares.js"), row)
                self.assert_complete(report, share=0.97)
                # Native frames stand above the script's, and its own in between.
                ways = [way for way, _ in self.report(recording, "--no-kernel", "--tree").paths()
                        if "share60" in way]
                self.assertTrue(any("work" in way and "_start" in way for way in ways), ways[:3])

    @unittest.skipUnless(shutil.which("node"), "node is not installed")
    def test_node_with_lines(self):
        script = self.folder / "shares.js"
        script.write_text(SCRIPT)
        recording = self.record(shutil.which("node"), "--perf-prof", "--no-turbo-inlining",
                                "--interpreted-frames-native-stack", script, cwd=self.folder)
        report = self.report(recording, "--no-kernel")
        self.assert_shares(report, 0.7)
        self.assert_complete(report, share=0.97)
        lines = self.report(recording, "--no-kernel", "--by", "line").rows
        loops = {4: 0.6, 9: 0.3, 14: 0.1}
        for line, share in loops.items():
            hot = sum(row["self_share"] for row in lines
                      if row.get("file") == str(script) and row.get("line") == line)
            self.assertGreater(hot, 0.5 * share, f"line {line}")
        done = harness.hone("annotate", "share60", recording.path, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Hottest instructions", done.stdout.decode())

    @unittest.skipUnless(shutil.which("node"), "node is not installed")
    def test_webassembly(self):
        script = self.folder / "wasm.js"
        script.write_text(WASM_SCRIPT)
        for flag in ("--perf-basic-prof", "--perf-prof"):
            with self.subTest(flag):
                recording = self.record(shutil.which("node"), flag, script, cwd=self.folder)
                pid = recording.out.split()[0].decode()
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(f"/tmp/perf-{pid}.map")
                report = self.report(recording, "--no-kernel")
                self.assert_shares(report, 0.7)
                self.assert_complete(report, share=0.97)

    @staticmethod
    def said(report, name):
        return [d for d in report.data["quality"]["diagnostics"] if d["name"] == name]

    def test_jitdump(self):
        """Code that follows other code at its address is named by the time of the sample."""
        report = self.report(recording := self.record("jitdump", cwd=self.folder), "--no-kernel")
        for name, share in (("first", 0.6), ("second", 0.4)):
            self.assert_share(report.row(name), share, report.samples, kind="self_share")
            self.assertEqual(report.row(name)["module"], "[jit]")
        lines = self.report(recording, "--no-kernel", "--by", "line").rows
        for line, share in ((11, 0.6), (21, 0.4)):
            row = next(row for row in lines if row.get("line") == line)
            self.assert_share(row, share, report.samples, kind="self_share")
        for name in ("first", "second"):
            done = harness.hone("annotate", name, recording.path, env=self.environment)
            self.assertIn(b"imul" if os.uname().machine == "x86_64" else b"mul", done.stdout)
        self.assert_complete(report)

    def test_jitdump_that_is_written_late(self):
        """Then it is not known which code it was: the one that was there for longest, and that is
        said."""
        report = self.report(self.record("jitdump", "400", "late", cwd=self.folder))
        self.assertGreater(report.row("first")["self_share"], 0.9)
        self.assertEqual(len(self.said(report, "jit_code_replaced")), 1)

    def test_jitdump_of_a_process_that_runs(self):
        running = subprocess.Popen([harness.victim("jitdump"), "100000"], cwd=self.folder)
        try:
            time.sleep(0.3)
            path = self.path()
            done = harness.hone("record", "-o", path, "-p", running.pid, "-d", "0.7",
                                env=self.environment)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertGreater(self.report(path).row("first")["self_share"], 0.9)
        finally:
            running.kill()
            running.wait()

    def test_damaged_jitdumps_are_said(self):
        """A file of that name that is something else entirely."""
        for content, problem in ((b"x" * 4096, "no jitdump"),
                                 (b"JiTD" + bytes(4092), "of the other byte order")):
            script = self.folder / "maps.py"
            script.write_text(
                "import mmap, os\n"
                "name = f'jit-{os.getpid()}.dump'\n"
                f"open(name, 'wb').write({content!r})\n"
                "file = open(name, 'rb')\n"
                "m = mmap.mmap(file.fileno(), 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | "
                "mmap.PROT_EXEC)\n"
                "sum(range(3000000))\n")
            recording = self.record("/usr/bin/python3", script, cwd=self.folder)
            report = self.report(recording)
            said = self.said(report, "jitdump_damaged")
            self.assertEqual(len(said), 1)
            self.assertIn(problem, said[0]["detail"])


if __name__ == "__main__":
    harness.main()
