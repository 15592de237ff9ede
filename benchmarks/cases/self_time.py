"""Self time a function against `perf report`: runs of each in turns, and runs under both at once.

Both record at fixed addresses. perf gives a sample to the symbol that its address lies in, so
Hone's inlined calls are added to the function that they were inlined into. Compared are the
functions of the program itself over 2% of its user time; shares are of all user time, a run at a
time, for the shares of a program move between its runs by more than samples alone explain.

Apart: Hone's runs against perf's, the bound from what runs of one tool differ by (Welch). Control:
perf's runs of the first place in a round against those of the second, by the same bound. Together:
both tools record the same runs, of which the counts are added up; there counting is all that they
can differ by, and the bound is of that. Each bound is of 99% over all of a program's comparisons,
apart and together.
"""
import collections
import dataclasses
import os
import statistics

from lib import names, perf_text, stats, text

OVER = 0.02
FREQUENCY = 1999   # more samples, narrower intervals: the test is stricter
FIRST, SECOND, OURS, BOTH = "perf", "perf, again", "hone", "both"
COMM_BYTES = 15    # of a process's name, as the kernel keeps it


@dataclasses.dataclass
class Take:
    """What one recording says: user samples by (module, function), and all of them."""
    counts: collections.Counter
    user: int

    def share(self, key):
        return self.counts[key] / self.user if self.user else 0.0


def self_by_symbol(lines):
    """The take that hone-bench-self-by-symbol prints."""
    counts, user = collections.Counter(), 0
    for line in lines:
        samples, kernel, module, function = line.split("\t", 3)
        if kernel == "0":
            counts[module, names.plain(function)] += int(samples)
            user += int(samples)
    return Take(counts, user)


def self_of_perf(report):
    """The take that `perf report` prints."""
    counts, user = collections.Counter(), 0
    for samples, dso, symbol in perf_text.self_samples(report):
        if not perf_text.is_kernel(dso):
            counts[dso, names.plain(symbol)] += samples
            user += samples
    return Take(counts, user)


def _read_hone(bench, path):
    printed = bench.checked([bench.bin / "hone-bench-self-by-symbol", path], output=True)
    return self_by_symbol(printed.output.splitlines())


def _read_perf(bench, path, extra=()):
    report = bench.checked([bench.perf, "report", "-i", path, *perf_text.REPORT_FIELDS, *extra],
                           output=True)
    return self_of_perf(report.output)


def _take(bench, program, kind, name):
    if kind == BOTH:
        return _take_both(bench, program, name)
    variant = "hone" if kind == OURS else "perf"
    _, path = bench.record(variant, program, suffix="-self", frequency_hz=FREQUENCY)
    return _read_hone(bench, path) if kind == OURS else _read_perf(bench, path)


def _take_both(bench, program, name):
    """(perf's take, Hone's take) of one run. perf is told the program's name, for it stands outside
    and samples Hone as well."""
    paths = {v: bench.path_for(v, program, "-both") for v in ("perf", "hone")}
    for path in paths.values():
        path.unlink(missing_ok=True)
    in_front = [word for v, path in paths.items()
                for word in bench.recorder(v, path, frequency_hz=FREQUENCY)]
    bench.checked([*in_front, *program.command], stdin=program.stdin)
    return (_read_perf(bench, paths["perf"], ["--comm", name[:COMM_BYTES]]),
            _read_hone(bench, paths["hone"]))


def _mean_share(takes, key):
    return statistics.fmean(take.share(key) for take in takes)


def _pooled(takes):
    counts = collections.Counter()
    for take in takes:
        counts.update(take.counts)
    return Take(counts, sum(take.user for take in takes))


def _apart(left, right, key, comparisons):
    return stats.difference_of_means([take.share(key) for take in left],
                                     [take.share(key) for take in right], comparisons)


def _together(left, right, key, comparisons):
    left, right = _pooled(left), _pooled(right)
    return stats.difference_of_shares(left.counts[key], left.user, right.counts[key], right.user,
                                      comparisons)


def compare(takes, module):
    """[comparison] of a module's functions over OVER of either tool's, from {kind: [take]}."""
    ours, theirs = takes[OURS], [*takes[FIRST], *takes[SECOND]]
    tests = {"apart": (_apart, ours, theirs),
             "control": (_apart, takes[FIRST], takes[SECOND]),
             "together": (_together, [hone for _, hone in takes[BOTH]],
                          [perf for perf, _ in takes[BOTH]])}
    known = {key for take in [*ours, *theirs] for key in take.counts if key[0] == module}
    keys = sorted(key for key in known
                  if max(_mean_share(ours, key), _mean_share(theirs, key)) > OVER)
    out = []
    for key in keys:
        one = {"function": key[1], "hone_share": _mean_share(ours, key),
               "perf_share": _mean_share(theirs, key)}
        for name, (how, left, right) in tests.items():
            difference, bound = how(left, right, key, 2 * len(keys))
            one[name] = {"difference": difference, "bound": bound,
                         "inside": abs(difference) <= bound}
        out.append(one)
    return out


def run(bench):
    if not bench.perf:
        return {"programs": {}}
    out = {}
    for name in ("memory_graph", "big_debug"):
        bench.say(f"  {name}")
        program = _at_fixed_addresses(bench.program(name))
        module = os.path.basename(bench.program(name).command[0])
        takes = {kind: [] for kind in (FIRST, OURS, SECOND, BOTH)}
        rounds = 2 if bench.small else 2 + bench.sizes.few   # one run has nothing to differ from
        for number in range(rounds):
            # To and fro: none always stands before another.
            for kind in list(takes)[::-1 if number % 2 else 1]:
                takes[kind].append(_take(bench, program, kind, module))
        out[name] = {"rounds": rounds,
                     "hone_user_samples": sum(take.user for take in takes[OURS]),
                     "perf_user_samples": sum(take.user for take in
                                              [*takes[FIRST], *takes[SECOND]]),
                     "functions": compare(takes, module)}
    return {"programs": out}


def _at_fixed_addresses(program):
    """Where buffers lie changes how fast they are copied: that is no difference of the tools."""
    return dataclasses.replace(program, command=["setarch", "-R", *program.command])


def _inside(functions, test):
    return sum(f[test]["inside"] for f in functions)


def _largest(functions, test):
    return f"{max((abs(f[test]['difference']) for f in functions), default=0.0) * 100:.2f}"


def rows(data):
    lines = []
    for name, one in data["programs"].items():
        functions = one["functions"]
        count = len(functions)
        apart, together = _inside(functions, "apart"), _inside(functions, "together")
        lines.append(text.row(
            f"self time against `perf report`, {name}",
            f"against itself {_inside(functions, 'control')} of {count} inside, "
            f"at most {_largest(functions, 'control')} points apart",
            f"{apart} of {count} inside, at most {_largest(functions, 'apart')} points apart; of "
            f"the same runs {together} of {count}, {_largest(functions, 'together')} points",
            "inside the 99% interval, all", apart == together == count if functions else None))
    return lines
