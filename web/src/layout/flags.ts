// Where the flags of notes stand above the tracks, and how much room each has for its text. Those
// that stand too close to be told apart become one.

import { type Range, rangeOf } from "../base/time";
import type { Note } from "../model/notes";
import { type TimeScale, xOf } from "./time_scale";

export interface Flag {
  readonly x: number;
  readonly room: number; // pixels up to the next flag
  readonly notes: readonly Note[]; // more than one where they stand too close
  readonly at: Range; // of all of them
}

export const flagApart = 26; // pixels: a flag must be hit by a finger
const flagWidest = 220;

// `notes` in the order of time. What ended before the window or begins behind it has no flag; what
// began before it and goes on has one at its edge.
export function layoutFlags(notes: readonly Note[], scale: TimeScale): readonly Flag[] {
  const groups: { x: number; notes: Note[] }[] = [];
  for (const note of notes) {
    const right = xOf(scale, note.at.to);
    const x = Math.max(0, xOf(scale, note.at.from));
    if (right < 0 || x > scale.width) continue;
    const last = groups[groups.length - 1];
    if (last !== undefined && x - last.x < flagApart) last.notes.push(note);
    else groups.push({ x, notes: [note] });
  }
  return groups.map(({ x, notes: together }, i) => {
    const next = groups[i + 1]?.x ?? scale.width;
    // The last in the window reads to the left of its edge.
    const room = Math.min(flagWidest, Math.max(flagApart, next - x));
    return {
      x: Math.min(x, Math.max(0, scale.width - flagApart)),
      room,
      notes: together,
      at: rangeOf(
        Math.min(...together.map(({ at }) => at.from)),
        Math.max(...together.map(({ at }) => at.to)),
      ),
    };
  });
}
