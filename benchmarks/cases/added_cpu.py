"""CPU time that recording adds, in all: program and recorder, from start to finished file.

Each round runs the program alone and under Hone, and in some rounds under perf and under the bare
timer interrupt; the order turns from round to round, and each recorded run is divided by the same
round's bare one. What is compared is the median of these ratios.
"""
import workloads
from lib import stats, text
from lib.bench import TITLES

REACH = 1.03
# Every how many rounds each is run: the effect of the later ones is large.
EVERY = {"none": 1, "hone": 1, "interrupt": 4, "perf_fp": 4, "perf_dwarf_64k": 7}


def _order(variants, number):
    turn = number % len(variants)
    return variants[turn:] + variants[:turn]


def _measure(bench, program):
    runs = {variant: [] for variant in EVERY}
    bench.record("none", program)  # reads the files once
    for number in range(bench.sizes.rounds):
        due = [v for v, every in EVERY.items()
               if number % every == 0 and (bench.perf or not v.startswith("perf"))]
        taken = {}
        for variant in _order(due, number):
            run, path = bench.record(variant, program)
            taken[variant] = {"cpu_s": run.cpu_s, "wall_s": run.wall_s,
                              "file_bytes": path.stat().st_size if path.exists() else None}
        for variant, one in taken.items():
            one["cpu_ratio"] = one["cpu_s"] / taken["none"]["cpu_s"]
            one["wall_ratio"] = one["wall_s"] / taken["none"]["wall_s"]
            runs[variant].append(one)
    return runs


def _summary(runs):
    out = {"pairs": len(runs)}
    for key in ("cpu_ratio", "wall_ratio"):
        middle, low, high = stats.median_interval([r[key] for r in runs])
        out |= {key: middle, key + "_low": low, key + "_high": high}
    out["cpu_s"] = stats.median([r["cpu_s"] for r in runs])
    out["file_bytes"] = runs[-1]["file_bytes"]
    return out


def run(bench):
    out = {}
    for name in workloads.DEBIAN[:1] if bench.small else workloads.ALL:
        bench.say(f"  {name}")
        runs = _measure(bench, bench.program(name))
        bare = [r["cpu_s"] for r in runs["none"]]
        out[name] = {"base": {"cpu_s": stats.median(bare), "spread": stats.spread(bare),
                              "wall_s": stats.median([r["wall_s"] for r in runs["none"]])},
                     "variants": {v: _summary(r) for v, r in runs.items() if r and v != "none"},
                     "runs": runs}
    return {"programs": out}


def _interval(one):
    value = text.added(one["cpu_ratio"])
    if one["cpu_ratio_low"] is None:
        return value
    return f"{value} ({text.added(one['cpu_ratio_low'])} to {text.added(one['cpu_ratio_high'])})"


def rows(data):
    lines = []
    for name, one in data["programs"].items():
        variants = one["variants"]
        peers = [f"{text.added(variants[v]['cpu_ratio'])} {TITLES[v].removeprefix('perf, ')}"
                 for v in ("perf_fp", "perf_dwarf_64k") if v in variants]
        reach = "at most +3%"
        if "interrupt" in variants:
            reach += f" (interrupt alone {text.added(variants['interrupt']['cpu_ratio'])})"
        lines.append(text.row(f"CPU added at 997 Hz, {name} ({text.seconds(one['base']['cpu_s'])})",
                              ", ".join(peers) or "–", _interval(variants["hone"]), reach,
                              variants["hone"]["cpu_ratio"] <= REACH))
    return lines
