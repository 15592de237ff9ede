"""The sampler by timers: its rate, what its handler costs, and whether it sees what perf sees.

Rate: samples a second of a computing program's CPU time. Cost: the share of a computing thread's
time that short interruptions take (signal_gaps.c), under Hone against under a timer of the same
rate whose handler does nothing, in turns. Hot spots: self time a function, the kernel's time given
to the function that called it, of runs under either sampler in turns; the bound is from what runs
of one differ by (Welch), of 99% over all comparisons of a program.
"""
import collections
import statistics

import workloads
from lib import stats, text

RATE_REACH = 990
COST_REACH = 0.01
OVER = 0.02
TIMER = ["--sampler", "timer"]
GAPS = "hone-bench-signal-gaps"


def _record(bench, program, number):
    path = bench.recordings / f"{program.name}-timer-{number}.hone"
    path.unlink(missing_ok=True)
    bench.checked([*bench.recorder("hone", path, extra=TIMER), *program.command],
                  stdin=program.stdin)
    return path


def _report(bench, path):
    return bench.hone_json("report", path, "--no-kernel", "--top", "0")


def _shares(report):
    rows = report["hot_spots"][0]["rows"]
    return collections.Counter({(row.get("module", ""), row["name"]): row["self_share"]
                                for row in rows})


def _gaps(bench, seconds):
    path = bench.recordings / "gaps.hone"
    program = [bench.bin / GAPS, seconds]
    share = {}
    for kind, command in (("alone", program), ("empty", [*program, 997]),
                          ("hone", [*bench.recorder("hone", path, extra=TIMER), *program])):
        path.unlink(missing_ok=True)
        share[kind] = float(bench.checked(command, output=True).output)
    summary = _report(bench, path)["summary"]
    share["rate"] = summary["sample_count"] / (summary["cpu_ns"] * 1e-9)
    return share


def compare(timer, perf):
    """[comparison] of the functions over OVER of either sampler's runs: [Counter of shares]."""
    mean = [collections.Counter(), collections.Counter()]
    for into, runs in zip(mean, (timer, perf)):
        for shares in runs:
            for key, share in shares.items():
                into[key] += share / len(runs)
    keys = sorted(key for key in {*mean[0], *mean[1]} if max(mean[0][key], mean[1][key]) > OVER)
    out = []
    for key in keys:
        difference, bound = stats.difference_of_means([run[key] for run in timer],
                                                      [run[key] for run in perf], len(keys))
        out.append({"function": key[1], "timer_share": mean[0][key], "perf_share": mean[1][key],
                    "difference": difference, "bound": bound, "inside": abs(difference) <= bound})
    return out


def run(bench):
    rounds = 2 if bench.small else bench.sizes.rounds
    gaps = [_gaps(bench, 0.2 if bench.small else 2) for _ in range(rounds)]
    programs = {}
    for name in workloads.DEBIAN[:1] if bench.small else workloads.ALL:
        bench.say(f"  {name}")
        program = bench.program(name)
        runs = {"timer": [], "perf": []}
        complete = broken = 0
        for number in range(2 if bench.small else 2 + bench.sizes.few):
            report = _report(bench, _record(bench, program, number))
            stacks = report["quality"]["stacks"]
            complete, broken = complete + stacks["complete"], broken + stacks["broken"]
            runs["timer"].append(_shares(report))
            path = bench.record("hone", program, suffix=f"-beside-timer-{number}")[1]
            runs["perf"].append(_shares(_report(bench, path)))
        programs[name] = {"complete_share": complete / max(1, complete + broken),
                          "functions": compare(runs["timer"], runs["perf"])}
    return {"gaps": gaps, "programs": programs}


def rows(data):
    rates = [gap["rate"] for gap in data["gaps"]]
    added = [gap["hone"] - gap["empty"] for gap in data["gaps"]]
    handler = statistics.median(gap["empty"] - gap["alone"] for gap in data["gaps"])
    middle, low, high = stats.median_interval(added)
    points = f"{100 * middle:+.2f} points"
    if low is not None:
        points += f" ({100 * low:+.2f} to {100 * high:+.2f})"
    rate = statistics.median(rates)
    lines = [text.row("timer sampler at 997 Hz: samples a CPU-second", "250 (CPU-time timers)",
                      f"{rate:.0f}", f"at least {RATE_REACH}", rate >= RATE_REACH),
             text.row("timer sampler: time lost over an empty handler",
                      f"the empty handler alone: {100 * handler:.1f}%", points,
                      "at most 1 point", middle <= COST_REACH)]
    for name, one in data["programs"].items():
        inside = sum(function["inside"] for function in one["functions"])
        lines.append(text.row(f"hot spots by timers against perf, {name}", "–",
                              f"{inside} of {len(one['functions'])} inside", "all",
                              inside == len(one["functions"])))
    for name in workloads.DEBIAN:
        if name in data["programs"]:
            share = data["programs"][name]["complete_share"]
            lines.append(text.row(f"complete stacks by timers, {name}", "–",
                                  text.percent(share, 2), "at least 99.5%", share >= 0.995))
    return lines
