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

export function placeOf(
  rows: readonly Row[],
  side: Side,
  track: string,
  depth: number,
): Place | null {
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

export function boxOf(
  place: Place,
  scale: TimeScale,
  scrolled: number,
  start: number,
  end: number,
): EventBox {
  // Far outside of the screen a canvas is no longer exact, and need not be.
  const left = Math.max(-10, xOf(scale, start));
  const right = Math.min(scale.width + 10, xOf(scale, end));
  return {
    x: left,
    y: place.y - scrolled,
    width: Math.max(0, right - left),
    height: place.lane.line,
  };
}

export interface ArrowEnds {
  readonly from: { readonly x: number; readonly y: number };
  readonly to: { readonly x: number; readonly y: number };
  readonly kind: "flow" | "wake";
}

// Of "thread:ID", which has no lane of its own, the place of the thread.
export function placeOfTrack(
  rows: readonly Row[],
  side: Side,
  track: string,
  depth: number,
): Place | null {
  const found = placeOf(rows, side, track, depth);
  const match = /^thread:(\d+)$/.exec(track);
  return found ?? (match === null ? null : placeOfThread(rows, side, Number(match[1])));
}

// Where a thread is shown: on its spans, else on the first of its strips.
function placeOfThread(rows: readonly Row[], side: Side, thread: number): Place | null {
  const row = rows.find((one) => one.side === side && one.thread === thread);
  const lane = row?.lanes.find(({ track }) => track.kind === "spans") ?? row?.lanes[0];
  return row === undefined || lane === undefined ? null : { row, lane, y: row.top + lane.top };
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
  const at = (place: Place, time: number): { x: number; y: number } => ({
    x: xOf(scale, time),
    y: place.y + place.lane.line / 2 - scrolled,
  });
  const out: ArrowEnds[] = [];
  for (const flow of details.flows ?? []) {
    const there = placeOfTrack(rows, side, flow.track, 0);
    if (there === null) continue;
    const [first, last] = flow.direction === "in" ? [there, here] : [here, there];
    out.push({ kind: "flow", from: at(first, flow.start), to: at(last, flow.end) });
  }
  // Whoever ended a wait did so when it ended.
  const waker = details.waker?.thread;
  const there = waker ? placeOfThread(rows, side, waker.id) : null;
  if (there !== null) {
    out.push({ kind: "wake", from: at(there, details.end), to: at(here, details.end) });
  }
  return out;
}
