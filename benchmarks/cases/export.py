"""Exporting ten million spans to Chrome's format and to Perfetto's: the whole command, opening of
the recording too.

The output goes to /dev/null, so that the disk is no part of it.
"""
from lib import stats, text

REACH_BYTES_S = 200e6
REACH_SPANS_S = 2e6
SPANS_A_SAMPLE = 10


def run(bench):
    spans = SPANS_A_SAMPLE * bench.sizes.samples
    path = bench.recordings / "export.hone"
    path.unlink(missing_ok=True)
    bench.checked([bench.bin / "hone-bench-make-spans", path, spans])
    out = {"spans": spans, "file_bytes": path.stat().st_size}
    out |= exported(bench, path, "chrome")
    out["perfetto"] = exported(bench, path, "perfetto")
    path.unlink()
    return out


def exported(bench, path, how):
    whole = bench.recordings / f"export.{how}"
    command = [bench.hone, "export", "--to", how, path, "-o"]
    bench.checked([*command, whole])  # also reads the recording into memory
    out_bytes = whole.stat().st_size
    whole.unlink()
    runs = [bench.checked([*command, "/dev/null"]) for _ in range(bench.sizes.few)]
    return {"bytes": out_bytes, "wall_s": stats.median([one.wall_s for one in runs]),
            "peak_rss_bytes": max(one.peak_rss_bytes for one in runs)}


def rows(data):
    rate = data["bytes"] / data["wall_s"]
    trace = data["perfetto"]
    span_rate = data["spans"] / trace["wall_s"]
    return [text.row(f"export of {data['spans']:,} spans to Chrome's format", "–",
                     f"{text.size(rate)}/s, {text.seconds(data['wall_s'])}, "
                     f"{text.size(data['peak_rss_bytes'])} of memory",
                     "at least 200 MB/s of output", rate >= REACH_BYTES_S),
            text.row(f"export of {data['spans']:,} spans to Perfetto's format", "–",
                     f"{span_rate / 1e6:.1f} million spans/s, {text.seconds(trace['wall_s'])}, "
                     f"{text.size(trace['bytes'])}, {text.size(trace['peak_rss_bytes'])} of memory",
                     "at least 2 million spans/s", span_rate >= REACH_SPANS_S)]
