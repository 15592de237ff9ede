"""Opening a recording of 1,000,000 samples (some 40 frames deep) and printing the top 10."""
import json

from lib import stats, text

REACH_S = 1.0
REACH_BYTES = 500_000_000


def run(bench):
    path = bench.recordings / "million.hone"
    path.unlink(missing_ok=True)
    made = bench.checked([bench.bin / "hone-bench-make-recording", path, bench.sizes.samples],
                         output=True)
    command = [bench.hone, "report", "--top", "10", path]
    runs = []
    for _ in range(bench.sizes.few + 1):
        taken = bench.checked(command, output=True)
        runs.append({"wall_s": taken.wall_s, "cpu_s": taken.cpu_s,
                     "peak_rss_bytes": taken.peak_rss_bytes})
    runs = runs[1:]  # the first one reads the file into memory
    out = {"recording": json.loads(made.output), "runs": runs,
           "wall_s": stats.median([r["wall_s"] for r in runs]),
           "cpu_s": stats.median([r["cpu_s"] for r in runs]),
           "peak_rss_bytes": max(r["peak_rss_bytes"] for r in runs)}
    path.unlink()
    return out


def rows(data):
    return [text.row(f"opening {data['recording']['samples']:,} samples, top 10", "–",
                     f"{text.seconds(data['wall_s'])}, {text.size(data['peak_rss_bytes'])}",
                     "at most 1 s, 500 MB",
                     data["wall_s"] <= REACH_S and data["peak_rss_bytes"] <= REACH_BYTES)]
