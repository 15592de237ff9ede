import { describe, expect, test } from "vitest";
import {
  isEstimate,
  kindRows,
  nameOfParts,
  paired,
  trackText,
  trackTotalText,
} from "./details_match";
import type { Track } from "./details_types";

describe("pairs", () => {
  const named = (rows: readonly (readonly [string, number])[]) =>
    rows.map(([name, value]) => ({ name, value }));
  const seen = (
    a: readonly (readonly [string, number])[],
    b: readonly (readonly [string, number])[],
  ) =>
    paired(named(a), named(b), (row) => row.name).map((pair) => [
      pair.a?.value ?? null,
      pair.b?.value ?? null,
    ]);
  test("stand in the order of A, then what B alone has", () => {
    expect(
      seen(
        [
          ["x", 3],
          ["y", 2],
        ],
        [
          ["new", 9],
          ["x", 4],
        ],
      ),
    ).toEqual([
      [3, 4],
      [2, null],
      [null, 9],
    ]);
  });
  test("of one name go by their order, and none is lost", () => {
    expect(
      seen(
        [
          ["x", 3],
          ["x", 2],
        ],
        [
          ["x", 7],
          ["x", 6],
          ["x", 5],
        ],
      ),
    ).toEqual([
      [3, 7],
      [2, 6],
      [null, 5],
    ]);
    const ids = paired(
      named([
        ["x", 3],
        ["x", 2],
      ]),
      [],
      (row) => row.name,
    ).map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
  });
  test("names of several parts are told apart by where a part ends", () => {
    expect(nameOfParts("a", "b c")).not.toBe(nameOfParts("a b", "c"));
    expect(nameOfParts('a","b')).not.toBe(nameOfParts("a", "b"));
  });
});

describe("waits by kind", () => {
  const all = {
    life_ns: 1_000,
    running_ns: 400,
    blocked_ns: 500,
    waiting_for_cpu_ns: 60,
    not_known_ns: 40,
    kinds: {
      pipe: { ns: 100, estimated_ns: 0, count: 1 },
      futex: { ns: 400, estimated_ns: 100, count: 7 },
      "run-queue": { ns: 60, estimated_ns: 0, count: 2 },
    },
  };
  test("add up to the life of the threads, the longest first", () => {
    const rows = kindRows(all, { futex: "lock (futex)" });
    expect(rows.map(({ text }) => text)).toEqual([
      "running",
      "waiting for a CPU",
      "blocked: lock (futex)",
      "blocked: pipe",
      "not known: records were lost",
    ]);
    expect(rows.reduce((sum, { ns }) => sum + ns, 0)).toBe(all.life_ns);
    expect(rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    expect(rows[2]?.estimated_ns).toBe(100);
  });
  test("are an estimate when it changes a digit", () => {
    expect(isEstimate(400, 100)).toBe(true);
    expect(isEstimate(400, 1)).toBe(false);
    expect(isEstimate(0, 0)).toBe(false);
  });
});

describe("counters", () => {
  const track = (patch: Partial<Track>): Track => ({
    name: "faults.minor",
    of: "demo",
    scope: "process",
    unit: "count",
    kind: "rate",
    readings: 2,
    mean: 1,
    least: 1,
    most: 1,
    points: [],
    ...patch,
  });
  test("have their units", () => {
    expect(trackText(track({}), 12.345)).toBe("12.3/s");
    expect(trackText(track({ unit: "bytes", kind: "gauge" }), 1_500_000)).toBe("1.50 MB");
    expect(trackText(track({ unit: "nanoseconds", name: "cpu.busy" }), 1.5e9)).toBe("1.50 CPUs");
    expect(trackText(track({ unit: "nanoseconds", name: "cpu.throttled" }), 5e8)).toBe("50.0%");
    expect(trackText(track({ unit: "hertz", kind: "gauge" }), 2.6e9)).toBe("2.60 GHz");
    expect(trackText(track({}), null)).toBe("–");
  });
  test("have a total where they are sums, and say when it is estimated", () => {
    expect(trackTotalText(track({ total: 1_234 }))).toBe("1,234");
    expect(trackTotalText(track({ total: 1_234, counted_share: 0.5 }))).toBe("~1,234");
    expect(trackTotalText(track({ kind: "gauge", last: 4 }))).toBe("–");
  });
});
