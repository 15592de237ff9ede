import { describe, expect, test } from "vitest";
import { type SliceRow, tilesAnswer } from "../engine/columns_maker";
import { timelineOf, track } from "./timeline_maker";
import { rangeOf } from "../base/time";
import { start } from "../model/state";
import { type Piece, tilesFrom } from "../model/tile";
import { prefsOf } from "../model/timeline_prefs";
import { Bars } from "./bars";
import { sectionsOf } from "./row_items";
import { layoutRows } from "./rows";
import { barsMax, hitAt, layoutScene } from "./scene";
import { Styles } from "./styles";

const { rows } = layoutRows({
  sides: [
    {
      side: "a",
      name: "A",
      sections: sectionsOf(timelineOf(["main"], [track("plot:x", { max: 4 })])),
    },
  ],
  prefs: prefsOf(start),
  threads: [],
});
const view = rangeOf(0, 1_024);

function scene(of: Readonly<Record<string, readonly SliceRow[]>>, height = 900, top = 0) {
  const pieces = (_side: string, id: string): readonly Piece[] => {
    const values = id === "plot:x" ? [{ bucket: 10, min: 1, max: 3, last: 2 }] : [];
    const answer = tilesAnswer(of[id] ?? [], ["", "one", "two"], values);
    return tilesFrom(answer, { tracks: [id], step: 0, first: 0, count: 1 }).map((tile) => ({
      tile,
      from: 0,
      to: 1_024,
    }));
  };
  return layoutScene(
    { rows, top, height, width: 1_024, view, pieces, styles: new Styles("light") },
    new Bars(),
  );
}

describe("a point of the scene", () => {
  const made = scene({
    "spans:1": [
      { depth: 0, start: 0, end: 500, name: 1, event: 1 },
      { depth: 1, start: 100, end: 101, name: 2, event: 2 },
    ],
  });
  const spans = made.lanes.find(({ lane }) => lane.track.id === "spans:1");
  const y = spans?.y ?? 0;
  test("hits the bar under it, of its depth", () => {
    const hit = hitAt(made, 250, y + 3);
    expect(hit?.kind === "bar" && made.bars.names[hit.bar]).toBe("one");
    expect(hitAt(made, 250, y + 21)?.kind).toBe("lane");
  });
  test("hits what is near when that is narrow", () => {
    const hit = hitAt(made, 98.5, y + 21);
    expect(hit?.kind === "bar" && made.bars.names[hit.bar]).toBe("two");
    expect(hitAt(made, 96, y + 21)?.kind).toBe("lane");
  });
  test("of a plot tells the value that holds", () => {
    const plot = made.lanes.find(({ lane }) => lane.track.id === "plot:x");
    const hit = hitAt(made, 700, (plot?.y ?? 0) + 5);
    expect(hit?.kind === "value" && hit.band.last[hit.column]).toBe(2);
    expect(hitAt(made, 3, (plot?.y ?? 0) + 5)?.kind).toBe("lane");
  });
  test("outside of all lanes hits nothing", () => {
    expect(hitAt(made, 10, 5_000)).toBe(null);
  });
});

test("only what is in view is laid out", () => {
  const far = scene({ "core:0": [{ start: 0, end: 9, event: 1 }] }, 20, 5_000);
  expect([far.lanes.length, far.bars.count]).toEqual([0, 0]);
});

test("a screen full of slices stays below what can be drawn", () => {
  const many: SliceRow[] = [];
  for (let depth = 0; depth < 48; depth += 1) {
    for (let i = 0; i < 1_024; i += 1)
      many.push({ depth, start: i, end: i + 1, name: 1, event: i });
  }
  const deep = layoutRows({
    sides: [
      {
        side: "a",
        name: "A",
        sections: sectionsOf(timelineOf([], [track("spans:9", { depth: 48 })])),
      },
    ],
    prefs: prefsOf(start),
    threads: [],
  });
  const tiles = tilesFrom(tilesAnswer(many, ["", "one"]), {
    tracks: ["s"],
    step: 0,
    first: 0,
    count: 1,
  });
  const made = layoutScene(
    {
      rows: deep.rows,
      top: 0,
      height: 1_200,
      width: 1_024,
      view,
      pieces: (_side, id) =>
        id === "spans:9" ? tiles.map((tile) => ({ tile, from: 0, to: 1_024 })) : [],
      styles: new Styles("dark"),
    },
    new Bars(),
  );
  expect(made.finest).toBeGreaterThan(1);
  expect(made.bars.count).toBeLessThanOrEqual(Math.max(barsMax, (48 * 1_024) / 8));
  expect(made.bars.count).toBeGreaterThan(1_000);
});
