// Where an event of the timeline stands, also when its row is scrolled out of view, and the arrows
// between what belongs together.

import type { EventDetails, Side } from "../model/timeline_types";
import type { Lane, Row } from "./rows";
import { type TimeScale, xOf } from "./time_scale";

export interface Place {
  readonly row: Row;
  readonly lane: Lane;
  readonly y: number; // top of its line, from the top of all rows
}

export function placeOf(rows: readonly Row[], side: Side, track: string, depth: number): Place | null {
  for (const row of rows) {
    if (row.side !== side) continue;
    for (const lane of row.lanes) {
      if (lane.track.id !== track) continue;
      const line = lane.depths === 1 ? 0 : Math.min(depth, lane.depths - 1);
      return { row, lane, y: row.top + lane.top + line * lane.line };
    }
  }
  return null;
}

export interface EventBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function boxOf(place: Place, scale: TimeScale, scrolled: number, start: number, end: number): EventBox {
  // Far outside of the screen a canvas is no longer exact, and need not be.
  const left = Math.max(-10, xOf(scale, start));
  const right = Math.min(scale.width + 10, xOf(scale, end));
  return { x: left, y: place.y - scrolled, width: Math.max(0, right - left), height: place.lane.line };
}

export interface ArrowEnds {
  readonly from: { readonly x: number; readonly y: number };
  readonly to: { readonly x: number; readonly y: number };
  readonly kind: "flow" | "wake";
}

// Arrows of the selected event to and from what it is tied to, as far as those have a row.
export function arrowsOf(
  rows: readonly Row[],
  side: Side,
  details: EventDetails,
  scale: TimeScale,
  scrolled: number,
): readonly ArrowEnds[] {
  const here = placeOf(rows, side, details.track, details.depth ?? 0);
  if (here === null) return [];
  const middle = (place: Place): number => place.y + place.lane.line / 2 - scrolled;
  const out: ArrowEnds[] = [];
  for (const flow of details.flows ?? []) {
    const there = placeOf(rows, side, flow.track, 0);
    if (there === null) continue;
    const isIn = flow.direction === "in";
    out.push({
      kind: "flow",
      from: isIn
        ? { x: xOf(scale, flow.start), y: middle(there) }
        : { x: xOf(scale, details.start), y: middle(here) },
      to: isIn
        ? { x: xOf(scale, details.start), y: middle(here) }
        : { x: xOf(scale, flow.start), y: middle(there) },
    });
  }
  const { waker } = details;
  if (waker !== null && waker !== undefined) {
    const there = placeOf(rows, side, waker.track, 0);
    if (there !== null) {
      out.push({
        kind: "wake",
        from: { x: xOf(scale, waker.start), y: middle(there) },
        to: { x: xOf(scale, details.end), y: middle(here) },
      });
    }
  }
  return out;
}
