#!/usr/bin/env python3
"""Writes the seeds of import_perfetto_fuzz: traces that have one of everything that is taken.

  tests/fuzz/make_perfetto_seeds.py     into the folder import_perfetto_fuzz beside it
"""
import pathlib
import struct
import zlib

OUT = pathlib.Path(__file__).resolve().parent / "import_perfetto_fuzz"
BEGIN, END, INSTANT, COUNTER = 1, 2, 3, 4
BOOTTIME, MONOTONIC, REALTIME = 6, 3, 1


def varint(value):
    value &= 2**64 - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def field(number, value):
    """int: a varint; float: fixed64; bytes, str: as they are; list: several of them."""
    if isinstance(value, list):
        return b"".join(field(number, each) for each in value)
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value)


def message(fields):
    return b"".join(field(number, value) for number, value in fields.items())


def packed(values):
    return b"".join(varint(value) for value in values)


def trace(*packets, sequence=1):
    return b"".join(field(1, message({**packet, 10: sequence})) for packet in packets)


def event(time, fields):
    return {8: time, 13: 2, 11: message(fields)}


def clocks(*pairs):
    return message({1: [message({1: clock, 2: stamp}) for clock, stamp in pairs]})


START = {13: 1, 87: 1, 59: message({58: MONOTONIC, 11: message({11: 7, 31: 30})}),
         6: clocks((MONOTONIC, 1000), (REALTIME, 90000), (BOOTTIME, 5000))}
THREAD = {60: message({1: 7, 5: 6, 4: message({1: 1, 2: 2, 5: "main"})})}
PROCESS = {60: message({1: 6, 3: message({1: 1, 2: "/bin/app -x", 6: "app"})})}
NAMED = {60: message({1: 8, 5: 6, 2: "uploads"})}
COUNTERS = [{60: message({1: 30, 5: 7, 10: "mem", 8: message({3: 3, 4: 2})})},
            {60: message({1: 31, 5: 6, 2: "sum", 8: message({5: 1, 6: "fps"})})}]
NAMES = message({1: message({1: 1, 2: "cat"}), 2: message({1: 1, 2: "step"}),
                 3: message({1: 1, 2: "key"}), 29: message({1: 1, 2: "value"}),
                 4: message({1: 1, 2: "a.cc", 3: "f", 4: 3})})
ARGUMENTS = [message({1: 1, 17: 1}), message({10: "d", 11: message({10: "k", 12: message({4: -1})})}),
             message({10: "x", 5: 1.5}), message({10: "p", 7: 4096}), message({10: "b", 2: 1}),
             message({10: "u", 3: 9}),
             message({10: "old", 8: message({1: 1, 2: "a", 3: message({5: 7})})})]


def slices():
    flow = struct.pack("<Q", 5)
    return trace(START, PROCESS, THREAD, NAMED, *COUNTERS,
                 event(2000, {9: BEGIN, 10: 1, 3: 1, 34: 1, 4: ARGUMENTS}) | {12: NAMES},
                 event(2100, {9: BEGIN, 11: 8, 23: "up", 22: "net", 47: flow}),
                 event(2200, {9: INSTANT, 23: "told", 12: packed([4]), 48: flow}),
                 event(2300, {9: COUNTER, 11: 31, 44: 2.5}), event(2400, {9: COUNTER, 11: 30, 30: 7}),
                 event(2500, {9: END, 4: ARGUMENTS[0]}), event(2050, {9: END, 11: 8}))


def legacy():
    def one(time, letter, more=None, name="n"):
        return event(time, {23: name, 4: ARGUMENTS[:1], 6: message({2: ord(letter), **(more or {})})})
    return trace({13: 1, 44: message({1: 1, 2: 2, 5: "old", 6: 1}), 59: message({58: MONOTONIC})},
                 one(10, "X", {3: 5}), one(20, "B"), one(30, "E"), one(40, "b", {6: 1, 7: "s"}),
                 one(50, "e", {6: 1, 7: "s"}), one(60, "s", {10: 2}), one(70, "f", {11: 2}),
                 one(80, "C"), one(90, "I", {18: 3, 19: 4}), one(95, "i", {8: 3, 13: 3}),
                 {13: 2, 11: message({1: 5, 9: BEGIN, 23: "s"})}, {13: 2, 11: message({16: 9, 9: END})})


def kernel():
    def ftrace(time, tid, kind, fields):
        return message({1: time, 2: tid, kind: message(fields)})
    events = [ftrace(6000, 10, 4, {1: "a", 2: 10, 4: 1, 5: "b", 6: 20}),
              ftrace(6100, 20, 20, {1: "a", 2: 10, 5: 0}),
              ftrace(6200, 20, 4, {1: "b", 2: 20, 4: 0x100, 5: "a", 6: 10}),
              ftrace(6300, 10, 11, {1: 2000000, 2: 1}), ftrace(6400, 0, 13, {1: 2**32 - 1, 2: 1}),
              ftrace(6500, 10, 236, {1: 10, 2: "a", 3: "c"}), ftrace(6600, 10, 235, {1: 30, 2: "n", 3: 1}),
              ftrace(6700, 10, 3, {2: "print"})]
    compact = message({5: ["a", "b"], 1: packed([7000, 100]), 2: packed([1, 0]), 3: packed([10, 20]),
                       6: packed([0, 1]), 7: packed([7050]), 8: packed([20]), 11: packed([1])})
    tree = message({1: message({1: 10, 3: "/bin/app"}), 2: message({1: 20, 3: 10, 2: "worker"})})
    return trace(START, {1: message({1: 1, 2: events})}, {1: message({1: 0, 4: compact, 3: 1})},
                 {2: tree}, {9: message({1: message({1: 10, 11: message({1: 20})})})})


def samples():
    tables = message({5: message({1: 1, 2: "main"}), 6: [message({1: 1, 2: 1, 3: 1, 5: 1, 6: 9}),
                                                         message({1: 2, 3: 1, 4: 0xabc})],
                      7: message({1: 1, 2: packed([1, 2])}), 17: message({1: 1, 2: "bin"}),
                      18: message({1: 1, 2: "a.cc"}), 19: message({1: 1, 7: [1, 1]}),
                      23: message({1: 9, 2: 77}), 24: message({1: 1, 2: "graphics"})})
    timebase = message({12: message({1: message({2: 100, 4: 1})}), 58: MONOTONIC})
    return trace(START, {13: 1, 59: timebase},
                 {8: 50, 13: 2, 12: tables, 66: message({1: 3, 2: 1, 3: 2, 4: 1, 5: 1, 6: 9})},
                 {8: 60, 13: 2, 54: message({1: [1, 1], 2: [5, 6]})},
                 {8: 70, 13: 2, 53: message({2: 30, 13: 1, 14: 1, 5: 9})})


def sequences():
    own = {13: 1, 59: message({58: 64}),
           6: message({1: [message({1: MONOTONIC, 2: 1000}), message({1: 64, 2: 1, 3: 1, 4: 1000})]})}
    return (trace(own, THREAD, event(5, {9: BEGIN, 11: 7, 23: "s"}), sequence=2) +
            trace(event(5, {9: INSTANT, 23: "no state"}), {41: 1}, {42: 1}, sequence=3) +
            trace(event(5, {9: END, 11: 7}), sequence=2))


def main():
    OUT.mkdir(exist_ok=True)
    for make in (slices, legacy, kernel, samples, sequences):
        (OUT / make.__name__).write_bytes(make())
    (OUT / "packed").write_bytes(trace(START, {50: zlib.compress(slices())}))


if __name__ == "__main__":
    main()
