#!/usr/bin/env python3
"""What marks of the package cost: ns each, the best of five rounds, less those of an empty loop.

    PYTHONPATH=bindings/python python3 bindings/python/marks_bench.py
    PYTHONPATH=bindings/python hone record --spans full=block -F 10 -o marks.hone -- \
        python3 bindings/python/marks_bench.py

HONE_CALLS_LIBRARY names build/release/lib/libhone-calls.so where Hone is not installed.
"""
import time

import hone

ROUNDS, COUNT = 5, 100_000


def nothing():
    pass


decorated = hone.span(nothing)


def loop(marked):
    best = None
    for _ in range(ROUNDS):
        start = time.perf_counter_ns()
        for _ in range(COUNT):
            marked()
        took = time.perf_counter_ns() - start
        best = took if best is None else min(best, took)
    return best / COUNT


def with_span():
    with hone.span("bench"):
        pass


def with_argument():
    with hone.span("bench", count=5):
        pass


def with_plot():
    hone.plot("bench", 5)


def main():
    empty = loop(nothing)
    print("library:", hone.available, "recorded:", hone.is_recorded())
    for name, marked in (("with hone.span", with_span), ("with an argument", with_argument),
                         ("@hone.span", decorated), ("hone.plot", with_plot)):
        print(f"{name:18}{loop(marked) - empty:8.0f} ns")


main()
