#!/usr/bin/env python3
"""`hone query` on real recordings: what it answers is what reports say, in every format, from the
command line, a file, standard input and the prompt."""
import csv
import io
import json
import os
import pty
import select
import signal
import subprocess
import time

import harness

PROMPT = b"hone> "
ENDLESS = ("with recursive t(x) as (select 1 union all select x + 1 from t) "
           "select count(*) from t;")
STATISTICS = ("count", "total", "self_time", "p50", "p95", "p99", "max")
OF_REPORT = ("count", "total_ns", "self_ns", "p50_ns", "p95_ns", "p99_ns", "most_ns")


class Terminal:
    """The prompt of `hone query` on a terminal of its own."""

    def __init__(self, *words, env):
        self.seen = b""
        self.pid, self.at = pty.fork()
        if self.pid == 0:
            os.execve(harness.HONE, [harness.HONE, "query", *map(str, words)],
                      {**env, "TERM": "dumb"})

    def until(self, text, limit_s=20):
        """What was printed up to `text`, and with it."""
        end = time.monotonic() + limit_s
        while text not in self.seen:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.at], [], [], left)[0]:
                raise AssertionError(f"{text!r} did not come: {self.seen!r}")
            try:
                self.seen += os.read(self.at, 1 << 16)
            except OSError:
                raise AssertionError(f"it ended before {text!r}: {self.seen!r}") from None
        at = self.seen.index(text) + len(text)
        out, self.seen = self.seen[:at], self.seen[at:]
        return out.decode(errors="replace")

    def type(self, text):
        os.write(self.at, text.encode())

    def status(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                os.close(self.at)
                return os.waitstatus_to_exitcode(status)
            if select.select([self.at], [], [], 0.05)[0]:
                try:
                    os.read(self.at, 1 << 16)
                except OSError:
                    pass
        os.kill(self.pid, signal.SIGKILL)
        raise AssertionError("the prompt did not end")


class Query(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.spans = cls.folder / "spans.hone"
        cls.ratio = cls.folder / "ratio.hone"
        for path, victim in ((cls.spans, "spans"), (cls.ratio, "ratio")):
            subprocess.run([harness.HONE, "record", "-q", "-o", path, "--", harness.victim(victim)],
                           check=True, capture_output=True, timeout=harness.LIMIT_S,
                           env=cls.environment)

    def query(self, *words, status=0, **options):
        done = subprocess.run([harness.HONE, "query", *map(str, words)], capture_output=True,
                              text=True, timeout=harness.LIMIT_S, env=self.environment,
                              cwd=self.folder, **options)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def rows(self, *words, **options):
        return [tuple(row) for row in
                json.loads(self.query("--format", "json", *words, **options).stdout)["rows"]]

    def test_statistics_are_those_of_reports(self):
        done = harness.hone("report", "--json", "--spans", "--top", "0", self.spans)
        report = json.loads(done.stdout)["instrumentation"]["spans"]
        expected = sorted((span["name"], *(span[key] for key in OF_REPORT)) for span in report)
        self.assertGreater(len(expected), 1)
        told = self.rows(self.spans, f"select name, {', '.join(STATISTICS)} from span_stats")
        self.assertEqual(sorted(told), expected)
        # The same by a free statement, of what is one place a name.
        free = dict((row[0], row[1:]) for row in self.rows(
            self.spans, "select name, count(*), sum(dur), p50(dur), p99(dur) from spans "
            "where not open group by name"))
        names = [name for name, *_ in expected]
        for name, count, total, _, p50, _, p99, _ in expected:
            if names.count(name) == 1 and count:
                self.assertEqual(free[name], (count, total, p50, p99), name)

    def test_samples_are_those_of_reports(self):
        report = self.report(self.ratio)
        rows = dict(self.rows(self.ratio, "select name, self_time from functions"))
        for row in report.rows:
            self.assertEqual(rows[row["name"]], row["self_ns"], row["name"])
        self.assertEqual(self.rows(self.ratio, "select sum(weight), count(*) from samples"),
                         [(report.summary["cpu_ns"], report.samples)])
        self.assertEqual(self.rows(self.ratio, "select value from meta where key = 'run.command'"),
                         [(report.summary["command"],)])
        # By the stacks, what the functions say.
        by_stack = self.rows(self.ratio, "select sum(weight) from samples where "
                             "';' || stack_text(stack) || ';' glob '*;main;*'")[0][0]
        self.assertEqual(by_stack, rows_total(self.rows(
            self.ratio, "select name, total_time from functions where name = 'main'")))
        self.assertLessEqual(
            {row[0] for row in self.rows(self.ratio, "select name from findings")},
            set(report.findings))

    def test_formats(self):
        sql = "select 'a,\"b\"' as text, 1 as whole, 0.5 as real, null as none, x'00ff' as bytes"
        self.assertEqual(list(csv.reader(io.StringIO(
            self.query("--format", "csv", self.spans, sql).stdout))),
            [["text", "whole", "real", "none", "bytes"], ['a,"b"', "1", "0.5", "", "00ff"]])
        self.assertEqual(json.loads(self.query("--format", "ndjson", self.spans, sql).stdout),
                         {"text": 'a,"b"', "whole": 1, "real": 0.5, "none": None, "bytes": "00ff"})
        whole = json.loads(self.query("--format", "json", self.spans, sql).stdout)
        self.assertEqual(json.loads(self.query("--json", self.spans, sql).stdout), whole)
        self.assertEqual((whole["schema"], whole["columns"], whole["row_count"]),
                         ("hone.query/1", ["text", "whole", "real", "none", "bytes"], 1))
        lines = self.query(self.spans, sql).stdout.splitlines()
        self.assertEqual(lines[0].split(), ["text", "whole", "real", "none", "bytes"])
        self.assertEqual(lines[1].split(), ['a,"b"', "1", "0.5", "NULL", "x'00ff'"])

    def test_what_is_cut_is_said(self):
        every = ("with recursive t(x) as (select 1 union all select x + 1 from t limit 1500) "
                 "select x from t")
        done = self.query(self.spans, every)
        self.assertEqual(len(done.stdout.splitlines()), 1001)
        self.assertIn("first 1,000 rows", done.stderr)
        for words, count in ((("--limit", "0"), 1500), (("--format", "csv"), 1500),
                             (("--format", "csv", "--limit", "7"), 7)):
            done = self.query(*words, self.spans, every)
            self.assertEqual(len(done.stdout.splitlines()), count + 1)
            self.assertEqual("note:" in done.stderr, count == 7)
        self.assertTrue(json.loads(self.query("--format", "json", "--limit", "3", self.spans,
                                              every).stdout)["truncated"])

    def test_where_statements_come_from(self):
        sql = "select count(*) from samples"
        expected = self.rows(self.ratio, sql)
        file = self.folder / "count.sql"
        file.write_text(f"-- how many\n{sql};\n", encoding="utf-8")
        for words, options in (((self.ratio, "-f", file), {}),
                               ((self.ratio,), {"input": sql}),
                               ((self.ratio, "-"), {"input": sql}),
                               ((self.ratio, "-f", "-"), {"input": sql})):
            self.assertEqual(self.rows(*words, **options), expected, words)
        # The newest recording of the folder, where none is named.
        os.utime(self.ratio, (time.time() + 60, time.time() + 60))
        self.assertEqual(self.rows(sql), expected)

    def test_several_recordings(self):
        sql = "select (select count(*) from {}samples), (select count(*) from {}spans)"
        a, b = (self.rows(path, sql.format("", ""))[0] for path in (self.spans, self.ratio))
        self.assertEqual(self.rows(f"a={self.spans}", f"b={self.ratio}", " union all ".join(
            [sql.format("a.", "a."), sql.format("b.", "b."), sql.format("", "")])), [a, b, a])

    def test_errors(self):
        error = self.query(self.spans, "select nme from spans", status=2).stderr.splitlines()
        self.assertIn("error[E090]", error[0])
        self.assertIn("Did you mean name?", error[0])
        self.assertEqual(error[2].index("^"), error[1].index("nme"))
        self.assertIn("error[E092]", self.query(self.spans, "drop table spans", status=2).stderr)
        done = self.query("--timeout", "0.2", self.spans, ENDLESS, status=3)
        self.assertIn("error[E091]", done.stderr)
        self.query(self.folder / "absent.hone", "select 1", status=5)
        self.query(self.spans, "select 1", "select 2", status=2)
        self.assertIn("Did you mean 'spans'", self.query("--schema", "spnas", status=2).stderr)

    def test_recordings_that_were_cut(self):
        whole = self.spans.read_bytes()
        for share in (0.3, 0.6, 0.9):
            path = self.folder / "cut.hone"
            path.write_bytes(whole[:int(len(whole) * share)])
            done = subprocess.run([harness.HONE, "query", path, "select count(*) from spans; "
                                   "select * from span_stats; select * from functions"],
                                  capture_output=True, timeout=harness.LIMIT_S,
                                  env=self.environment)
            self.assertIn(done.returncode, (0, 5), done.stderr)

    def test_conditions_reach_the_tables(self):
        plan = self.query(self.spans, "explain query plan select * from spans where thread = 1 "
                          "and ts between 1 and 2 order by ts").stdout
        self.assertIn("thread=? ts>? ts<?", plan)
        self.assertNotIn("B-TREE", plan)

    def test_prompt(self):
        terminal = Terminal(self.spans, env=self.environment)
        terminal.until(PROMPT)
        terminal.type("select 40\n")
        terminal.until(b"..> ")
        terminal.type("+ 2 as answer;\n")
        self.assertIn("answer", terminal.until(b"42"))
        terminal.until(PROMPT)
        # One name can follow: it is put in.
        terminal.type("select 1 from span_st\t")
        terminal.until(b"span_stats")
        terminal.type(" limit 1;\n")
        terminal.until(PROMPT)
        terminal.type(".schema threads\n")
        self.assertIn("tid", terminal.until(PROMPT))
        terminal.type("select nme from spans;\n")
        self.assertIn("E090", terminal.until(PROMPT))
        # Ctrl-C ends what runs, and only that.
        terminal.type(ENDLESS + "\n")
        time.sleep(0.5)
        os.kill(terminal.pid, signal.SIGINT)
        self.assertIn("cancelled", terminal.until(PROMPT))
        terminal.type("select 7 * 6;\n")
        terminal.until(b"42")
        terminal.type(".quit\n")
        self.assertEqual(terminal.status(), 0)

    def test_interrupted_elsewhere_it_ends(self):
        running = subprocess.Popen([harness.HONE, "query", self.spans, ENDLESS],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=self.environment)
        time.sleep(0.5)
        running.send_signal(signal.SIGINT)
        self.assertEqual(running.wait(timeout=20), -signal.SIGINT)


def rows_total(rows):
    return sum(total for _, total in rows)


if __name__ == "__main__":
    harness.main()
