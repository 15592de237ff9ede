#!/usr/bin/env python3
"""Programs that everybody has: stripped, large, without frame pointers. No false alarms on them."""
import pathlib
import shutil
import subprocess
import sys

import harness

FALSE_ALARMS = ("debug-build", "tall-small-functions", "broken-stacks", "unsampled-cpu")
TEMPLATES = """
#include <algorithm>
#include <map>
#include <regex>
#include <string>
#include <vector>
std::map<std::string, std::vector<int>> table;
bool match(const std::string& s) { return std::regex_match(s, std::regex("[a-z]+([0-9]*)")); }
int main() {
  table["a"].push_back(1);
  std::sort(table["a"].begin(), table["a"].end());
  return match("abc1");
}
"""
PYTHON = """
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
words = {}
for i in range(400000):
    words[str(i)] = words.get(str(i // 2), 0) + i
print(fib(26) + len(words))
"""
SQL = """
create table t(a integer primary key, b text, c real);
with recursive n(i) as (select 1 union all select i+1 from n where i < 150000)
  insert into t select i, 'row ' || (i * 7919 % 100003), i * 0.5 from n;
create index t_b on t(b);
select count(*), sum(x.c) from t x join t y on x.b = y.b where x.a % 3 = 0;
"""


class Tools(harness.Case):
    def need(self, name):
        found = shutil.which(name)
        if not found:
            self.skipTest(f"{name} is not installed")
        return found

    def check(self, recording, module, complete=0.995):
        report = self.report(recording, "--no-kernel")
        self.assertGreater(report.samples, 50)
        self.assert_complete(report, share=complete, starts=len(report.summary["processes"]))
        self.assertTrue(report.rows and report.rows[0]["self_share"] > 0)
        self.assertTrue(any(module in row["module"] for row in report.rows[:20]), report.rows[:5])
        as_people_see_it = self.report(recording).findings
        sentences = "; ".join(finding["sentence"] for finding in as_people_see_it.values())
        print(f"{module}: {sentences}", flush=True)
        if report.data["quality"]["lost_samples"] == 0:  # else it is no false alarm
            self.assertNotIn("data-lost", as_people_see_it, as_people_see_it.get("data-lost"))
        for alarm in FALSE_ALARMS:
            for findings in (as_people_see_it, report.findings):
                self.assertNotIn(alarm, findings, findings.get(alarm))
        text = harness.hone("report", recording.path, env=self.environment)
        self.assertEqual(text.returncode, 0)
        self.assertIn(b"Hot spots", text.stdout)
        return report

    def some_text(self):
        path = self.folder / "text"
        if not path.exists():
            lines = (f"{i * 2654435761 % 1000003} the quick brown fox {i % 977}\n"
                     for i in range(50000))
            path.write_text("".join(lines))
        return path

    def test_xz(self):
        xz = self.need("xz")
        recording = self.record(xz, "-6", "-T1", "-k", "-c", self.some_text())
        self.check(recording, "liblzma")
        alone = subprocess.run([xz, "-6", "-T1", "-k", "-c", self.some_text()],
                               capture_output=True, timeout=60)
        self.assertEqual(recording.out, alone.stdout)

    def test_sqlite3(self):
        recording = self.record(self.need("sqlite3"), ":memory:", input=SQL.encode())
        self.check(recording, "sqlite3")

    def test_git(self):
        git = self.need("git")
        work = self.folder / "repository"
        subprocess.run([git, "init", "-q", work], check=True, timeout=30)
        # Some large files: git's own work is its hashing, not the opening of many small ones, whose
        # system calls may take nearly all of the time where they are dear (in a sandbox).
        for i in range(100):
            (work / f"file{i}.txt").write_text("".join(f"{j} {i * j}\n" for j in range(20000)))
        recording = self.record(git, "-C", work, "add", "-A")
        self.check(recording, "git")

    def test_python3(self):
        python = "/usr/bin/python3" if pathlib.Path("/usr/bin/python3").exists() else sys.executable
        recording = self.record(python, "-c", PYTHON)
        self.assertIn(b"\n", recording.out)
        self.check(recording, "python")

    def test_cc1plus_as_a_child_of_gxx(self):
        gxx = self.need("g++")
        source = self.folder / "templates.cc"
        source.write_text(TEMPLATES)
        recording = self.record(gxx, "-O2", "-c", "-o", self.folder / "templates.o", source)
        report = self.check(recording, "cc1plus")
        names = {process["name"] for process in report.summary["processes"]}
        self.assertTrue({"g++", "cc1plus", "as"} <= names, names)
        cc1plus = report.process("cc1plus")
        self.assertGreater(cc1plus["sampled_ns"], 0.5 * report.summary["cpu_ns"])

    def test_flame_graph_annotation_and_page(self):
        recording = self.record("ratio")
        svg, page = self.path(".svg"), self.path(".html")
        for words in (("flamegraph", "-o", svg), ("report", "--html", page), ("annotate", "three")):
            done = harness.hone(words[0], *words[1:], recording.path, env=self.environment)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("<svg", svg.read_text())
        self.assertIn("three", svg.read_text())
        self.assertIn("three", page.read_text())
        self.assertIn(b"imul", done.stdout)


if __name__ == "__main__":
    harness.main()
