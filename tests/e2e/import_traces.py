"""What tests of imported traces share: Chromium writes them, recordings are asked about them."""
import gzip
import json
import subprocess

import harness

FRAMES = 300
PAGE = "data:text/html,<script>for(let i=0,s=0;i<1e7;i++)s+=i;document.title=1</script>"


def rows(path, sql):
    done = harness.hone("query", path, "--format", "json", sql)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    told = json.loads(done.stdout)
    return [dict(zip(told["columns"], row)) for row in told["rows"]]


def spans_of(path):
    """name: (count, nanoseconds) of what ended."""
    found = rows(path, "select name, count(*) as n, sum(dur) as ns from spans where not open "
                       "group by name")
    return {row["name"]: (row["n"], row["ns"]) for row in found}


class Case(harness.Case):
    def trace_of_chromium(self, form, suffix, categories):
        trace = self.folder / f"chromium{suffix}"
        subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-quic", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", f"--user-data-dir={self.folder}/profile",
             f"--trace-startup={categories}", f"--trace-startup-format={form}",
             "--trace-startup-duration=3", f"--trace-startup-file={trace}",
             "--virtual-time-budget=3000", "--dump-dom", PAGE],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=harness.LIMIT_S,
            check=False)
        return trace

    def there_and_back(self, form, suffix):
        """A recording, what its export is imported as, and that export: spans are the same."""
        recorded = self.folder / "game.hone"
        done = harness.hone("record", "-q", "-o", recorded, "--", harness.victim("spans"), FRAMES,
                            env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        trace = self.folder / f"game{suffix}"
        done = harness.hone("export", "--to", form, "-o", trace, recorded)
        self.assertEqual(done.returncode, 0, done.stderr)
        packed = self.folder / "game.gz"
        packed.write_bytes(gzip.compress(trace.read_bytes()))
        back = self.imported(packed)
        spans, before = spans_of(back), spans_of(recorded)
        self.assertIn("Physics::World::step", before)
        for name, told in before.items():
            self.assertEqual(spans[name], told, name)
        # Any command takes the file itself.
        done = harness.hone("report", packed)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"Physics::World::step", done.stdout)
        return recorded, back
