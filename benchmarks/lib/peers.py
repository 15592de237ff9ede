"""The tracers that spans are compared with: the same loop and tree, marked with their macros.

    for peer in peers.found(bench):
        taken = peer.take(bench, ["31", "span", "trees"])   # Taken: figures, CPU time, bytes

LTTng-UST is there where Debian's lttng-tools and liblttng-ust-dev are installed. The others are
built outside of this project, and folders in the environment say where:

  HONE_PEER_TRACY     public/, tracy-capture, and libTracyClient.a, built with TRACY_ENABLE and
                      TRACY_NO_SYSTEM_TRACING; where they are there also tracy-csvexport, and
                      on-demand/libTracyClient.a, built with TRACY_ON_DEMAND too, for what a span
                      costs that nobody reads
  HONE_PEER_PERFETTO  sdk/perfetto.h, and libperfetto.a, the SDK compiled
"""
import json
import os
import pathlib
import shutil
import socket
from dataclasses import dataclass

from lib import measure

HERE = pathlib.Path(__file__).resolve().parents[1]
LAYOUTS = HERE / "span_layouts.txt"
SOURCES = [HERE / "spans.cc", HERE / "span_tree.cc", HERE / "span_tree.h", LAYOUTS]
STANDARD = "-std=c++17"
TIMEOUT_S = 900

# $1: the session's folder, then the program's words. The daemon is ended by the number that it
# wrote; where one runs already, that one is used, and left.
LTTNG = """
folder=$1; shift
lttng-sessiond --daemonize --no-kernel --pidfile="$folder/pid" >/dev/null 2>&1
exec 3>&1 1>&2
lttng create hone-bench --output="$folder/trace" &&
lttng enable-channel -u -s hone-bench --subbuf-size=4M --num-subbuf=8 --blocking-timeout=inf ch &&
lttng enable-event -u -s hone-bench -c ch 'hone_bench:*' && lttng start hone-bench || exit 1
LTTNG_UST_ALLOW_BLOCKING=1 "$@" >&3; status=$?
lttng stop hone-bench; lttng destroy hone-bench
[ ! -f "$folder/pid" ] || { cp "$folder/pid" "$folder/daemon"; kill "$(cat "$folder/pid")"; }
exit $status
"""
# $1: tracy-capture, $2: its file, $3: the port
TRACY = """
capture=$1; file=$2; export TRACY_PORT=$3; shift 3
"$capture" -a 127.0.0.1 -p "$TRACY_PORT" -f -o "$file" >/dev/null 2>&1 &
TRACY_NO_EXIT=1 "$@"; status=$?
wait; exit $status
"""


@dataclass
class Taken:
    figures: dict       # what the program printed
    cpu_s: float        # of the program and of all that recorded it; None: not known
    file_bytes: int
    path: pathlib.Path


def _size(path):
    if path.is_dir():
        return sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
    return path.stat().st_size if path.exists() else 0


class Peer:
    name = ""
    title = ""
    how = ""            # how it comes here, when it is absent

    def __init__(self, root=None):
        self.root = root

    def flags(self, *, off):
        return []

    def libraries(self, *, off):
        return []

    def sources(self):
        return [HERE / "marks" / f"{self.name}.h"]

    def can_be_off(self):
        return True

    def program(self, bench, *, off=False):
        """spans.cc marked by this peer, compiled when it is older than its sources."""
        folder = bench.folder / "peers"
        folder.mkdir(parents=True, exist_ok=True)
        suffix = "-off" if off and self.libraries(off=True) != self.libraries(off=False) else ""
        path = folder / f"spans-{self.name}{suffix}"
        libraries = self.libraries(off=off)
        inputs = SOURCES + self.sources() + [pathlib.Path(one) for one in libraries
                                             if os.path.isabs(one)]
        newest = max(one.stat().st_mtime for one in inputs)
        if path.exists() and path.stat().st_mtime > newest:
            return path
        bench.say(f"  compiling {path.name}")
        shared = [STANDARD, *self.flags(off=off), f"-I{HERE}",
                  f'-DHONE_BENCH_MARKS="marks/{self.name}.h"']
        objects = []
        for number, options in enumerate(LAYOUTS.read_text().splitlines()):
            objects.append(folder / f"{path.name}-{number}.o")
            bench.checked(["g++", *shared, *options.split(), f"-DHONE_BENCH_LAYOUT={number}",
                           "-c", HERE / "span_tree.cc", "-o", objects[-1]])
        bench.checked(["g++", *shared, "-O2", HERE / "spans.cc", *objects, "-o", path, *libraries,
                       "-lpthread", "-ldl"])
        return path

    def output(self, bench):
        return bench.recordings / f"spans.{self.name}"

    def command(self, bench, words):
        """(words of the recorded run, what they add to the environment)."""
        raise NotImplementedError

    def take(self, bench, words):
        path = self.output(bench)
        shutil.rmtree(path, ignore_errors=True)
        path.unlink(missing_ok=True)
        command, more = self.command(bench, [self.program(bench), *words])
        run = self._run(bench, command, more)
        return Taken(json.loads(run.output), self.cpu_s(bench, run), _size(path), path)

    def take_off(self, bench, words):
        """Built in, and nobody records."""
        run = self._run(bench, [self.program(bench, off=True), *words], {"HONE_BENCH_OFF": "1"})
        return json.loads(run.output)

    def cpu_s(self, bench, run):
        return run.cpu_s

    def _run(self, bench, command, more):
        command = ["env", *(f"{key}={value}" for key, value in more.items()), *command]
        run = bench.checked(command, output=True, timeout_s=TIMEOUT_S)
        if run.timed_out:
            raise measure.CommandFailed(f"{self.title}: no end after {TIMEOUT_S} s")
        return run


class Tracy(Peer):
    name, title, how = "tracy", "Tracy", "HONE_PEER_TRACY"

    @staticmethod
    def found():
        root = os.environ.get("HONE_PEER_TRACY")
        if not root:
            return None
        root = pathlib.Path(root).resolve()
        needed = ("public/tracy/Tracy.hpp", "libTracyClient.a", "tracy-capture")
        return Tracy(root) if all((root / one).exists() for one in needed) else None

    def flags(self, *, off):
        on_demand = ["-DTRACY_ON_DEMAND"] if off else []
        return [f"-I{self.root / 'public'}", "-DTRACY_ENABLE", *on_demand]

    def libraries(self, *, off):
        return [str(self.root / ("on-demand" if off else ".") / "libTracyClient.a")]

    def can_be_off(self):
        return (self.root / "on-demand/libTracyClient.a").exists()

    def command(self, bench, words):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        return ["sh", "-c", TRACY, "sh", self.root / "tracy-capture", self.output(bench), port,
                *words], {}


class Lttng(Peer):
    name, title, how = "lttng", "LTTng-UST", "./dev deps bench"

    @staticmethod
    def found():
        usr = pathlib.Path("/usr/include")
        headers = any(path.exists() for path in (usr / "lttng/tracepoint.h",
                                                 *usr.glob("*-linux-gnu/lttng/tracepoint.h")))
        return Lttng() if headers and shutil.which("lttng-sessiond") else None

    def libraries(self, *, off):
        return ["-llttng-ust"]

    def sources(self):
        return [*super().sources(), HERE / "marks/lttng_events.inc"]

    def command(self, bench, words):
        self.output(bench).mkdir()
        return ["sh", "-c", LTTNG, "sh", self.output(bench), *words], {}

    def cpu_s(self, bench, run):
        # The daemons of somebody else are not below this process.
        return run.cpu_s if (self.output(bench) / "daemon").exists() else None


class Perfetto(Peer):
    name, title, how = "perfetto", "Perfetto", "HONE_PEER_PERFETTO"

    @staticmethod
    def found():
        root = os.environ.get("HONE_PEER_PERFETTO")
        if not root:
            return None
        root = pathlib.Path(root).resolve()
        libraries = [one for one in (root / "libperfetto.a", root / "sdk/libperfetto.a")
                     if one.exists()]
        if not libraries or not (root / "sdk/perfetto.h").exists():
            return None
        peer = Perfetto(root)
        peer.linked = str(libraries[0])
        return peer

    def flags(self, *, off):
        return [f"-I{self.root / 'sdk'}", "-DNDEBUG"]

    def libraries(self, *, off):
        return [self.linked]

    def command(self, bench, words):
        return words, {"HONE_BENCH_OUTPUT": self.output(bench)}


ALL = (Tracy, Lttng, Perfetto)


_works = {}     # by name: whether it recorded anything, tried once


def _tried(bench, peer):
    """Whether a short run of it works here; says why not."""
    if peer.name not in _works:
        try:
            figures = peer.take(bench, [2, "span"]).figures
            _works[peer.name] = figures["on"]
            if not figures["on"]:
                bench.say(f"  {peer.title} is not measured: nothing was recorded")
        except (measure.CommandFailed, OSError, ValueError) as error:
            _works[peer.name] = False
            bench.say(f"  {peer.title} is not measured: {error}")
    return _works[peer.name]


def found(bench):
    """The peers that are here; none for a small run, which is of Hone alone."""
    if bench.small:
        return []
    here = [one for one in (kind.found() for kind in ALL) if one]
    return [one for one in here if _tried(bench, one)]


def cell(values, shown):
    """The peers' column: `values` by name, written by `shown`; None: they have no such thing."""
    said = [f"{kind.title} {shown(values[kind.name])}" for kind in ALL
            if values.get(kind.name) is not None]
    absent = [kind.title for kind in ALL if kind.name not in values]
    if absent:
        said.append(", ".join(absent) + " not measured")
    return "; ".join(said) or "none"
