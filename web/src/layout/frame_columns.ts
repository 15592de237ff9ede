// Frames to columns, one a frame where they fit, else the longest of several.

import type { FrameSet } from "../model/timeline_types";

export interface FrameRows {
  readonly start: Float64Array;
  readonly duration: Float64Array;
  readonly index: Uint32Array;
  readonly count: Uint32Array;
}

export interface FrameColumn {
  readonly x: number;
  readonly width: number;
  readonly row: number; // of the longest
  readonly duration: number;
  readonly count: number;
  readonly isOver: boolean;
}

export interface FrameColumns {
  readonly columns: readonly FrameColumn[];
}

const columnMin = 3;
const columnMax = 14;

// What the top edge of a bar stands for: room for the target and for nearly all frames. The slowest
// are cut where they are far from the others: a stall of a second must not make all else a flat
// line. Of two recordings the greater is taken for both, so that their bars can be held side by
// side.
export function frameScale(sets: readonly Pick<FrameSet, "p99" | "max" | "target_ns">[]): number {
  const tops = sets.map(({ p99, max, target_ns: target }) => {
    const most = Math.min(max, p99 * 1.5) * 1.06;
    // A target that is far above all frames would flatten them; the numbers beside say it.
    return target !== null && target <= p99 * 4 ? Math.max(most, target * 1.15) : most;
  });
  return Math.max(1, ...tops);
}

// `target`: ns, null: there is none.
export function layoutFrames(
  frames: FrameRows,
  width: number,
  target: number | null,
): FrameColumns {
  const rows = frames.duration.length;
  const columns: FrameColumn[] = [];
  const fit = Math.max(1, Math.floor(width / columnMin));
  const each = Math.max(1, Math.ceil(rows / fit));
  const wide = Math.min(columnMax, width / Math.max(1, Math.ceil(rows / each)));
  for (let from = 0; from < rows; from += each) {
    let [row, duration, count] = [from, -1, 0];
    for (let i = from; i < Math.min(rows, from + each); i += 1) {
      count += frames.count[i] ?? 1;
      if ((frames.duration[i] ?? 0) > duration) [row, duration] = [i, frames.duration[i] ?? 0];
    }
    const isOver = target !== null && duration > target;
    columns.push({ x: (from / each) * wide, width: wide, row, duration, count, isOver });
  }
  return { columns };
}

export function frameAt(layout: FrameColumns, x: number): FrameColumn | null {
  const wide = layout.columns[0]?.width ?? 1;
  return layout.columns[Math.floor(x / wide)] ?? null;
}

// The next frame of interest behind (or before) a time: over the target, or, where there is none,
// longer than `slow`.
export function slowFrame(frames: FrameRows, time: number, to: 1 | -1, slow: number): number {
  const rows = frames.duration.length;
  for (let i = to > 0 ? 0 : rows - 1; i >= 0 && i < rows; i += to) {
    const start = frames.start[i] ?? 0;
    const duration = frames.duration[i] ?? 0;
    if (duration <= slow) continue;
    // The one that holds the time is neither before nor behind it.
    if (to > 0 ? start > time : start + duration < time) return i;
  }
  return -1;
}
