#!/usr/bin/env python3
"""Report files that do not say what they are not to say (hone report --html --redact)."""
import os
import re
import shutil

import harness
import report_file


class Redact(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.folder / "sekrit-folder" / "deep"
        folder.mkdir(parents=True)
        program = folder / "shares"
        shutil.copy(harness.victim("shares"), program)
        cls.recording_path = folder / "run.hone"
        done = harness.hone("record", "-q", "--env", "-o", cls.recording_path, "--", program,
                            60, 30, 10, 1200, "sekrit-argument", cwd=folder,
                            env={**cls.environment, "TOKEN": "sekrit-token"})
        assert done.returncode == 0, done.stderr

    def report(self, *flags, status=0):
        """Everything that the file says: questions of its pages, answers, and the page itself."""
        page = self.folder / "report.html"
        done = harness.hone("report", "--html", page, *flags, self.recording_path,
                            env=self.environment)
        self.assertEqual(done.returncode, status, done.stderr.decode(errors="replace"))
        if status:
            return done.stderr.decode()
        text = page.read_text(encoding="utf-8")
        held = report_file.answers(text)
        # The pages' own scripts say nothing of a recording.
        own = re.sub(r"<script>.*?</script>|<script type=.module.*?</script>|<style.*?</style>", "",
                     text, flags=re.S)
        self.held = held
        return "\n".join([own, *held, *(body.decode(errors="replace") for body in held.values())])

    SECRETS = {"paths": "sekrit-folder", "args": "sekrit-argument", "env": "sekrit-token"}

    def test_a_plain_one_says_all_of_it(self):
        said = self.report()
        for secret in self.SECRETS.values():
            self.assertTrue(secret in said, secret)
        self.assertTrue(os.uname().nodename in said)

    def test_nothing_of_it_is_in_the_file(self):
        for words in ("paths,args,env", "all"):
            said = self.report("--redact", words)
            for secret in (*self.SECRETS.values(), str(self.folder), '"%s"' % os.uname().nodename):
                self.assertFalse(secret in said, secret)
        self.assertTrue("share_a" in said)
        overview = report_file.json.loads(self.held["overview"])
        self.assertEqual(overview["a"]["summary"]["command"], "shares [redacted]")

    def test_each_word_is_one_kind(self):
        for word in self.SECRETS:
            said = self.report("--redact", word)
            for other, secret in self.SECRETS.items():
                # Variables are full of paths; and a command that begins with one goes with it.
                gone = other == word or word == "paths"
                self.assertEqual(secret not in said, gone, f"--redact {word}: {secret}")
            cut = report_file.json.loads(self.held["recordings"])["report"]["cut"]
            self.assertTrue(any(one.startswith("redacted: ") for one in cut), cut)

    def test_sources_are_found_by_what_is_not_said(self):
        def sources():
            files = [file for question, body in self.held.items()
                     if question.startswith("source?")
                     for file in report_file.json.loads(body)["files"]]
            return {file["file"]: len(file["lines"]) for file in files}
        self.report()
        plain = sources()
        self.report("--redact", "paths")
        hidden = sources()
        self.assertEqual(sorted(plain.values()), sorted(hidden.values()))
        shares = [name for name in hidden if name.endswith("/shares.c")]
        self.assertEqual(len(shares), 1, hidden)
        self.assertNotIn(shares[0], plain)
        self.assertGreater(hidden[shares[0]], 0)
        self.report("--no-source")
        self.assertEqual(set(sources().values()), {0})

    def test_wrong_words(self):
        said = self.report("--redact", "secrets", status=2)
        self.assertIn("error[E002]", said)
        self.assertIn("--redact paths,args,env", said)
        done = harness.hone("report", "--redact", "all", self.recording_path, env=self.environment)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"--html", done.stderr)


if __name__ == "__main__":
    harness.main()
