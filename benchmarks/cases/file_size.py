"""Size of a recording of cc1plus, with all that it carries: Hone's has symbols and code in it."""
from lib import text


def run(bench):
    program = bench.program("cc1plus")
    variants = ["hone"] + (["perf_fp", "perf_dwarf_64k"] if bench.perf else [])
    return {"program": program.name,
            "bytes": {v: bench.recording(v, program).stat().st_size for v in variants}}


def rows(data):
    sizes = data["bytes"]
    peers = [f"{text.size(sizes[v])} {what}"
             for v, what in (("perf_fp", "frame pointers"), ("perf_dwarf_64k", "64 KB"))
             if v in sizes]
    return [text.row("recording of cc1plus", ", ".join(peers) or "–", text.size(sizes["hone"]),
                     "smaller than perf's with frame pointers",
                     sizes["hone"] < sizes["perf_fp"] if "perf_fp" in sizes else None)]
