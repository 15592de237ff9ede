"""Importing perf.data: cc1plus with copies of 64 KB of its stacks, as perf record writes them.

The whole command, unwinding and names included, the file in the page cache; symbol caches are those
that the run before left. perf script prints the same stacks, without inlined calls; perf report
sums them.
"""
from lib import imports, stats, text

REACH_S_A_317MB = 1.0


def run(bench):
    program = bench.program("cc1plus")
    if not bench.perf:
        return {}
    _, source = bench.record("perf_dwarf_64k", program)
    out = bench.recordings / "imported_perf.hone"
    runs = []
    for _ in range(bench.sizes.few + 1):   # the first fills the caches
        out.unlink(missing_ok=True)
        runs.append(bench.checked([bench.hone, "import", "-q", "-o", out, source]))
    report = bench.hone_json("report", out)
    stacks = report["quality"]["stacks"]
    data = {"bytes": source.stat().st_size, "out_bytes": out.stat().st_size,
            "samples": report["summary"]["sample_count"],
            "complete": stacks["complete"] / max(stacks["complete"] + stacks["broken"], 1),
            "wall_s": stats.median([one.wall_s for one in runs[1:]]),
            "cpu_s": stats.median([one.cpu_s for one in runs[1:]]),
            "first_s": runs[0].wall_s,
            "peak_rss_bytes": max(one.peak_rss_bytes for one in runs)}
    for name, command in {"script": ["script", "--no-inline", "-F", "ip"],
                          "report": ["report", "--stdio", "--no-inline"]}.items():
        peer = bench.run([bench.perf, *command, "-i", source], output=True,
                         timeout_s=bench.sizes.perf_limit_s)
        data[f"perf_{name}_s"] = peer.wall_s
        data[f"perf_{name}_timed_out"] = peer.timed_out
    source.unlink()
    out.unlink()
    return data


def rows(data):
    if not data:
        return []
    # A small file is names alone, of the same few modules.
    reach = REACH_S_A_317MB * max(data["bytes"] / 317e6, 1)
    peers = ", ".join(f"perf {name} {'over ' if data[f'perf_{name}_timed_out'] else ''}"
                      f"{text.seconds(data[f'perf_{name}_s'])}" for name in ("script", "report"))
    what = f"import of {text.size(data['bytes'])} of perf.data, {data['samples']:,} stacks"
    return [text.row(what, peers, text.seconds(data["wall_s"]),
                     f"at most {text.seconds(reach)}: 1 s for 317 MB", data["wall_s"] <= reach),
            imports.memory_row(data)]
