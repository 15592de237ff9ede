import { describe, expect, test } from "vitest";
import { rangeOf } from "../base/time";
import type { Note } from "../model/notes";
import { flagApart, layoutFlags } from "./flags";
import { timeScale } from "./time_scale";

const scale = timeScale(rangeOf(1_000, 2_000), 1_000);
const note = (from: number, to = from): Note => ({
  of: "a",
  at: rangeOf(from, to),
  event: null,
  text: `${from}`,
});

describe("flags", () => {
  test("stand at their times, with room up to the next", () => {
    const flags = layoutFlags([note(1_100), note(1_180), note(1_900)], scale);
    expect(flags.map(({ x, room }) => [x, room])).toEqual([
      [100, 80],
      [180, 220],
      [900, 100],
    ]);
  });
  test("that are too close are one, which covers all of them", () => {
    const [flag, ...rest] = layoutFlags([note(1_100), note(1_110, 1_400), note(1_120)], scale);
    expect(rest).toEqual([]);
    expect(flag?.notes.length).toBe(3);
    expect(flag?.at).toEqual(rangeOf(1_100, 1_400));
  });
  test("out of the window there are none, of what reaches into it one at the edge", () => {
    const flags = layoutFlags([note(10), note(10, 1_500), note(2_500)], scale);
    expect(flags.map(({ x, notes }) => [x, notes.length])).toEqual([[0, 1]]);
  });
  test("at the right edge can still be taken hold of", () => {
    const [flag] = layoutFlags([note(1_999)], scale);
    expect(flag).toMatchObject({ x: 1_000 - flagApart, room: flagApart });
  });
});
