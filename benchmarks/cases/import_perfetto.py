"""Importing Perfetto's own format: ten million spans of eight threads, as Hone exports them.

CPU time of the whole command, which has one thread, so that spans a second are those of one core;
the file lies in the page cache, and the recording is written.
"""
from lib import stats, text

REACH_SPANS_S = 5e6
PEAK_FACTOR, PEAK_BYTES = 1.5, 256e6
SPANS_A_SAMPLE = 10
THREADS = 8


def run(bench):
    spans = SPANS_A_SAMPLE * bench.sizes.samples
    made, trace, out = (bench.recordings / f"import{end}"
                        for end in (".hone", ".pftrace", "ed.hone"))
    for path in (made, trace, out):
        path.unlink(missing_ok=True)
    bench.checked([bench.bin / "hone-bench-make-timeline", made, spans, THREADS])
    bench.checked([bench.hone, "export", "--to", "perfetto", "-o", trace, made])
    made.unlink()
    runs = []
    for _ in range(bench.sizes.few):
        out.unlink(missing_ok=True)
        runs.append(bench.checked([bench.hone, "import", "-q", "-o", out, trace]))
    data = {"spans": spans, "bytes": trace.stat().st_size, "out_bytes": out.stat().st_size,
            "cpu_s": stats.median([one.cpu_s for one in runs]),
            "peak_rss_bytes": max(one.peak_rss_bytes for one in runs)}
    trace.unlink()
    out.unlink()
    return data


def rows(data):
    rate = data["spans"] / data["cpu_s"]
    bound = PEAK_FACTOR * data["out_bytes"] + PEAK_BYTES
    return [text.row(f"import of {text.size(data['bytes'])} of Perfetto's format",
                     "–", f"{rate / 1e6:.1f} million spans/s a core",
                     f"at least {REACH_SPANS_S / 1e6:.0f} million spans/s", rate >= REACH_SPANS_S),
            text.row("… its peak memory", "–", text.size(data["peak_rss_bytes"]),
                     f"at most {text.size(bound)}: 1.5 times the recording and 256 MB",
                     data["peak_rss_bytes"] <= bound)]
