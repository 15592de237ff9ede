"""`hone query` over spans by the million: statistics by name, as the table function and as a free
`group by`; samples and spans joined by time.

Each as a command, less one that asks for nothing: what is left is the statement's own.
"""
import json

from lib import stats, text

STATS_REACH_S = 0.15
GROUP_REACH_S = 3.0
JOIN_REACH_S = 2.0
# What Perfetto's trace processor took for the same ten million, where the reach comes from.
PEER_GROUP_S = 2.26
SPANS, JOINED = 10_000_000, 1_000_000
SMALL_SPANS, SMALL_JOINED = 40_000, 20_000

FUNCTION = "select name, count, total, mean, p50, p99 from span_stats order by name"
GROUP = ("select name, count(*), sum(dur), avg(dur), p50(dur), p99(dur) from spans group by name "
         "order by name")
JOIN = ("select left_value, count(*), sum(right_value) from interval_join("
        "'select ts, dur, thread, name from spans', 'select ts, 0, thread, weight from samples') "
        "group by left_value")
RANGE = "select count(*), sum(dur) from spans where ts between 1000000 and 2000000"


def _ask(bench, path, sql):
    runs = [bench.checked([bench.hone, "query", "--format", "json", path, sql], output=True)
            for _ in range(bench.sizes.few + 1)][1:]  # the first one reads the file into memory
    return {"wall_s": stats.median([run.wall_s for run in runs]),
            "peak_rss_bytes": max(run.peak_rss_bytes for run in runs),
            "rows": json.loads(runs[0].output)["rows"]}


def _statements(bench, path, statements):
    nothing = _ask(bench, path, "select 1")
    out = {"open_s": nothing["wall_s"]}
    for name, sql in statements.items():
        out[name] = _ask(bench, path, sql)
        out[name]["own_s"] = max(0.0, out[name]["wall_s"] - nothing["wall_s"])
    return out


def run(bench):
    spans, joined = (SMALL_SPANS, SMALL_JOINED) if bench.small else (SPANS, JOINED)
    data = {"spans": spans, "joined": joined}
    for name, words, statements in (
            ("many", [spans], {"function": FUNCTION, "group": GROUP, "range": RANGE}),
            ("pairs", [joined, joined], {"join": JOIN})):
        path = bench.recordings / f"sql-{name}.hone"
        path.unlink(missing_ok=True)
        bench.checked([bench.bin / "hone-bench-make-spans", path, *words])
        data[name] = _statements(bench, path, statements)
        path.unlink()
    # The two say the same; a table function that is quick and wrong is no result.
    data["same"] = data["many"]["function"]["rows"] == data["many"]["group"]["rows"]
    data["pairs"]["count"] = sum(row[1] for row in data["pairs"]["join"]["rows"])
    return data


def rows(data):
    many, pairs = data["many"], data["pairs"]

    def line(what, one, reach_s, peer="–", met=True):
        told = f"{text.seconds(one['own_s'])}, {text.size(one['peak_rss_bytes'])}"
        return text.row(what, peer, told, f"at most {text.seconds(reach_s)}",
                        met and one["own_s"] <= reach_s)

    return [
        line(f"SQL, statistics by name of {data['spans']:,} spans: span_stats", many["function"],
             STATS_REACH_S, met=data["same"]),
        line(f"SQL, the same by group by, of {data['spans']:,} spans", many["group"], GROUP_REACH_S,
             peer=f"{PEER_GROUP_S} s (10 million)", met=data["same"]),
        line(f"SQL, {data['joined']:,} samples × {data['joined']:,} spans: interval_join, "
             f"{pairs['count']:,} pairs", pairs["join"], JOIN_REACH_S, met=pairs["count"] > 0),
        text.row("SQL, a millisecond of the recording", "–", text.seconds(many["range"]["own_s"]),
                 "–", None),
    ]
