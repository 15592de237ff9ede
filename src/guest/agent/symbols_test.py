#!/usr/bin/env python3
"""What libhone-agent.so asks of the program's libc, and what it puts in its way: no more than this.

usage: symbols_test.py LIBRARY
       symbols_test.py --cross aarch64-linux-gnu SOURCE_ROOT    builds it for another machine first
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

# Nothing: what a sanitizer puts in the place of a libc's function would look at our use of it.
MUST_BE_THERE = set()
# Where a libc does not have them, the agent does without.
MAY_BE_THERE = {"dlsym", "environ", "pthread_key_create", "pthread_setspecific", "pthread_atfork",
                "__register_atfork", "__tsan_init"}
HOOKS = {"pthread_create", "thrd_create", "dlclose", "sigaction", "signal", "pthread_sigmask",
         "sigprocmask", "sigwait", "sigwaitinfo", "sigtimedwait", "signalfd"}


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=100).stdout


FLAGS = ["-std=c++20", "-O2", "-fPIC", "-shared", "-nostdlib", "-ffreestanding", "-fbuiltin",
         "-nostdinc++",
         "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", "-fvisibility=hidden",
         "-fno-stack-protector", "-mno-outline-atomics", "-Wall", "-Wextra", "-Werror",
         "-Wno-missing-field-initializers", "-Wl,-z,now", "-Wl,--unresolved-symbols=ignore-all"]


def build(compiler, root, library):
    src = pathlib.Path(root) / "src"
    sources = sorted((src / "guest" / "agent").glob("*.cc"))
    sources += [src / "unwind" / f"{name}.cc" for name in ("expression", "step", "table", "walk")]
    output(compiler, *FLAGS, "-I", str(src), "-o", library, *map(str, sources))


def main():
    if sys.argv[1] == "--cross":
        compiler = f"{sys.argv[2]}-g++"
        if not shutil.which(compiler):
            print(f"skipped: {compiler} is not installed")
            return 77
        with tempfile.TemporaryDirectory() as folder:
            library = f"{folder}/libhone-agent.so"
            build(compiler, sys.argv[3], library)
            return check(library, f"{sys.argv[2]}-nm")
    return check(sys.argv[1], "nm")


def check(library, nm):
    problems = []
    seen = {"U": set(), "w": set(), "T": set()}
    for line in output(nm, "-D", library).splitlines():
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
