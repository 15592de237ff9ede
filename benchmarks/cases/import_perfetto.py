"""Importing Perfetto's own format: ten million spans of eight threads, as Hone exports them.

CPU time of the whole command, which has one thread, so that spans a second are those of one core;
the file lies in the page cache, and the recording is written.
"""
from lib import imports, text

REACH_SPANS_S = 5e6
THREADS = 8


def run(bench):
    return imports.measured(bench, "perfetto", ".pftrace", lambda path, spans: [
        bench.bin / "hone-bench-make-timeline", path, spans, THREADS])


def rows(data):
    rate = data["spans"] / data["cpu_s"]
    return [text.row(f"import of {text.size(data['bytes'])} of Perfetto's format",
                     "–", f"{rate / 1e6:.1f} million spans/s a core",
                     f"at least {REACH_SPANS_S / 1e6:.0f} million spans/s", rate >= REACH_SPANS_S),
            imports.memory_row(data)]
