"""Walking a stack, a frame at a time, and compiling `.eh_frame`: the micro-benchmarks of the rooms.

In process and compiling: beside the code (src/unwind/unwind_bench.cc). From outside, as a recorder
does it: unwind_outside_bench.cc. The peers walk the same kind of stack in unwind_peers_bench.cc.
"""
from lib import stats, text

PROGRAMS = ("unwind_bench", "unwind_outside_bench")
# (what its name starts with, said as, reach in ns)
REACHES = [("walk_warm", "a frame, in process, warm", 5.0),
           ("walk_outside_warm", "a frame, from outside, warm", 20.0),
           ("walk_outside_cold", "a frame, from outside, cold stack bytes", 120.0)]
FDE_REACH_NS = 500.0


def _counters(found):
    """{name: {counter in ns}}, the median of the repetitions."""
    out = {}
    for name, runs in found.items():
        times = {key: stats.median([r[key] for r in runs]) * 1e9
                 for key in ("frame_time", "fde_time") if key in runs[0]}
        if times:
            more = {k: runs[0][k] for k in ("frames", "fdes", "rows", "table_bytes")
                    if k in runs[0]}
            measured = {"frame_ns": times.get("frame_time"), "fde_ns": times.get("fde_time")}
            out[name] = measured | more
    return out


def run(bench):
    hone = {}
    for program in PROGRAMS:
        hone |= _counters(bench.micro(program))
    return {"hone": hone, "peers": _counters(bench.micro("unwind_peers_bench"))}


def rows(data):
    peers = ", ".join(f"{name.replace('_', ' ')} {text.nanoseconds(one['frame_ns'])}"
                      for name, one in data["peers"].items())
    lines = []
    for prefix, what, reach in REACHES:
        for name, one in data["hone"].items():
            if name.startswith(prefix) and one["frame_ns"] is not None:
                lines.append(text.row(what, peers or "–", text.nanoseconds(one["frame_ns"]),
                                      f"at most {text.nanoseconds(reach)}",
                                      one["frame_ns"] <= reach))
    for one in data["hone"].values():
        if one["fde_ns"] is not None:
            what = f"compiling `.eh_frame`, an FDE of {one.get('fdes', 0):,.0f}"
            lines.append(text.row(what, "–", text.nanoseconds(one["fde_ns"]), "at most 500 ns",
                                  one["fde_ns"] <= FDE_REACH_NS))
    return lines
