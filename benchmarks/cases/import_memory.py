"""Importing large files of other tools: the peak of memory against the recording that they become.

CPU time of the whole command, which has one thread; the file lies in the page cache, and the
recording is written. The files are what a long run of one program gives (lib/foreign_files.py).
"""
import sys

from lib import foreign_files, stats, text

PEAK_FACTOR, PEAK_BYTES = 1.5, 256e6
MEGABYTES, QUICK_MEGABYTES, SMALL_MEGABYTES = 1000, 100, 1


def run(bench):
    megabytes = (SMALL_MEGABYTES if bench.small else
                 QUICK_MEGABYTES if bench.sizes.few == 1 else MEGABYTES)
    formats = {}
    for name in foreign_files.ALL:
        path, out = bench.recordings / f"import.{name}", bench.recordings / f"import.{name}.hone"
        # In a process of its own: what is started by one that is large looks as large at first.
        bench.checked([sys.executable, "-B", foreign_files.__file__, name, path,
                       megabytes * 1_000_000])
        runs = []
        for _ in range(bench.sizes.few):
            out.unlink(missing_ok=True)
            runs.append(bench.checked([bench.hone, "import", "-q", "--from", name, "-o", out,
                                       path]))
        formats[name] = {"bytes": path.stat().st_size, "out_bytes": out.stat().st_size,
                         "cpu_s": stats.median([one.cpu_s for one in runs]),
                         "peak_rss_bytes": max(one.peak_rss_bytes for one in runs)}
        path.unlink()
        out.unlink()
    return {"formats": formats}


def rows(data):
    out = []
    for name, one in data["formats"].items():
        bound = PEAK_FACTOR * one["out_bytes"] + PEAK_BYTES
        out.append(text.row(f"import of {text.size(one['bytes'])} of {name}, at "
                            f"{text.size(one['bytes'] / one['cpu_s'])}/s a core: its peak memory",
                            "–", text.size(one["peak_rss_bytes"]),
                            f"at most {text.size(bound)}: 1.5 times the recording "
                            f"({text.size(one['out_bytes'])}) and 256 MB",
                            one["peak_rss_bytes"] <= bound))
    return out
