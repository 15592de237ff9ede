"""Reading spans: the whole command that prints statistics of every place, percentiles included.

Two recordings of the same program, and the difference: CPU time of all threads of the command, and
its peak memory, for a span more.
"""
import resource

from cases import spans as span_case
from lib import peers, stats, text

SPEED_REACH = 50e6
MEMORY_REACH_BYTES = 16
SETTINGS = "full=block"
ROUNDS = (30, 1390)
QUICK_ROUNDS = (30, 330)
SMALL_ROUNDS = (1, 3)
PEER_ROUNDS = (30, 330)
CSVEXPORT = "tracy-csvexport"


def _read(bench, command):
    runs = [bench.checked(command, output=True) for _ in range(bench.sizes.few)]
    return {"cpu_s": stats.median([run.cpu_s for run in runs]),
            "peak_rss_bytes": max(run.peak_rss_bytes for run in runs)}


def _hone(bench, rounds):
    _, _, path = span_case.take(bench, SETTINGS, [rounds, "tree_marked"], "span_load")
    one = _read(bench, [bench.hone, "report", "--spans", "--json", path])
    one["spans"] = int(bench.hone_json("info", path)["meta"]["spans.count"])
    places = bench.hone_json("report", path, "--spans", "--top", "0")["instrumentation"]["spans"]
    one["told"] = sum(place["count"] for place in places)
    path.unlink()
    return one


def _tracy(bench, peer, rounds):
    taken = peer.take(bench, [rounds, "tree_marked"])
    one = _read(bench, [peer.root / CSVEXPORT, taken.path])
    # Its statistics leave out spans whose begin and end read the same.
    return {**one, "spans": taken.figures["spans"]}


def _added(few, many):
    count = max(1, many["spans"] - few["spans"])
    # Not below what this interpreter has, which every child's account begins with.
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    low = max(few["peak_rss_bytes"], own)
    return {"spans": many["spans"], "told": many.get("told"),
            "per_second": count / max(1e-9, many["cpu_s"] - few["cpu_s"]),
            "bytes": (many["peak_rss_bytes"] - low) / count}


def run(bench):
    lengths = SMALL_ROUNDS if bench.small else QUICK_ROUNDS if bench.sizes.few == 1 else ROUNDS
    data = {"hone": _added(*(_hone(bench, rounds) for rounds in lengths)), "peers": {}}
    for peer in peers.found(bench):
        if peer.name == "tracy" and (peer.root / CSVEXPORT).exists():
            data["peers"][peer.name] = _added(*(_tracy(bench, peer, rounds)
                                                for rounds in PEER_ROUNDS))
    return data


def rows(data):
    hone = data["hone"]
    whole = hone["spans"] == hone["told"]

    def cell(key, shown):
        return peers.cell({name: one[key] for name, one in data["peers"].items()}, shown)

    def million(value):
        return f"{value / 1e6:.1f} million/s"

    told = "" if whole else f", {hone['told']:,} of {hone['spans']:,} counted"
    return [
        text.row(f"statistics of {hone['spans']:,} spans, spans a second of one core",
                 cell("per_second", million), million(hone["per_second"]) + told,
                 "at least 50 million/s", whole and hone["per_second"] >= SPEED_REACH),
        text.row("memory for it, a span", cell("bytes", "{:.1f} B".format),
                 f"{hone['bytes']:.1f} B", "at most 16 B", hone["bytes"] <= MEMORY_REACH_BYTES),
    ]
