import { describe, expect, test } from "vitest";
import {
  axisMarks,
  axisOf,
  barAt,
  dragged,
  heightOf,
  isInside,
  layoutBars,
  placeOf,
  selectBars,
  valueAt,
} from "./histogram_layout";

const bars = { edges: [10, 100, 1_000, 10_000], values: [4, 0, 1] };
const axis = axisOf(bars.edges);

describe("bars", () => {
  test("of decades are equally wide, and those of nothing are not drawn", () => {
    const placed = layoutBars(bars, axis, { most: 4, isLog: false });
    expect(
      placed.map(({ index, x, width, height }) =>
        [index, x, width, height].map((n) => Number(n.toFixed(3))),
      ),
    ).toEqual([
      [0, 0, 0.333, 1],
      [2, 0.667, 0.333, 0.25],
    ]);
  });
  test("a place and a value are each other's inverse", () => {
    for (const place of [0, 0.25, 0.5, 1])
      expect(placeOf(axis, valueAt(axis, place))).toBeCloseTo(place);
    expect(placeOf(axis, 0)).toBe(0);
    expect(placeOf(axis, 1e12)).toBe(1);
  });
  test("one of thousands is seen on a scale of logarithms", () => {
    expect(heightOf(1, { most: 10_000, isLog: false })).toBeLessThan(0.001);
    expect(heightOf(1, { most: 10_000, isLog: true })).toBeGreaterThan(0.05);
    expect(heightOf(10_000, { most: 10_000, isLog: true })).toBeCloseTo(1);
    expect(heightOf(0, { most: 10_000, isLog: true })).toBe(0);
  });
  test("of one duration alone, and of none", () => {
    const one = { edges: [0, 0], values: [3] };
    expect(
      layoutBars(one, axisOf(one.edges), { most: 3, isLog: false }).length,
    ).toBeLessThanOrEqual(1);
    expect(layoutBars({ edges: [], values: [] }, axisOf([]), { most: 0, isLog: true })).toEqual([]);
  });
});

describe("a drag", () => {
  test("selects the whole bars that it touches, in either direction", () => {
    expect(dragged(bars, axis, 0.1, 0.5)).toEqual({ low: 10, high: 999 });
    expect(dragged(bars, axis, 0.5, 0.1)).toEqual({ low: 10, high: 999 });
    expect(dragged(bars, axis, 0.4, 0.99)).toEqual({ low: 100, high: 10_000 });
  });
  test("that is none selects nothing", () => {
    expect(dragged(bars, axis, 0.5, 0.501)).toBe(null);
    expect(dragged({ edges: [], values: [] }, axis, 0, 1)).toBe(null);
  });
  test("neighbours do not share a duration", () => {
    const left = selectBars(bars, 0, 0);
    const right = selectBars(bars, 1, 1);
    expect(left.high + 1).toBe(right.low);
    expect(isInside(bars, 1, left)).toBe(false);
    expect(isInside(bars, 0, left)).toBe(true);
    expect(isInside(bars, 2, null)).toBe(true);
  });
  test("outside of the axis means its ends", () => {
    expect(barAt(bars, axis, -3)).toBe(0);
    expect(barAt(bars, axis, 3)).toBe(2);
  });
});

test("an axis has as many marks as there is room for", () => {
  expect(axisMarks({ from: 10, to: 1_000 }, 20)).toEqual([10, 20, 50, 100, 200, 500, 1_000]);
  expect(axisMarks({ from: 10, to: 1_000 }, 4)).toEqual([10, 100, 1_000]);
});
