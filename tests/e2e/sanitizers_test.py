#!/usr/bin/env python3
"""Programs built with a sanitizer, under timers: its runtime looks at every call of a function of
libc, takes the program's signals, and wants to come before all other libraries."""
import pathlib
import subprocess

import harness

TIMER = ("--sampler", "timer")
VICTIMS = pathlib.Path(__file__).parent.parent / "victims"


class Sanitizers(harness.Case):
    def built(self, name, kind):
        program = self.folder / f"{name}_{kind}"
        words = ["gcc", "-O1", "-g", "-pthread", f"-fsanitize={kind}", "-o", program,
                 VICTIMS / f"{name}.c"]
        try:
            subprocess.run(words, capture_output=True, timeout=60, check=True)
            subprocess.run([program, "sigwait" if name == "disturbed" else "1"], timeout=60,
                           capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            self.skipTest(f"no program with -fsanitize={kind} can be built and run here")
        return program

    def test_shares(self):
        for kind in ("address", "thread"):
            with self.subTest(kind):
                report = self.assert_same_by_timers(self.built("ratio", kind))
                self.assertEqual(report.summary["facts"]["sampler.name"], "timer")
                self.assertAlmostEqual(report.row("three")["self_share"], 0.75,
                                       delta=harness.chance(0.75, report.samples))

    def test_address_sanitizer(self):
        program = self.built("disturbed", "address")
        # Stacks are copied, with what lies between variables.
        self.assert_same_by_timers(program, "small")
        self.assert_same_by_timers(program, "waits")

    def test_thread_sanitizer(self):
        program = self.built("disturbed", "thread")
        self.assert_same_by_timers(program, "small")
        # Handlers are called later than their signals come.
        self.assert_same_by_timers(program, "wakes")

    def test_what_is_said_in_the_environment_stays(self):
        for before, expected in (("quiet=1", b"verify_asan_link_order=0:quiet=1"),
                                 ("", b"verify_asan_link_order=0"),
                                 ("verify_asan_link_order=1", b"verify_asan_link_order=1")):
            said = self.record("/bin/sh", "-c", "echo $ASAN_OPTIONS", flags=TIMER,
                               env={**self.environment, "ASAN_OPTIONS": before}).out
            self.assertEqual(said, expected + b"\n")


if __name__ == "__main__":
    harness.main()
