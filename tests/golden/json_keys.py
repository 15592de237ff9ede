#!/usr/bin/env python3
"""Prints every key of the JSON on standard input, with the kinds of values it has: sorted, once."""
import json
import sys

KINDS = {dict: "object", list: "array", str: "text", bool: "bool", int: "number", float: "number",
         type(None): "null"}


def walk(value, path, out):
    if isinstance(value, dict):
        for key, inner in value.items():
            # Facts have keys of their own: which ones there are is the recording's affair.
            name = "*" if path.split(".")[-1] in ("meta", "facts", "evidence") else key
            walk_entry(inner, f"{path}.{name}" if path else name, out)
    elif isinstance(value, list):
        for inner in value:
            walk_entry(inner, path + "[]", out)


def walk_entry(value, path, out):
    out.setdefault(path, set()).add(KINDS[type(value)])
    walk(value, path, out)


found = {}
walk(json.load(sys.stdin), "", found)
for path in sorted(found):
    print(path, "|".join(sorted(found[path])))
