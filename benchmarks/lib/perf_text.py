"""Reads what perf prints: stacks of `perf script`, self times of `perf report`."""
import re

# A stack whose outermost frames hold one of these reached the start of its program or thread.
START = re.compile(r"^(_start|main|__libc_start\w*|__clone\d?|clone3?|start_thread)\b")
OUTERMOST = 4
FRAME = re.compile(r"^\s+([0-9a-f]+) (.*) \((.*)\)$")


def stacks(lines):
    """Stacks of `perf script -F ip,sym,dso`: lists of (symbol, dso), innermost first."""
    stack = []
    for line in lines:
        match = FRAME.match(line)
        if match:
            stack.append((match.group(2), match.group(3)))
        elif not line.strip() and stack:
            yield stack
            stack = []
    if stack:
        yield stack


def is_kernel(dso):
    return dso.startswith("[kernel") or dso.endswith((".ko", ".ko.xz"))


def completeness(lines):
    """Counts of stacks that reach a start, that do not, and that have no user frame at all."""
    counts = {"complete": 0, "broken": 0, "kernel_only": 0, "frames": 0}
    for stack in stacks(lines):
        counts["frames"] += len(stack)
        if all(is_kernel(dso) for _, dso in stack):
            counts["kernel_only"] += 1
        elif any(START.match(symbol) for symbol, _ in stack[-OUTERMOST:]):
            counts["complete"] += 1
        else:
            counts["broken"] += 1
    return counts


# The separator keeps names with blanks whole.
SEPARATOR = "\t"
REPORT_FIELDS = ["--stdio", "--no-children", "--no-inline", "--percent-limit", "0", "-g", "none",
                 "-F", "sample,dso,sym", "-t", SEPARATOR]


def self_samples(text):
    """[(samples, dso, symbol)] of `perf report` with REPORT_FIELDS."""
    out = []
    for line in text.splitlines():
        cells = [c.strip() for c in line.split(SEPARATOR)]
        if len(cells) >= 3 and cells[0].isdigit():
            out.append((int(cells[0]), cells[1], re.sub(r"^\[[.kguH]\] ", "", cells[2])))
    return out


def samples_and_lost(stats, report):
    """(samples, lost ones), of `perf report --stats` and the head of `perf report --stdio`."""
    taken = re.search(r"^ *SAMPLE events: *(\d+)", stats, re.M)
    lost = re.search(r"^# Total Lost Samples: (\d+)", report, re.M)
    return int(taken.group(1)) if taken else 0, int(lost.group(1)) if lost else 0
