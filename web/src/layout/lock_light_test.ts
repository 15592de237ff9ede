import { describe, expect, test } from "vitest";
import { rangeOf } from "../base/time";
import { type SliceRow, tilesAnswer } from "../engine/columns_maker";
import { start } from "../model/state";
import { type Piece, tilesFrom } from "../model/tile";
import { prefsOf } from "../model/timeline_prefs";
import { lockBoxes, lockUses, threadsByName, usesAt } from "./lock_light";
import { sectionsOf } from "./row_items";
import { layoutRows } from "./rows";
import { timeScale } from "./time_scale";
import { timelineOf } from "./timeline_maker";

function pieces(rows: readonly SliceRow[], count = 1): readonly Piece[] {
  const answer = tilesAnswer(rows, ["", "main (100)", "io (101)"]);
  return tilesFrom(answer, { tracks: ["lock:1"], step: 0, first: 0, count }).map((tile) => ({
    tile,
    from: tile.start,
    to: tile.start + 1_024,
  }));
}

const held: SliceRow = { depth: 0, start: 100, end: 300, name: 1, event: 0 };
const wait: SliceRow = { depth: 1, start: 200, end: 300, name: 2, event: 1 };
const after: SliceRow = { depth: 0, start: 300, end: 400, name: 2, event: 2 };

describe("uses of a lock", () => {
  test("a hold while another waits is what that waits for", () => {
    const uses = lockUses(pieces([held, after, wait]));
    expect(uses.map(({ thread, role }) => [thread, role])).toEqual([
      ["main (100)", "contended"],
      ["io (101)", "held"],
      ["io (101)", "waiting"],
    ]);
    expect(usesAt(uses, 250).map(({ role }) => role)).toEqual(["contended", "waiting"]);
    expect(usesAt(uses, 300).map(({ role }) => role)).toEqual(["held"]);
  });
  test("one who waited does not wait for itself, though times are rounded", () => {
    const late = { ...wait, end: 301 };
    const uses = lockUses(pieces([held, after, late]));
    expect(uses.map(({ role }) => role)).toEqual(["contended", "held", "waiting"]);
    const longer = { ...wait, start: 150, end: 302 };
    expect(lockUses(pieces([held, after, longer]))[1]?.role).toBe("contended");
  });
  test("a border of tiles cuts none in two", () => {
    const uses = lockUses(pieces([{ ...held, end: 1_500 }], 2));
    expect(uses.map(({ from, to }) => [from, to])).toEqual([[100, 1_500]]);
  });
  test("what stands for several names nobody", () => {
    const uses = lockUses(pieces([{ ...held, count: 9, flags: 4 }]));
    expect(uses[0]?.count).toBe(9);
    expect(usesAt(uses, 200)).toEqual([]);
  });
});

describe("in the rows of threads", () => {
  const timeline = timelineOf(["main", "io"]);
  const { rows } = layoutRows({
    sides: [{ side: "a", name: "A", sections: sectionsOf(timeline) }],
    prefs: prefsOf(start),
    threads: [],
  });
  const scale = timeScale(rangeOf(0, 1_000), 1_000);
  const boxes = (names: ReadonlyMap<string, number>, rowsOf: readonly SliceRow[]) =>
    lockBoxes(rows, "a", lockUses(pieces(rowsOf)), names, scale, 10);

  test("each stands on the states of its thread", () => {
    const found = boxes(threadsByName(timeline), [held, after, wait]);
    const laneY = (thread: number): number => {
      const row = rows.find((one) => one.thread === thread);
      const lane = row?.lanes.find(({ track }) => track.kind === "state");
      return (row?.top ?? 0) + (lane?.top ?? 0) - 10;
    };
    expect(found.map(({ x, width, y, role }) => [x, width, y, role])).toEqual([
      [100, 200, laneY(1), "contended"],
      [300, 100, laneY(2), "held"],
      [200, 100, laneY(2), "waiting"],
    ]);
  });
  test("of two threads that are called the same, none", () => {
    const twice = { ...timeline, threads: [...timeline.threads, ...timeline.threads.slice(0, 1)] };
    const found = boxes(threadsByName(twice), [held, after, wait]);
    expect(found.map(({ role }) => role)).toEqual(["held", "waiting"]);
  });
  test("what stands for several is in none", () => {
    expect(boxes(threadsByName(timeline), [{ ...held, count: 2, flags: 4 }])).toEqual([]);
  });
});
