#!/usr/bin/env python3
"""`hone top` on the victims: what it shows agrees with the truth and with `hone record`, and the
terminal is as it was before, however it ends."""
import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import harness

LONG = 1_000_000  # units of work: until it is ended
ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
SEQUENCE = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
COLOR = re.compile(rb"\x1b\[[0-9;]*m")


class Terminal:
    """A pseudo-terminal with `hone top` on it."""

    def __init__(self, *words, rows=24, columns=80, environment=None):
        self.master, slave = pty.openpty()
        self.resize(rows, columns, False)
        self.slave = slave  # kept open: its settings are looked at afterwards
        self.before = termios.tcgetattr(slave)
        self.out = b""
        self.process = subprocess.Popen(
            [harness.HONE, "top", *map(str, words)], stdin=slave, stdout=slave,
            stderr=subprocess.PIPE, env={"TERM": "xterm", **environment},
            preexec_fn=self.take_terminal)

    def take_terminal(self):
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def resize(self, rows, columns, tell=True):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            self.process.send_signal(signal.SIGWINCH)

    def read(self, seconds):
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            ready, _, _ = select.select([self.master], [], [], left)
            if ready:
                with contextlib.suppress(OSError):
                    self.out += os.read(self.master, 1 << 16)

    def screen(self):
        """The lines of the last whole drawing, without colours."""
        drawings = [part for part in self.out.split(b"\x1b[H") if part.endswith(b"\x1b[J")
                    or b"\x1b[J" in part]
        last = drawings[-1].split(b"\x1b[J")[0] if drawings else b""
        return [SEQUENCE.sub(b"", line).decode().strip("\r") for line in last.split(b"\n")]

    def until(self, text, seconds=20):
        """Reads on until the screen holds the text."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.read(0.1)
            if text in "\n".join(self.screen()):
                return self.screen()
        raise AssertionError(f"{text!r} did not come; the screen: {self.screen()}")

    def press(self, keys):
        os.write(self.master, keys.encode())

    def wait(self):
        deadline = time.monotonic() + 20
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read(0.05)
        self.read(0.05)
        return self.process.wait(timeout=1)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stderr.close()
        for fd in (self.master, self.slave):
            os.close(fd)


class Top(harness.Case):
    @contextlib.contextmanager
    def running(self, *command):
        process = subprocess.Popen([harness.victim(command[0]), *map(str, command[1:])],
                                   stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            time.sleep(0.1)
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    @contextlib.contextmanager
    def terminal(self, *words, rows=24, columns=80, **more):
        environment = {key: value for key, value in self.environment.items() if key != "NO_COLOR"}
        terminal = Terminal(*words, rows=rows, columns=columns,
                            environment={**environment, **more})
        try:
            yield terminal
        finally:
            terminal.close()

    def tables(self, *words, status=0):
        done = harness.hone("top", "--json", *words, env=self.environment)
        self.assertEqual(done.returncode, status, done.stderr.decode(errors="replace"))
        return [json.loads(line) for line in done.stdout.splitlines()]

    def assert_restored(self, terminal):
        self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before)
        self.assertEqual(terminal.out.count(ENTER), terminal.out.count(LEAVE))
        # The cursor is seen again, and nothing of the table stands after that.
        self.assertGreater(terminal.out.rfind(b"\x1b[?25h"), terminal.out.rfind(b"\x1b[?25l"))

    def test_shares_are_true_and_those_of_a_recording(self):
        with self.running("shares", 60, 30, 10, LONG) as process:
            table = self.tables("-p", process.pid, "--once", "-i", 1.5, "-F", 997, "--top", 0)[0]
            path = self.path()
            done = harness.hone("record", "-q", "-o", path, "-p", process.pid, "-d", 1.5,
                                env=self.environment)
            self.assertEqual(done.returncode, 0, done.stderr)
        report = self.report(path)
        rows = {row["name"].split("(")[0]: row for row in table["rows"]}
        self.assertEqual(table["frames_unnamed"], 0)
        user = sum(rows[f"share_{letter}"]["self_share"] for letter in "abc")
        for name, share in (("share_a", 0.6), ("share_b", 0.3), ("share_c", 0.1)):
            samples = table["sample_count"]
            self.assertAlmostEqual(rows[name]["self_share"] / user, share,
                                   delta=harness.chance(share, samples))
            self.assertAlmostEqual(rows[name]["self_share"], report.row(name)["self_share"],
                                   delta=2 * harness.chance(share, min(samples, report.samples)))
        self.assertGreater(rows["main"]["total_share"], 0.9)
        self.assertEqual(rows["main"]["module"], "shares")

    def test_window_slides(self):
        # Work ends after a while; what is older than the window is gone from the table.
        with self.running("shares", 60, 30, 10, LONG) as process:
            tables = self.tables("-p", process.pid, "-n", 4, "-i", 0.4, "-w", 0.8)
        windows = [table["window_ns"] / 1e9 for table in tables]
        self.assertLess(windows[0], windows[1])
        self.assertGreater(windows[3], 0.5)
        self.assertLess(windows[3], 1.3 * max(1, windows[0] / 0.4))

    def test_threads_and_modules(self):
        with self.running("threads", LONG, 1) as process:
            table = self.tables("-p", process.pid, "--once", "--by", "thread", "-i", 0.7)[0]
            names = {row["name"].split(" (")[0] for row in table["rows"]}
            self.assertTrue({"worker-many", "worker-few"} <= names, names)
            self.assertEqual({row["process"] for row in table["rows"]}, {"threads"})
            # By the kernel's account: main waits for them, and each spends its time somewhere.
            rows = {row["name"].split(" (")[0]: row for row in table["rows"]}
            if "running_ns" in rows["worker-many"]:
                self.assertGreater(rows["threads"]["blocked_ns"],
                                   10 * rows["threads"]["running_ns"])
                for name in ("worker-many", "worker-few"):
                    row = rows[name]
                    self.assertGreater(row["running_ns"], 0)
                    wall_ns = row["running_ns"] + row["queued_ns"] + row["blocked_ns"]
                    self.assertAlmostEqual(wall_ns / table["window_ns"], 1, delta=0.3)
            table = self.tables("-p", process.pid, "--once", "--by", "module", "-i", 0.3)[0]
            self.assertEqual(table["rows"][0]["name"], "threads")

    def test_a_program_and_its_end(self):
        done = harness.hone("top", "-i", "30", "--", "/bin/sh", "-c", "exit 7",
                            env=self.environment)
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertNotIn(b"\x1b", done.stdout)
        done = harness.hone("top", "--once", "--", harness.victim("shares"), 60, 30, 10, 20,
                            env=self.environment)
        self.assertIn(b"share_a", done.stdout)
        # Ended with top, when it runs on.
        done = harness.hone("top", "--once", "-i", 0.5, "--", harness.victim("shares"), 60, 30,
                            10, LONG, env=self.environment)
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_timers_in_the_program(self):
        agents = harness.hone("top", "--once", "--sampler", "timer", "-i", 1, "--json", "--",
                              harness.victim("shares"), 60, 30, 10, LONG, env=self.environment)
        if b"E066" in agents.stderr:
            self.skipTest("the timer sampler's library is not built")
        self.assertEqual(agents.returncode, 0, agents.stderr)
        table = json.loads(agents.stdout)
        self.assertIn("timer", table["sampler"])
        rows = {row["name"].split("(")[0]: row for row in table["rows"]}
        for name, share in (("share_a", 0.6), ("share_b", 0.3), ("share_c", 0.1)):
            self.assertAlmostEqual(rows[name]["self_share"], share,
                                   delta=harness.chance(share, table["sample_count"]))

    def test_what_cannot_be_shown(self):
        for words, status, number in ((("-p", "x"), 2, b"E002"), (("-a", "-p", "1"), 2, b"E002"),
                                      (("--", "/no/such/program"), 127, b"E030")):
            done = harness.hone("top", "--once", *words, env=self.environment)
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertIn(number, done.stderr)

    def test_the_whole_system(self):
        with self.running("shares", 60, 30, 10, LONG):
            done = harness.hone("top", "--json", "--once", "-i", 1.5, "--top", 0,
                                env=self.environment)
        if done.returncode == 3:
            self.skipTest("the whole system may not be sampled here")
        table = json.loads(done.stdout)
        self.assertIn("share_a", {row["name"].split("(")[0] for row in table["rows"]})
        self.assertEqual(table["target"], "the whole system")

    def test_keys(self):
        with self.running("threads", LONG, 1) as process, \
                self.terminal("-p", process.pid, "-i", 0.3) as terminal:
            terminal.until("spread_1")
            terminal.press("t")
            terminal.until("worker-many")
            terminal.press("t")
            terminal.until("spread_1")
            terminal.press("m")
            terminal.until("libc.so.6")
            terminal.press("f/SPREAD_7\r")
            screen = terminal.until('only "SPREAD_7"')
            self.assertIn("spread_7", "\n".join(screen))
            self.assertNotIn("spread_1 ", "\n".join(screen))
            terminal.press("\x1b")
            terminal.until("spread_1")
            terminal.press("s")
            time.sleep(0.5)
            terminal.read(0.3)
            # Sorted by total: what called all of it comes first.
            self.assertIn("100.0%", terminal.screen()[3])
            terminal.press("?")
            terminal.until("any key goes back")
            terminal.press("x \x1b[A")
            frozen = terminal.until("paused")
            # Names may still come; figures do not change.
            while "being named" in "".join(frozen):
                terminal.read(0.3)
                frozen = terminal.screen()
            terminal.read(0.8)
            self.assertEqual(terminal.screen(), frozen)
            terminal.press("q")
            self.assertEqual(terminal.wait(), 0)
            self.assert_restored(terminal)
            self.assertIsNone(process.poll())

    def test_fits_every_size(self):
        with self.running("throwing", 1000 * LONG) as process:
            for rows, columns in ((24, 80), (3, 20), (50, 200)):
                with self.subTest(f"{columns}x{rows}"), \
                        self.terminal("-p", process.pid, "-i", 0.2, rows=rows, columns=columns,
                                      LC_ALL="C.UTF-8") as terminal:
                    terminal.read(0.5)
                    screen = terminal.screen()
                    self.assertEqual(len(screen), rows, screen)
                    self.assertLessEqual(max(map(len, screen)), columns)
                    terminal.resize(rows + 2, columns + 7)
                    terminal.read(0.3)
                    screen = terminal.screen()
                    self.assertEqual(len(screen), rows + 2)
                    self.assertLessEqual(max(map(len, screen)), columns + 7)
                    terminal.press("q")
                    self.assertEqual(terminal.wait(), 0)
                    self.assert_restored(terminal)

    def test_restored_however_it_ends(self):
        for name, end in (("Ctrl-C", lambda t: t.press("\x03")),
                          ("SIGTERM", lambda t: t.process.terminate()),
                          ("SIGHUP", lambda t: t.process.send_signal(signal.SIGHUP)),
                          ("its end", None),
                          ("a crash", lambda t: t.process.send_signal(signal.SIGSEGV))):
            with self.subTest(name), self.running("shares", 60, 30, 10, LONG) as process, \
                    self.terminal("-p", process.pid, "-i", 0.2) as terminal:
                terminal.until("share_a")
                if end:
                    end(terminal)
                else:
                    process.kill()
                    process.wait()
                status = terminal.wait()
                self.assertEqual(status, -signal.SIGSEGV if name == "a crash" else 0)
                self.assert_restored(terminal)

    def test_stop_and_go_on(self):
        with self.running("shares", 60, 30, 10, LONG) as process, \
                self.terminal("-p", process.pid, "-i", 0.2) as terminal:
            terminal.until("share_a")
            terminal.press("\x1a")
            pid, status = os.waitpid(terminal.process.pid, os.WUNTRACED)
            self.assertTrue(os.WIFSTOPPED(status), (pid, status))
            terminal.read(0.1)
            self.assert_restored(terminal)
            terminal.process.send_signal(signal.SIGCONT)
            terminal.out = b""
            terminal.until("share_a")
            self.assertIn(ENTER, terminal.out)
            terminal.press("q")
            self.assertEqual(terminal.wait(), 0)
            self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before)

    def test_without_colour_and_dumb(self):
        with self.running("shares", 60, 30, 10, LONG) as process:
            with self.terminal("-p", process.pid, "-i", 0.2, NO_COLOR="1") as terminal:
                terminal.until("share_a")
                terminal.press("q")
                terminal.wait()
                self.assertIsNone(COLOR.search(terminal.out), terminal.out)
            with self.terminal("-p", process.pid, "-i", 0.2, "-n", 2, TERM="dumb") as terminal:
                self.assertEqual(terminal.wait(), 0)
                self.assertIn(b"share_a", terminal.out)
                self.assertNotIn(b"\x1b", terminal.out)

    def test_the_programs_output_does_not_draw_over_it(self):
        with self.terminal("-i", 0.2, "--", "/bin/sh", "-c",
                           "while :; do echo DRAWN; done") as terminal:
            terminal.until("sh (pid")
            terminal.read(0.6)
            terminal.press("q")
            self.assertEqual(terminal.wait(), 0)
            self.assertNotIn(b"DRAWN", terminal.out)
            self.assert_restored(terminal)

    def test_memory_stays(self):
        """Processes come and go; what is held does not grow with them."""
        with self.running("processes", "chain", 4000), \
                subprocess.Popen([harness.HONE, "top", "--json", "-i", "0.2", "-w", "0.5"],
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                 env=self.environment) as top:
            try:
                def resident_kb():
                    with open(f"/proc/{top.pid}/status", encoding="ascii") as status:
                        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))
                for _ in range(3):
                    if not top.stdout.readline():
                        self.skipTest("the whole system may not be sampled here")
                early = resident_kb()
                for _ in range(6):
                    top.stdout.readline()
                self.assertLess(resident_kb(), early + 40_000)
            finally:
                top.send_signal(signal.SIGINT)
                top.stdout.read()
                self.assertEqual(top.wait(timeout=20), 0)


if __name__ == "__main__":
    harness.main()
