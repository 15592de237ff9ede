"""Importing pprof's format: a profile of 100 MB, not packed, of stacks 8 to 40 deep.

CPU time of the whole command, which has one thread; the file lies in the page cache, and the
recording is written. The peer prints its ten first lines, of the same file; it is there where Go
is installed.
"""
import shutil

from lib import stats, text

REACH_S = 2.0
MEGABYTES_OF_A_SAMPLE = 1e-4


def run(bench):
    profile, out = bench.recordings / "import.pb", bench.recordings / "import_pprof.hone"
    megabytes = max(1, round(bench.sizes.samples * MEGABYTES_OF_A_SAMPLE))
    bench.checked([bench.bin / "hone-bench-make-pprof", profile, megabytes])
    runs = []
    for _ in range(bench.sizes.few):
        out.unlink(missing_ok=True)
        runs.append(bench.checked([bench.hone, "import", "-q", "-o", out, profile]))
    data = {"bytes": profile.stat().st_size, "out_bytes": out.stat().st_size,
            "cpu_s": stats.median([one.cpu_s for one in runs]),
            "peak_rss_bytes": max(one.peak_rss_bytes for one in runs)}
    go = shutil.which("go")
    if go and not bench.small:
        peer = bench.checked([go, "tool", "pprof", "-top", "-nodecount=10", profile])
        data |= {"peer_cpu_s": peer.cpu_s, "peer_peak_rss_bytes": peer.peak_rss_bytes}
    profile.unlink()
    out.unlink()
    return data


def rows(data):
    peer = data.get("peer_cpu_s")
    peak = data.get("peer_peak_rss_bytes")
    return [text.row(f"import of {text.size(data['bytes'])} of pprof's format",
                     f"go tool pprof -top: {text.seconds(peer)}" if peer else "–",
                     text.seconds(data["cpu_s"]), "at most 2 s of CPU time for 100 MB",
                     data["cpu_s"] <= REACH_S * max(data["bytes"] / 1e8, 0.1)),
            text.row("… its peak memory", text.size(peak) if peak else "–",
                     text.size(data["peak_rss_bytes"]), "stated", None)]
