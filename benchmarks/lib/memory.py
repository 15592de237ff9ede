"""The peak memory of processes that a command starts, while it runs.

    with memory.Watch() as watch:
        bench.checked(command)
    watch.peak_bytes["tracy-capture"]

The kernel's own account of a child (ru_maxrss) begins with what its parent had, and sums nothing up
for those below it; so VmHWM of every process in the command's session is read while it is there.
What a process takes in the last moment of its life may be missed.
"""
import os
import pathlib
import re
import threading

PERIOD_S = 0.05


def resident_bytes(pid):
    """What a process has in memory now."""
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


class Watch:
    def __init__(self):
        self.peak_bytes = {}      # by command name, at most 15 letters: the largest of that name
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()

    def _look_on(self):
        while not self._done.wait(PERIOD_S):
            self.look()

    def look(self):
        """One look at all processes that are in a session other than ours, begun below us."""
        own = os.getsid(0)
        sessions = {}
        for folder in pathlib.Path("/proc").iterdir():
            if folder.name.isdigit():
                try:
                    words = (folder / "stat").read_text().rpartition(")")[2].split()
                    sessions[int(folder.name)] = (int(words[1]), int(words[3]))
                except OSError:
                    continue
        mine = {pid for pid, (parent, session) in sessions.items()
                if parent == os.getpid() and session == pid != own}
        for pid, (_, session) in sessions.items():
            if session in mine:
                self._note(pid)

    def _note(self, pid):
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return
        name = re.search(r"^Name:\s*(\S+)", status, re.M)
        peak = re.search(r"^VmHWM:\s*(\d+)", status, re.M)
        if name and peak:
            bytes_now = int(peak.group(1)) * 1024
            self.peak_bytes[name.group(1)] = max(self.peak_bytes.get(name.group(1), 0), bytes_now)
