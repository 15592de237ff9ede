"""Puts the measured figures into docs/benchmarks.md, between two marks; the text around is kept."""
import pathlib

from lib import text

BEGIN = "<!-- figures: written by benchmarks/run --write-docs -->"
END = "<!-- end of figures -->"


def _machine(facts, results):
    commit = (facts["commit"]["id"] or "no commit")[:12]
    changed = " with changes" if facts["commit"]["dirty"] else ""
    lines = [
        ("Taken", f"{facts['taken_at'][:10]}, {results['mode']} run, {results['rounds']} rounds"),
        ("Processor", f"{facts['cpu_model']}, {facts['cpu_count']} cores"
         + (", virtual" if facts["virtual"] else "")
         + ("" if facts["hardware_counters"] else ", no hardware counters")),
        ("Governor", facts["governor"] or "none"),
        ("Memory", text.size(facts["memory_bytes"])),
        ("Load before and after", f"{facts['load_average_1min']:.2f}, "
                                  f"{facts['load_average_1min_after']:.2f}"),
        ("System", f"{facts['os']}, Linux {facts['kernel']}, perf_event_paranoid "
                   f"{facts['perf_event_paranoid']}, {'' if facts['as_root'] else 'not '}as root"),
        ("Hone", f"{facts['versions']['hone']}, commit {commit}{changed}"),
        ("perf", facts["versions"]["perf"] or "absent"),
    ]
    return "| | |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in lines)


def _cost(case):
    """The whole of the first row: what each recorder adds to each program."""
    lines = ["| program | alone | noise | recorder | runs | CPU added | 95% interval | accounted: "
             "recorder + interrupts | wall added | file |", "|---|" + "---|" * 9]
    for name, one in case["data"]["programs"].items():
        base = one["base"]
        for variant, summary in one["variants"].items():
            low, high = summary["cpu_ratio_low"], summary["cpu_ratio_high"]
            interval = "–" if low is None else f"{text.added(low)} to {text.added(high)}"
            account = summary.get("account")
            accounted = "–" if not account else (f"{text.percent(account['recorder'], 2)} + "
                                                 f"{text.percent(account['interrupts'], 2)}")
            lines.append(f"| {name} | {text.seconds(base['cpu_s'])} | "
                         f"{text.percent(base['spread'])} | {variant} | {summary['pairs']} | "
                         f"{text.added(summary['cpu_ratio'])} | {interval} | {accounted} | "
                         f"{text.added(summary['wall_ratio'])} | "
                         f"{text.size(summary['file_bytes'])} |")
    return "\n".join(lines)


TESTS = ("apart", "together", "control")


def _difference(test):
    """Difference and bound in percentage points, marked where the one is over the other."""
    shown = f"{test['difference'] * 100:+.2f} ± {test['bound'] * 100:.2f}"
    return shown if test["inside"] else f"**{shown}**"


def _functions(case):
    lines = ["| program | function | Hone | perf | apart | the same runs | perf against itself |",
             "|---|---|---|---|---|---|---|"]
    for name, one in case["data"]["programs"].items():
        for f in one["functions"]:
            shown = f["function"] if len(f["function"]) <= 60 else f["function"][:57] + "..."
            tests = " | ".join(_difference(f[test]) for test in TESTS)
            lines.append(f"| {name} | `{shown}` | {text.percent(f['hone_share'], 2)} | "
                         f"{text.percent(f['perf_share'], 2)} | {tests} |")
    return "\n".join(lines)


def figures(results):
    """The Markdown between the marks."""
    done = {name: one for name, one in results["cases"].items() if "rows" in one}
    parts = [_machine(results["machine"], results),
             text.markdown([row for one in done.values() for row in one["rows"]])]
    if "added_cpu" in done:
        parts += ["### What each recorder adds", "Noise is the spread of the runs alone (median "
                  "absolute deviation over the median); `control` is runs alone against runs "
                  "alone, `interrupt` a clock of 997 Hz that records nothing. Accounted is what "
                  "the recorder's process took and what the program's interrupts cost, in the "
                  "same runs.", _cost(done["added_cpu"])]
    if "self_time" in done and any(one["functions"] for one in
                                   done["self_time"]["data"]["programs"].values()):
        parts += ["### Self time, function by function",
                  "Shares of user time; then Hone's less perf's and the bound, in percentage "
                  "points: of runs by one tool each, of runs recorded by both at once, and, as the "
                  "control, of perf's runs against as many more of its own. Outside the bound: "
                  "bold.",
                  _functions(done["self_time"])]
    return "\n\n".join(parts)


def write(path, results):
    path = pathlib.Path(path)
    page = path.read_text()
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{path} lacks the marks that the figures go between")
    path.write_text(f"{head}{BEGIN}\n\n{figures(results)}\n\n{END}{tail}")
