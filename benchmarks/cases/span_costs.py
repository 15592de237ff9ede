"""What a span costs the whole machine until it is in a finished file, and its bytes there.

Two lengths of the same program, and the difference: what starting and ending cost is no part of a
span. CPU time of all processes, less that of the same program whose tree is bare.
"""
from cases import spans as span_case
from lib import peers, stats, text

DRAIN_REACH_NS = 10.0
WHOLE_REACH_NS = 20.0
BYTES_REACH = 2.3
SETTINGS = "full=block"
# What is done: with spans, and without.
OPERATIONS = {"tree": ("tree_marked", "tree"), "flat": ("span", "empty")}
ROUNDS = (30, 330)
PEER_ROUNDS = {"perfetto": (5, 35), "lttng": (10, 110)}  # what they take for as many is minutes
SMALL_ROUNDS = (1, 3)


def _hone(bench, operation, rounds):
    marked, bare = OPERATIONS[operation]
    _, alone, _ = span_case.take(bench, None, [rounds, bare])
    figures, whole, path = span_case.take(bench, SETTINGS, [rounds, marked], "span_costs")
    meta = bench.hone_json("info", path)["meta"]
    return {"spans": int(meta["spans.count"]), "made": figures["spans"],
            "lost": int(meta["spans.lost"]), "file_bytes": path.stat().st_size,
            "recorder_s": int(meta["cost.recorder_cpu_ns"]) / 1e9, "bare_s": alone.cpu_s,
            "whole_s": whole.cpu_s}


def _peer(bench, peer, operation, rounds):
    marked, bare = OPERATIONS[operation]
    _, alone, _ = span_case.take(bench, None, [rounds, bare])
    taken = peer.take(bench, [rounds, marked])
    return {"spans": taken.figures["spans"], "lost": max(0, taken.figures["lost"]),
            "file_bytes": taken.file_bytes, "bare_s": alone.cpu_s, "whole_s": taken.cpu_s}


def _added(few, many):
    """What a span more costs, of everything that was taken of both lengths."""
    count = max(1, many["spans"] - few["spans"])
    added = {"lost": many["lost"],
             "bytes": (many["file_bytes"] - few["file_bytes"]) / count}
    if "recorder_s" in many:
        added["drain_ns"] = (many["recorder_s"] - few["recorder_s"]) / count * 1e9
        added["unaccounted"] = many["made"] - many["spans"] - many["lost"]
    if many["whole_s"] is not None and few["whole_s"] is not None:
        whole, bare = (many[key] - few[key] for key in ("whole_s", "bare_s"))
        added["whole_ns"] = (whole - bare) / count * 1e9
    return added


def _median(runs):
    return {key: stats.median([one[key] for one in runs]) for key in runs[0]
            if all(key in one for one in runs)}


def run(bench):
    lengths = SMALL_ROUNDS if bench.small else ROUNDS
    here = peers.found(bench)
    data = {"rounds": lengths, "hone": {}, "peers": {peer.name: {} for peer in here}}
    for operation in OPERATIONS:
        hone, others = [], {peer.name: [] for peer in here}
        for _ in range(bench.sizes.few):
            hone.append(_added(*(_hone(bench, operation, rounds) for rounds in lengths)))
            for peer in here:
                others[peer.name].append(
                    _added(*(_peer(bench, peer, operation, rounds)
                             for rounds in PEER_ROUNDS.get(peer.name, lengths))))
        data["hone"][operation] = _median(hone)
        for name, runs in others.items():
            data["peers"][name][operation] = _median(runs)
    return data


def rows(data):
    tree, flat = data["hone"]["tree"], data["hone"]["flat"]

    def cell(key, shown, operation="tree"):
        return peers.cell({name: one[operation].get(key) for name, one in data["peers"].items()},
                          shown)

    def note(name):
        lost = data["peers"][name]["tree"]["lost"]
        return f" ({int(lost):,} of its packets lost)" if lost else ""

    losses = "".join(note(name) for name in data["peers"])
    kept = not tree["lost"] and not flat["lost"]
    lost = "" if kept else f", {int(tree['lost'] + flat['lost']):,} lost"
    return [
        text.row("draining and encoding, CPU a span: tree; flat", "in the row below",
                 f"{tree['drain_ns']:.1f}; {flat['drain_ns']:.1f} ns{lost}", "at most 10 ns",
                 kept and max(tree["drain_ns"], flat["drain_ns"]) <= DRAIN_REACH_NS),
        text.row("whole-system CPU a span, tree, until the file is finished",
                 cell("whole_ns", text.nanoseconds) + losses,
                 text.nanoseconds(tree["whole_ns"]) + lost, "at most 20 ns",
                 kept and tree["whole_ns"] <= WHOLE_REACH_NS),
        text.row("the same, in the empty loop", cell("whole_ns", text.nanoseconds, "flat"),
                 text.nanoseconds(flat["whole_ns"]) + lost, "–", None),
        text.row("bytes a span in the finished file, tree", cell("bytes", "{:.2f} B".format),
                 f"{tree['bytes']:.2f} B{lost}", "at most 2.3 B",
                 kept and tree["bytes"] <= BYTES_REACH),
        text.row("bytes a span in the finished file, flat",
                 cell("bytes", "{:.2f} B".format, "flat"), f"{flat['bytes']:.2f} B{lost}", "–",
                 None),
    ]
