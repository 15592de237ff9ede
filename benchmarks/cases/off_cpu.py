"""What timing every switch adds to a program with 20,000 of them a second that it runs.

Two threads take turns on one CPU (hone-bench-switches). Each recorded run stands between two runs
alone and is divided by their mean; compared is the median of the ratios of CPU time, program and
recorder together. The same without waits (--no-off-cpu) says what of it is the sampling.
"""
from lib import stats, text

REACH = 1.05
ALONE = "alone"
VARIANTS = {"waits": (), "waits, per process": ("--per-process",),
            "samples alone": ("--no-off-cpu",)}


def _take(bench, variant, sizes):
    path = bench.recordings / "switches.hone"
    path.unlink(missing_ok=True)
    words = [] if variant == ALONE else [bench.hone, "record", "-q", "-o", path,
                                         *VARIANTS[variant], "--"]
    run = bench.checked([*words, bench.bin / "hone-bench-switches", *sizes], output=True)
    switches, _, own_cpu_s = (float(word) for word in run.output.split())
    one = {"cpu_s": run.cpu_s, "own_cpu_s": own_cpu_s, "rate": switches / own_cpu_s}
    if variant != ALONE:
        one["file_bytes"] = path.stat().st_size
    return one


def run(bench):
    sizes = (4000, 50) if bench.small else (60000, 50)
    rounds = max(3, bench.sizes.rounds * 3 // 5)
    alone, taken = [_take(bench, ALONE, sizes)], {variant: [] for variant in VARIANTS}
    for _ in range(rounds):
        for variant, runs in taken.items():
            one = _take(bench, variant, sizes)
            alone.append(_take(bench, ALONE, sizes))
            for key in ("cpu_s", "own_cpu_s"):
                one[key + "_ratio"] = 2 * one[key] / (alone[-2][key] + alone[-1][key])
            runs.append(one)
    out = {}
    for variant, runs in taken.items():
        middle, low, high = stats.median_interval([one["cpu_s_ratio"] for one in runs])
        out[variant] = {"cpu_ratio": middle, "low": low, "high": high, "runs": runs,
                        "own_ratio": stats.median([one["own_cpu_s_ratio"] for one in runs]),
                        "rate": stats.median([one["rate"] for one in runs]),
                        "file_bytes": stats.median([one["file_bytes"] for one in runs])}
    return {"variants": out, "alone": alone,
            "rate": stats.median([one["rate"] for one in alone])}


def rows(data):
    lines = []
    samples = data["variants"]["samples alone"]
    for variant in ("waits", "waits, per process"):
        one = data["variants"][variant]
        value = text.added(one["cpu_ratio"])
        if one["low"] is not None:
            value += f" ({text.added(one['low'])} to {text.added(one['high'])})"
        value += f", {text.added(samples['cpu_ratio'])} by samples alone"
        lines.append(text.row(f"CPU added at {data['rate']:,.0f} switches a second, {variant}", "–",
                              value, "at most +5% by waits",
                              one["cpu_ratio"] - samples["cpu_ratio"] <= REACH - 1))
    return lines
