"""Importing Chrome's format: a gigabyte of ten million spans, as Hone exports them.

CPU time of the whole command, which has one thread, so that bytes a second are those of one core;
the file lies in the page cache, and the recording is written.
"""
from lib import stats, text

REACH_BYTES_S = 250e6
PEAK_FACTOR, PEAK_BYTES = 1.5, 256e6
SPANS_A_SAMPLE = 10


def run(bench):
    spans = SPANS_A_SAMPLE * bench.sizes.samples
    made, trace, out = (bench.recordings / f"import{end}" for end in (".hone", ".json", "ed.hone"))
    for path in (made, trace, out):
        path.unlink(missing_ok=True)
    bench.checked([bench.bin / "hone-bench-make-spans", made, spans])
    bench.checked([bench.hone, "export", "--to", "chrome", "-o", trace, made])
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
    rate = data["bytes"] / data["cpu_s"]
    bound = PEAK_FACTOR * data["out_bytes"] + PEAK_BYTES
    return [text.row(f"import of {text.size(data['bytes'])} of Chrome's format",
                     "Perfetto's trace processor: 96 MB/s",
                     f"{text.size(rate)}/s a core", "at least 250 MB/s", rate >= REACH_BYTES_S),
            text.row("… its peak memory", "–", text.size(data["peak_rss_bytes"]),
                     f"at most {text.size(bound)}: 1.5 times the recording and 256 MB",
                     data["peak_rss_bytes"] <= bound)]
