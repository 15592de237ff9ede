#!/usr/bin/env python3
"""What libhone-agent.so asks of the program's libc, and what it puts in its way: no more than this.

usage: symbols_test.py LIBRARY
"""
import subprocess
import sys

# In every libc since the 1990s.
MUST_BE_THERE = {"memcpy", "memset"}
# Where a libc does not have them, the agent does without.
MAY_BE_THERE = {"dlsym", "environ", "pthread_key_create", "pthread_setspecific", "pthread_atfork",
                "__register_atfork"}
HOOKS = {"pthread_create", "thrd_create", "dlclose", "sigaction", "signal", "pthread_sigmask",
         "sigprocmask", "sigwait", "sigwaitinfo", "sigtimedwait", "signalfd"}


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout


def main():
    library = sys.argv[1]
    problems = []
    seen = {"U": set(), "w": set(), "T": set()}
    for line in output("nm", "-D", library).splitlines():
        kind, name = line.split()[-2:]
        if "@" in name:
            problems.append(f"{name} asks for a version of a libc")
        name = name.split("@")[0]
        if name.startswith("hone_"):
            continue
        seen.setdefault(kind, set()).add(name)
    for kind, allowed in (("U", MUST_BE_THERE), ("w", MAY_BE_THERE), ("T", HOOKS)):
        extra = seen.pop(kind) - allowed
        if extra:
            problems.append(f"{kind}: {', '.join(sorted(extra))}")
    for kind, names in seen.items():
        problems.append(f"{kind}: {', '.join(sorted(names))}")
    dynamic = output("readelf", "-d", library)
    if "(NEEDED)" in dynamic:
        problems.append("it needs a library")
    if "BIND_NOW" not in dynamic and "NOW" not in dynamic:
        problems.append("symbols are looked up when they are first called: in a signal handler")
    if "(TEXTREL)" in dynamic:
        problems.append("its code is changed when it is loaded")
    if "GNU_STACK" in output("readelf", "-lW", library) and any(
            "GNU_STACK" in line and "RWE" in line
            for line in output("readelf", "-lW", library).splitlines()):
        problems.append("its stack is executable")
    for problem in problems:
        print(problem)
    print(f"{library}: {'FAILED' if problems else 'as it should be'}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
