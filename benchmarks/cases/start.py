"""What recording a program of no length takes: `record -- true`, wall time, in turns."""
from lib import stats, text
from workloads import Program

REACH_S = 0.050


def run(bench):
    program = Program("true", ["/bin/true"])
    variants = ["none", "hone"] + (["perf_fp"] if bench.perf else [])
    runs = {v: [] for v in variants}
    bench.record("hone", program)  # the caches that a second recording finds
    for number in range(bench.sizes.rounds):
        for variant in variants[number % len(variants):] + variants[:number % len(variants)]:
            taken, _ = bench.record(variant, program)
            runs[variant].append({"wall_s": taken.wall_s, "cpu_s": taken.cpu_s})
    out = {}
    for variant, taken in runs.items():
        wall, low, high = stats.median_interval([r["wall_s"] for r in taken])
        out[variant] = {"wall_s": wall, "wall_s_low": low, "wall_s_high": high,
                        "cpu_s": stats.median([r["cpu_s"] for r in taken]), "runs": taken}
    return {"variants": out}


def rows(data):
    variants = data["variants"]
    peer = variants.get("perf_fp")
    return [text.row("`record -- true`, wall", text.seconds(peer["wall_s"]) if peer else "–",
                     text.seconds(variants["hone"]["wall_s"]), "at most 50 ms",
                     variants["hone"]["wall_s"] <= REACH_S)]
