"""Self time a function against `perf report`, recordings of the same program in turns.

Both record at fixed addresses, several times, and the counts are added up. perf gives a sample to
the symbol that its address lies in, so Hone's inlined calls are added to the function that they
were inlined into. Compared are the functions of the program itself over 2% of its user time on
either side; shares are of all user time. The bound for a difference is the 99% normal interval of
two shares of that many samples, for as many comparisons as are made.
"""
import collections
import dataclasses
import os

from lib import names, perf_text, stats, text

OVER = 0.02
FREQUENCY = 1999   # more samples, narrower intervals: the test is stricter


def self_by_symbol(lines):
    """({(module, function): samples}, user samples) of what hone-bench-self-by-symbol prints."""
    counts, user = collections.Counter(), 0
    for line in lines:
        samples, kernel, module, function = line.split("\t", 3)
        if kernel == "0":
            counts[module, names.plain(function)] += int(samples)
            user += int(samples)
    return counts, user


def _hone(bench, program):
    _, path = bench.record("hone", program, suffix="-self", frequency_hz=FREQUENCY)
    printed = bench.checked([bench.bin / "hone-bench-self-by-symbol", path], output=True)
    return self_by_symbol(printed.output.splitlines())


def _perf(bench, program):
    _, path = bench.record("perf", program, suffix="-self", frequency_hz=FREQUENCY)
    report = bench.checked([bench.perf, "report", "-i", path, *perf_text.REPORT_FIELDS],
                           output=True)
    counts, user = collections.Counter(), 0
    for samples, dso, symbol in perf_text.self_samples(report.output):
        if perf_text.is_kernel(dso):
            continue
        counts[dso, names.plain(symbol)] += samples
        user += samples
    return counts, user


def _pooled(takes):
    """The counts of several recordings as those of one."""
    counts = collections.Counter()
    for one, _ in takes:
        counts.update(one)
    return counts, sum(user for _, user in takes)


def compare(ours, all_ours, theirs, all_theirs, module):
    """[comparison] of the functions of a module over OVER of either side."""
    keys = sorted(k for k in ours.keys() | theirs.keys() if k[0] == module and max(
        ours.get(k, 0) / max(1, all_ours), theirs.get(k, 0) / max(1, all_theirs)) > OVER)
    z = stats.z_of_family(len(keys))
    out = []
    for key in keys:
        difference, error = stats.share_difference(ours.get(key, 0), all_ours,
                                                   theirs.get(key, 0), all_theirs)
        out.append({"function": key[1], "hone_share": ours.get(key, 0) / all_ours,
                    "perf_share": theirs.get(key, 0) / all_theirs, "difference": difference,
                    "bound": z * error, "inside": abs(difference) <= z * error})
    return out


def run(bench):
    if not bench.perf:
        return {"programs": {}}
    out = {}
    for name in ("memory_graph", "big_debug"):
        bench.say(f"  {name}")
        program = _at_fixed_addresses(bench.program(name))
        takes = [(_hone(bench, program), _perf(bench, program)) for _ in range(bench.sizes.few)]
        ours, all_ours = _pooled([hone for hone, _ in takes])
        theirs, all_theirs = _pooled([perf for _, perf in takes])
        module = os.path.basename(bench.program(name).command[0])
        out[name] = {"hone_user_samples": all_ours, "perf_user_samples": all_theirs,
                     "functions": compare(ours, all_ours, theirs, all_theirs, module)}
    return {"programs": out}


def _at_fixed_addresses(program):
    """Where buffers lie changes how fast they are copied: that is no difference of the tools."""
    return dataclasses.replace(program, command=["setarch", "-R", *program.command])


def rows(data):
    lines = []
    for name, one in data["programs"].items():
        functions = one["functions"]
        inside = sum(f["inside"] for f in functions)
        worst = max((abs(f["difference"]) for f in functions), default=0.0)
        lines.append(text.row(f"self time against `perf report`, {name}",
                              f"{one['perf_user_samples']} samples",
                              f"{inside} of {len(functions)} functions inside, "
                              f"largest difference {worst * 100:.2f} points",
                              "inside the 99% interval, all",
                              inside == len(functions) if functions else None))
    return lines
