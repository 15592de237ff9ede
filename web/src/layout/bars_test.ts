import { describe, expect, test } from "vitest";
import { type SliceRow, tilesAnswer } from "../engine/columns_maker";
import { rangeOf } from "../base/time";
import { type Piece, sliceFlags, tilesFrom } from "../model/tile";
import { tileLength } from "../model/zoom";
import { Bars, layoutSlices } from "./bars";
import { Styles } from "./styles";
import { timeScale } from "./time_scale";

const names = ["", "one", "two", "three"];

function pieces(slices: readonly SliceRow[], count = 1, step = 0): readonly Piece[] {
  return tilesFrom(tilesAnswer(slices, names), { tracks: ["a"], step, first: 0, count }).map(
    (tile) => ({
      tile,
      from: tile.start,
      to: tile.start + tileLength(step),
    }),
  );
}

// "x-right name*count" of each bar.
function laid(
  from: readonly Piece[],
  view = rangeOf(0, 1_024),
  width = 1_024,
  finest = 1,
): readonly string[] {
  const bars = new Bars();
  const box = { lane: 0, kind: "spans" as const, y: 10, line: 18, depths: 3 };
  layoutSlices(bars, box, from, timeScale(view, width), new Styles("light"), finest);
  return Array.from({ length: bars.count }, (_, i) => {
    const x = Math.round((bars.x[i] ?? 0) * 10) / 10;
    const right = Math.round((bars.right[i] ?? 0) * 10) / 10;
    return `${x}-${right} ${bars.names[i]}*${bars.events[i]}`;
  });
}

describe("bars", () => {
  test("stand where their times are, cut to the screen", () => {
    const from = pieces([
      { start: 0, end: 100, name: 1 },
      { start: 200, end: 300, name: 2 },
    ]);
    expect(laid(from)).toEqual(["0-100 one*1", "200-300 two*1"]);
    expect(laid(from, rangeOf(50, 250), 400)).toEqual(["-1-100 one*1", "300-401 two*1"]);
    expect(laid(from, rangeOf(120, 180), 400)).toEqual([]);
  });
  test("of one event on two tiles are one", () => {
    const from = pieces([{ start: 1_000, end: 1_100, name: 1, event: 5 }], 2);
    expect(laid(from, rangeOf(0, 2_048), 2_048)).toEqual(["1000-1100 one*1"]);
  });
  test("of two events that touch are two", () => {
    const from = pieces([
      { start: 10, end: 50, name: 1, event: 1 },
      { start: 50, end: 90, name: 1, event: 2 },
    ]);
    expect(laid(from).length).toBe(2);
  });
  test("that are too narrow become one, named after the widest", () => {
    const from = pieces([
      { start: 0, end: 1, name: 1, count: 2, event: 1 },
      { start: 1, end: 3, name: 2, count: 3, event: 2 },
      { start: 3, end: 4, name: 3, count: 1, event: 3 },
      { start: 400, end: 500, name: 1, event: 4 },
    ]);
    // A bucket is a quarter of a pixel.
    expect(laid(from, rangeOf(0, 1_024), 256)).toEqual(["0-1 two*6", "100-125 one*1"]);
  });
  test("are never more than the pixels that they have", () => {
    const slices = Array.from({ length: 1_024 }, (_, i) => ({
      start: i,
      end: i + 1,
      name: 1,
      event: i,
    }));
    expect(laid(pieces(slices), rangeOf(0, 1_024), 64).length).toBeLessThanOrEqual(64);
    expect(laid(pieces(slices), rangeOf(0, 1_024), 512, 4).length).toBeLessThanOrEqual(128);
  });
  test("deeper than the lane are left out", () => {
    expect(
      laid(
        pieces([
          { depth: 2, start: 0, end: 9, name: 1 },
          { depth: 3, start: 0, end: 9, name: 2 },
        ]),
      ),
    ).toEqual(["0-9 one*1"]);
  });
  test("say that they stand for several", () => {
    const bars = new Bars();
    const box = { lane: 0, kind: "spans" as const, y: 0, line: 18, depths: 1 };
    const from = pieces([
      { start: 0, end: 1, busy: 100, event: 1 },
      { start: 1, end: 2, busy: 200, event: 2 },
    ]);
    layoutSlices(bars, box, from, timeScale(rangeOf(0, 1_024), 256), new Styles("light"), 1);
    expect((bars.flags[0] ?? 0) & sliceFlags.folded).toBe(sliceFlags.folded);
    expect(bars.busy[0]).toBe(150);
  });
  test("more than there is room for at first make room", () => {
    const bars = new Bars();
    for (let i = 0; i < 10_000; i += 1) bars.x[bars.add()] = i;
    expect([bars.count, bars.x[9_999], bars.x[0]]).toEqual([10_000, 9_999, 0]);
  });
});
