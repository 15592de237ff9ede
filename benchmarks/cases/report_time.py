"""From a program's end to its printed hot spots: what `record` still does, then `report`.

cc1plus is stripped, big_debug has 50 MB of DWARF to expand inlined calls from. Hone's first time
starts with an empty cache folder, the warm time with the folder that the first one left; the files
themselves are in the page cache both times. perf keeps 8 KB of stack with a sample and walks it in
the report.
"""
import workloads
from lib import measure, stats, text

REACH_S = {"cc1plus": {"first": 0.5, "warm": 0.5}, "big_debug": {"first": 1.5, "warm": 0.5}}
PERF_REPORTS = {"no_inline": ["--no-inline"], "default": []}


def _record(bench, variant, program):
    """(seconds from the program's end to the recorder's, path)."""
    stamp = bench.folder / "ended_at"
    run, path = bench.record(variant, program, stamp=stamp)
    return run.ended_at - float(stamp.read_text()), path


def _hone(bench, program):
    out = {"first": [], "warm": []}
    for _ in range(bench.sizes.few):
        bench.empty_cache()
        for state in ("first", "warm"):
            after_s, path = _record(bench, "hone", program)
            report = bench.checked([bench.hone, "report", path], output=True)
            out[state].append({"record_s": after_s, "report_s": report.wall_s,
                               "report_cpu_s": report.cpu_s,
                               "total_s": after_s + report.wall_s})
    return {state: {"total_s": stats.median([r["total_s"] for r in runs]),
                    "record_s": stats.median([r["record_s"] for r in runs]),
                    "report_s": stats.median([r["report_s"] for r in runs]), "runs": runs}
            for state, runs in out.items()}


def _perf(bench, program):
    after_s, path = _record(bench, "perf_dwarf_8k", program)
    out = {"record_s": after_s}
    for name, flags in PERF_REPORTS.items():
        command = [bench.perf, "report", "--stdio", *flags, "-i", path]
        report = bench.run(command, output=True, timeout_s=bench.sizes.perf_limit_s)
        measure.checked(report, command)
        out[name] = {"report_s": report.wall_s, "report_cpu_s": report.cpu_s,
                     "total_s": after_s + report.wall_s, "timed_out": report.timed_out,
                     "peak_rss_bytes": report.peak_rss_bytes}
    return out


def run(bench):
    out = {}
    for name in REACH_S:
        bench.say(f"  {name}")
        program = bench.program(name)
        one = {"hone": _hone(bench, program)}
        if name == "big_debug":
            one["debug_bytes"] = workloads.debug_bytes(program.command[0])
        if bench.perf:
            one["perf"] = _perf(bench, program)
        out[name] = one
    return {"programs": out}


def _peer(perf):
    full = perf["default"]
    more = "over " if full["timed_out"] else ""
    return (f"{more}{text.seconds(full['total_s'])} with inlined calls, "
            f"{text.seconds(perf['no_inline']['total_s'])} without")


def rows(data):
    lines = []
    for name, one in data["programs"].items():
        size = f" ({text.size(one['debug_bytes'])} of DWARF)" if "debug_bytes" in one else ""
        for state, reach in REACH_S[name].items():
            total = one["hone"][state]["total_s"]
            lines.append(text.row(f"end to printed hot spots, {name}{size}, {state}",
                                  _peer(one["perf"]) if "perf" in one else "–",
                                  text.seconds(total), f"at most {text.seconds(reach)}",
                                  total <= reach))
    return lines
