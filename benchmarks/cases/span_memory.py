"""A hundred million spans: the memory of the recorder and of the program, and that none is missed.

With full=block a thread waits, and nothing may be lost. With full=drop, on two threads that share
one CPU with a recorder that runs only when they leave it time (SCHED_IDLE), recorded and lost
together have to be what was made. Of the peers only Tracy keeps all in memory; files of the others
would be gigabytes.
"""
import os

from cases import spans as span_case
from lib import memory, peers, text

SPANS = 100_000_000
QUICK_SPANS = 20_000_000
SPANS_A_ROUND = 36_000       # of a tree; a round of two threads makes 100,000
PROGRAM = "hone-bench-span"  # as the kernel shortens it
THREAD_REACH_BYTES = 4 << 20
RECORDER_REACH_BYTES = 32 << 20


def _recorded(bench, settings, words, **around):
    with memory.Watch() as watch:
        figures, _, path = span_case.take(bench, settings, words, "span_memory", **around)
    meta = bench.hone_json("info", path)["meta"]
    path.unlink()
    return {"made": figures["spans"], "recorded": int(meta["spans.count"]),
            "lost": int(meta["spans.lost"]), "program_bytes": figures["peak_rss_bytes"],
            "recorder_bytes": watch.peak_bytes.get("hone", 0)}


def run(bench):
    spans = QUICK_SPANS if bench.sizes.few == 1 else SPANS
    rounds = 2 if bench.small else spans // SPANS_A_ROUND
    alone = span_case.take(bench, None, [2, "tree_marked"])[0]
    data = {"alone_bytes": alone["peak_rss_bytes"], "peers": {},
            "block": _recorded(bench, "full=block", [rounds, "tree_marked"]),
            "drop": _recorded(bench, "full=drop", [2 if bench.small else 300, "span_two_threads"],
                              before=["taskset", "-c", min(os.sched_getaffinity(0)),
                                      "chrt", "--idle", "0"],
                              between=["chrt", "--other", "0"])}
    for peer in peers.found(bench):
        if peer.name != "tracy":
            continue
        with memory.Watch() as watch:
            taken = peer.take(bench, [rounds, "tree_marked"])
        data["peers"][peer.name] = {"peak_bytes": watch.peak_bytes,
                                    "lost": max(0, taken.figures["lost"])}
    return data


def _all_of(one):
    """Of the program and of whatever else records."""
    return sum(size for name, size in one["peak_bytes"].items() if name not in ("sh", "env"))


def rows(data):
    block, drop = data["block"], data["drop"]
    thread = block["program_bytes"] - data["alone_bytes"]
    whole = block["made"] == block["recorded"] and not block["lost"]
    counted = drop["made"] == drop["recorded"] + drop["lost"]
    return [
        text.row(f"memory at {block['made']:,} spans, full=block",
                 peers.cell({name: _all_of(one) for name, one in data["peers"].items()},
                            lambda size: text.size(size) + " in all"),
                 f"recorder {text.size(block['recorder_bytes'])}, program {text.size(thread)} for "
                 f"its thread, {block['made'] - block['recorded']:,} lost",
                 "at most 32 MB and 4 MB a thread, nothing lost",
                 whole and thread + block["recorder_bytes"]
                 <= THREAD_REACH_BYTES + RECORDER_REACH_BYTES),
        text.row("two threads on one CPU, the recorder starved, full=drop", "–",
                 f"{drop['made']:,} made, {drop['recorded']:,} recorded, {drop['lost']:,} counted "
                 "as lost", "recorded and lost are what was made", counted),
    ]
