"""CPU time that recording adds, in all: program and recorder, from start to finished file.

A recorded run stands between two of the program alone and is divided by their mean, so that a
machine that grows faster or slower cancels; compared is the median of these ratios. The control
divides every second run alone by the mean of the two alone beside it: what it differs from 1 by,
and how wide its interval is, says what the machine itself does to such figures.

The account knows no such noise, for it is of one run: the recorder's CPU time, which is that of the
whole tree less what the kernel counted for the program, and samples times the calibrated cost of an
interrupt. What recording does to the program's caches it does not see.
"""
import workloads
from lib import stats, text
from lib.bench import TITLES

REACH = 1.03
# Between how many pairs of runs alone each is run once: the effect of the later ones is large.
EVERY = {"hone": 1, "interrupt": 6, "perf_fp": 4, "perf_dwarf_64k": 6}
ALONE, CONTROL = "none", "control"


def _gaps(rounds):
    """How many gaps between runs alone: each costs two runs or more, and minutes are dear."""
    return max(3, rounds * 3 // 5)


def _account(cpu_s, info):
    """What one recorded run says of its own cost, from the tree's CPU time and `hone info`."""
    meta = info["meta"]
    if "cpu.total_ns" not in meta or "cost.interrupt_ns_per_sample" not in meta:
        return None   # a run of tenths of a second: nothing is calibrated for it
    samples = next(t["row_count"] for t in info["tables"] if t["name"] == "samples")
    interrupts_s = samples * int(meta["cost.interrupt_ns_per_sample"]) / 1e9
    program_s = int(meta["cpu.total_ns"]) / 1e9
    undisturbed_s = program_s - interrupts_s
    return {"recorder": (cpu_s - program_s) / undisturbed_s,
            "recorder_stated": int(meta["cost.recorder_cpu_ns"]) / 1e9 / undisturbed_s,
            "interrupts": interrupts_s / undisturbed_s, "ratio": cpu_s / undisturbed_s}


def _take(bench, variant, program):
    run, path = bench.record(variant, program)
    one = {"cpu_s": run.cpu_s, "wall_s": run.wall_s,
           "file_bytes": path.stat().st_size if path.exists() else None}
    if variant == "hone":
        one["account"] = _account(run.cpu_s, bench.hone_json("info", path))
    return one


def against_neighbours(one, before, after):
    """`one` with its times over the mean of those of the runs alone on either side."""
    return one | {key + "_ratio": 2 * one[key + "_s"] / (before[key + "_s"] + after[key + "_s"])
                  for key in ("cpu", "wall")}


def control(alone):
    """Every second run alone, against those beside it."""
    return [against_neighbours(alone[i], alone[i - 1], alone[i + 1])
            for i in range(1, len(alone) - 1, 2)]


def _measure(bench, program):
    bench.record(ALONE, program)  # reads the files once
    alone, between = [_take(bench, ALONE, program)], []
    for number in range(_gaps(bench.sizes.rounds)):
        due = [v for v, every in EVERY.items()
               if number % every == 0 and (bench.perf or not v.startswith("perf"))]
        turn = number % len(due)
        between.append({v: _take(bench, v, program) for v in due[turn:] + due[:turn]})
        alone.append(_take(bench, ALONE, program))
    runs = {variant: [against_neighbours(taken[variant], alone[i], alone[i + 1])
                      for i, taken in enumerate(between) if variant in taken] for variant in EVERY}
    return {ALONE: alone, CONTROL: control(alone)} | runs


def _summary(runs):
    out = {"pairs": len(runs)}
    for key in ("cpu_ratio", "wall_ratio"):
        middle, low, high = stats.median_interval([r[key] for r in runs])
        out |= {key: middle, key + "_low": low, key + "_high": high}
    out["cpu_s"] = stats.median([r["cpu_s"] for r in runs])
    out["file_bytes"] = runs[-1]["file_bytes"]
    accounts = [r["account"] for r in runs if r.get("account")]
    if accounts:
        out["account"] = {key: stats.median([a[key] for a in accounts]) for key in accounts[0]}
    return out


def run(bench):
    out = {}
    for name in workloads.DEBIAN[:1] if bench.small else workloads.ALL:
        bench.say(f"  {name}")
        runs = _measure(bench, bench.program(name))
        bare = [r["cpu_s"] for r in runs[ALONE]]
        out[name] = {"base": {"cpu_s": stats.median(bare), "spread": stats.spread(bare),
                              "wall_s": stats.median([r["wall_s"] for r in runs[ALONE]])},
                     "variants": {v: _summary(r) for v, r in runs.items() if r and v != ALONE},
                     "runs": runs}
    return {"programs": out}


def met(one):
    """By the median; but where its interval holds both the reach and the account, no run speaks
    against either side of the reach, and the account decides."""
    low, high, account = one["cpu_ratio_low"], one["cpu_ratio_high"], one.get("account")
    if account and low is not None and low <= REACH < high and low <= account["ratio"] <= high:
        return account["ratio"] <= REACH
    return one["cpu_ratio"] <= REACH


def _interval(one):
    value = text.added(one["cpu_ratio"])
    if one["cpu_ratio_low"] is None:
        return value
    return f"{value} ({text.added(one['cpu_ratio_low'])} to {text.added(one['cpu_ratio_high'])})"


def rows(data):
    lines = []
    for name, one in data["programs"].items():
        variants = one["variants"]
        hone = variants["hone"]
        peers = [f"{text.added(variants[v]['cpu_ratio'])} {TITLES[v].removeprefix('perf, ')}"
                 for v in ("perf_fp", "perf_dwarf_64k") if v in variants]
        value = _interval(hone)
        if account := hone.get("account"):
            value += (f", accounted {text.added(account['ratio'])} "
                      f"(interrupts {text.percent(account['interrupts'])})")
        lines.append(text.row(f"CPU added at 997 Hz, {name} ({text.seconds(one['base']['cpu_s'])})",
                              ", ".join(peers) or "–", value,
                              f"at most +3% (alone against alone {_interval(variants[CONTROL])})",
                              met(hone)))
    return lines
