#!/usr/bin/env python3
"""Perfetto's traces become recordings: one of a real Chromium, and what Hone itself exports."""
import collections
import shutil
import unittest

import harness
import import_traces
from import_traces import rows, spans_of
from proto_text import decode, one

CATEGORIES = "toplevel,blink,cc,v8,ipc,navigation,loading,devtools.timeline"
BEGIN, END, INSTANT = 1, 2, 3
CLEARED, NEEDS = 1, 2
MONOTONIC = 3


class Sequence:
    def __init__(self):
        self.names, self.clocks, self.defaults = {}, {}, {}
        self.whole = False
        self.seen = False


class Chromium:
    """What a trace holds, by Perfetto's documentation and what protoc makes of it: an own reading,
    that shares nothing with Hone's."""

    def __init__(self, path):
        self.instants = 0
        self.thread_names = {}  # the last of each
        self._tracks = {}
        self._events = collections.defaultdict(list)
        self._sequences = collections.defaultdict(Sequence)
        self._packets = decode(path.read_bytes(), "perfetto.proto", "Trace", broken_texts=True)
        for packet in self._packets["packet"]:
            self._describe(packet)
        for packet in self._packets["packet"]:
            self._read(packet)

    def _describe(self, packet):
        track = one(packet, "track_descriptor")
        if track and "thread" in track:
            thread = one(track, "thread")
            self._tracks[one(track, "uuid")] = (one(thread, "pid"), one(thread, "tid"))
            if one(thread, "name"):
                self.thread_names[one(thread, "pid"), one(thread, "tid")] = one(thread, "name")

    def _read(self, packet):
        sequence = self._sequences[one(packet, "sequence")]
        flags = one(packet, "sequence_flags", 0)
        if one(packet, "previous_packet_dropped", 0) and sequence.seen:
            sequence.whole = False
        if flags & CLEARED:
            sequence.__init__()
            sequence.whole = True
        sequence.seen = True
        if flags & NEEDS and not sequence.whole:
            return
        sequence.defaults = one(packet, "defaults", sequence.defaults)
        for name in one(packet, "interned_data", {}).get("event_names", []):
            sequence.names[one(name, "iid")] = one(name, "name")
        if "clock_snapshot" in packet:
            clocks = {one(clock, "clock_id"): clock
                      for clock in one(packet, "clock_snapshot")["clocks"]}
            for number, clock in clocks.items():
                if number >= 64:
                    unit = one(clock, "unit_multiplier_ns", 1)
                    now = one(clock, "timestamp") * unit
                    sequence.clocks[number] = [one(clock, "is_incremental", False), unit, now,
                                               one(clocks[MONOTONIC], "timestamp") - now]
            return
        if "timestamp" not in packet:
            return
        number = one(packet, "timestamp_clock_id",
                     one(sequence.defaults, "timestamp_clock_id"))
        time = one(packet, "timestamp")
        if number in sequence.clocks:
            clock = sequence.clocks[number]
            counts_on, unit, now, ahead = clock
            time = time * unit + (now if counts_on else 0)
            if counts_on:
                clock[2] = time
            time += ahead
        if "track_event" in packet:
            self._take(sequence, one(packet, "track_event"), time)

    def _take(self, sequence, event, time):
        kind = one(event, "type")
        track = one(event, "track_uuid",
                    one(one(sequence.defaults, "track_event", {}), "track_uuid"))
        name = one(event, "name", sequence.names.get(one(event, "name_iid")))
        if kind in (BEGIN, END):
            self._events[self._tracks.get(track, track)].append((time, kind, name))
        letter = one(one(event, "legacy_event", {}), "phase", 0)
        self.instants += kind == INSTANT or chr(letter) in "iIRn"

    def totals(self):
        """name: [count, nanoseconds] of the slices that ended."""
        out = collections.defaultdict(lambda: [0, 0])
        for events in self._events.values():
            open_now = []
            for time, kind, name in sorted(events, key=lambda event: event[0]):
                if kind == BEGIN:
                    open_now.append((time, name))
                elif open_now:
                    start, begun = open_now.pop()
                    out[begun][0] += 1
                    out[begun][1] += time - start
        return {name: tuple(total) for name, total in out.items()}


class ImportPerfetto(import_traces.Case):
    @unittest.skipIf(shutil.which("chromium") is None, "no chromium")
    def test_a_trace_of_chromium(self):
        trace = self.trace_of_chromium("proto", ".pftrace", CATEGORIES)
        wanted = Chromium(trace)
        totals = wanted.totals()
        self.assertGreater(len(totals), 30)
        recording = self.imported(trace)
        self.assertEqual(spans_of(recording), totals)
        self.assertEqual(rows(recording, "select count(*) as n from messages")[0]["n"],
                         wanted.instants)
        known = {row["name"] for row in rows(recording, "select name from threads")}
        self.assertIn("CrBrowserMain", wanted.thread_names.values())
        self.assertLessEqual(set(wanted.thread_names.values()), known)
        info = harness.hone("info", recording)
        self.assertIn(b"CLOCK_MONOTONIC", info.stdout)

    def test_there_and_back(self):
        recorded, back = self.there_and_back("perfetto", ".pftrace")
        # Ends of flows are instants in that format, and it tells of the recording by one.
        said, told = ({row["name"]: row["n"] for row in rows(
            path, "select name, count(*) as n from messages group by name")}
            for path in (back, recorded))
        for name, count in told.items():
            self.assertEqual(said[name], count, name)
        sql = "select count(*) as n, sum(weight) as ns from samples"
        self.assertEqual(rows(back, sql), rows(recorded, sql))
        sql = "select name, count(*) as n, sum(weight) as ns from samples group by 1 order by 2, 1"
        self.assertEqual(rows(back, sql), rows(recorded, sql))
        sql = "select count(*) as n, sum(value) as v from plots where name = '{}'"
        for plot in rows(recorded, "select distinct name from plots"):
            self.assertEqual(rows(back, sql.format(plot["name"])),
                             rows(recorded, sql.format(plot["name"])), plot["name"])
        sql = "select count(*) as n from span_arguments where key in ('frame', 'at')"
        self.assertEqual(rows(back, sql), rows(recorded, sql))


if __name__ == "__main__":
    harness.main()
