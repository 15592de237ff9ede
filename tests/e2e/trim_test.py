#!/usr/bin/env python3
"""Recordings that are cut to a range, or do not say what they are not to say."""
import os
import shutil
import subprocess

import harness
import steered


class Trim(steered.Case):
    def assert_same(self, whole, part, *flags):
        """The report of a range is that of the recording that was cut to it."""
        left, right = self.report(whole, *flags), self.report(part)
        for key in ("wall_ns", "recorded_ns", "cpu_ns", "unsampled_ns", "sample_count",
                    "busy_cpus", "pause_count", "processes"):
            self.assertEqual(left.summary[key], right.summary[key], key)
        self.assertEqual(left.rows, right.rows)
        self.assertEqual(left.stacks, right.stacks)
        trees = [[(node["name"], node["self_ns"]) for node in
                  self.report(path, "--tree", "--over", "0", *more).data["tree"]["nodes"]]
                 for path, more in ((whole, flags), (part, ()))]
        self.assertEqual(*trees)

    def trim(self, path, *flags, status=0):
        out = self.path()
        done = harness.hone("trim", path, "-o", out, *flags, env=self.environment)
        self.assertEqual(done.returncode, status, done.stderr.decode(errors="replace"))
        return out

    def test_range_is_what_a_selection_shows(self):
        whole = self.record("threads", 3000, 3).path
        for flags in (("--from", "100ms", "--to", "300ms"), ("--from=-200ms",), ("--to", "0.15"),
                      ("--from", "0", "--to", "1h"), ("--from", "200ms")):
            with self.subTest(flags):
                part = self.trim(whole, *flags)
                self.assert_opens(part)
                self.assert_same(whole, part, *flags)
        meta = self.info(self.trim(whole, "--from", "100ms", "--to", "300ms"))["meta"]
        self.assertEqual(meta["trim.source"], whole.name)
        self.assertEqual((meta["trim.from_ns"], meta["trim.to_ns"]), ("100000000", "300000000"))

    def test_of_what_was_cut_off(self):
        whole = self.record("shares", 60, 30, 10, 3000).path
        data = whole.read_bytes()
        cut = self.path()
        cut.write_bytes(data[:len(data) * 3 // 4])
        part = self.trim(cut, "--from", "50ms", "--to", "200ms")
        done = harness.hone("info", "--verify", part, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_same(cut, part, "--from", "50ms", "--to", "200ms")
        names = [each["name"] for each in self.report(part).data["quality"]["diagnostics"]]
        self.assertIn("source_was_damaged", names)

    def test_wrong_use(self):
        whole = self.record("ratio", 10).path
        self.trim(whole, status=2)
        self.trim(whole, "--from", "1h", status=2)
        self.trim(whole, "--from", "3s", "--to", "2s", status=2)
        self.trim(whole, "--from", "soon", status=2)
        done = harness.hone("trim", whole, "-o", whole, "--from", "0")
        self.assertEqual(done.returncode, 2)

    def test_trimmed_twice(self):
        whole = self.record("shares", 60, 30, 10, 3000).path
        once = self.trim(whole, "--from", "100ms", "--to", "400ms")
        twice = self.trim(once, "--from", "100ms", "--to", "200ms")
        self.assert_same(whole, twice, "--from", "200ms", "--to", "300ms")


class Redaction(steered.Case):
    def texts(self, path):
        """All that a recording says, in every voice, and all texts in it."""
        out = b""
        for words in (("info", "--json"), ("report", "--json", "--tree", "--over", "0", "--top=0"),
                      ("report", "--by", "line", "--full-names", "--top=0"),
                      ("report", "--by", "module", "--full-names")):
            out += harness.hone(*words, path, env=self.environment).stdout
        texts = subprocess.run([os.environ["HONE_TEXTS"], path], capture_output=True, timeout=30,
                               check=True).stdout
        self.assertIn(b"share_a", texts)
        return out + texts

    def record_secret(self, *flags):
        folder = self.folder / "sekrit-folder" / "deep"
        folder.mkdir(parents=True, exist_ok=True)
        program = folder / "shares"
        shutil.copy(harness.victim("shares"), program)
        environment = {**self.environment, "TOKEN": "sekrit-token"}
        return self.record(program, 60, 30, 10, 1200, "sekrit-argument",
                           flags=["--env", *flags], env=environment, cwd=folder).path

    SECRETS = (b"sekrit-folder", b"sekrit-token", b"sekrit-argument")

    def test_nothing_of_it_is_in_the_file(self):
        plain = self.record_secret()
        said = self.texts(plain)
        for secret in self.SECRETS:
            self.assertIn(secret, said)
        later = self.path()
        done = harness.hone("trim", plain, "-o", later, "--redact", "all", env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        held = self.record_secret("--redact", "all", "--last", "20s")
        for path in (self.record_secret("--redact", "all"), later, held):
            self.assert_opens(path)
            said = self.texts(path)
            for secret in self.SECRETS:
                self.assertNotIn(secret, said)
            self.assertEqual(self.info(path)["meta"]["redaction"], "command,environment,paths")
            self.assertNotEqual(self.info(path)["meta"]["host.name"], os.uname().nodename)
            report = self.report(path)
            self.assertGreater(report.row("share_a")["total_share"], 0.4)
            self.assertEqual(report.summary["command"], "shares [redacted]")

    def test_what_is_asked_for_only(self):
        path = self.record_secret("--redact", "command")
        said = self.texts(path)
        self.assertNotIn(b"sekrit-argument", said)
        self.assertIn(b"sekrit-token", said)
        self.assertIn(b"sekrit-folder", said)

if __name__ == "__main__":
    harness.main()
