"""Runs a command and says what it cost: wall time, and CPU time of the whole tree below it.

The CPU time of a tree is what the kernel adds to RUSAGE_CHILDREN when its members are reaped. A
process whose parent died first would go to init and its time be lost, so this process adopts such
orphans (PR_SET_CHILD_SUBREAPER) and waits for them too.
"""
import ctypes
import os
import resource
import signal
import subprocess
import threading
import time
from dataclasses import dataclass

PR_SET_CHILD_SUBREAPER = 36
ORPHANS_TIMEOUT_S = 10

_adopts_orphans = False


@dataclass
class Run:
    wall_s: float           # until the command itself ended
    cpu_s: float            # user and system, of the command and everything below it
    peak_rss_bytes: int     # of the command itself; never below this interpreter's own
    status: int             # exit status, or 128 + signal
    timed_out: bool
    output: str             # standard output, when it was asked for
    errors: str             # standard error
    started_at: float       # CLOCK_REALTIME, seconds
    ended_at: float


def _adopt_orphans():
    global _adopts_orphans
    if not _adopts_orphans:
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        _adopts_orphans = True


def _kill_group(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _reap_orphans():
    """Waits for the processes that the tree left behind."""
    deadline = time.monotonic() + ORPHANS_TIMEOUT_S
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            if time.monotonic() > deadline:
                return
            time.sleep(0.001)


def run(command, *, stdin=None, output=False, timeout_s=None, env=None, folder=None):
    """Runs `command` (a list) in a process group of its own, its input from the file `stdin`.

    Standard output is thrown away unless `output`; a run over `timeout_s` is killed with its group.
    """
    _adopt_orphans()
    scratch = folder or "."
    out_path = os.path.join(scratch, ".stdout")
    err_path = os.path.join(scratch, ".stderr")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Files and not pipes: a reader of ours would take part in the timing.
    with open(stdin or os.devnull, "rb") as source, \
            open(out_path if output else os.devnull, "wb") as out, open(err_path, "wb") as err:
        started_at, start = time.time(), time.monotonic()
        child = subprocess.Popen(command, stdin=source, stdout=out, stderr=err, env=env,
                                 start_new_session=True)
        timed_out = threading.Event()
        timer = None
        if timeout_s is not None:
            timer = threading.Timer(timeout_s, lambda: (timed_out.set(), _kill_group(child.pid)))
            timer.start()
        _, wait_status, usage = os.wait4(child.pid, 0)
        end, ended_at = time.monotonic(), time.time()
        if timer:
            timer.cancel()
    child.returncode = os.waitstatus_to_exitcode(wait_status)
    _reap_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    status = child.returncode if child.returncode >= 0 else 128 - child.returncode
    return Run(wall_s=end - start,
               cpu_s=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
               peak_rss_bytes=usage.ru_maxrss * 1024, status=status,
               timed_out=timed_out.is_set(), output=_text(out_path) if output else "",
               errors=_text(err_path), started_at=started_at, ended_at=ended_at)


def _text(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


class CommandFailed(Exception):
    """A command of a benchmark did not do its work: nothing can be said about its cost."""


def checked(result, command):
    """Gives `result` back, or raises CommandFailed with the last lines that the command wrote."""
    if result.status != 0 and not result.timed_out:
        tail = "\n".join(result.errors.strip().splitlines()[-6:])
        raise CommandFailed(f"status {result.status}: {' '.join(map(str, command))}\n{tail}")
    return result
