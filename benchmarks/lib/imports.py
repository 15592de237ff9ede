"""What benchmarks of importing traces share: a recording, exported, and imported some times."""
from lib import stats, text

PEAK_FACTOR, PEAK_BYTES = 1.5, 256e6
SPANS_A_SAMPLE = 10


def measured(bench, form, suffix, make):
    """`make(path, spans)`: the command that makes the recording. CPU time of the whole import."""
    spans = SPANS_A_SAMPLE * bench.sizes.samples
    made, trace, out = (bench.recordings / f"import{end}" for end in (".hone", suffix, "ed.hone"))
    for path in (made, trace, out):
        path.unlink(missing_ok=True)
    bench.checked(make(made, spans))
    bench.checked([bench.hone, "export", "--to", form, "-o", trace, made])
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


def memory_row(data):
    bound = PEAK_FACTOR * data["out_bytes"] + PEAK_BYTES
    return text.row("… its peak memory", "–", text.size(data["peak_rss_bytes"]),
                    f"at most {text.size(bound)}: 1.5 times the recording and 256 MB",
                    data["peak_rss_bytes"] <= bound)
