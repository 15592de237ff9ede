#!/usr/bin/env python3
"""What a library asks of the program that loads it, and gives it: no more than this, and the names
that fit one of the patterns. A name after "w:" may be asked for weakly.

usage: symbols_test.py LIBRARY [w:NAME...] PATTERN...
"""
import fnmatch
import re
import subprocess
import sys

ASKED = {"__tls_get_addr", "memcmp", "memcpy", "memmove", "memset", "strcmp", "strlen", "strncmp"}
WHERE_THEY_ARE = {"__register_atfork", "pthread_atfork", "__tsan_acquire", "__tsan_release",
                  "environ", "getauxval", "pthread_key_create", "pthread_key_delete",
                  "pthread_setspecific"}
# Of what libraries share that are loaded while a program runs (1,664 bytes of glibc's).
THREAD_BYTES_MAX = 512


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=100).stdout


def main():
    library, problems = sys.argv[1], []
    for line in output("nm", "-D", library).splitlines():
        kind, name = line.split()[-2:]
        if kind == "T":
            known = any(fnmatch.fnmatchcase(name, pattern) for pattern in sys.argv[2:])
        else:
            weakly = WHERE_THEY_ARE | {a[2:] for a in sys.argv[2:] if a.startswith("w:")}
            known = name in {"U": ASKED, "w": weakly}.get(kind, set())
        if not known:  # like any name with a version
            problems.append(f"{kind} {name}")
    dynamic, segments = output("readelf", "-dW", library), output("readelf", "-lW", library)
    for word in ("(NEEDED)", "(TEXTREL)"):
        if word in dynamic:
            problems.append(word)
    thread = re.search(r"^\s*TLS\s+\S+\s+\S+\s+\S+\s+\S+\s+(0x[0-9a-f]+)", segments, re.M)
    if thread and int(thread.group(1), 16) > THREAD_BYTES_MAX:
        problems.append(f"{int(thread.group(1), 16)} bytes of every thread")
    print("\n".join(problems) or "nothing else is asked for")
    return 1 if problems else 0


sys.exit(main())
