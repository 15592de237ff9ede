"""Stacks that reach the program's or thread's start, of programs without frame pointers.

Hone's count is its own: the unwind information said that there is no caller. perf's is by name: one
of the outermost four frames is main, _start, __libc_start_* or clone. Samples without any user
frame (between fork and exec, say) have no such start and are counted apart on both sides.
"""
import workloads
from lib import perf_text, text

REACH = 0.995


def _hone(bench, program):
    found = bench.hone_json("report", bench.recording("hone", program))["quality"]["stacks"]
    complete, broken = found["complete"], found["broken"]
    return {"complete": complete, "broken": broken, "spliced": found["spliced"],
            "no_user_frames": found["no_user_registers"],
            "broken_by_reason": found["broken_by_reason"],
            "share": complete / max(1, complete + broken)}


def _perf(bench, program):
    path = bench.recording("perf_dwarf_8k", program)
    script = bench.checked([bench.perf, "script", "-i", path, "--no-inline", "-F", "ip,sym,dso"],
                           output=True)
    counts = perf_text.completeness(script.output.splitlines())
    return {"complete": counts["complete"], "broken": counts["broken"],
            "no_user_frames": counts["kernel_only"],
            "share": counts["complete"] / max(1, counts["complete"] + counts["broken"])}


def run(bench):
    out = {}
    for name in workloads.DEBIAN:
        program = bench.program(name)
        out[name] = {"hone": _hone(bench, program)}
        if bench.perf:
            out[name]["perf_dwarf_8k"] = _perf(bench, program)
    return {"programs": out}


def rows(data):
    return [text.row(f"complete stacks, {name}",
                     text.percent(one["perf_dwarf_8k"]["share"]) + " (8 KB)"
                     if "perf_dwarf_8k" in one else "–",
                     text.percent(one["hone"]["share"], 2), "at least 99.5%",
                     one["hone"]["share"] >= REACH)
            for name, one in data["programs"].items()]
