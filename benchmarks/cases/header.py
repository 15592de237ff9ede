"""What the headers add to the compiling of a file that includes them: CPU time, on minus off."""
import pathlib

from lib import stats, text

REACH_S = 0.030
INCLUDE = pathlib.Path(__file__).resolve().parents[2] / "include"
# name: the file without the header, and with it
FILES = {
    "c": ("c", "-std=c11", "", "#include <hone/hone.h>\n"),
    "c++": ("c++", "-std=c++17", "", "#include <hone/hone.h>\n"),
    "vulkan": ("c++", "-std=c++17", "#include <vulkan/vulkan.h>\n", "#include <hone/vulkan.h>\n"),
}


def run(bench):
    times = {name: ([], []) for name in FILES}
    for name, (language, standard, without, header) in FILES.items():
        for file, said in (("without", without), ("with", without + header)):
            suffix = "c" if language == "c" else "cc"
            (bench.recordings / f"{name}-{file}.{suffix}").write_text(said + "int x;\n")
    for _ in range(2 if bench.small else 21):
        for name, (language, standard, _, _) in FILES.items():
            for number, file in enumerate(("without", "with")):
                suffix = "c" if language == "c" else "cc"
                taken = bench.checked(["g++" if language == "c++" else "gcc", standard, "-O2",
                                       "-DHONE_ENABLE", f"-I{INCLUDE}", "-c", "-o", "/dev/null",
                                       bench.recordings / f"{name}-{file}.{suffix}"])
                times[name][number].append(taken.cpu_s)
    return {name: {"without_s": stats.median(without), "with_s": stats.median(included)}
            for name, (without, included) in times.items()}


def rows(data):
    added = {name: one["with_s"] - one["without_s"] for name, one in data.items()}
    worst = max(added["c"], added["c++"])
    return [text.row("header, added to a file that includes it; with vulkan.h", "–",
                     f"{text.seconds(worst)}; {text.seconds(added['vulkan'])}", "at most 30 ms",
                     worst <= REACH_S)]
