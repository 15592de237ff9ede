"""How figures are written: for the terminal and for docs/benchmarks.md."""


def seconds(value):
    if value is None:
        return "–"
    if value >= 10:
        return f"{value:.0f} s"
    if value >= 1:
        return f"{value:.1f} s"
    return f"{value * 1000:.0f} ms"


def nanoseconds(value):
    return "–" if value is None else f"{value:.1f} ns" if value < 100 else f"{value:.0f} ns"


def size(value):
    if value is None:
        return "–"
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value} B"


def percent(share, digits=1):
    return "–" if share is None else f"{share * 100:.{digits}f}%"


def added(ratio):
    """A ratio of two costs as what came on top."""
    return "–" if ratio is None else f"{(ratio - 1) * 100:+.1f}%"


def row(what, peer, hone, reach, met):
    """One line of the table. `met`: True, False, or None where there is nothing to judge by."""
    return {"what": what, "peer": peer, "hone": hone, "reach": reach, "met": met}


VERDICT = {True: "met", False: "missed", None: "–"}
HEADINGS = ("what", "perf, or whom it says", "Hone", "reach", "")


def _cells(rows):
    return [(r["what"], r["peer"], r["hone"], r["reach"], VERDICT[r["met"]]) for r in rows]


def markdown(rows):
    lines = ["| " + " | ".join(HEADINGS) + " |", "|" + "---|" * len(HEADINGS)]
    return "\n".join(lines + ["| " + " | ".join(cells) + " |" for cells in _cells(rows)])


def terminal(rows):
    table = [HEADINGS, *_cells(rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADINGS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
                     for line in table)
