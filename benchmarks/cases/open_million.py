"""Opening a recording of 1,000,000 samples (some 40 frames deep) and printing the top 10.

Two shapes: a program that goes the same 50,000 call paths again and again, and a compiler, nearly
every sample of which is on a path of its own.
"""
import json

from lib import stats, text

REACH_S = 1.0
REACH_BYTES = 500_000_000
SHAPES = {"repeating": ["50000"], "compiler": []}


def _open(bench, shape):
    path = bench.recordings / f"million-{shape}.hone"
    path.unlink(missing_ok=True)
    made = bench.checked([bench.bin / "hone-bench-make-recording", path, bench.sizes.samples,
                          *SHAPES[shape]], output=True)
    command = [bench.hone, "report", path, "--top", "10"]
    runs = []
    for _ in range(bench.sizes.few + 1):
        taken = bench.checked(command, output=True)
        runs.append({"wall_s": taken.wall_s, "cpu_s": taken.cpu_s,
                     "peak_rss_bytes": taken.peak_rss_bytes})
    runs = runs[1:]  # the first one reads the file into memory
    path.unlink()
    return {"recording": json.loads(made.output), "runs": runs,
            "wall_s": stats.median([r["wall_s"] for r in runs]),
            "cpu_s": stats.median([r["cpu_s"] for r in runs]),
            "peak_rss_bytes": max(r["peak_rss_bytes"] for r in runs)}


def run(bench):
    return {"shapes": {shape: _open(bench, shape) for shape in SHAPES}}


def rows(data):
    return [text.row(f"opening {one['recording']['samples']:,} samples, top 10, {shape} "
                     f"({one['recording']['stack_rows']:,} call tree nodes)", "–",
                     f"{text.seconds(one['wall_s'])}, {text.size(one['peak_rss_bytes'])}",
                     "at most 1 s, 500 MB",
                     one["wall_s"] <= REACH_S and one["peak_rss_bytes"] <= REACH_BYTES)
            for shape, one in data["shapes"].items()]
