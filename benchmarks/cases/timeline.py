"""The timeline of `hone view` over 50 million spans, asked as a browser does: all tracks of a
screen at once.

Until the first answer the recording is read and its levels of detail are made. Then windows at
random places and of all zooms: what counts is the worst, for that is what a hand on a wheel feels.
"""
import http.client
import json
import random
import re
import subprocess
import time
import urllib.parse

from lib import stats, text

SPANS, SMALL_SPANS = 50_000_000, 200_000
THREADS = (8, 200)
BUCKETS = (1024, 2048, 4096, 8192)   # of a window; the pages ask for up to 4,096
WINDOWS, SMALL_WINDOWS = 300, 10
READY_REACH_S, WORST_REACH_S, MEMORY_REACH_BYTES = 5.0, 0.020, 1_200_000_000
TILE = 1024
SHOWN = 40  # spans of so many threads fill a screen from top to bottom
WAIT_S = 120


class _Server:
    def __init__(self, bench, path):
        self.process = subprocess.Popen(
            [str(bench.hone), "view", "--no-open", str(path)], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        found = None
        while not found:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError("hone view ended before it listened")
            found = re.search(r"http://([\d.]+):(\d+)/\?token=(\w+)", line)
        self.headers = {"Authorization": "Bearer " + found[3]}
        self.connection = http.client.HTTPConnection(found[1], int(found[2]), timeout=WAIT_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=WAIT_S)

    def ask(self, path):
        """The answer and the seconds that it took; waits while the recording is opened."""
        end = time.monotonic() + WAIT_S
        while True:
            begin = time.perf_counter()
            self.connection.request("GET", "/api/1/" + path, headers=self.headers)
            response = self.connection.getresponse()
            body = response.read()
            if response.status == 200:
                return body, time.perf_counter() - begin
            if response.status != 503 or time.monotonic() > end:
                raise RuntimeError(f"{path[:200]}: {response.status} {body[:300]}")
            time.sleep(0.02)

    def cpu_s(self):
        """Of all its threads: what it takes whoever else uses the machine."""
        return time.clock_gettime((~self.process.pid << 3) | 2)  # CPUCLOCK_SCHED of the process

    def peak_bytes(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmHWM:\s*(\d+)", status.read())[1]) * 1024


def _windows(server, shown, end_ns, buckets, count):
    """Seconds of requests for all tracks of a screen, and the coarsest fold that was needed."""
    chance = random.Random(buckets)
    top = max(0, (end_ns // buckets).bit_length())
    took, cpu, fold = [], [], 1
    for _ in range(count):
        step = min(chance.randrange(top + 1), 42)
        tile_ns = TILE << step
        first = chance.randrange(end_ns // tile_ns + 1)
        at = chance.randrange(max(1, len(shown) - SHOWN + 1))
        tracks = urllib.parse.quote(",".join(shown[at:at + SHOWN]))
        before = server.cpu_s()
        body, seconds = server.ask(f"tiles?tracks={tracks}&step={step}&first={first}"
                                   f"&count={buckets // TILE}")
        took.append(seconds)
        cpu.append(server.cpu_s() - before)
        fold = max(fold, json.loads(body[16:16 + int.from_bytes(body[4:8], "little")])["fold"])
    return {"median_s": stats.median(took), "worst_s": max(took), "worst_cpu_s": max(cpu),
            "fold": fold}


def _one(bench, spans, threads):
    path = bench.recordings / f"timeline-{threads}.hone"
    path.unlink(missing_ok=True)
    bench.checked([bench.bin / "hone-bench-make-timeline", path, spans, threads])
    out = {"file_bytes": path.stat().st_size}
    begin = time.perf_counter()
    with _Server(bench, path) as server:
        server.ask("recordings")
        server.ask("system")  # once the recording is read
        out["read_s"] = time.perf_counter() - begin
        body, out["levels_s"] = server.ask("timeline")
        out["ready_s"] = time.perf_counter() - begin
        timeline = json.loads(body)
        shown = [track["id"] for track in timeline["tracks"] if track["kind"] == "spans"]
        out["spans"] = sum(track["events"] for track in timeline["tracks"]
                           if track["kind"] == "spans")
        count = SMALL_WINDOWS if bench.small else WINDOWS
        for buckets in BUCKETS:
            out[str(buckets)] = _windows(server, shown, timeline["end"], buckets, count)
        out["peak_rss_bytes"] = server.peak_bytes()
        out["find_s"] = server.ask("find?text=number150")[1]
        out["event_s"] = server.ask("event?track=spans:1&event=500")[1]
        out["step_s"] = max(server.ask(f"step?track=spans:1&event=500&to={way}")[1] for way in
                            ("next", "parent", "child", "next-same", "slowest-same"))
    path.unlink()
    return out


def run(bench):
    spans = SMALL_SPANS if bench.small else SPANS
    return {"spans": spans, "threads": {str(n): _one(bench, spans, n) for n in THREADS}}


def rows(data):
    out = []
    for threads, one in data["threads"].items():
        what = f"timeline of {data['spans']:,} spans, {threads} threads: "
        out.append(text.row(
            what + "until the first answer", "–",
            f"{text.seconds(one['ready_s'])}, levels of it {text.seconds(one['levels_s'])}",
            f"at most {text.seconds(READY_REACH_S)}, every span there",
            one["ready_s"] <= READY_REACH_S and one["spans"] == data["spans"]))
        for buckets in BUCKETS:
            window = one[str(buckets)]
            fold = f", folded up to {window['fold']}" if window["fold"] > 1 else ""
            shown = min(SHOWN, int(threads))
            out.append(text.row(
                what + f"worst of random windows of {shown}, {buckets:,} buckets", "–",
                f"{text.seconds(window['worst_s'])} (median {text.seconds(window['median_s'])}), "
                f"CPU time {text.seconds(window['worst_cpu_s'])}" + fold,
                f"at most {text.seconds(WORST_REACH_S)}",
                window["worst_s"] <= WORST_REACH_S))
        out.append(text.row(
            what + "memory of the server", "–", text.size(one["peak_rss_bytes"]),
            f"at most {text.size(MEMORY_REACH_BYTES)}",
            one["peak_rss_bytes"] <= MEMORY_REACH_BYTES))
        out.append(text.row(
            what + "find a name, describe a span, a step", "–",
            f"{text.seconds(one['find_s'])}, {text.seconds(one['event_s'])}, "
            f"{text.seconds(one['step_s'])}", "–", None))
    return out
