#!/usr/bin/env python3
"""Locks and pools of memory that programs mark: who waits for whom, what is live, what was left."""
import json
import signal
import subprocess

import harness

ROUNDS = 20


class Locks(harness.Case):
    def told(self, path, *flags):
        done = subprocess.run([harness.HONE, "report", "--json", *flags, path],
                              capture_output=True, text=True, timeout=harness.LIMIT_S, check=True)
        return json.loads(done.stdout)

    def locks(self, path):
        report = self.told(path, "--locks")["locks"]
        self.assertEqual(report["lost"], 0)
        return report, {lock["name"]: lock for lock in report["locks"]}

    def test_who_waits_for_whom(self):
        path = self.record("locks", "contended").path
        report, locks = self.locks(path)
        queue = locks["mutex_"]
        self.assertEqual(queue["acquisitions"], 2 * ROUNDS)
        self.assertEqual(queue["objects"], 1)
        self.assertEqual(queue["threads"], 2)
        # A starved waiter may come to the lock when it is free again: not every time, but most.
        self.assertGreater(queue["contended"], ROUNDS // 2)
        self.assertLessEqual(queue["contended"], ROUNDS + 1)
        pairs = {(pair["waiter"], pair.get("owner")): pair for pair in queue["pairs"]}
        longest = queue["pairs"][0]
        self.assertEqual((longest["waiter"], longest["owner"]), ("waiter", "holder"))
        self.assertGreater(pairs["waiter", "holder"]["ns"], 0.5 * queue["wait"]["total_ns"])
        self.assertEqual(sum(pair["ns"] for pair in queue["pairs"]), queue["wait"]["total_ns"])
        # Each was held while its thread slept for 10 ms.
        self.assertGreaterEqual(queue["hold"]["total_ns"], ROUNDS * 10_000_000)
        # Taken twice over by one thread: held once each.
        self.assertEqual(locks["counters"]["acquisitions"], 1000)
        self.assertEqual(locks["counters"]["contended"], 0)
        self.assertEqual(locks["early"]["acquisitions"], 1)
        by_hand = locks["by hand"]
        self.assertEqual((by_hand["acquisitions"], by_hand["contended"]), (51, 0))
        self.assertEqual(by_hand["still_held"], 1)
        self.assertEqual(report["threads"][0]["name"], "waiter")
        told = self.told(path)
        # What marking them cost is stated.
        cost = told["instrumentation"]["cost"]
        self.assertEqual(cost["locks"], sum(lock["acquisitions"] + lock["gave_up"]
                                            for lock in report["locks"]))
        self.assertGreaterEqual(cost["total_ns"], int(cost["locks"] * cost["lock_ns"]))
        findings = {finding["id"]: finding for finding in told["findings"]}
        self.assertEqual(findings["lock-waits"]["evidence"]["owner"], "holder")
        text = harness.hone("report", "--locks", path).stdout.decode()
        self.assertIn("Who waits for whom", text)

    def test_shared_ones_and_waits_that_are_given_up(self):
        recording = self.record("locks", "shared")
        table = self.locks(recording.path)[1]["table"]
        self.assertEqual(recording.out.strip(), b"1")
        self.assertEqual(table["shared"], 2)
        self.assertEqual(table["gave_up"], 1)
        self.assertEqual(table["acquisitions"], 3)
        owners = {pair.get("owner") for pair in table["pairs"]}
        self.assertIn("reader", owners)
        self.assertEqual({pair["waiter"] for pair in table["pairs"]}, {"writer"})

    def test_a_deadlock_is_told_of_a_program_that_was_killed(self):
        path = self.record("locks", "deadlock", status=128 + signal.SIGKILL).path
        report, locks = self.locks(path)
        self.assertEqual(locks["left"]["still_waiting"], 1)
        self.assertEqual({(one["name"], one["lock"]) for one in report["standstill"]},
                         {("first", "right"), ("second", "left")})
        findings = self.told(path)["findings"]
        self.assertEqual(findings[0]["id"], "deadlock")

    def test_pools(self):
        path = self.record("locks", "pools").path
        pools = {pool["name"]: pool for pool in self.told(path, "--pools")["pools"]["pools"]}
        nodes, arena = pools["nodes"], pools["arena"]
        self.assertEqual((nodes["allocations"], nodes["allocated_bytes"]), (1001, 64_032))
        self.assertEqual(nodes["frees"], 901)  # one of them without a mark
        self.assertEqual((nodes["live"], nodes["live_bytes"]), (100, 99 * 64 + 32))
        self.assertEqual((nodes["peak_live"], nodes["peak_bytes"]), (1000, 64_000))
        self.assertEqual((nodes["freed_twice"], nodes["freed_unknown"], nodes["taken_twice"]),
                         (3, 2, 1))
        self.assertEqual(nodes["spans"][0]["span"], "load")
        self.assertEqual(nodes["spans"][0]["count"], 1000)
        self.assertEqual(nodes["left"][0]["span"], "load")
        self.assertEqual((nodes["left"][0]["size"], nodes["left"][0]["count"]), (64, 99))
        self.assertEqual([(size["up_to_bytes"], size["count"]) for size in nodes["sizes"]],
                         [(32, 1), (64, 1000)])
        self.assertEqual((arena["resets"], arena["frees"], arena["live"]), (1, 500, 5))
        self.assertEqual(arena["peak_bytes"], 50_000)
        self.assertEqual({span["span"]: span["count"] for span in arena["spans"]},
                         {"fill": 500, "": 5})
        findings = {finding["id"] for finding in self.told(path)["findings"]}
        self.assertIn("freed-twice", findings)
        # A part of a recording keeps them.
        part = self.path()
        done = harness.hone("trim", "--to", "100s", "-o", part, path)
        self.assertEqual(done.returncode, 0, done.stderr)
        again = {pool["name"]: pool for pool in self.told(part, "--pools")["pools"]["pools"]}
        self.assertEqual(again["nodes"]["live_bytes"], nodes["live_bytes"])


if __name__ == "__main__":
    harness.main()
