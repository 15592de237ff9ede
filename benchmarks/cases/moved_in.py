"""What Tracy's macros cost in a program that Hone records, against Hone's own.

hone-bench-spans, marked each way, in turns, under `hone record`: medians of thread CPU time. That a
zone is the same instructions as a span is for tests/consumers/tracy_test.py to say; here are the
marks that are not.
"""
from cases import spans as span_case
from lib import stats, text

REACH = 1.05
# What is run: (the figure, how its line calls it)
MARKS = {"span": "a span in a loop", "plot": "a plot", "message": "a message that is a literal",
         "allocate_free": "marks of an allocation and its release",
         "lock_marked": "a lock taken and let go"}
SETTINGS = "full=block"


def _take(bench, program, rounds):
    path = bench.recordings / "moved_in.hone"
    path.unlink(missing_ok=True)
    run = bench.checked([bench.hone, "record", "-q", "-o", path, *span_case.FLAGS, SETTINGS, "--",
                         bench.bin / program, rounds, *MARKS, "trees"], output=True)
    return span_case.json.loads(run.output)


def run(bench):
    rounds = 2 if bench.small else 31
    data = {"hone": [], "tracy": []}
    for _ in range(1 if bench.small else 5):
        data["hone"].append(_take(bench, "hone-bench-spans", rounds))
        data["tracy"].append(_take(bench, "hone-bench-spans-tracy", rounds))
    return data


def _median(runs, name):
    return stats.median([one[name] for one in runs])


def _tree(runs):
    return stats.median([stats.median(one["tree_marginals"]) for one in runs])


def rows(data):
    def line(name, own, moved, reach):
        return text.row(f"{name}, by Tracy's macro on Hone; by Hone's own", "–",
                        f"{text.nanoseconds(moved)}; {text.nanoseconds(own)}",
                        "at most 5% more" if reach else "–",
                        moved <= REACH * own if reach else None)

    out = [line("a span in a tree of 16 places", _tree(data["hone"]), _tree(data["tracy"]), True)]
    for name, said in MARKS.items():
        out.append(line(said, _median(data["hone"], name), _median(data["tracy"], name),
                        name == "span"))
    return out
