"""What marks in a program cost it, built in and off, and on while they are recorded.

hone-bench-spans alone and under `hone record`, and the same source marked by the peers that are
here, in turns: medians of thread CPU time an operation, beside what reading the CPU's counter costs
in the same run.
"""
import json

from lib import peers, stats, text

FLAT_REACH = 1.08
TREE_REACH = 6.0
THREADS_REACH = 1.03
ONE_CLOCK_REACH = 1.05
ADAPTIVE_REACH = 1.5
OFF_REACH = 0.8
MARK_REACH = 10.0
ARGUMENTS_REACH = 25.0
ALLOCATE_REACH = 25.0
LOCK_REACH = 30.0
LTTNG_REACH = 5.0
# --no-off-cpu and no counters: what spans cost, and not what else is recorded. Threads whose rings
# are full wait, which is no CPU time of theirs, so that no figure is of what was dropped.
FLAGS = ("--no-off-cpu", "--counters-hz", "0", "-F", "10", "--spans")
SETTINGS = {"on": "full=block", "one_clock": "full=block,clock=one",
            "adaptive": "full=block,adaptive=10000"}
# What is taken with them, where it is not everything.
WORDS = {"one_clock": ["one_clock", "two_clocks", "span", "trees"], "adaptive": ["empty", "span"]}
# Perfetto's buffers are emptied between operations, which takes it long.
PEER_ROUNDS = {"perfetto": 7}


def take(bench, settings, words, name="spans", *, before=(), between=()):
    """(what the program printed, the run, the recording's path); settings None: not recorded.

    `before`: in front of the recorder's words; `between`: in front of the program's.
    """
    path = bench.recordings / f"{name}.hone"
    path.unlink(missing_ok=True)
    recorder = [bench.hone, "record", "-q", "-o", path, *FLAGS, settings, "--"] if settings else []
    run = bench.checked([*before, *recorder, *between, bench.bin / "hone-bench-spans", *words],
                        output=True)
    return json.loads(run.output), run, path


def lost(bench, path):
    meta = bench.hone_json("info", path)["meta"]
    return int(meta["spans.lost"]) + int(meta["spans.marks_lost"])


def run(bench):
    inner = 2 if bench.small else 31
    outer = 1 if bench.small else max(3, bench.sizes.rounds // 4)
    here = peers.found(bench)
    data = {"off": [], **{name: [] for name in SETTINGS}, "lost": 0,
            "peers": {peer.name: {"on": [], "off": []} for peer in here}}
    for _ in range(outer):
        data["off"].append(take(bench, None, [inner])[0])
        for name, settings in SETTINGS.items():
            one, _, path = take(bench, settings, [inner, *WORDS.get(name, [])])
            data[name].append(one)
            data["lost"] += lost(bench, path)
        for peer in here:
            words = [PEER_ROUNDS.get(peer.name, inner)]
            data["peers"][peer.name]["on"].append(peer.take(bench, words).figures)
            if peer.can_be_off():
                data["peers"][peer.name]["off"].append(
                    peer.take_off(bench, [inner, "empty", "span"]))
    return data


def _figure(runs, name):
    """The median over runs; None where they have no such operation."""
    values = [one[name] for one in runs if name in one]
    return stats.median(values) if values else None


def _layouts(runs, name):
    """(median, lowest, highest) over the tree's layouts, each the median over runs."""
    each = [stats.median(values) for values in zip(*(one[name] for one in runs))]
    return stats.median(each), min(each), max(each)


def _beyond_floor(runs):
    """What a span costs more than two clock reads at its place: the same over the layouts."""
    pairs = [{"beyond": [span - floor for span, floor in zip(one["tree_marginals"],
                                                             one["tree_floors"])]}
             for one in runs]
    return _layouts(pairs, "beyond")


def _of_layouts(values):
    middle, low, high = values
    return f"{middle:.1f} ns ({low:.1f} to {high:.1f})"


class _Peers:
    """Figures of the peers for one column of the table."""

    def __init__(self, data):
        self.runs = data["peers"]

    def cell(self, of, shown, state="on"):
        values = {name: of(one[state]) if one[state] else None for name, one in self.runs.items()}
        return peers.cell(values, shown)

    def plain(self, name, shown=text.nanoseconds):
        return self.cell(lambda runs: _figure(runs, name), shown)

    def beyond(self, name, base, shown=text.nanoseconds, state="on"):
        def of(runs):
            value = _figure(runs, name)
            return None if value is None else value - _figure(runs, base)
        return self.cell(of, shown, state)

    def over(self, name, base, shown="{:.2f}".format):
        return self.cell(lambda runs: _figure(runs, name) / _figure(runs, base), shown)


def _tree_rows(data, line, others):
    """Rows of the tree: over all layouts, for the bare code differs by as much between them."""
    def tree(name):
        return others.cell(lambda runs: _layouts(runs, name), _of_layouts)

    marginal, floor = (_layouts(data["on"], name) for name in ("tree_marginals", "tree_floors"))
    return [
        line("a span in a tree of 16 places, on: median (range) of five layouts",
             tree("tree_marginals"), _of_layouts(marginal), "at most 6 ns",
             marginal[0] <= TREE_REACH),
        line("two clock reads in the same tree, and no more", tree("tree_floors"),
             _of_layouts(floor), "–", None),
        line("a span in that tree, beyond its two clock reads",
             others.cell(_beyond_floor, _of_layouts), _of_layouts(_beyond_floor(data["on"])), "–",
             None),
        line("a span in that tree, one clock read a span", "none",
             _of_layouts(_layouts(data["one_clock"], "tree_marginals")), "–", None),
    ]


def _mark_rows(data, line, others):
    def of(name):
        return _figure(data["on"], name)

    one = of("one_clock")
    marks = [of(name) - one for name in ("plot", "message")]
    lock, lock_off = (_figure(data[runs], "lock_marked") - _figure(data[runs], "lock")
                      for runs in ("on", "off"))
    return [
        line("a plot, beyond a clock read", others.beyond("plot", "one_clock"),
             text.nanoseconds(marks[0]), "at most 10 ns", marks[0] <= MARK_REACH),
        line("a message, beyond a clock read", others.beyond("message", "one_clock"),
             text.nanoseconds(marks[1]), "at most 10 ns", marks[1] <= MARK_REACH),
        line("a span with two arguments", others.plain("span_two_arguments"),
             text.nanoseconds(of("span_two_arguments")), "at most 25 ns",
             of("span_two_arguments") <= ARGUMENTS_REACH),
        line("marks of an allocation and its release", others.plain("allocate_free"),
             text.nanoseconds(of("allocate_free")), "at most 25 ns",
             of("allocate_free") <= ALLOCATE_REACH),
        line("a lock taken and let go, beyond a bare std::mutex",
             others.beyond("lock_marked", "lock"),
             f"{text.nanoseconds(lock)} (two clock reads {of('two_clocks'):.1f} ns)",
             "at most 30 ns", lock <= LOCK_REACH),
        line("the same, built in and off", "–", text.nanoseconds(lock_off), "–", None),
    ]


def rows(data):
    # What is dropped costs less than what is written: such a figure meets nothing.
    note = f", {data['lost']:,} lost" if data["lost"] else ""
    others = _Peers(data)

    def line(what, peer, value, reach, met):
        return text.row(what, peer, value + note, reach, None if met is None else met and not note)

    def of(runs, name):
        return _figure(data[runs], name)

    flat = of("on", "span") / of("on", "two_clocks")
    threads = of("on", "span_two_threads") / of("on", "span")
    once = of("one_clock", "span") / of("one_clock", "one_clock")
    off, hot = (of(name, "span") - of(name, "empty") for name in ("off", "adaptive"))
    lttng = _figure(data["peers"].get("lttng", {"on": []})["on"], "span")
    times = None if lttng is None else lttng / of("on", "span")
    return [
        line("a span in an empty loop, on, over two clock reads",
             others.over("span", "two_clocks"),
             f"{flat:.3f} ({of('on', 'span'):.1f} ns)", "at most 1.08", flat <= FLAT_REACH),
        line("the same loop: LTTng-UST, two tracepoints, over Hone",
             peers.cell({"tracy": None, "perfetto": None,
                         **({} if lttng is None else {"lttng": lttng})}, text.nanoseconds),
             f"{text.nanoseconds(of('on', 'span'))}"
             + (f", {times:.1f} times cheaper" if times else ""), "at least 5 times",
             None if times is None else times >= LTTNG_REACH),
        *_tree_rows(data, line, others),
        line("a span in an empty loop, two threads, over one",
             others.over("span_two_threads", "span"), f"{threads:.3f}", "at most 1.03",
             threads <= THREADS_REACH),
        line("one clock read a span (clock=one), over one clock read", "none",
             f"{once:.3f} ({of('one_clock', 'span'):.1f} ns)", "at most 1.05",
             once <= ONE_CLOCK_REACH),
        line("a span of a hot place (adaptive=10000), in the empty loop", "none",
             text.nanoseconds(hot), "at most 1.5 ns", hot <= ADAPTIVE_REACH),
        line("a span, built in and off", others.beyond("span", "empty", state="off"),
             text.nanoseconds(off), "at most 0.8 ns", off <= OFF_REACH),
        *_mark_rows(data, line, others),
    ]
