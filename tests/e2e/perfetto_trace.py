"""A trace of Perfetto's format, read as its documentation says, from what protoc makes of it."""
import collections
import dataclasses

from proto_text import decode, one

BEGIN, END, INSTANT, COUNTER = 1, 2, 3, 4
CLEARED, NEEDS = 1, 2
MONOTONIC = 3


@dataclasses.dataclass
class Slice:
    track: str
    name: str
    category: str
    start: int
    duration: int | None = None  # None: an instant
    arguments: dict = dataclasses.field(default_factory=dict)


class Trace:
    def __init__(self, path):
        self.slices, self.samples = [], []
        self.values = collections.defaultdict(list)  # by the counter's track
        self.tracks, self.parents, self.flows = {}, {}, collections.defaultdict(list)
        self.complaints = []
        self._tables = collections.defaultdict(dict)
        self._open, self._last = collections.defaultdict(list), {}
        packets = decode(path.read_bytes(), "perfetto.proto", "Trace")["packet"]
        for i, packet in enumerate(packets):
            flags = one(packet, "sequence_flags")
            if flags != (CLEARED if i == 0 else NEEDS):
                self.complaints.append(f"packet {i} has flags {flags}")
            self._read(packet)
        self.clock = one(one(packets[0], "defaults"), "timestamp_clock_id")
        self.complaints += [f"{self.tracks[track]}: {len(still)} never end"
                            for track, still in self._open.items() if still]

    def totals(self, chosen):
        """{name: (count, ns)} of the slices that `chosen` takes."""
        out = {}
        for each in self.slices:
            if each.duration is not None and chosen(each):
                count, total = out.get(each.name, (0, 0))
                out[each.name] = (count + 1, total + each.duration)
        return out

    def cpu_ns(self):
        """Of all samples: the last that the counter of each CPU says."""
        last = {}
        for sample in self.samples:
            last[sample["cpu"]] = sample["ns"]
        return sum(last.values())

    def _read(self, packet):
        for name, entries in one(packet, "interned_data", {}).items():
            for entry in entries:
                number = one(entry, "iid")
                if not number or number in self._tables[name]:
                    self.complaints.append(f"{name} {number} is none, or there twice")
                self._tables[name][number] = entry
        if "track_descriptor" in packet:
            self._describe(packet["track_descriptor"][0])
        if "track_event" in packet:
            self._event(packet["timestamp"][0], packet["track_event"][0])
        if "perf_sample" in packet:
            self._sample(packet["timestamp"][0], packet["perf_sample"][0])

    def _describe(self, track):
        number, parent = one(track, "uuid"), one(track, "parent_uuid")
        name = one(track, "name")
        for kind in ("process", "thread"):
            if kind in track:
                name = one(track[kind][0], "name")
        if number in self.tracks or (parent is not None and parent not in self.tracks):
            self.complaints.append(f"track {number} is there twice, or before {parent}")
        self.tracks[number] = name if parent is None else f"{self.tracks[parent]}/{name}"

    def _named(self, table, number, field="name"):
        if number not in self._tables[table]:
            self.complaints.append(f"{table} has no {number}")
            return ""
        return one(self._tables[table][number], field, "")

    def _event(self, time, event):
        kind, number = one(event, "type"), one(event, "track_uuid")
        if number not in self.tracks:
            self.complaints.append(f"an event of track {number}, which is not described yet")
        if kind == COUNTER:
            value = one(event, "double_counter_value", one(event, "counter_value"))
            self.values[self.tracks[number]].append((time, value))
            return
        if kind != INSTANT:
            if time < self._last.get(number, 0):
                self.complaints.append(f"{self.tracks[number]} does not nest at {time}")
            self._last[number] = time
        if kind == END:
            if not self._open[number]:
                self.complaints.append(f"{self.tracks[number]}: an end of nothing")
                return
            begun = self._open[number].pop()
            begun.duration = time - begun.start
            return
        made = Slice(self.tracks[number], self._named("event_names", one(event, "name_iid")),
                     self._named("event_categories", one(event, "category_iids")), time)
        for argument in event.get("arguments", []):
            key = self._named("argument_names", one(argument, "name_iid"))
            made.arguments[key] = next(value[0] for name, value in argument.items()
                                       if name != "name_iid")
        for flow in event.get("flow_ids", []):
            self.flows[flow].append((time, made.track))
        for flow in event.get("terminating_flow_ids", []):
            self.flows[flow].append((time, made.track))
        self.slices.append(made)
        if kind == BEGIN:
            self._open[number].append(made)

    def _sample(self, time, sample):
        stack = []
        number = one(sample, "callstack_iid")
        if number not in self._tables["callstacks"]:
            self.complaints.append(f"no stack {number}")
        for frame in self._tables["callstacks"].get(number, {}).get("frame_ids", []):
            found = self._tables["frames"].get(frame, {})
            if not found:
                self.complaints.append(f"no frame {frame}")
            mapping = self._tables["mappings"].get(one(found, "mapping_id"), {})
            stack.append((self._named("function_names", one(found, "function_name_id")),
                          self._named("mapping_paths", one(mapping, "path_string_ids"))))
        self.samples.append({"time": time, "cpu": one(sample, "cpu"), "tid": one(sample, "tid"),
                             "ns": one(sample, "timebase_count"), "stack": stack})


__all__ = ["MONOTONIC", "Trace"]
