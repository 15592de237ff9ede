"""What a case gets: the programs, the two recorders, the folder, how many repetitions.

A recorder is a name in VARIANTS and a command line in front of a program's. A case asks
`bench.record("hone", program)` and gets the run, and the recording's path.
"""
import json
import os
import pathlib
import shutil
from dataclasses import dataclass

from lib import measure

FREQUENCY_HZ = 997

# Stack snapshots of perf: its default, and its largest.
PERF_STACKS = {"perf_fp": ["-g"], "perf_dwarf_8k": ["--call-graph", "dwarf,8192"],
               "perf_dwarf_64k": ["--call-graph", "dwarf,65528"]}
TITLES = {"hone": "Hone", "perf_fp": "perf, frame pointers", "perf_dwarf_8k": "perf, 8 KB",
          "perf_dwarf_64k": "perf, 64 KB", "interrupt": "the timer interrupt alone"}

# Notes when a recording is made to know when the program under it ended: bash has the time of day
# without starting anything. The stamp is written after the program was reaped.
STAMPED = 'stamp=$1; shift; "$@"; status=$?; echo "$EPOCHREALTIME" >"$stamp"; exit $status'


@dataclass
class Sizes:
    rounds: int           # pairs where the effect is small
    few: int              # repetitions where it is not
    samples: int          # of the large recording
    perf_limit_s: float   # for a report of perf's
    long_s: int           # of the long recording


class Bench:
    def __init__(self, *, folder, workloads, release_bin, hone, perf, sizes, small, say):
        self.folder = pathlib.Path(folder)
        self.recordings = self.folder / "recordings"
        self.recordings.mkdir(parents=True, exist_ok=True)
        self.workloads = workloads
        self.bin = pathlib.Path(release_bin)
        self.hone = hone
        self.perf = perf
        self.sizes = sizes
        self.small = small
        self.say = say
        self.last = {}     # (variant, program name) -> path of the last recording of this run
        # A home of their own: caches of either tool are what this run put there, and nobody's
        # files or settings take part.
        self.home = self.folder / "home"
        self.cache = self.home / "cache"
        self.cache.mkdir(parents=True, exist_ok=True)
        self.env = {key: value for key, value in os.environ.items()
                    if not key.startswith(("HONE_", "DEBUGINFOD"))}
        self.env |= {"HOME": str(self.home), "XDG_CACHE_HOME": str(self.cache),
                     "XDG_CONFIG_HOME": str(self.home / "config"),
                     "XDG_DATA_HOME": str(self.home / "data"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def program(self, name):
        return self.workloads.program(name)

    def run(self, command, **options):
        return measure.run([str(c) for c in command], env=self.env, folder=self.folder, **options)

    def checked(self, command, **options):
        return measure.checked(self.run(command, **options), command)

    def recorder(self, variant, path, *, frequency_hz=FREQUENCY_HZ, extra=()):
        """The words in front of a program's own."""
        if variant == "none":
            return []
        if variant == "interrupt":
            return [self.bin / "hone-bench-interrupt-floor", frequency_hz]
        if variant == "hone":
            return [self.hone, "record", "-q", "-F", frequency_hz, "-o", path, *extra, "--"]
        return [self.perf, "record", "-q", "-F", frequency_hz, *PERF_STACKS.get(variant, []),
                *extra, "-o", path, "--"]

    def path_for(self, variant, program, suffix=""):
        kind = "hone" if variant == "hone" else "data"
        return self.recordings / f"{program.name}-{variant}{suffix}.{kind}"

    def record(self, variant, program, *, stamp=None, suffix="", **options):
        """(run, path): one run of the program under a recorder ("none": under none)."""
        path = self.path_for(variant, program, suffix)
        path.unlink(missing_ok=True)
        command = list(program.command)
        if stamp:
            command = ["/bin/bash", "-c", STAMPED, "bash", stamp, *command]
        command = self.recorder(variant, path, **options) + command
        run = self.checked(command, stdin=program.stdin)
        if variant not in ("none", "interrupt"):
            if not path.exists():
                raise measure.CommandFailed(f"no recording was written: {path}\n{run.errors}")
            if not suffix:
                self.last[variant, program.name] = path
        return run, path

    def recording(self, variant, program):
        """A recording of this program that this run made, taken now if there is none yet."""
        known = self.last.get((variant, program.name))
        return known if known and known.exists() else self.record(variant, program)[1]

    def empty_cache(self):
        shutil.rmtree(self.cache, ignore_errors=True)
        self.cache.mkdir(parents=True)

    def hone_json(self, verb, path, *flags):
        command = [self.hone, verb, path, "--json", *flags]
        return json.loads(self.checked(command, output=True).output)

    def micro(self, program, min_time_s=0.5):
        """The runs of a Google Benchmark program of the build, by the benchmark's name."""
        path = self.bin / program
        if not path.exists():
            raise measure.CommandFailed(f"{path} is absent: ./dev build")
        time = 0.01 if self.small else min_time_s
        out = self.run([path, "--benchmark_format=json", f"--benchmark_min_time={time}",
                        f"--benchmark_repetitions={1 if self.small else 5}"],
                       output=True)
        measure.checked(out, [path])
        found = {}
        for row in json.loads(out.output)["benchmarks"]:
            if row.get("run_type") == "iteration" and not row.get("error_occurred"):
                found.setdefault(row["run_name"], []).append(row)
        return found
