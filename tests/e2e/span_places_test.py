#!/usr/bin/env python3
"""Marks in odd places of a program, and in libraries that come and go, whatever their version."""
import json
import pathlib
import subprocess

import harness

ROUNDS, CALLS, THREADS, SIGNALS = 3, 5, 4, 10
RELOADS = 9
OWN = {"static constructor": 1, "static destructor": 1, "thread": THREADS,
       "thread_local destructor": THREADS, "signal handler": SIGNALS, "interrupted": SIGNALS,
       "between": ROUNDS}
# By the main thread and by one of its own.
OF_LIBRARY = {"in the library": 2 * CALLS * ROUNDS, "library loaded": ROUNDS,
              "library unloaded": ROUNDS}


class SpanPlaces(harness.Case):
    def recorded(self, *libraries, flags=("-q",)):
        paths = [harness.victim(f"{name}.so") for name in libraries]
        recording = self.record("spans_places", *paths, flags=flags)
        done = harness.hone("report", "--json", "--spans", recording.path)
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)["instrumentation"]
        self.assertEqual(report["lost"], 0)
        counts = {}
        for span in report["spans"]:
            counts[span["name"]] = counts.get(span["name"], 0) + span["count"]
        return recording, report, counts

    def assert_counts(self, counts, libraries, marked):
        wanted = dict(OWN)
        if libraries:
            wanted["with a library"] = ROUNDS * libraries
        for name, count in OF_LIBRARY.items():
            if marked:
                wanted[name] = count * marked
        self.assertEqual(counts, wanted)

    def test_static_objects_threads_and_handlers(self):
        self.assert_counts(self.recorded()[2], 0, 0)

    def test_the_same_by_timers(self):
        self.assert_counts(self.recorded(flags=("-q", "--sampler", "timer"))[2], 0, 0)

    def test_libraries_that_come_and_go(self):
        _, report, counts = self.recorded("spans_library")
        self.assert_counts(counts, 1, 1)
        self.assertEqual(report["refused"], 0)

    def test_libraries_built_off_beside_those_built_on(self):
        _, report, counts = self.recorded("spans_library", "spans_library_off")
        self.assert_counts(counts, 2, 1)

    def test_a_later_version_in_the_same_process(self):
        _, report, counts = self.recorded("spans_library", "spans_library_later")
        self.assert_counts(counts, 2, 2)
        self.assertEqual(report["refused"], 0)

    def test_a_version_that_cannot_be_read(self):
        recording, report, counts = self.recorded("spans_library", "spans_library_foreign")
        self.assert_counts(counts, 2, 1)
        self.assertEqual(report["refused"], ROUNDS)
        text = subprocess.run([harness.HONE, "report", recording.path], capture_output=True,
                              text=True, timeout=harness.LIMIT_S).stdout
        self.assertIn("another version", text)

    def test_a_library_that_is_closed_closes_its_descriptor(self):
        library = harness.victim("spans_library.so")
        done = subprocess.run([harness.victim("spans_reload"), library, "100"],
                              capture_output=True, text=True, timeout=harness.LIMIT_S)
        self.assertEqual((done.returncode, done.stdout), (0, "0 0\n"), done.stderr)
        recording = self.record("spans_reload", library, str(RELOADS))
        # Each was handed over when it was loaded; the recorder has descriptors of its own.
        self.assertEqual(recording.out, b"0 0\n")
        done = harness.hone("report", "--json", "--spans", recording.path)
        report = json.loads(done.stdout)["instrumentation"]
        counts = {span["name"]: span["count"] for span in report["spans"]}
        self.assertEqual(counts["in the library"], RELOADS + (RELOADS + 1) // 2)
        self.assertEqual(counts["library unloaded"], RELOADS)
        self.assertEqual((counts["in a child"], counts["ended"]), (1, 1))
        self.assertEqual(report["lost"], 0)

    def coverage(self, *flags):
        rules = self.path("hone.toml")
        pathlib.Path(rules).write_text("""
[[coverage]]
subsystem = "library"
spans = ["in the library", "never in the library", "in no library"]
plots = ["never plotted"]
""", encoding="utf-8")
        recording = self.recorded("spans_library", flags=("-q", *flags))[0]
        done = harness.hone("report", "--json", "--coverage", "--config", rules, recording.path)
        self.assertEqual(done.returncode, 0, done.stderr)
        told = json.loads(done.stdout)
        states = {name["name"]: name["state"] for name in told["subsystems"][0]["names"]}
        return told, states

    def test_coverage_looks_into_libraries_without_samples(self):
        """However little of it runs: a library that is mapped is looked at."""
        # So seldom that no sample is of the library.
        told, states = self.coverage("-F", "1")
        self.assertEqual(states, {"in the library": "fired", "never in the library": "never fired",
                                  "in no library": "missing", "never plotted": "never fired"})
        self.assertTrue(any("spans_library.so" in path for path in told["files"]), told["files"])

    def test_not_recorded(self):
        for library in ("spans_library", "spans_library_later", "spans_library_foreign"):
            done = subprocess.run([harness.victim("spans_places"), harness.victim(f"{library}.so")],
                                  capture_output=True, timeout=harness.LIMIT_S)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))


if __name__ == "__main__":
    harness.main()
