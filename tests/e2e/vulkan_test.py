#!/usr/bin/env python3
"""Spans of GPUs: as long as the work is, inside its submission, nested, and accepted by Vulkan's
own checks. On the software device, so that every machine says the same."""
import glob
import json
import os
import pathlib
import subprocess
import sys

import harness

FRAMES = 60
DRIVERS = glob.glob("/usr/share/vulkan/icd.d/lvp_icd*.json")
LAYERS = glob.glob("/usr/share/vulkan/explicit_layer.d/VkLayer_khronos_validation.json")
# One thread of the device's, which does what the GPU does.
ENVIRONMENT = {"VK_ICD_FILENAMES": DRIVERS[0], "VK_DRIVER_FILES": DRIVERS[0],
               "LP_NUM_THREADS": "1"} if DRIVERS else {}


def checked_environment():
    return {**ENVIRONMENT, "VK_INSTANCE_LAYERS": "VK_LAYER_KHRONOS_validation"}


class Vulkan(harness.Case):
    def recorded(self, *words, environment=ENVIRONMENT, frames=FRAMES):
        recording = self.record("vulkan_spans", frames, *words,
                                env={**self.environment, **environment})
        done = subprocess.run([harness.HONE, "report", "--json", recording.path],
                              capture_output=True, text=True, timeout=harness.LIMIT_S, check=True)
        report = json.loads(done.stdout)["instrumentation"]
        return recording, report, report["gpu"]

    def assert_frames(self, report, queues, frames=FRAMES):
        self.assertEqual(len(queues), 1)
        queue = queues[0]
        self.assertEqual(queue["name"], "compute")
        self.assertIn("llvmpipe", queue["device"])
        self.assertTrue(queue["software"])
        self.assertEqual((queue["left_out"], queue["overlapping"]), (0, 0))
        spans = {span["name"]: span for span in queue["spans"]}
        self.assertEqual({name: span["count"] for name, span in spans.items()},
                         {"Frame": frames, "Render::Small": frames, "Render::Large": frames})
        frame, small, large = (spans[name] for name in ("Frame", "Render::Small", "Render::Large"))
        # Of frames alike the quickest: a busy machine makes single ones longer.
        ratio = large["least_ns"] / small["least_ns"]
        self.assertTrue(2.3 < ratio < 3.7, ratio)
        # A frame's own time is what its two passes are not.
        inside = small["total_ns"] + large["total_ns"]
        self.assertLessEqual(inside, frame["total_ns"])
        self.assertEqual(frame["self_ns"], frame["total_ns"] - inside)
        self.assertEqual(queue["busy_ns"], frame["total_ns"])
        cpu = {span["name"]: span for span in report["spans"]}["submit and wait"]
        self.assertLess(frame["total_ns"], cpu["total_ns"])
        return queue

    def test_frames(self):
        recording, report, queues = self.recorded()
        self.assertIn(b"left out 0", recording.out)
        queue = self.assert_frames(report, queues)
        self.assertEqual(queue["clock"], "calibrated")
        self.assertLess(queue["clock_error_ns"], 1_000_000)
        text = subprocess.run([harness.HONE, "report", "--spans", recording.path],
                              capture_output=True, text=True, timeout=harness.LIMIT_S).stdout
        self.assertIn("a software device", text)
        self.assertIn("Render::Large", text)

    def test_each_inside_its_submission(self):
        """By rows: the GPU's spans of a frame lie in the CPU's span around submit and wait."""
        recording = self.recorded()[0]
        rows = self.rows(recording.path)
        waits = rows["submit and wait"]
        self.assertEqual(len(rows["Frame"]), FRAMES)
        error = 100_000  # of the two clocks, widely
        for start, end, depth in rows["Frame"]:
            self.assertEqual(depth, 0)
            self.assertTrue(any(s - error <= start and end <= e + error for s, e, _ in waits),
                            (start, end))
        for name in ("Render::Small", "Render::Large"):
            for start, end, depth in rows[name]:
                self.assertEqual(depth, 1)
                self.assertTrue(any(s <= start and end <= e for s, e, _ in rows["Frame"]))

    def rows(self, path):
        """name -> [(start, end, depth)], of the CPU's and the GPU's spans."""
        done = subprocess.run([os.environ["HONE_SPAN_ROWS"], path], capture_output=True, text=True,
                              timeout=harness.LIMIT_S, check=True)
        out = {}
        for line in done.stdout.splitlines():
            kind, start, end, depth, name = line.split(" ", 4)
            self.assertIn(kind, ("cpu", "gpu"))
            out.setdefault(name, []).append((int(start), int(end), int(depth)))
        return out

    def test_queries_reset_by_the_host(self):
        _, report, queues = self.recorded("host")
        self.assert_frames(report, queues)

    def test_without_calibrated_timestamps(self):
        _, report, queues = self.recorded("bracket")
        self.assertEqual(self.assert_frames(report, queues)["clock"], "once")

    def test_more_spans_than_queries(self):
        recording, _, queues = self.recorded("few")
        self.assertIn(b"left out %d" % (3 * FRAMES - 16), recording.out)
        self.assertEqual(queues[0]["count"], 16)
        self.assertEqual(queues[0]["left_out"], 3 * FRAMES - 16)

    def test_commands_that_are_never_submitted(self):
        """They keep their queries, and no one else's."""
        _, report, queues = self.recorded("never")
        self.assert_frames(report, queues)

    def bound(self, *words, frames):
        """What the report says of frames, and its findings by id."""
        recording = self.recorded(*words, frames=frames)[0]
        told = json.loads(harness.hone("report", "--json", recording.path).stdout)
        frames_told = told["instrumentation"]["gpu_frames"]
        self.assertEqual(len(frames_told), 1, frames_told)
        self.assertIn("llvmpipe", frames_told[0]["device"])
        self.assertTrue(frames_told[0]["software"])
        # Before the first mark, and behind the last one, there is no frame.
        self.assertEqual(frames_told[0]["frames"], frames - 1)
        self.assertEqual(sum(frames_told[0]["bound"].values()), frames - 1)
        return recording, frames_told[0], {f["id"]: f for f in told["findings"]}

    def test_frames_that_wait_for_the_device(self):
        recording, told, _ = self.bound(frames=FRAMES)
        # Hardly anything but its work is in a frame. A busy machine may wake the thread late.
        self.assertEqual(told["wait_span"], "submit and wait")
        self.assertGreater(told["gpu_share"], 0.6)
        self.assertGreater(told["wait_share"], 0.6)
        self.assertGreater(told["bound"]["gpu"] + told["bound"]["turns"], 0.8 * told["frames"])
        text = harness.hone("report", "--gpu", recording.path).stdout.decode()
        self.assertIn("waited for most in 'submit and wait'", text)
        self.assertIn("a software device", text)
        self.assertNotIn("Spans", text)

    def test_frames_in_turns_with_the_device(self):
        # 20 ms of the CPU's own, then the device's, which is waited for.
        _, told, findings = self.bound("work", frames=40)
        self.assertEqual(told["bound_by"], "turns")
        self.assertEqual(told["wait_span"], "submit and wait")
        self.assertLess(told["gpu_share"], 0.8)
        finding = findings["gpu-cpu-turns"]
        self.assertEqual(finding["severity"], 2)  # they are over 16.67 ms
        self.assertIn("llvmpipe", finding["sentence"])
        self.assertIn("software device", finding["sentence"])

    def test_trimmed(self):
        """A part of the recording has the queue, and the spans of its time."""
        recording = self.recorded()[0]
        middle = sorted(self.rows(recording.path)["Frame"])[FRAMES // 2][0]
        start = int(self.info(recording.path)["meta"]["run.start_ns"])
        part = self.path()
        done = harness.hone("trim", f"--from={(middle - start) / 1e9:.6f}s", "-o", part,
                            recording.path)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = harness.hone("report", "--json", part)
        queue = json.loads(done.stdout)["instrumentation"]["gpu"][0]
        self.assertIn("llvmpipe", queue["device"])
        self.assertEqual(queue["clock"], "calibrated")
        frames = {span["name"]: span for span in queue["spans"]}["Frame"]["count"]
        self.assertTrue(FRAMES // 2 - 1 <= frames <= FRAMES // 2 + 1, frames)

    def test_not_recorded(self):
        done = subprocess.run([harness.victim("vulkan_spans"), "2"], capture_output=True, text=True,
                              env={**self.environment, **ENVIRONMENT}, timeout=harness.LIMIT_S)
        self.assertEqual((done.returncode, done.stdout), (0, "left out 0\n"))

    def test_nothing_to_say_for_the_validation_layer(self):
        if not LAYERS:
            self.skipTest("vulkan-validationlayers is not installed")
        # More frames than queries: they are reset and used again.
        for how, frames in (("", 60), ("host", 60), ("bracket", 3), ("few", 12)):
            with self.subTest(how):
                recording = self.record("vulkan_spans", frames, how, flags=("-q",),
                                        env={**self.environment, **checked_environment()})
                self.assertNotIn(b"VUID", recording.out + recording.err)
                self.assertNotIn(b"Validation", recording.out + recording.err)


if __name__ == "__main__":
    if not (pathlib.Path(harness.VICTIMS) / "vulkan_spans").exists():
        print("skipped: built without Vulkan (libvulkan-dev, glslang-tools)")
        sys.exit(harness.SKIPPED)
    if not DRIVERS:
        print("skipped: no software device (mesa-vulkan-drivers)")
        sys.exit(harness.SKIPPED)
    harness.main()
