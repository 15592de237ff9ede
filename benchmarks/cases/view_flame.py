"""What `hone view` answers to the page Flame, and to the page Functions, over HTTP: recordings of
1,000,000 samples, of which one has a stack of its own for nearly every sample.

The recording is open before anything is timed (`open_million` says what that takes). `first` is
what nobody asked before, `zoom` the same graph at one of its nodes; each asks for something else
than the run before it, so that nothing that was kept answers it but the tree itself.
"""
import json
import re
import select
import subprocess
import time
import urllib.error
import urllib.request

from lib import memory, stats, text

FIRST_REACH_S, ZOOM_REACH_S, TABLE_REACH_S = 0.35, 0.1, 0.05
SHAPES = {"repeating": ["50000"], "compiler": []}
WAIT_S = 120


class _Server:
    def __init__(self, bench, path):
        self.process = subprocess.Popen([bench.hone, "view", "--no-open", path],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        ready, _, _ = select.select([self.process.stdout], [], [], WAIT_S)
        line = self.process.stdout.readline() if ready else ""
        found = re.search(r"(http://\S+?)/\?token=(\w+)", line)
        if found is None:
            self.close()
            raise RuntimeError(f"hone view said no address: {line!r}")
        self.address, self.token = found.groups()

    def ask(self, question):
        request = urllib.request.Request(f"{self.address}/api/1/{question}", headers={
            "Authorization": f"Bearer {self.token}"})
        until = time.monotonic() + WAIT_S
        while True:
            begin = time.monotonic()
            try:
                with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
                    body = answer.read()
                return time.monotonic() - begin, body
            except urllib.error.HTTPError as error:
                if error.code != 503 or time.monotonic() > until:
                    raise
            time.sleep(0.1)

    def close(self):
        self.process.terminate()
        self.process.wait(10)


def _head(body):
    return json.loads(body[16:16 + int.from_bytes(body[4:8], "little")])


def _column(head, body, name):
    table = head["tables"][0]
    offset = next(c["offset"] for c in table["columns"] if c["name"] == name)
    return [int.from_bytes(body[offset + 4 * i:offset + 4 * i + 4], "little")
            for i in range(table["rows"])]


def _zoom(body):
    """Keys of a path to a node some levels down, as the page sends them."""
    head = _head(body)
    parent, high, low = (_column(head, body, name) for name in ("parent", "key_hi", "key_lo"))
    at = min(len(parent) - 1, 8)
    path = []
    while at != 0:
        path.append(f"{high[at]:08x}{low[at]:08x}")
        at = parent[at]
    return ",".join(path[::-1])


def _shape(bench, shape):
    path = bench.recordings / f"view-{shape}.hone"
    path.unlink(missing_ok=True)
    made = bench.checked([bench.bin / "hone-bench-make-recording", path, bench.sizes.samples,
                          *SHAPES[shape]], output=True)
    server = _Server(bench, path)
    try:
        server.ask("weights")  # opens it
        before = memory.resident_bytes(server.process.pid)
        # What is kept is kept by what was asked: another stretch of time is another tree.
        first = [server.ask(f"flame?t=0-{10**18 + i}") for i in range(bench.sizes.few + 1)][1:]
        zoom = _zoom(first[-1][1])
        again = [server.ask(f"flame?t=0-{10**18 + bench.sizes.few}&root={zoom}&pixels={1400 + i}")
                 for i in range(bench.sizes.few)]
        held = memory.resident_bytes(server.process.pid) - before
        server.ask("functions")
        table = [server.ask(f"functions?sort=total&filter=f{i}&offset={i}")
                 for i in range(bench.sizes.few)]
    finally:
        server.close()
    path.unlink()
    return {"recording": json.loads(made.output), "nodes": _head(first[-1][1])["tables"][0]["rows"],
            "first_s": stats.median([s for s, _ in first]),
            "zoom_s": stats.median([s for s, _ in again]),
            "table_s": stats.median([s for s, _ in table]),
            "answer_bytes": len(first[-1][1]), "held_bytes": held}


def run(bench):
    return {"shapes": {shape: _shape(bench, shape) for shape in SHAPES}}


def rows(data):
    lines = []
    for shape, one in data["shapes"].items():
        stacks = f"{shape}, {one['recording']['stack_rows']:,} call tree nodes"
        lines.append(text.row(f"hone view, flame graph, first answer ({stacks})", "–",
                              f"{text.seconds(one['first_s'])}, {one['nodes']:,} nodes in "
                              f"{text.size(one['answer_bytes'])}",
                              f"at most {text.seconds(FIRST_REACH_S)}",
                              one["first_s"] <= FIRST_REACH_S))
        lines.append(text.row("hone view, zoom of the same", "–", text.seconds(one["zoom_s"]),
                              f"at most {text.seconds(ZOOM_REACH_S)}",
                              one["zoom_s"] <= ZOOM_REACH_S))
        lines.append(text.row("hone view, functions sorted and filtered", "–",
                              text.seconds(one["table_s"]),
                              f"at most {text.seconds(TABLE_REACH_S)}",
                              one["table_s"] <= TABLE_REACH_S))
    return lines
