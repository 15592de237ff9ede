#!/usr/bin/env python3
"""Programs of another libc, under timers: musl."""
import pathlib
import shutil
import subprocess
import unittest

import harness

VICTIMS = pathlib.Path(__file__).parent.parent / "victims"


@unittest.skipUnless(shutil.which("musl-gcc"), "musl-gcc is not installed")
class Musl(harness.Case):
    def built(self, name):
        program = self.folder / f"{name}_musl"
        subprocess.run(["musl-gcc", "-O2", "-g", "-o", program, VICTIMS / f"{name}.c"], check=True,
                       timeout=60)
        return program

    def test_shares(self):
        report = self.assert_same_by_timers(self.built("ratio"))
        self.assertAlmostEqual(report.row("three")["self_share"], 0.75,
                               delta=harness.chance(0.75, report.samples))
        self.assert_complete(report, share=0.98, starts=1)

    def test_it_is_not_disturbed(self):
        program = self.built("disturbed")
        for what in ("waits", "writes", "wakes"):
            with self.subTest(what):
                self.assert_same_by_timers(program, what)


if __name__ == "__main__":
    harness.main()
