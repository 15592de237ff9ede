#!/usr/bin/env python3
"""Servers under load: redis, PostgreSQL and nginx of Debian, attached to and started by Hone.

They listen on loopback, at ports of their own. What is checked: that they go on serving, during and
after, that stacks are whole, and that the hot spots are theirs.
"""
import contextlib
import glob
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import time

import harness

LOAD_S = 2


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, limit_s=20):
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        time.sleep(0.05)
    return False


class Servers(harness.Case):
    def need(self, *names):
        found = [shutil.which(name) or next(iter(sorted(glob.glob(name))), None) for name in names]
        for name, path in zip(names, found):
            if not path:
                self.skipTest(f"{pathlib.Path(name).name} is not installed")
        return found

    @contextlib.contextmanager
    def serving(self, port, *command, stop=signal.SIGTERM, **options):
        process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, **options)
        try:
            self.assertTrue(wait_for(port), f"{command[0]} does not listen")
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(stop)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    @contextlib.contextmanager
    def load(self, *command):
        process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        try:
            time.sleep(0.3)
            yield process
            process.said = process.communicate(timeout=60)[0].decode(errors="replace")
            self.assertEqual(process.returncode, 0, process.said)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    def attach(self, pid):
        path = self.path()
        done = harness.hone("record", "-o", path, "-p", pid, "-d", 1, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr.decode(errors="replace"))
        return path

    def check(self, name, path, module):
        report = self.report(path)
        self.assertGreater(report.samples, 20)
        self.assert_complete(report, share=0.98)
        modules = {row["module"] for row in report.rows}
        self.assertTrue(any(module in known for known in modules), modules)
        hot = ", ".join(f"{row['name'].split('(')[0]} {100 * row['self_share']:.0f}%"
                        for row in report.rows[:4])
        print(f"{name}: {report.samples} samples: {hot}", flush=True)
        return report

    def test_redis(self):
        server, bench, client = self.need("redis-server", "redis-benchmark", "redis-cli")
        port = free_port()
        load = (bench, "-p", port, "-t", "get,set,lpush", "-n", 40000, "-c", 20, "-q")
        words = (server, "--port", port, "--save", "", "--dir", self.folder)
        with self.serving(port, *words) as process:
            with self.load(*load):
                path = self.attach(process.pid)
            self.check("redis, attached", path, "redis")
            answer = subprocess.run([client, "-p", str(port), "ping"], capture_output=True,
                                    timeout=20)
            self.assertEqual(answer.stdout, b"PONG\n")
        path = self.path()
        with self.serving(port, harness.HONE, "record", "-q", "--sampler", "timer", "-o", path,
                          "--", *words, env=self.environment):
            with self.load(*load) as loaded:
                pass
            self.assertNotIn("rror", loaded.said)
            subprocess.run([client, "-p", str(port), "shutdown", "nosave"], capture_output=True,
                           timeout=20)
        self.check("redis, by timers", path, "redis")

    def test_nginx(self):
        server, wrk = self.need("/usr/sbin/nginx", "wrk")
        port = free_port()
        folder = self.folder / "nginx"
        (folder / "html").mkdir(parents=True)
        (folder / "html" / "index.html").write_text("<p>" + "hone " * 2000)
        user = "user nobody nogroup;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(f"""
{user} worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{ access_log off; gzip on; gzip_types text/html; root {folder}/html;
  server {{ listen 127.0.0.1:{port}; }} }}
""")
        folder.chmod(0o755)
        load = (wrk, "-t", 1, "-c", 10, "-d", f"{LOAD_S}s", "-H", "Accept-Encoding: gzip",
                f"http://127.0.0.1:{port}/")
        words = (server, "-p", folder, "-c", folder / "nginx.conf")
        with self.serving(port, *words) as process:
            with self.load(*load) as loaded:
                path = self.attach(process.pid)
            self.assertNotIn("Non-2xx", loaded.said)
            self.check("nginx, attached", path, "nginx")
            self.assertTrue(wait_for(port))
        path = self.path()
        with self.serving(port, harness.HONE, "record", "-q", "--sampler", "timer", "-o", path,
                          "--", *words, env=self.environment):
            with self.load(*load) as loaded:
                pass
            self.assertNotIn("Non-2xx", loaded.said)
        self.check("nginx, by timers", path, "libz")

    def test_postgresql(self):
        initdb, server, bench = self.need("/usr/lib/postgresql/*/bin/initdb",
                                          "/usr/lib/postgresql/*/bin/postgres", "pgbench")
        port = free_port()
        data = self.folder / "postgresql"
        data.mkdir()
        user = ()
        if os.geteuid() == 0:  # it refuses to run as root
            with contextlib.suppress(KeyError):
                shutil.chown(data, "postgres")
                entry = pwd.getpwnam("postgres")
                user = (self.need("setpriv")[0], f"--reuid={entry.pw_uid}",
                        f"--regid={entry.pw_gid}", "--clear-groups")
            if not user:
                self.skipTest("there is no user postgres")
        subprocess.run([*user, initdb, "-D", data, "-U", "hone", "-A", "trust", "--no-sync"],
                       check=True, capture_output=True, timeout=60)
        words = (server, "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c",
                 f"unix_socket_directories={data}", "-c", "fsync=off")
        client = ("-h", "127.0.0.1", "-p", port, "-U", "hone")
        with self.serving(port, *user, *words, stop=signal.SIGINT) as process:
            subprocess.run([str(word) for word in
                            (bench, "-i", "-q", "-s", 1, *client, "postgres")],
                           check=True, capture_output=True, timeout=60)
            with self.load(bench, "-c", 4, "-T", LOAD_S, "-S", *client, "postgres") as loaded:
                path = self.attach(process.pid)
            self.assertIn("number of failed transactions: 0", loaded.said)
            report = self.check("PostgreSQL, attached", path, "postgres")
            self.assertGreater(len(report.summary["processes"]), 4)


if __name__ == "__main__":
    harness.main()
