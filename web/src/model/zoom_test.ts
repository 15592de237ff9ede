import { describe, expect, test } from "vitest";
import { lengthOf, rangeOf } from "../base/time";
import {
  between,
  clamped,
  fitting,
  panned,
  showing,
  stepOf,
  tileLength,
  tilesOf,
  windowMin,
  zoomed,
} from "./zoom";

const whole = rangeOf(0, 1_000_000);

describe("a window", () => {
  test("stays inside of the whole and is moved rather than cut", () => {
    expect(clamped(rangeOf(-500, 500), whole)).toEqual(rangeOf(0, 1_000));
    expect(clamped(rangeOf(999_500, 1_000_500), whole)).toEqual(rangeOf(999_000, 1_000_000));
    expect(clamped(rangeOf(-1e9, 1e9), whole)).toEqual(whole);
  });
  test("has a least length, also of an empty recording", () => {
    expect(lengthOf(clamped(rangeOf(7, 7), whole))).toBe(windowMin);
    expect(lengthOf(clamped(rangeOf(0, 0), rangeOf(0, 0)))).toBe(windowMin);
  });
  test("zooms at the pointer: what is below it stays", () => {
    const view = rangeOf(200_000, 400_000);
    const closer = zoomed(view, whole, 250_000, 0.5);
    expect(closer).toEqual(rangeOf(225_000, 325_000));
    expect(zoomed(closer, whole, 250_000, 2)).toEqual(view);
  });
  test("zooming out at an edge ends at the whole", () => {
    expect(zoomed(rangeOf(0, 600_000), whole, 10, 4)).toEqual(whole);
  });
  test("pans until the end and no further", () => {
    expect(panned(rangeOf(0, 100_000), whole, 5e6)).toEqual(rangeOf(900_000, 1_000_000));
  });
  test("fits with room beside", () => {
    expect(fitting(rangeOf(100_000, 200_000), whole)).toEqual(rangeOf(90_000, 210_000));
    expect(fitting(whole, whole)).toEqual(whole);
  });
  test("moves to show something only when it is out of view", () => {
    const view = rangeOf(100_000, 200_000);
    expect(showing(view, rangeOf(120_000, 130_000), whole)).toBe(view);
    expect(showing(view, rangeOf(500_000, 510_000), whole)).toEqual(rangeOf(455_000, 555_000));
    expect(showing(view, rangeOf(50_000, 900_000), whole)).toBe(view);
    expect(showing(view, rangeOf(500_000, 900_000), whole).from).toBe(490_000);
  });
});

describe("tiles", () => {
  test("have buckets no wider than a pixel, and more than half of one", () => {
    for (let length = 200; length < 1e15; length *= 3.7) {
      const step = stepOf(rangeOf(0, length), 1_400);
      const perPixel = length / 1_400;
      if (perPixel < 1) expect(step).toBe(0);
      else {
        expect(2 ** step).toBeLessThanOrEqual(perPixel * 1.000001);
        expect(2 ** (step + 1)).toBeGreaterThan(perPixel);
      }
    }
  });
  test("cover the window and nothing outside of the recording", () => {
    const step = 4;
    const length = tileLength(step);
    expect(tilesOf(rangeOf(0, length), rangeOf(0, length * 9), step)).toEqual({
      step,
      first: 0,
      last: 0,
    });
    expect(tilesOf(rangeOf(length - 1, length + 1), rangeOf(0, length * 9), step).last).toBe(1);
    expect(tilesOf(rangeOf(-5e6, 5e9), rangeOf(0, length * 2.5), step)).toEqual({
      step,
      first: 0,
      last: 2,
    });
  });
});

test("a window glides evenly from one to another", () => {
  const a = rangeOf(0, 1_000);
  const b = rangeOf(400_000, 600_000);
  expect(between(a, b, 0)).toEqual(a);
  expect(between(a, b, 1).from).toBeCloseTo(400_000, 3);
  expect(lengthOf(between(a, b, 0.5))).toBeCloseTo(Math.sqrt(1_000 * 200_000), 3);
});
