#!/usr/bin/env python3
"""`hone record` as a wrapper: what the program prints and returns comes through unchanged, whatever
happens to either of them.

usage: record_check.py path/to/hone
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HONE = None
BUSY = "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done"
ESCAPE = b"\x1b"


def hone(*words, **options):
    return subprocess.run([HONE, *words], capture_output=True, timeout=60, **options)


class Record(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="hone-record-")
        os.chdir(self.folder.name)

    def tearDown(self):
        os.chdir("/")
        self.folder.cleanup()

    def test_output_and_status_are_the_programs(self):
        done = hone("record", "-o", "a.hone", "--", "sh", "-c", "printf 'out\\0put'; exit 7")
        self.assertEqual(done.returncode, 7)
        self.assertEqual(done.stdout, b"out\0put")
        self.assertIn(b"a.hone", done.stderr)
        self.assertIn(b"Look at first", done.stderr)
        self.assertIn(b"next: hone report a.hone", done.stderr)
        self.assertNotIn(ESCAPE, done.stderr)

    def test_standard_input_is_the_programs(self):
        done = hone("record", "-q", "--", "tr", "a-z", "A-Z", input=b"through")
        self.assertEqual(done.stdout, b"THROUGH")

    def test_quiet_says_nothing(self):
        done = hone("record", "-q", "--", "sh", "-c", "echo loud >&2")
        self.assertEqual((done.returncode, done.stderr), (0, b"loud\n"))

    def test_a_signal_is_the_status(self):
        done = hone("record", "-q", "--", "sh", "-c", "kill -9 $$")
        self.assertEqual(done.returncode, 128 + signal.SIGKILL)
        self.assertEqual(hone("report").returncode, 0)

    def test_the_program_has_its_own_signal_state(self):
        done = hone("record", "-q", "--", "grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status")
        here = subprocess.run(["grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status"],
                              capture_output=True, check=True)
        self.assertEqual(done.stdout, here.stdout)

    def test_the_newest_recording_is_the_default(self):
        hone("record", "-q", "--", "true")
        names = [path.name for path in pathlib.Path(".").glob("true-*.hone")]
        self.assertEqual(len(names), 1)
        out = hone("info", "--json")
        self.assertEqual(json.loads(out.stdout)["recording"], names[0])

    def test_duration_ends_the_recording_and_not_the_program(self):
        started = time.monotonic()
        done = hone("record", "-d", "0.2", "-o", "d.hone", "--", "sh", "-c", "sleep 1; exit 5")
        self.assertGreater(time.monotonic() - started, 0.9)
        self.assertEqual(done.returncode, 5)
        self.assertIn(b"runs on", done.stderr)
        self.assertEqual(hone("info", "--verify", "d.hone").returncode, 0)

    def test_interrupting_ends_both_and_keeps_the_recording(self):
        run = subprocess.Popen([HONE, "record", "-q", "-o", "i.hone", "--", "sleep", "30"])
        time.sleep(0.5)
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(timeout=20), 128 + signal.SIGINT)
        self.assertEqual(hone("info", "--verify", "i.hone").returncode, 0)

    def test_a_killed_recorder_harms_nobody(self):
        script = f"{BUSY}; sleep 3; {BUSY}; echo done > finished"
        run = subprocess.Popen([HONE, "record", "-q", "-o", "k.hone", "--", "sh", "-c", script])
        time.sleep(1.2)
        run.kill()
        run.wait()
        for _ in range(100):
            if pathlib.Path("finished").exists():
                break
            time.sleep(0.1)
        self.assertTrue(pathlib.Path("finished").exists())
        report = hone("report", "k.hone")
        self.assertEqual(report.returncode, 0)
        self.assertIn(b"its recorder was stopped", report.stderr)
        self.assertEqual(report.stderr.count(b"\n"), 1)
        self.assertNotIn(b"k.hone: its recorder", report.stdout)

    def test_standard_error_may_be_gone(self):
        read_end, write_end = os.pipe()
        os.close(read_end)
        run = subprocess.run([HONE, "record", "-o", "p.hone", "--", "sh", "-c", "exit 3"],
                             stderr=write_end, timeout=60)
        os.close(write_end)
        self.assertEqual(run.returncode, 3)
        self.assertEqual(hone("info", "--verify", "p.hone").returncode, 0)

    def test_settings_reach_the_recorder(self):
        pathlib.Path("hone.toml").write_text("[record]\nfrequency_hz = 250\n")
        for environment, flags, expected in (({}, [], "250"),
                                             ({"HONE_RECORD_FREQUENCY_HZ": "300"}, [], "300"),
                                             ({"HONE_RECORD_FREQUENCY_HZ": "300"},
                                              ["-F", "350"], "350")):
            done = hone("record", "-q", "-o", "s.hone", *flags, "--", "true",
                        env={**os.environ, **environment})
            self.assertEqual(done.returncode, 0)
            meta = json.loads(hone("info", "--json", "s.hone").stdout)["meta"]
            self.assertEqual(meta["sampler.frequency_hz"], expected)

    def test_a_reader_that_leaves_ends_a_report_quietly(self):
        hone("record", "-q", "-o", "r.hone", "--", "sh", "-c", BUSY)
        for ignored in ("", "trap '' PIPE; "):
            run = subprocess.run(["bash", "-c", f"{ignored}'{HONE}' report --top 0 r.hone | true; "
                                  "echo ${PIPESTATUS[0]}"], capture_output=True, timeout=60)
            self.assertEqual(run.stderr, b"")
            self.assertIn(run.stdout.strip(), (b"0", b"141"))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    HONE = os.path.abspath(sys.argv.pop(1))
    checks = json.loads(hone("doctor", "--json").stdout)["checks"]
    sampling = next(check for check in checks if check["id"] == "sampling")
    if sampling["state"] == "failed":
        print(f"skipped: {sampling['says']}")
        sys.exit(77)
    unittest.main()
