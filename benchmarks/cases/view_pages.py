"""`hone view` as it is felt: pages in headless Chromium, with a server of their own.

Opening 50 million spans counts from the start of `hone view`; the browser runs already. It opens on
the Overview; the timeline is there when all its tracks in view are drawn on the canvas. Panning and
zooming is 120 turns of the wheel; gaps are those between the frames of the browser's own clock, on
one machine with the server.
"""
import gzip
import json
import pathlib
import shutil

from lib import measure, stats, text

SPANS, SMALL_SPANS = 50_000_000, 200_000
THREADS = 8
ROOT = pathlib.Path(__file__).resolve().parents[2]
PICTURE_REACH_MS, USABLE_REACH_MS = 1000, 3000
GAP_REACH_MS, LONG_REACH_MS, FLAME_REACH_MS = 34, 100, 500
ENTRY_REACH_BYTES, SHELL_REACH_BYTES = 60_000, 250_000
WAIT_S = 300


def _measure(bench, what, path):
    run = bench.run([ROOT / "tools/test_pages", "measure", "--bin", bench.bin,
                     "--out", bench.folder / "pages", what, path], output=True, timeout_s=WAIT_S)
    measure.checked(run, [what])
    return json.loads(run.output)


def _made(bench, program, path, *arguments):
    path.unlink(missing_ok=True)
    bench.checked([bench.bin / program, path, *arguments])
    return path


def _packed_bytes(files):
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


def run(bench):
    absent = [tool for tool in ("npm", "chromium") if shutil.which(tool) is None]
    if absent:
        return {"absent": absent[0]}
    spans = SMALL_SPANS if bench.small else SPANS
    path = _made(bench, "hone-bench-make-timeline", bench.recordings / "pages.hone", spans, THREADS)
    out = {"spans": spans,
           "open": [_measure(bench, "open", path) for _ in range(bench.sizes.few)],
           "pace": [_measure(bench, "pace", path) for _ in range(bench.sizes.few)]}
    path.unlink()
    path = _made(bench, "hone-bench-make-recording", bench.recordings / "pages-flame.hone",
                 bench.sizes.samples)
    out["flame"] = [_measure(bench, "flame", path) for _ in range(bench.sizes.few)]
    path.unlink()
    built = ROOT / "build/web"
    out["entry_bytes"] = _packed_bytes([built / "dist/index.html",
                                        *(built / "dist/assets").glob("index-*")])
    out["shell_bytes"] = _packed_bytes([built / "report/report.html"])
    return out


def _median(runs, name):
    return stats.median([run[name] for run in runs])


def rows(data):
    if "absent" in data:
        return [text.row("pages of hone view in Chromium", "–",
                         f"not measured: no {data['absent']}", "–", None)]
    opened, many = data["open"], f"{data['spans']:,} spans"
    picture, drawn = _median(opened, "overview"), _median(opened, "timeline")
    usable = _median(opened, "functions")
    out = [text.row(f"hone view of {many}: start to the Overview with its findings", "–",
                    f"{picture:.0f} ms (the page {_median(opened, 'shell'):.0f} ms)",
                    f"at most {PICTURE_REACH_MS} ms", picture <= PICTURE_REACH_MS),
           text.row("… then to the whole timeline, a zoom into it, the table of Functions", "–",
                    f"{drawn:.0f} ms, {_median(opened, 'zoomed'):.0f} ms, {usable:.0f} ms",
                    f"at most {USABLE_REACH_MS} ms", usable <= USABLE_REACH_MS)]
    for run in data["pace"]:
        run["gaps_ms"].sort()
    p95 = stats.median([run["gaps_ms"][len(run["gaps_ms"]) * 95 // 100] for run in data["pace"]])
    longest = max([max(run["long_ms"], default=0) for run in data["pace"]])
    rects = max(run["rects"] for run in data["pace"])
    out.append(text.row(
        f"pan and zoom over {many}, 19 of 20 gaps between frames; longest task", "–",
        f"{p95:.1f} ms; {f'{longest:.0f} ms' if longest else 'none of 50 ms'} "
        f"(up to {rects:,} rectangles)",
        f"at most {GAP_REACH_MS} ms; {LONG_REACH_MS} ms",
        p95 <= GAP_REACH_MS and longest <= LONG_REACH_MS))
    first = _median(data["flame"], "first")
    out.append(text.row("flame graph of as many stacks as samples, click to picture", "–",
                        f"{first:.0f} ms", f"at most {FLAME_REACH_MS} ms", first <= FLAME_REACH_MS))
    # Nothing was asked ahead: the recording is opened, too.
    out.append(text.row("the same, its address to picture", "–",
                        f"{_median(data['flame'], 'direct'):.0f} ms", "–", None))
    for what, name, reach in (("entry of the pages", "entry_bytes", ENTRY_REACH_BYTES),
                              ("shell of a report file", "shell_bytes", SHELL_REACH_BYTES)):
        out.append(text.row(f"{what}, packed", "–", text.size(data[name]),
                            f"at most {text.size(reach)}", data[name] <= reach))
    return out
