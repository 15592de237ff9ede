import { describe, expect, test } from "vitest";
import { matchBehind, merged, threadsOfB, type Way } from "./timeline_matches";
import type { Step, Timeline } from "./timeline_types";

const step = (event: number, start: number): Step => ({
  track: "spans:1",
  event,
  start,
  end: start + 1,
  name: "x",
});

// As the server answers: the latest first, those of one start in their order.
function walk(to: Way, a: readonly Step[], b: readonly Step[]): readonly string[] {
  const all = merged(
    [
      { side: "a", matches: a },
      { side: "b", matches: b },
    ],
    to,
  );
  return all.map(({ side, event }) => `${side}${event}`);
}

describe("matches of two recordings", () => {
  test("are in the order of time, A before B", () => {
    expect(walk("next", [step(1, 10), step(2, 30)], [step(1, 10), step(2, 20)])).toEqual([
      "a1",
      "b1",
      "b2",
      "a2",
    ]);
  });
  test("are the same backwards, from their end", () => {
    const a = [step(3, 30), step(1, 10), step(2, 10)];
    expect(walk("previous", a, [step(1, 10)])).toEqual(["a3", "b1", "a2", "a1"]);
    expect(walk("next", [step(1, 10), step(2, 10), step(3, 30)], [step(1, 10)])).toEqual([
      "a1",
      "a2",
      "b1",
      "a3",
    ]);
  });
  test("are walked from the one that is selected, of its side", () => {
    const all = merged(
      [
        { side: "a", matches: [step(1, 10)] },
        { side: "b", matches: [step(1, 10)] },
      ],
      "next",
    );
    const at = { side: "a" as const, track: "spans:1", event: 1 };
    expect(matchBehind(all, at)?.side).toBe("b");
    expect(matchBehind(all, { ...at, side: "b" })).toBe(null);
    expect(matchBehind(all, null)?.side).toBe("a");
    expect(matchBehind(all, { ...at, event: 9 })?.side).toBe("a");
  });
  test("threads have no event to go to", () => {
    const thread = { ...step(0, 0), event: null };
    expect(merged([{ side: "a", matches: [thread] }], "next")).toEqual([]);
  });
});

test("threads of the filter are in B those of the same names", () => {
  const of = (names: readonly string[]) =>
    ({
      threads: names.map((name, i) => ({ id: i + 1, tid: i, name, process: 1 })),
    }) as unknown as Timeline;
  const [a, b] = [of(["main", "io"]), of(["io", "gpu", "main"])];
  expect(threadsOfB(a, b, [])).toBe(null);
  expect(threadsOfB(a, b, [2])).toEqual([1]);
  expect(threadsOfB(of(["x"]), b, [1])).toEqual([]);
});
