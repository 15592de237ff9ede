"""Samples lost at 10 kHz with 16 KB of stack each. As root only: others may not sample so fast."""
import os

from lib import perf_text, text

FREQUENCY = 10000
STACK_BYTES = 16384
REACH = 0.01


def _hone(bench, program):
    run, path = bench.record("hone", program, suffix="-10k", frequency_hz=FREQUENCY,
                             extra=("--stack-bytes", STACK_BYTES))
    report = bench.hone_json("report", path)
    taken, lost = report["summary"]["sample_count"], report["quality"]["lost_samples"]
    return {"samples": taken, "lost": lost, "lost_share": lost / max(1, taken + lost),
            "cpu_s": run.cpu_s, "file_bytes": path.stat().st_size}


def _perf(bench, program):
    run, path = bench.record("perf", program, suffix="-10k", frequency_hz=FREQUENCY,
                             extra=("--call-graph", f"dwarf,{STACK_BYTES}"))
    size = path.stat().st_size
    # Neither walks a stack. The number of samples stands exactly in the one alone, that of the lost
    # ones in the other.
    head = bench.checked([bench.perf, "report", "-i", path, "--stdio", "--no-inline",
                          "--no-children", "-g", "none", "--sort", "comm"], output=True).output
    counts = bench.checked([bench.perf, "report", "-i", path, "--stats"], output=True).output
    path.unlink()
    taken, lost = perf_text.samples_and_lost(counts, head)
    return {"samples": taken, "lost": lost, "lost_share": lost / max(1, taken + lost),
            "cpu_s": run.cpu_s, "file_bytes": size}


def run(bench):
    if os.geteuid() != 0:
        return {"skipped": "not root", "programs": {}}
    out = {}
    for name in ("python3",) if bench.small else ("sqlite3", "python3"):
        program = bench.program(name)
        out[name] = {"hone": _hone(bench, program)}
        if bench.perf:
            out[name]["perf"] = _perf(bench, program)
    return {"programs": out}


def rows(data):
    return [text.row(f"lost at 10 kHz with 16 KB stacks, {name}",
                     text.percent(one["perf"]["lost_share"], 2) if "perf" in one else "–",
                     text.percent(one["hone"]["lost_share"], 2), "under 1%",
                     one["hone"]["lost_share"] < REACH)
            for name, one in data["programs"].items()]
