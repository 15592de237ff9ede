"""What a probed call costs the program: hone record --probe against perf probe and bpftrace.

hone-bench-probed-calls times its own calls of a function, alone and probed where it begins and
returns, in turns. Peers use return probes, which Hone does not: exceptions end the program there.
"""
import os
import shutil
import subprocess

from lib import stats, text

FUNCTIONS = {"begins with a push": "pushing", "begins with another instruction": "stepped"}
TRACING = "/sys/kernel/tracing"


def _ns(run):
    return float(run.output.split()[-1])


def _alone(bench, words):
    return _ns(bench.checked(words, output=True))


def _hone(bench, words, function):
    path = bench.recordings / "probes.hone"
    path.unlink(missing_ok=True)
    ns = _ns(bench.checked([bench.hone, "record", "-q", "-o", path, "--probe", f"probed_{function}",
                            "--", *words], output=True))
    meta = bench.hone_json("info", path)["meta"]
    return {"ns": ns, "stated_ns": float(meta["cost.probe_ns"]),
            "calls": int(meta["probes.calls"]), "lost": int(meta["probes.events_lost"])}


def _perf(bench, words, function):
    """In a mount namespace of its own, for the tracing file system may not be mounted."""
    name, path = f"probed_{function}", bench.recordings / "probes.data"
    script = f"""
      [ -e {TRACING}/uprobe_events ] || mount -t tracefs none {TRACING} || exit 1
      perf probe -q -x "$1" hone_bench:entered={name} >/dev/null &&
      perf probe -q -x "$1" hone_bench:left={name}%return >/dev/null &&
      perf record -q -o {path} -e 'hone_bench:*' -- "$@"
      status=$?
      perf probe -q -d 'hone_bench:*' >/dev/null
      exit $status"""
    done = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", *map(str, words)],
                          capture_output=True, text=True, timeout=120, check=False)
    return float(done.stdout.split()[-1]) if done.returncode == 0 and done.stdout.split() else None


def _bpftrace(words, function):
    place = f"{words[0]}:probed_{function}"
    program = (f"uprobe:{place} {{ @start[tid] = nsecs; }} uretprobe:{place} /@start[tid]/ "
               "{ @took = hist(nsecs - @start[tid]); delete(@start[tid]); }")
    done = subprocess.run(["bpftrace", "-q", "-e", program, "-c", " ".join(map(str, words))],
                          capture_output=True, text=True, timeout=120, check=False)
    lines = [line for line in done.stdout.splitlines() if line.replace(".", "").isdigit()]
    return float(lines[0]) if done.returncode == 0 and lines else None


def run(bench):
    if os.geteuid() != 0:
        return {"refused": "probes are root's"}
    count = 200 if bench.small else 20_000
    data = {}
    for shown, function in FUNCTIONS.items():
        words = [bench.bin / "hone-bench-probed-calls", count, function]
        taken = {"alone": [], "hone": [], "perf": [], "bpftrace": []}
        for _ in range(bench.sizes.rounds):
            taken["alone"].append(_alone(bench, words))
            taken["hone"].append(_hone(bench, words, function))
            if bench.perf:
                taken["perf"].append(_perf(bench, words, function))
            if shutil.which("bpftrace"):
                taken["bpftrace"].append(_bpftrace(words, function))
        data[shown] = {"count": count, **taken}
    return data


def rows(data):
    if "refused" in data:
        return [text.row("a probed call", "not measured", data["refused"], "–", None)]
    lines = []
    for shown, taken in data.items():
        alone = stats.median(taken["alone"])

        def added(runs, base=alone):
            known = [one for one in runs if one is not None]
            return f"{(stats.median(known) - base) / 1000:.1f} µs" if known else "not measured"

        hone = taken["hone"]
        whole = all(one["calls"] == taken["count"] and one["lost"] == 0 for one in hone)
        lines.append(text.row(
            f"a probed call of a function that {shown}",
            f"perf probe {added(taken['perf'])}; bpftrace {added(taken['bpftrace'])}",
            f"{added([one['ns'] for one in hone])}, stated as "
            f"{stats.median([one['stated_ns'] for one in hone]) / 1000:.1f} µs",
            "all calls counted", whole))
    return lines
