"""A long recording of eight busy threads: the recorder's memory, and the size of its file.

What ten minutes of eight threads on eight CPUs put out is a number of samples. Where there are
fewer CPUs the rate is raised until as many come a second; and unless all ten minutes are asked for
(--full), the file of a shorter recording is extrapolated by its samples. Memory is not: what does
not grow with time has its size after a minute, and what is held of stacks has a limit.
"""
import os

from lib import text
from workloads import Program

THREADS = 8
FREQUENCY_HZ = 997
SECONDS = 600
SAMPLES = THREADS * FREQUENCY_HZ * SECONDS
MEMORY_REACH_BYTES = 200e6
FILE_REACH_BYTES = 20e6


def run(bench):
    seconds = bench.sizes.long_s
    cpus = min(THREADS, os.cpu_count())
    program = Program("busy_threads", [bench.bin / "hone-bench-busy-threads", THREADS, seconds])
    run, path = bench.record("hone", program, suffix="-long",
                             frequency_hz=FREQUENCY_HZ * THREADS // cpus)
    report = bench.hone_json("report", path)
    samples = max(1, report["summary"]["sample_count"])
    return {"seconds": seconds, "cpus": cpus, "samples": samples,
            "lost": report["quality"]["lost_samples"],
            "peak_rss_bytes": run.peak_rss_bytes, "file_bytes": path.stat().st_size,
            "file_bytes_of_ten_minutes": path.stat().st_size * SAMPLES // samples}


def rows(data):
    of = f"{THREADS} threads at {FREQUENCY_HZ} Hz"
    said = "" if data["seconds"] == SECONDS else ", extrapolated"
    return [text.row(f"memory of the recorder, {of}, after {text.seconds(data['seconds'])}", "–",
                     text.size(data["peak_rss_bytes"]), "at most 200 MB",
                     data["peak_rss_bytes"] <= MEMORY_REACH_BYTES),
            text.row(f"recording of ten minutes, {of}{said}", "–",
                     text.size(data["file_bytes_of_ten_minutes"]), "at most 20 MB",
                     data["file_bytes_of_ten_minutes"] <= FILE_REACH_BYTES)]
