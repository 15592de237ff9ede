// The stretch of time that is in view: how it moves and grows, and which tiles show it.
//
// A tile holds 1,024 buckets of 2^step ns; the step is the greatest whose buckets are no wider than
// a pixel, so that what is drawn is as fine as the screen and no finer.

import { type Range, rangeOf } from "../base/time";

export const tileBuckets = 1_024;
export const stepMax = 42;
// At the finest a window is this long: below it there is nothing more to see, times being whole ns.
export const windowMin = 100;

// The same window with a length that is allowed and inside of the whole, moved rather than cut.
export function clamped(view: Range, whole: Range): Range {
  const room = Math.max(windowMin, whole.to - whole.from);
  const length = Math.min(room, Math.max(windowMin, view.to - view.from));
  const middle = (view.from + view.to) / 2;
  const from = Math.max(whole.from, Math.min(whole.from + room - length, middle - length / 2));
  return rangeOf(from, from + length);
}

// `factor` > 1 shows more. What is at `at` stays where it is on the screen.
export function zoomed(view: Range, whole: Range, at: number, factor: number): Range {
  const room = Math.max(windowMin, whole.to - whole.from);
  const length = Math.min(room, Math.max(windowMin, (view.to - view.from) * factor));
  const share = (at - view.from) / (view.to - view.from || 1);
  const from = at - share * length;
  return clamped(rangeOf(from, from + length), whole);
}

export function panned(view: Range, whole: Range, by: number): Range {
  return clamped(rangeOf(view.from + by, view.to + by), whole);
}

// A window around a stretch, with some room to both sides so that its neighbours are seen.
export function fitting(range: Range, whole: Range, margin = 0.1): Range {
  const length = Math.max(range.to - range.from, 1);
  return clamped(rangeOf(range.from - length * margin, range.to + length * margin), whole);
}

// The least movement that brings a stretch into view; the length stays unless it is too small.
export function showing(view: Range, range: Range, whole: Range): Range {
  const length = view.to - view.from;
  if (range.from >= view.from && range.to <= view.to) return view;
  if (range.to - range.from > length * 0.8) {
    // A longer one is shown by its start when that is out of view, else it is seen well enough.
    if (range.from < view.to && range.to > view.from) return view;
    return clamped(rangeOf(range.from - length * 0.1, range.from + length * 0.9), whole);
  }
  const middle = (range.from + range.to) / 2;
  return clamped(rangeOf(middle - length / 2, middle + length / 2), whole);
}

export function stepOf(view: Range, pixels: number): number {
  const perPixel = (view.to - view.from) / Math.max(1, pixels);
  return Math.max(0, Math.min(stepMax, Math.floor(Math.log2(Math.max(1, perPixel)) + 1e-9)));
}

export function tileLength(step: number): number {
  return tileBuckets * 2 ** step;
}

export interface TileSpan {
  readonly step: number;
  readonly first: number;
  readonly last: number; // inclusive
}

export function tilesOf(view: Range, whole: Range, step: number): TileSpan {
  const length = tileLength(step);
  const from = Math.max(whole.from, view.from);
  const to = Math.max(from, Math.min(whole.to, view.to));
  const first = Math.floor(from / length);
  // A window that ends at a border does not show the tile behind it.
  return { step, first, last: Math.max(first, Math.ceil(to / length) - 1) };
}

// Between two windows at 0 <= share <= 1: lengths by their ratio, so that a zoom is even.
export function between(a: Range, b: Range, share: number): Range {
  const lengthA = Math.max(1, a.to - a.from);
  const lengthB = Math.max(1, b.to - b.from);
  const length = lengthA * (lengthB / lengthA) ** share;
  // How far the length has come tells how far the start has: so what both show does not wander.
  const done = Math.abs(lengthB - lengthA) < 1 ? share : (length - lengthA) / (lengthB - lengthA);
  const from = a.from + (b.from - a.from) * done;
  return rangeOf(from, from + length);
}
