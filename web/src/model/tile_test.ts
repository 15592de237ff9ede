import { expect, test } from "vitest";
import { tilesAnswer } from "../engine/columns_maker";
import { sliceFlags, type Tile, tilesFrom } from "./tile";

// "depth from-to flags name", one a slice.
function picture(tile: Tile | undefined): readonly string[] {
  if (tile === undefined) return [];
  return Array.from(
    { length: tile.rows },
    (_, i) =>
      `${tile.depth[i]} ${tile.from[i]}-${tile.to[i]} ${tile.flags[i]} ${tile.names[tile.name[i] ?? 0]}`,
  );
}

test("an answer is taken apart by track and tile, also where there is nothing", () => {
  const answer = tilesAnswer(
    [
      { track: 0, start: 5, end: 9, name: 1, event: 7 },
      { track: 0, start: 1_030, end: 1_040, name: 2 },
      { track: 1, depth: 3, start: 2_000, end: 2_048, name: 1 },
    ],
    ["", "one", "two"],
  );
  const tiles = tilesFrom(answer, { tracks: ["a", "b"], step: 3, first: 10, count: 2 });
  expect(tiles.map(({ track, index, start }) => `${track} ${index} ${start}`)).toEqual([
    "a 10 81920",
    "a 11 90112",
    "b 10 81920",
    "b 11 90112",
  ]);
  expect(tiles.map(picture)).toEqual([["0 5-9 0 one"], ["0 6-16 0 two"], [], ["3 976-1024 0 one"]]);
  expect(tiles[0]?.event[0]).toBe(7);
});

test("what crosses a border is in both tiles and says that it goes on", () => {
  const answer = tilesAnswer(
    [{ start: 1_000, end: 3_000, event: 4, flags: sliceFlags.open }],
    ["x"],
  );
  const tiles = tilesFrom(answer, { tracks: ["a"], step: 0, first: 0, count: 3 });
  expect(tiles.map(picture)).toEqual([["0 1000-1024 10 x"], ["0 0-1024 11 x"], ["0 0-952 9 x"]]);
});

test("what goes on behind the answer ends at its end", () => {
  const answer = tilesAnswer([{ start: 0, end: 0xffffffff, flags: 3 }], ["x"]);
  const tiles = tilesFrom(answer, { tracks: ["a"], step: 0, first: 0, count: 1 });
  expect(tiles.map(picture)).toEqual([["0 0-1024 3 x"]]);
});

test("values come by tile", () => {
  const answer = tilesAnswer(
    [],
    [],
    [
      { bucket: 3, min: 1, max: 5, last: 2, count: 9 },
      { bucket: 1_024, min: -1, max: -1, last: -1 },
    ],
  );
  const [one, two] = tilesFrom(answer, { tracks: ["a"], step: 1, first: 0, count: 2 });
  expect([one?.bucket[0], one?.min[0], one?.max[0], one?.last[0], one?.valueCount[0]]).toEqual([
    3, 1, 5, 2, 9,
  ]);
  expect([two?.bucket[0], two?.last[0]]).toEqual([0, -1]);
});

test("a value that holds is told at the start of each tile behind it", () => {
  const value = { min: 1, max: 9, last: 4 };
  const answer = tilesAnswer(
    [],
    [],
    [
      { bucket: 100, ...value },
      { bucket: 3 * 1_024, min: 7, max: 7, last: 7 },
      { track: 1, bucket: 1_030, ...value },
    ],
  );
  const tiles = tilesFrom(answer, { tracks: ["a", "b"], step: 0, first: 0, count: 4 });
  const picture = tiles.map((tile) =>
    Array.from(
      { length: tile.values },
      (_, i) => `${tile.bucket[i]}:${tile.min[i]}-${tile.max[i]}x${tile.valueCount[i]}`,
    ).join(" "),
  );
  expect(picture).toEqual([
    "100:1-9x1",
    "0:4-4x0",
    "0:4-4x0",
    "0:7-7x1",
    "",
    "6:1-9x1",
    "0:4-4x0",
    "0:4-4x0",
  ]);
});

test("an answer to another question is refused", () => {
  const asked = { tracks: ["a"], step: 0, first: 0, count: 1 };
  expect(() => tilesFrom(tilesAnswer([{ track: 1, start: 0, end: 1 }]), asked)).toThrow(
    "not asked for",
  );
  const value = { bucket: 1_024, min: 0, max: 0, last: 0 };
  expect(() => tilesFrom(tilesAnswer([], [], [value]), asked)).toThrow("outside");
});
