#!/usr/bin/env python3
"""Profiles of pprof become recordings with the same sums: what Hone itself exports of the examples,
and one without names, which are looked up as it is opened."""
import gzip
import os
import shutil
import subprocess
import unittest

import harness
import readers

MEMORY_GRAPH = os.environ.get("HONE_MEMORY_GRAPH", "")
GAME = os.environ.get("HONE_GAME", "")


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def field(number, value):
    """A field of a message: a number, or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


class ImportPprof(harness.Case):
    def round_trip(self, *command):
        made = self.record(*command).path
        path = self.folder / (made.stem + ".pb.gz")
        done = harness.hone("export", "--to", "pprof", "-o", path, made)
        self.assertEqual(done.returncode, 0, done.stderr)
        got, said = self.imported_saying(path)
        self.assertNotIn("note", said)
        self.assertEqual(
            self.rows(got, "select coalesce(name, ''), sum(value) from costs "
                           "where metric_name = 'cpu' group by 1 order by 1"),
            self.rows(made, "select coalesce(name, ''), sum(weight) from samples "
                            "where weight > 0 group by 1 order by 1"))
        self.assertEqual(
            self.rows(got, "select thread_name, sum(value) from costs "
                           "where metric_name = 'samples' group by 1 order by 1"),
            self.rows(made, "select thread_name, count(*) from samples group by 1 order by 1"))
        self.assertEqual(
            self.rows(got, "select coalesce(sum(value), 0) from costs "
                           "where metric_name = 'off-cpu'"),
            self.rows(made, "select coalesce(sum(max(dur - coalesce(runnable_time, 0), 0)), 0) "
                            "from waits where preempted = 0"))
        # The same as a reader that is not ours adds up.
        told = readers.pprof(path)["self"]
        ours = dict(self.rows(got, "select name, sum(value) from costs "
                                   "where metric_name = 'cpu' and name is not null group by 1"))
        self.assertEqual({name: ns for name, ns in told.items() if ns and name != "(no stack)"},
                         ours)

    @unittest.skipIf(not MEMORY_GRAPH, "the examples were not built")
    def test_round_trip_of_memory_graph(self):
        self.round_trip(MEMORY_GRAPH)

    @unittest.skipIf(not GAME, "the examples were not built")
    def test_round_trip_of_the_game(self):
        self.round_trip(GAME, "--frames", "12", "--entities", "20", "--size", "64x64")

    def test_addresses_are_named_when_it_is_opened(self):
        """`main` of a victim, as a process would have mapped it."""
        program = harness.victim("spans")
        symbols = subprocess.run(["nm", program], capture_output=True, text=True, check=True)
        main = next(int(line.split()[0], 16) for line in symbols.stdout.splitlines()
                    if line.endswith(" T main"))
        headers = subprocess.run(["readelf", "-lW", program], capture_output=True, text=True,
                                 check=True).stdout
        offset, linked, size = next(
            (int(words[1], 16), int(words[2], 16), int(words[4], 16))
            for words in map(str.split, headers.splitlines())
            if words and words[0] == "LOAD" and "E" in words[6:8])
        start = 0x7f1234560000
        texts = ["", "cpu", "nanoseconds", os.path.realpath(program)]
        profile = field(1, field(1, 1) + field(2, 2))
        profile += field(2, field(1, varint(77)) + field(2, varint(1000)))
        profile += field(3, field(1, 9) + field(2, start) + field(3, start + size) +
                         field(4, offset) + field(5, 3))
        profile += field(4, field(1, 77) + field(2, 9) + field(3, start + main - linked + 1))
        profile += b"".join(field(6, text) for text in texts)
        path = self.folder / "raw.pb.gz"
        path.write_bytes(gzip.compress(profile))
        got, said = self.imported_saying(path)
        self.assertIn("build id", said)
        self.assertEqual(self.rows(got, "select metric_name, value, name from costs"),
                         [["cpu", 1000, "main"]])


if __name__ == "__main__":
    harness.main()
