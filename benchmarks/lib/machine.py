"""Facts of the machine and of what is measured, for results.json and the page of figures."""
import datetime
import os
import pathlib
import platform
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def _read(path):
    try:
        return pathlib.Path(path).read_text().strip()
    except OSError:
        return None


def _first_line(*command):
    try:
        out = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        return (out.stdout or out.stderr).strip().splitlines()[0]
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return None


def _cpu_model():
    match = re.search(r"^model name\s*:\s*(.+)$", _read("/proc/cpuinfo") or "", re.M)
    return match.group(1) if match else platform.machine()


def _commit():
    def git(*arguments):
        out = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True,
                             check=False)
        return out.stdout.strip() if out.returncode == 0 else None
    return {"id": git("rev-parse", "HEAD"),
            "dirty": bool(git("status", "--porcelain", "--untracked-files=no"))}


def _os_release():
    match = re.search(r'^PRETTY_NAME="?([^"\n]+)', _read("/etc/os-release") or "", re.M)
    return match.group(1) if match else platform.system()


def load_average():
    return os.getloadavg()[0]


def facts(hone, perf):
    """Everything that a figure depends on, as it is now."""
    memory = re.search(r"MemTotal:\s+(\d+)", _read("/proc/meminfo") or "")
    versions = {"hone": _first_line(hone, "--version") if hone else None,
                "perf": _first_line(perf, "--version") if perf else None,
                "xz": _first_line("/usr/bin/xz", "--version"),
                "sqlite3": _first_line("/usr/bin/sqlite3", "--version"),
                "python3": _first_line("/usr/bin/python3", "--version"),
                "g++": _first_line("g++", "--version")}
    return {
        "taken_at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "cpu_model": _cpu_model(),
        "cpu_count": os.cpu_count(),
        "virtual": "hypervisor" in (_read("/proc/cpuinfo") or ""),
        "hardware_counters": os.path.isdir("/sys/bus/event_source/devices/cpu"),
        "governor": _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "memory_bytes": int(memory.group(1)) * 1024 if memory else None,
        "os": _os_release(),
        "kernel": platform.release(),
        "perf_event_paranoid": _read("/proc/sys/kernel/perf_event_paranoid"),
        "as_root": os.geteuid() == 0,
        "load_average_1min": load_average(),
        "commit": _commit(),
        "versions": versions,
    }
