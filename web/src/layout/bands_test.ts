import { expect, test } from "vitest";
import { tilesAnswer, type ValueRow } from "../engine/columns_maker";
import { rangeOf } from "../base/time";
import { type Piece, tilesFrom } from "../model/tile";
import { columnAt, heightAt, layoutValues, scaleOf } from "./bands";
import { timeScale } from "./time_scale";

function pieces(values: readonly ValueRow[]): readonly Piece[] {
  const answer = tilesAnswer([], [], values);
  return tilesFrom(answer, { tracks: ["a"], step: 0, first: 0, count: 1 }).map((tile) => ({
    tile,
    from: 0,
    to: 1_024,
  }));
}
const box = { lane: 0, y: 100, height: 50, min: 0, max: 10 };

test("values of one pixel make one column", () => {
  const band = layoutValues(
    box,
    pieces([
      { bucket: 0, min: 1, max: 2, last: 2 },
      { bucket: 1, min: 0, max: 9, last: 4, count: 3 },
      { bucket: 8, min: 5, max: 5, last: 5 },
    ]),
    timeScale(rangeOf(0, 1_024), 256),
  );
  expect([...band.x]).toEqual([0, 2]);
  expect([band.min[0], band.max[0], band.last[0], band.events[0]]).toEqual([0, 9, 4, 4]);
});

test("what held before the screen begins holds at its edge", () => {
  const band = layoutValues(
    box,
    pieces([
      { bucket: 3, min: 1, max: 1, last: 1 },
      { bucket: 9, min: 2, max: 8, last: 7 },
      { bucket: 600, min: 3, max: 3, last: 3 },
    ]),
    timeScale(rangeOf(500, 700), 200),
  );
  expect([...band.x]).toEqual([-1, 100]);
  expect([band.min[0], band.max[0], band.last[0]]).toEqual([7, 7, 7]);
  expect(columnAt(band, 99)).toBe(0);
  expect(columnAt(band, 100)).toBe(1);
  expect(columnAt(band, -5)).toBe(-1);
});

test("heights go from the bottom and stay inside", () => {
  const band = layoutValues(box, [], timeScale(rangeOf(0, 1), 1));
  expect(heightAt(band, 0)).toBe(150);
  expect(heightAt(band, 5)).toBe(125);
  expect(heightAt(band, 99)).toBe(100);
  expect(scaleOf(-4, 4)).toEqual({ low: -4, high: 4 });
  expect(scaleOf(null, null)).toEqual({ low: 0, high: 1 });
  expect(scaleOf(0, 0)).toEqual({ low: 0, high: 1 });
});
