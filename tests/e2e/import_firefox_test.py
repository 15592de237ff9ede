#!/usr/bin/env python3
"""Profiles of Firefox Profiler: what Hone exports comes back as it was, and so does the same
profile in the newest shape, with tables that all threads share, of which Firefox Profiler's own
command says what it holds."""
import collections
import gzip
import json

import harness
import readers

NEW_VERSION = 70


def shared_of(old):
    """The same profile by the changes from version 48 to 70 as Firefox Profiler lists them."""
    texts, number_of = [], {}

    def text(words):
        if words not in number_of:
            number_of[words] = len(texts)
            texts.append(words)
        return number_of[words]

    stacks = {"frame": [], "prefixOffset": [], "length": 0}
    frames = collections.defaultdict(list)
    functions = collections.defaultdict(list)
    sources = collections.defaultdict(list)
    source_of = {}
    new = {"meta": {**old["meta"], "preprocessedProfileVersion": NEW_VERSION}, "libs": old["libs"],
           "pages": [], "threads": [], "counters": old["counters"]}
    for schema in new["meta"]["markerSchema"]:
        schema["fields"] = schema.pop("data")
    new["meta"].pop("doesNotUseFrameImplementation", None)
    for counter in new["counters"]:
        counter["display"] = {"graphType": "line-rate", "unit": "", "color": "grey",
                              "markerSchemaLocation": None, "sortWeight": 0, "label": "",
                              "tooltipRows": []}
    for thread in old["threads"]:
        words = thread.pop("stringArray")
        table, frame, function = (thread.pop(name)
                                  for name in ("stackTable", "frameTable", "funcTable"))
        resource = thread.pop("resourceTable")
        thread.pop("nativeSymbols")
        first_stack, first_frame = len(stacks["frame"]), len(frames["func"])
        for i in range(table["length"]):
            prefix = table["prefix"][i]
            stacks["frame"].append(first_frame + table["frame"][i])
            stacks["prefixOffset"].append(0 if prefix is None else i - prefix)
        for i in range(frame["length"]):
            func = frame["func"][i]
            owner = function["resource"][func]
            frames["func"].append(len(functions["name"]))
            frames["lib"].append(-1 if owner == -1 else resource["lib"][owner])
            frames["category"].append(frame["category"][i])
            for name, value in (("address", -1), ("inlineDepth", 0), ("subcategory", 0),
                                ("innerWindowID", 0), ("nativeSymbol", None), ("line", None),
                                ("column", None), ("originalLocation", None)):
                frames[name].append(value)
            file = function["fileName"][func]
            if file is not None and words[file] not in source_of:
                source_of[words[file]] = len(source_of)
                for name, value in (("id", None), ("filename", text(words[file])), ("startLine", 1),
                                    ("startColumn", 1), ("sourceMapURL", None), ("content", None)):
                    sources[name].append(value)
            for name, value in (("name", text(words[function["name"][func]])), ("isJS", False),
                                ("relevantForJS", False), ("resource", -1),
                                ("source", None if file is None else source_of[words[file]]),
                                ("lineNumber", function["lineNumber"][func]),
                                ("columnNumber", None), ("originalLocation", None)):
                functions[name].append(value)
        samples = thread["samples"]
        samples["stack"] = [None if stack is None else first_stack + stack
                            for stack in samples["stack"]]
        thread["markers"]["name"] = [text(words[name]) for name in thread["markers"]["name"]]
        new["threads"].append(thread)
    stacks["length"] = len(stacks["frame"])
    new["shared"] = {
        "stackTable": stacks, "frameTable": {**frames, "length": len(frames["func"])},
        "funcTable": {**functions, "length": len(functions["name"])},
        "resourceTable": {"length": 0, "name": [], "host": [], "type": []},
        "nativeSymbols": {"libIndex": [], "address": [], "name": [], "functionSize": [],
                          "length": 0},
        "sources": {**sources, "length": len(source_of)}, "stringArray": texts,
        "sourceLocationTable": {"source": [], "line": [], "column": [], "length": 0}}
    return new


class ImportFirefox(harness.Case):
    def assert_same(self, back, recorded):
        for sql in ("select name, count(*), sum(weight) from samples group by 1 order by 1",
                    "select name, count(*) from messages group by 1 order by 1"):
            self.assertEqual(self.rows(back, sql), self.rows(recorded, sql), sql)
        # Counters of the system are plots, then. Values are written by how much they differ.
        names = [row[0] for row in self.rows(recorded, "select distinct name from plots")]
        self.assertTrue(names)
        for name in names:
            sql = f"select value from plots where name = '{name}' order by ts"
            found, told = self.rows(back, sql), self.rows(recorded, sql)
            self.assertEqual(len(found), len(told), name)
            for ours, theirs in zip(found, told):
                self.assertAlmostEqual(ours[0], theirs[0], delta=1e-9 * abs(theirs[0]) + 1e-9)
        # Waits and frames are markers there, too, and come back as spans.
        sql = "select name, count(*), sum(dur) from spans where open = 0 group by 1"
        found = {row[0]: row[1:] for row in self.rows(back, sql)}
        told = {row[0]: row[1:] for row in self.rows(recorded, sql)}
        self.assertIn("Physics::World::step", told)
        for name, sums in told.items():
            self.assertEqual(found[name], sums, name)

    def test_there_and_back(self):
        recorded = self.folder / "game.hone"
        done = harness.hone("record", "-q", "-o", recorded, "--", harness.victim("spans"), "300",
                            env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        old = self.folder / "old.json"
        done = harness.hone("export", "--to", "firefox", "-o", old, recorded)
        self.assertEqual(done.returncode, 0, done.stderr)
        packed = self.folder / "old.gz"
        packed.write_bytes(gzip.compress(old.read_bytes()))
        self.assert_same(self.imported(packed), recorded)

        new = self.folder / "new.json"
        new.write_text(json.dumps(shared_of(json.loads(old.read_text(encoding="utf-8")))),
                       encoding="utf-8")
        back = self.imported(new)
        self.assert_same(back, recorded)
        profiler = readers.FirefoxProfiler(new, self.folder)
        self.addCleanup(profiler.close)
        told = collections.Counter()
        for handles in profiler.threads().values():
            for handle in handles:
                for each in profiler.functions(handle):
                    told[each["name"]] += each["selfSamples"]
        self.assertGreater(len(told), 3)
        for name, ns in self.rows(back, "select name, sum(weight) from samples where name is not "
                                        "null group by 1 order by 2 desc limit 5"):
            self.assertAlmostEqual(told[name] * 1e6, ns, delta=1e-3 * ns + 1e5, msg=name)


if __name__ == "__main__":
    harness.main()
