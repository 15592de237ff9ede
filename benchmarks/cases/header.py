"""What the headers add to the compiling of a file that includes them: CPU time, on minus off."""
import pathlib

from lib import peers, stats, text

REACH_S = 0.030
INCLUDE = pathlib.Path(__file__).resolve().parents[2] / "include"
ON = ["-DHONE_ENABLE", f"-I{INCLUDE}"]
# name: the standard, flags, the file without the header, and with it
FILES = {
    "c": ("c11", ON, "", "#include <hone/hone.h>\n"),
    "c++": ("c++17", ON, "", "#include <hone/hone.h>\n"),
    "cuda": ("c++17", ON, "", "#include <hone/cuda.h>\n"),
    "vulkan": ("c++17", ON, "#include <vulkan/vulkan.h>\n", "#include <hone/vulkan.h>\n"),
}
PEER_HEADERS = {"tracy": "tracy/Tracy.hpp", "perfetto": "perfetto.h", "lttng": "lttng/tracepoint.h"}


def _files(bench):
    return FILES | {peer.name: ("c++17", peer.flags(off=False), "",
                                f"#include <{PEER_HEADERS[peer.name]}>\n")
                    for peer in peers.found(bench)}


def run(bench):
    files = _files(bench)
    times = {name: ([], []) for name in files}
    for name, (standard, _, without, header) in files.items():
        suffix = "cc" if standard.startswith("c++") else "c"
        for file, said in (("without", without), ("with", without + header)):
            (bench.recordings / f"{name}-{file}.{suffix}").write_text(said + "int x;\n")
    for _ in range(2 if bench.small else 21):
        for name, (standard, flags, _, _) in files.items():
            suffix = "cc" if standard.startswith("c++") else "c"
            for number, file in enumerate(("without", "with")):
                compiler = "g++" if suffix == "cc" else "gcc"
                taken = bench.checked([compiler, f"-std={standard}", "-O2", *flags, "-c",
                                       "-o", "/dev/null",
                                       bench.recordings / f"{name}-{file}.{suffix}"])
                times[name][number].append(taken.cpu_s)
    return {name: {"without_s": stats.median(without), "with_s": stats.median(included)}
            for name, (without, included) in times.items()}


def rows(data):
    added = {name: one["with_s"] - one["without_s"] for name, one in data.items()}
    worst = max(added["c"], added["c++"])
    others = {name: value for name, value in added.items() if name in PEER_HEADERS}
    return [text.row("header, added to a file that includes it; with vulkan.h; cuda.h",
                     peers.cell(others, text.seconds),
                     f"{text.seconds(worst)}; {text.seconds(added['vulkan'])}; "
                     f"{text.seconds(added['cuda'])}", "at most 30 ms",
                     worst <= REACH_S)]
