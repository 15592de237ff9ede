"""What marks in a program cost it, built in and off, and on while they are recorded.

hone-bench-spans alone and under `hone record`, in turns: medians of thread CPU time an operation,
beside what reading the CPU's counter costs in the same run.
"""
import json

from lib import stats, text

FLAT_REACH = 1.08
TREE_REACH = 6.0
THREADS_REACH = 1.03
OFF_REACH = 0.8
MARK_REACH = 10.0
ARGUMENTS_REACH = 25.0
ALLOCATE_REACH = 25.0
LOCK_REACH = 30.0
# --no-off-cpu and no counters: what spans cost, and not what else is recorded. Threads whose rings
# are full wait, which is no CPU time of theirs, so that no figure is of what was dropped.
FLAGS = ("--no-off-cpu", "--counters-hz", "0", "-F", "10", "--spans", "full=block")


def _take(bench, recorded, rounds):
    path = bench.recordings / "spans.hone"
    path.unlink(missing_ok=True)
    words = [bench.hone, "record", "-q", "-o", path, *FLAGS, "--"] if recorded else []
    run = bench.checked([*words, bench.bin / "hone-bench-spans", rounds], output=True)
    return json.loads(run.output), path


def run(bench):
    inner = 2 if bench.small else 31
    outer = 1 if bench.small else max(3, bench.sizes.rounds // 4)
    off, on = [], []
    for _ in range(outer):
        off.append(_take(bench, False, inner)[0])
        one, path = _take(bench, True, inner)
        on.append(one)
    meta = bench.hone_json("info", path)["meta"]
    return {"off": off, "on": on, "spans": int(meta["spans.count"]),
            "lost": int(meta["spans.lost"]) + int(meta["spans.marks_lost"]),
            "recorder_ns": int(meta["cost.recorder_cpu_ns"]),
            "file_bytes": path.stat().st_size}


def rows(data):
    def of(runs, name):
        return stats.median([one[name] for one in data[runs]])

    # What is dropped costs less than what is written: such a figure meets nothing.
    note = f", {data['lost']:,} of {data['spans']:,} lost" if data["lost"] else ""

    def line(what, value, reach, met):
        return text.row(what, "–", value + note, reach, None if met is None else met and not note)

    two, one = of("on", "two_clocks"), of("on", "one_clock")
    flat = of("on", "span") / two
    threads = of("on", "span_two_threads") / of("on", "span")
    marginal = of("on", "tree_marginal")
    off = of("off", "span") - of("off", "empty")
    lock, lock_off = (of(runs, "lock_marked") - of(runs, "lock") for runs in ("on", "off"))
    marks = [of("on", name) - one for name in ("plot", "message")]
    return [
        line("a span in an empty loop, on", f"{flat:.3f} of two clock reads "
             f"({of('on', 'span'):.1f} ns)", "at most 1.08", flat <= FLAT_REACH),
        line("a span in a tree of 16 places, on", f"{text.nanoseconds(marginal)} "
             f"(two clock reads {two:.1f} ns)", "at most 6 ns", marginal <= TREE_REACH),
        line("a span in an empty loop, two threads", f"{threads:.3f} of one thread",
             "at most 1.03", threads <= THREADS_REACH),
        line("a span, built in and off", text.nanoseconds(off), "at most 0.8 ns",
             off <= OFF_REACH),
        line("a plot; a message, beyond a clock read", f"{marks[0]:.1f}; {marks[1]:.1f} ns",
             "at most 10 ns", max(marks) <= MARK_REACH),
        line("a span with two arguments", text.nanoseconds(of("on", "span_two_arguments")),
             "at most 25 ns", of("on", "span_two_arguments") <= ARGUMENTS_REACH),
        line("marks of an allocation and its release", text.nanoseconds(of("on", "allocate_free")),
             "at most 25 ns", of("on", "allocate_free") <= ALLOCATE_REACH),
        line("a lock taken and let go, beyond a bare std::mutex", f"{text.nanoseconds(lock)} "
             f"(two clock reads {two:.1f} ns)", "at most 30 ns", lock <= LOCK_REACH),
        line("the same, built in and off", text.nanoseconds(lock_off), "–", None),
    ]
