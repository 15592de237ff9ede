"""Importing Chrome's format: a gigabyte of ten million spans, as Hone exports them.

CPU time of the whole command, which has one thread, so that bytes a second are those of one core;
the file lies in the page cache, and the recording is written.
"""
from lib import imports, text

REACH_BYTES_S = 250e6


def run(bench):
    return imports.measured(bench, "chrome", ".json", lambda path, spans: [
        bench.bin / "hone-bench-make-spans", path, spans])


def rows(data):
    rate = data["bytes"] / data["cpu_s"]
    return [text.row(f"import of {text.size(data['bytes'])} of Chrome's format",
                     "Perfetto's trace processor: 96 MB/s",
                     f"{text.size(rate)}/s a core", "at least 250 MB/s", rate >= REACH_BYTES_S),
            imports.memory_row(data)]
