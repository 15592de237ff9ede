#!/usr/bin/env python3
"""What a recorded program notices of Hone: nothing. Its output, its status, its signals."""
import os
import pty
import select
import signal
import subprocess
import time

import harness


class Program(harness.Case):
    def start(self, *command, flags=(), **options):
        self.out_path = self.path()
        process = subprocess.Popen(
            [harness.HONE, "record", "-o", self.out_path, *map(str, flags), "--",
             *map(str, command)],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
            process.wait(timeout=10)

    def wait_ready(self, process):
        self.assertEqual(process.stdout.readline(), b"ready\n")

    def test_output_is_the_programs_byte_for_byte(self):
        given = bytes(range(256)) * 40
        alone = subprocess.run([harness.victim("talk")], input=given, capture_output=True,
                               timeout=harness.LIMIT_S)
        quiet = self.record("talk", flags=("-q",), status=3, input=given)
        self.assertEqual(quiet.out, alone.stdout)
        self.assertEqual(quiet.err, alone.stderr)
        said = self.record("talk", status=3, input=given)
        self.assertEqual(said.out, alone.stdout)
        # Hone's own words come after the program's.
        self.assertEqual(said.err[:len(alone.stderr)], alone.stderr)
        self.assertIn(b"recorded ", said.err[len(alone.stderr):])

    def test_exit_status_is_the_programs(self):
        for way, status in (("exit7", 7), ("kill", 128 + 9), ("segv", 128 + 11),
                            ("abort", 128 + 6), ("term", 128 + 15)):
            with self.subTest(way):
                recording = self.record("ending", way, status=status)
                report = self.assert_opens(recording.path)
                self.assertGreater(report.row("some_work")["self_share"], 0.5)
                self.assertEqual(report.summary["facts"]["run.exit_status"], str(status))

    def test_interrupting_hone_alone(self):
        process = self.start(harness.victim("until_told"), "polite")
        self.wait_ready(process)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
        self.assertEqual(out, b"interrupted 1\n")
        self.assertEqual(process.returncode, 9)
        self.assertGreater(self.assert_opens(self.out_path).samples, 5)

    def test_terminating_hone_ends_a_program_without_handler(self):
        process = self.start(harness.victim("until_told"), "default")
        self.wait_ready(process)
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)
        self.assert_opens(self.out_path)

    def test_control_c_at_a_terminal(self):
        """Both get the terminal's signal: the program once, not twice."""
        path = self.path()
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(harness.HONE, [harness.HONE, "record", "-o", str(path), "--",
                                     harness.victim("until_told"), "polite"], self.environment)
        self.addCleanup(os.close, terminal)
        seen, pressed, deadline = b"", False, time.monotonic() + 30
        while time.monotonic() < deadline:
            if not select.select([terminal], [], [], 0.5)[0]:
                continue
            try:
                got = os.read(terminal, 65536)
            except OSError:
                break  # the other end is closed
            if not got:
                break
            seen += got
            if b"ready" in seen and not pressed:
                time.sleep(0.3)
                os.write(terminal, b"\x03")
                pressed = True
        if time.monotonic() >= deadline:
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 9, seen)
        self.assertIn(b"interrupted 1\r\n", seen)
        self.assert_opens(path)

    def test_second_interrupt_saves_at_once(self):
        """The program takes no notice: the first signal is handed on, the second ends recording."""
        process = self.start(harness.victim("until_told"), "ignore", 6000)
        self.wait_ready(process)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not self.info(self.out_path)["finished"]:
            time.sleep(0.1)
        self.assertTrue(self.info(self.out_path)["finished"])
        self.assertIsNone(process.poll(), "the program is still there to be waited for")
        out, _ = process.communicate(timeout=60)
        self.assertEqual((process.returncode, out), (5, b"done\n"))
        self.assert_opens(self.out_path)

    def test_duration_ends_the_recording_and_not_the_program(self):
        process = self.start(harness.victim("until_told"), "default", 2500, flags=("-d", 0.4))
        self.wait_ready(process)
        start = time.monotonic()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not self.info(self.out_path)["finished"]:
            time.sleep(0.05)
        self.assertTrue(self.info(self.out_path)["finished"])
        self.assertIsNone(process.poll())
        out, err = process.communicate(timeout=60)
        program_s = time.monotonic() - start
        self.assertEqual((process.returncode, out), (5, b"done\n"))
        self.assertIn(b"runs on", err)
        report = self.assert_opens(self.out_path)
        self.assertGreater(report.row("one_unit")["self_share"], 0.7)
        self.assertLess(report.summary["wall_ns"] * 1e-9, program_s)

    def test_program_keeps_its_terminal_and_group(self):
        command = ["/bin/sh", "-c", "cut -d' ' -f5,6,7 /proc/self/stat"]
        alone = subprocess.run(command, capture_output=True, timeout=20)
        self.assertEqual(self.record(*command, flags=("-q",)).out, alone.stdout)

    def test_no_descriptors_are_left_to_the_program(self):
        listing = ["/bin/sh", "-c", "ls /proc/self/fd | wc -l"]
        alone = subprocess.run(listing, capture_output=True, timeout=20)
        self.assertEqual(self.record(*listing, flags=("-q",)).out, alone.stdout)


if __name__ == "__main__":
    harness.main()
