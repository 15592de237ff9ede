#!/usr/bin/env python3
"""CUDA on stand-ins of the driver and of CUPTI (tests/victims/stand_in_*): what programs mark by
hone/cuda.h, and what CUPTI tells of programs that mark nothing. No GPU takes part."""
import json
import os
import subprocess

import harness

FRAMES = 20
US = 1000
SCALE, SUM = "scale(float*, float)", "void math::sum<float>(float const*, int)"


class Cuda(harness.Case):
    def recorded(self, victim, *words, flags=("-q",), libraries=True, status=0, **variables):
        environment = {**self.environment, **variables}
        if libraries:
            environment["LD_LIBRARY_PATH"] = harness.victim("stand_in_cuda")
        return self.record(victim, *words, flags=flags, env=environment, status=status)

    def rows(self, recording, sql):
        done = harness.hone("query", "--json", recording.path, sql, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [tuple(row) for row in json.loads(done.stdout)["rows"]]

    def queues(self, recording):
        done = harness.hone("report", "--json", recording.path, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {queue["name"]: queue for queue in json.loads(done.stdout)["instrumentation"]["gpu"]}

    def messages(self, recording):
        return self.rows(recording, "select name, count(*) from messages group by 1 order by 1")

    def assert_kernels(self, recording, frames=FRAMES):
        self.assertEqual(self.rows(recording, "select q.name, s.name, count(*) from gpu_spans s"
                                              " join gpu_queues q on q.id = s.queue group by 1, 2"
                                              " order by 1, 2"),
                         [("stream 14 (CUPTI)", "memcpy HtoD", frames),
                          ("stream 14 (CUPTI)", SCALE, frames),
                          ("stream 14 (CUPTI)", SUM, frames),
                          ("stream 15 (CUPTI)", SCALE, frames)])
        # The device's clock runs 20 in a million too fast, and CUPTI has brought it to ours.
        for name, queue, ns in (("memcpy HtoD", 14, 50 * US), (SCALE, 14, 100 * US),
                                (SUM, 14, 300 * US), (SCALE, 15, 200 * US)):
            (least, most), = self.rows(
                recording, "select min(s.dur), max(s.dur) from gpu_spans s join gpu_queues q on"
                           f" q.id = s.queue where s.name = '{name}' and"
                           f" q.name = 'stream {queue} (CUPTI)'")
            self.assertAlmostEqual(least, ns * (1 - 20e-6), delta=2)
            self.assertAlmostEqual(most, ns * (1 - 20e-6), delta=2)

    def test_a_program_that_marks_nothing(self):
        recording = self.recorded("cuda_plain", FRAMES)
        self.assertEqual(recording.out, b"done\n")
        self.assert_kernels(recording)
        self.assertEqual(self.messages(recording), [])
        queues = self.queues(recording)
        self.assertEqual({name: (q["clock"], q["device"], q["left_out"], q["overlapping"])
                          for name, q in queues.items()},
                         {"stream 14 (CUPTI)": ("cupti", "CUDA device 0", 0, 0),
                          "stream 15 (CUPTI)": ("cupti", "CUDA device 0", 0, 0)})
        self.assertNotIn("clock_error_ns", queues["stream 14 (CUPTI)"])
        # Which thread asked for it, and when, CUPTI was not asked.
        self.assertEqual(self.rows(recording, "select count(*) from gpu_spans where issued <> ts or"
                                              " thread <> 0"), [(0,)])
        text = harness.hone("report", "--gpu", recording.path).stdout.decode()
        self.assertIn(SCALE, text)
        self.assertIn("its times are those of CUPTI, which does not say how exact they are", text)

    def test_the_same_by_timers(self):
        self.assert_kernels(self.recorded("cuda_plain", FRAMES, flags=("-q", "--sampler", "timer")))

    def test_kernels_run_while_the_program_does(self):
        recording = self.recorded("cuda_plain", FRAMES)
        # Of one stream they come one after the other.
        self.assertEqual(self.rows(recording, "select count(*) from gpu_spans a join gpu_spans b on"
                                              " a.queue = b.queue and a.id <> b.id and"
                                              " b.ts >= a.ts and b.ts < a.end - 1"), [(0,)])
        (first, last), = self.rows(recording, "select min(ts), max(end) from gpu_spans")
        self.assertGreater(first, 0)
        self.assertGreaterEqual(last - first, FRAMES * 450 * US * (1 - 20e-6))

    def test_strange_records_and_small_buffers(self):
        for how in ("strange", "small"):
            with self.subTest(how):
                self.assert_kernels(self.recorded("cuda_plain", FRAMES, STAND_IN_CUPTI=how))

    def test_a_cupti_that_keeps_its_own_clock(self):
        recording = self.recorded("cuda_plain", FRAMES, STAND_IN_CUPTI="old")
        (count, first), = self.rows(recording, "select count(*), min(ts) from gpu_spans")
        self.assertEqual(count, 4 * FRAMES)
        # Not some decades off.
        self.assertTrue(0 <= first < 60e9, first)

    def test_cupti_that_is_not_to_be_had_is_said_and_the_program_goes_on(self):
        for variables, why in (({"STAND_IN_CUPTI": "taken"},
                                "another tool uses CUPTI in this process"),
                               ({"HONE_CUPTI": "/no/such/library.so"}, "libcupti.so was not found"),
                               ({"HONE_CUPTI": ""}, "libcupti.so was not found")):
            with self.subTest(why):
                recording = self.recorded("cuda_plain", 1, **variables)
                self.assertEqual(recording.out, b"done\n")
                self.assertEqual(self.messages(recording), [("CUDA activity is off", 1)])
                (said,), = self.rows(recording, "select value from span_arguments where"
                                                " key = 'why'")
                self.assertIn(why, said)
                self.assertEqual(self.rows(recording, "select count(*) from gpu_spans"), [(0,)])

    def test_without_cuda_nothing_is_said(self):
        recording = self.recorded("cuda_plain", 1, libraries=False)
        if recording.out != b"no CUDA\n":
            self.skipTest("this machine has libcuda.so.1")
        self.assertEqual(self.messages(recording), [])

    def test_what_was_in_buffers_is_lost_with_a_killed_program(self):
        recording = self.recorded("cuda_plain", FRAMES, "kill", status=None, STAND_IN_CUPTI="small")
        (count,), = self.rows(recording, "select count(*) from gpu_spans")
        self.assertTrue(4 * FRAMES - 3 * 7 <= count < 4 * FRAMES, count)

    def test_another_tool_is_left_alone(self):
        recording = self.recorded("cuda_plain", 1, flags=(),
                                  CUDA_INJECTION64_PATH="/no/such/library.so")
        self.assertIn(b"CUDA_INJECTION64_PATH is set already, to /no/such/library.so",
                      recording.out + recording.err)
        self.assertEqual(self.rows(recording, "select count(*) from gpu_spans"), [(0,)])

    def test_without_a_recorder_the_library_does_nothing(self):
        library = os.path.join(os.path.dirname(harness.HONE), "../lib/libhone-cuda.so")
        done = subprocess.run([harness.victim("cuda_plain"), "3"], capture_output=True, text=True,
                              env={**self.environment, "CUDA_INJECTION64_PATH": library,
                                   "LD_LIBRARY_PATH": harness.victim("stand_in_cuda")},
                              timeout=harness.LIMIT_S, check=True)
        self.assertEqual(done.stdout, "done\n")

    def marked(self, *words, **options):
        # Without the injected library, so that what is there is the program's own.
        return self.recorded("cuda_spans", FRAMES, *words, CUDA_INJECTION64_PATH="", **options)

    def test_spans_of_streams(self):
        recording = self.marked()
        self.assertEqual(recording.out.splitlines()[-1], b"left out 0")
        queues = self.queues(recording)
        self.assertEqual(set(queues), {"compute", "upload"})
        compute = queues["compute"]
        self.assertEqual((compute["clock"], compute["device"], compute["device_kind"]),
                         ("followed", "stand-in", "discrete"))
        spans = {span["name"]: span for span in compute["spans"]}
        self.assertEqual({name: span["count"] for name, span in spans.items()},
                         {"Step": FRAMES, "Step::scale": FRAMES, "Step::sum": FRAMES})
        # Of an idle stream a span begins where it is recorded, a little before its kernel does;
        # what follows begins where that ends.
        for name, us in (("Step", 400), ("Step::scale", 100)):
            self.assertGreaterEqual(spans[name]["least_ns"], us * US - 10)
            self.assertLess(spans[name]["least_ns"], us * US + 50 * US)
        # A float of milliseconds tells a second to 60 ns. A thread that is kept waiting gives the
        # work late: not in most frames.
        (exact, least), = self.rows(
            recording, f"select sum(abs(dur - {300 * US}) < 100), min(dur) from gpu_spans where"
                       " name = 'Step::sum'")
        self.assertGreater(exact, FRAMES // 2)
        self.assertGreater(least, 300 * US - 100)
        inside = spans["Step::scale"]["total_ns"] + spans["Step::sum"]["total_ns"]
        self.assertAlmostEqual(spans["Step"]["self_ns"], spans["Step"]["total_ns"] - inside,
                               delta=10 * US)
        # Where a second passes, and another base counts, two may.
        self.assertLessEqual(compute["overlapping"], 3)
        self.assertEqual({s["name"] for s in queues["upload"]["spans"]}, {"Upload"})
        self.assertGreaterEqual(compute["clock_error_ns"], 500)
        text = harness.hone("report", "--gpu", recording.path).stdout.decode()
        self.assertIn("compared with the CPU's each second, by an event", text)

    def test_each_inside_its_submission(self):
        recording = self.marked()
        error = max(queue["clock_error_ns"] for queue in self.queues(recording).values())
        # As the two clocks drift apart between comparisons, at 20 in a million.
        (span,), = self.rows(recording, "select max(end) - min(ts) from gpu_spans")
        error += 20e-6 * span + 2
        self.assertEqual(self.rows(recording, "select count(*) from gpu_spans g where not exists ("
                                              "select 1 from spans s where s.name ="
                                              f" 'submit and wait' and s.ts - {error} <= g.ts and"
                                              f" g.end <= s.end + {error})"), [(0,)])
        self.assertEqual(self.rows(recording, "select name, min(depth), max(depth), count(thread)"
                                              " from gpu_spans group by 1 order by 1"),
                         [("Step", 0, 0, FRAMES), ("Step::scale", 1, 1, FRAMES),
                          ("Step::sum", 1, 1, FRAMES), ("Upload", 0, 0, FRAMES)])

    def test_a_program_opens_cupti_itself(self):
        recording = self.marked("activity")
        self.assertEqual(recording.out.splitlines(), [b"left out 0"])
        counts = dict(self.rows(recording, "select q.name, count(*) from gpu_spans s join"
                                           " gpu_queues q on q.id = s.queue group by 1"))
        self.assertEqual(counts, {"compute": 3 * FRAMES, "upload": FRAMES,
                                  "stream 14 (CUPTI)": 2 * FRAMES, "stream 15 (CUPTI)": FRAMES})
        self.assertEqual(self.rows(recording, "select distinct name from gpu_spans where name like"
                                              " 'work%'"), [("work()",)])

    def test_a_program_opens_cupti_that_is_injected_already(self):
        recording = self.recorded("cuda_spans", FRAMES, "activity")
        self.assertEqual(recording.out.splitlines(),
                         [b"activity: another tool uses CUPTI in this process", b"left out 0"])
        self.assertEqual(self.rows(recording, "select count(*) from gpu_spans"), [(7 * FRAMES,)])

    def test_a_program_that_is_marked_goes_on_without_cuda(self):
        recording = self.recorded("cuda_spans", 2, "activity", libraries=False)
        if b"device" not in recording.out:
            self.skipTest("this machine has libcuda.so.1")
        self.assertEqual(recording.out.splitlines(),
                         [b"device: libcuda.so.1, or functions of it, were not found",
                          b"activity: not opened", b"left out 0"])
        self.assertEqual(self.messages(recording), [("CUDA spans are off", 1)])


if __name__ == "__main__":
    harness.main()
