"""Exporting ten million spans to Chrome's format: the whole command, opening of the recording too.

The output goes to /dev/null, so that the disk is no part of it.
"""
from lib import stats, text

REACH_BYTES_S = 200e6
SPANS_A_SAMPLE = 10


def run(bench):
    spans = SPANS_A_SAMPLE * bench.sizes.samples
    path = bench.recordings / "export.hone"
    whole = bench.recordings / "export.json"
    path.unlink(missing_ok=True)
    bench.checked([bench.bin / "hone-bench-make-spans", path, spans])
    command = [bench.hone, "export", "--to", "chrome", path, "-o"]
    bench.checked([*command, whole])  # also reads the recording into memory
    out_bytes = whole.stat().st_size
    whole.unlink()
    runs = [bench.checked([*command, "/dev/null"]) for _ in range(bench.sizes.few)]
    file_bytes = path.stat().st_size
    path.unlink()
    return {"spans": spans, "bytes": out_bytes, "file_bytes": file_bytes,
            "wall_s": stats.median([one.wall_s for one in runs]),
            "peak_rss_bytes": max(one.peak_rss_bytes for one in runs)}


def rows(data):
    rate = data["bytes"] / data["wall_s"]
    return [text.row(f"export of {data['spans']:,} spans to Chrome's format", "–",
                     f"{text.size(rate)}/s, {text.seconds(data['wall_s'])}, "
                     f"{text.size(data['peak_rss_bytes'])} of memory",
                     "at least 200 MB/s of output", rate >= REACH_BYTES_S)]
