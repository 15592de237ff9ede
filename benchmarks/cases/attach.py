"""What a server notices of being attached to, and what watching an idle machine costs.

redis-server under redis-benchmark: requests a second before, while and after `hone record -p`, in
turns; a run while attached is divided by the mean of the runs before and after it. The control does
the same with a run that is not attached to. Idle: `hone record -a`, the recorder's CPU time and the
interrupts' (samples times the calibrated cost of one), of one core.
"""
import contextlib
import re
import shutil
import socket
import subprocess
import time

from lib import stats, text

DURING_REACH = 0.97
IDLE_REACH = 0.005
PORT_TRIES_S = 20


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def _redis(bench):
    port = _free_port()
    command = ["redis-server", "--port", str(port), "--save", "", "--dir", str(bench.folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PORT_TRIES_S
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield server.pid, port
    finally:
        server.terminate()
        server.wait(timeout=20)


def _throughput(port, requests):
    said = subprocess.run(["redis-benchmark", "-p", str(port), "-t", "get", "-n", str(requests),
                           "-c", "20", "-q"], capture_output=True, text=True, timeout=120,
                          check=True).stdout
    return float(re.findall(r"([0-9.]+) requests per second", said)[-1])


def _attached(bench, pid, port, requests):
    path = bench.recordings / "redis.hone"
    path.unlink(missing_ok=True)
    recorder = subprocess.Popen([bench.hone, "record", "-q", "-o", str(path), "-p", str(pid)],
                                env=bench.env)
    time.sleep(0.3)
    try:
        return _throughput(port, requests)
    finally:
        recorder.send_signal(2)
        recorder.wait(timeout=60)


def run(bench):
    out = {}
    if shutil.which("redis-server") and shutil.which("redis-benchmark"):
        requests = 5000 if bench.small else 100_000
        rounds = 2 if bench.small else bench.sizes.rounds
        with _redis(bench) as (pid, port):
            _throughput(port, requests)
            alone, during, control = [_throughput(port, requests)], [], []
            for _ in range(rounds):
                attached = _attached(bench, pid, port, requests)
                alone.append(_throughput(port, requests))
                during.append(2 * attached / (alone[-2] + alone[-1]))
                not_attached = _throughput(port, requests)
                alone.append(_throughput(port, requests))
                control.append(2 * not_attached / (alone[-2] + alone[-1]))
        out["redis"] = {"during": during, "control": control,
                        "after": [b / a for a, b in zip(alone[::2], alone[1::2])]}
    else:
        bench.say("  redis-server or redis-benchmark is absent: ./dev deps test")
    path = bench.recordings / "idle.hone"
    seconds = 1 if bench.small else 60
    bench.checked([bench.hone, "record", "-q", "-a", "-d", seconds, "-o", path])
    meta = bench.hone_json("info", path)["meta"]
    wall = int(meta["run.wall_ns"])
    interrupts = (int(meta["cost.samples_taken"]) *
                  int(meta.get("cost.interrupt_ns_per_sample", 0)))
    out["idle"] = {"recorder": int(meta["cost.recorder_cpu_ns"]) / wall,
                   "interrupts": interrupts / wall}
    return out


def _ratio(values):
    middle, low, high = stats.median_interval(values)
    return f"{middle:.3f}" + (f" ({low:.3f} to {high:.3f})" if low is not None else "")


def rows(data):
    lines = []
    if "redis" in data:
        redis = data["redis"]
        lines = [text.row("redis-server, requests a second while attached",
                          "not attached: " + _ratio(redis["control"]), _ratio(redis["during"]),
                          "at least 0.97", stats.median(redis["during"]) >= DURING_REACH),
                 text.row("redis-server, requests a second after it", "–",
                          _ratio(redis["after"]), "as before",
                          abs(stats.median(redis["after"]) - 1) <= 1 - DURING_REACH)]
    idle = data["idle"]
    lines.append(text.row("idle machine, the recorder of -a",
                          f"the interrupts: {100 * idle['interrupts']:.2f}%",
                          f"{100 * idle['recorder']:.2f}% of a core", "at most 0.5%",
                          idle["recorder"] <= IDLE_REACH))
    return lines
