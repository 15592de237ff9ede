#!/usr/bin/env python3
"""Text, JSON, HTML and SVG of one recording say the same, whatever the names in it hold.

    voices_check.py HONE HONE-GOLDEN-RECORDING
"""
import html.parser
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import report_file  # noqa: E402

HONE = MAKER = ""
PERCENT = r"(\d+(?:\.\d+)?)%"
ROW = re.compile(rf"^ *{PERCENT} +(?:±\S+ +)?{PERCENT} +(\S+ \S+)  +(\S+)  +(\S+)  +(\S.*)$")
TREE = re.compile(rf"^ *{PERCENT} +{PERCENT} [├└│ ]*(\S.*?)  \S+$")
SCORE = "demo::similarity::score(float const*, float const*, unsigned long)"


def share_agrees(shown, exact):
    """A percentage as printed, and the share that it stands for."""
    digits = len(shown.partition(".")[2])
    return abs(float(shown) - 100 * exact) <= 0.5 * 10 ** -digits + 1e-9


class Page(html.parser.HTMLParser):
    """Every element's name and attributes, and the JSON that stands in the page."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.attributes, self.json = [], [], {}
        self.keep = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.elements.append(tag)
        self.attributes += attributes
        if tag == "script" and attributes.get("type") == "application/json":
            self.keep = attributes["id"]

    def handle_data(self, data):
        if self.keep:
            self.json[self.keep] = json.loads(data)
            self.keep = None


def flame_totals(flame):
    """Self time by function, and that of everything."""
    self_ns = {}
    for name, own in zip(flame["name"], flame["self"]):
        name = flame["names"][name]
        self_ns[name] = self_ns.get(name, 0) + own * flame["unit_ns"]
    return self_ns, flame["total"][0] * flame["unit_ns"]


class Voices(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="hone-voices-")
        self.addCleanup(self.folder.cleanup)

    def make(self, *kind):
        path = pathlib.Path(self.folder.name, "app.hone")
        subprocess.run([MAKER, path, *kind], check=True)
        return path

    def hone(self, *words, status=0):
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        done = subprocess.run([HONE, *map(str, words)], capture_output=True, timeout=60,
                              cwd=self.folder.name, env=environment)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout if status == 0 else done.stderr

    def pages(self, path):
        page, picture = path.with_suffix(".html"), path.with_suffix(".svg")
        self.hone("report", "--html", page, path)
        self.hone("flamegraph", "-o", picture, path)
        return page.read_text(), picture.read_text()

    def test_four_voices_agree(self):
        path = self.make()
        report = json.loads(self.hone("report", "--top", "0", "--json", path))
        table = report["hot_spots"][0]
        cpu_ns = table["cpu_ns"]
        exact = {row["name"]: row for row in table["rows"]}
        self.assertEqual(len(exact), 5)

        text = self.hone("report", "--top", "0", path).decode()
        shown = {m[6]: m for m in map(ROW.match, text.splitlines()) if m}
        self.assertEqual(shown.keys(), exact.keys())
        self.assertIn(f"{report['summary']['sample_count']:,} samples", text)

        page_text, svg = self.pages(path)
        page = Page(page_text)
        held = report_file.table(page_text, "functions?by=function&limit=1000&weight=cpu")
        self.assertEqual(held["total"], cpu_ns)
        rows = {row["name"]: row for row in held["rows"]}
        self.assertEqual(rows.keys(), exact.keys())
        for name, row in exact.items():
            with self.subTest(name):
                self.assertTrue(share_agrees(shown[name][1], row["self_share"]))
                self.assertTrue(share_agrees(shown[name][2], row["total_share"]))
                self.assertAlmostEqual(row["self_share"], row["self_ns"] / cpu_ns, places=9)
                self.assertEqual(rows[name]["self"], row["self_ns"])
                self.assertEqual(rows[name]["total"], row["total_ns"])
                self.assertEqual(rows[name]["self_samples"], row["self_samples"])
        self.assertEqual(page.json["summary"]["summary"], report["summary"])
        self.assertEqual(page.json["summary"]["findings"], report["findings"])
        self.assertEqual(page.json["summary"]["quality"], report["quality"])

        root = xml.fromstring(svg)
        metadata = root.find("{http://www.w3.org/2000/svg}metadata")
        flame = json.loads(metadata.text)
        self_ns, all_ns = flame_totals(flame)
        rounding = flame["unit_ns"] * len(flame["name"])
        self.assertAlmostEqual(all_ns, cpu_ns, delta=rounding)
        self.assertEqual({name for name in self_ns if name != "all"}, exact.keys())
        for name, row in exact.items():
            self.assertAlmostEqual(self_ns[name], row["self_ns"], delta=rounding, msg=name)

    def test_tree_lines_and_code_agree_with_the_table(self):
        path = self.make()
        report = json.loads(self.hone("report", "--top", "0", "--json", "--tree", "--over", "0",
                                      "--by", "function", path))
        exact = {row["name"]: row for row in report["hot_spots"][0]["rows"]}
        cpu_ns = report["hot_spots"][0]["cpu_ns"]
        own = {}
        for node in report["tree"]["nodes"][1:]:
            own[node["name"]] = own.get(node["name"], 0) + node["self_ns"]
        self.assertEqual(own, {name: row["self_ns"] for name, row in exact.items()})
        text = self.hone("report", "--tree", "--over", "0", path).decode()
        lines = [m for m in map(TREE.match, text.splitlines()) if m]
        self.assertEqual(len(lines), len(report["tree"]["nodes"]) - 1)
        for line, node in zip(lines, report["tree"]["nodes"][1:]):
            self.assertEqual(line[3], node["name"])
            self.assertTrue(share_agrees(line[1], node["total_ns"] / cpu_ns))
            self.assertTrue(share_agrees(line[2], node["self_ns"] / cpu_ns))

        annotation = json.loads(self.hone("annotate", "score", "--json", path))
        score = exact[SCORE]["self_ns"]
        self.assertEqual(annotation["self_ns"], score)
        for part in ("lines", "instructions"):
            self.assertEqual(sum(one["self_ns"] for one in annotation[part]), score, part)
        line = next(row for row in json.loads(self.hone("report", "--by", "line", "--json", path))
                    ["hot_spots"][0]["rows"] if row.get("line") == 23)
        self.assertEqual(line["self_ns"], annotation["lines"][0]["self_ns"])
        around = json.loads(self.hone("report", "--callers", "score", "--json",
                                      path))["neighbours"]
        self.assertEqual(sum(one["total_ns"] for one in around["callers"]), score)

    def assert_plain(self, raw, what):
        text = raw.decode("utf-8")  # broken UTF-8 fails here
        bad = sorted({c for c in text if (c < " " and c != "\n") or "\x7f" <= c <= "\x9f"
                      or c in "\u202e\u2066"})
        self.assertEqual(bad, [], what)

    def test_hostile_names_reach_no_terminal(self):
        path = self.make("--hostile")
        for words in (("report",), ("report", "--by", "line"), ("report", "--by", "module"),
                      ("report", "--by", "thread"), ("report", "--by", "process"),
                      ("report", "--tree"), ("report", "--inverted"), ("report", "--total"),
                      ("report", "--callers", "score"), ("annotate", "score"), ("info",),
                      ("annotate", "score", "--all-instructions", "--full-names")):
            self.assert_plain(self.hone(*words, path), words)
        self.assert_plain(self.hone("annotate", "demo", path, status=2), "several match")
        self.assert_plain(self.hone("annotate", "absent\x1b[2J\n", path, status=2), "none matches")
        odd = path.with_name("a\x1b]0;x\x07\n.hone")
        self.assert_plain(self.hone("info", odd, status=5), "a file's name")
        path.rename(odd)
        self.assert_plain(self.hone("info", odd), "a file's name")
        self.assert_plain(self.hone("report", odd), "a file's name")

    def test_hostile_names_stay_text(self):
        path = self.make("--hostile")
        for words in (("report", "--tree"), ("report", "--callers", "score"), ("info",),
                      ("annotate", "score")):
            json.loads(self.hone(*words, "--json", path).decode("utf-8"))
        page_text, svg = self.pages(path)
        page = Page(page_text)
        self.assertNotIn("evil", page.elements)
        self.assertNotIn("onx", page.attributes)
        self.assertEqual(page.elements.count("title"), 1)
        self.assertEqual(page.elements.count("script"), 3)  # the pages', the summary, the answers
        held = report_file.table(page_text, "functions?by=function&limit=1000&weight=cpu")
        self.assertEqual(len(held["rows"]), 5)
        names = {element.tag.rpartition("}")[2] for element in xml.fromstring(svg).iter()}
        self.assertTrue({"metadata", "script", "style"} <= names)
        self.assertNotIn("evil", names)
        for text in (page_text, svg):
            self.assertNotRegex(text, "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]")


if __name__ == "__main__":
    HONE, MAKER = (str(pathlib.Path(word).resolve()) for word in sys.argv[1:3])
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
