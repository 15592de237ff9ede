// Values of a lane to a band: for each pixel column the least, the greatest and the last value. The
// last one holds until the next comes.

import type { Piece } from "../model/tile";
import type { TimeScale } from "./time_scale";

export interface Band {
  readonly lane: number;
  readonly y: number;
  readonly height: number;
  readonly low: number; // the value at the bottom
  readonly high: number; // at the top
  // Columns, by x.
  readonly x: Float32Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly last: Float64Array;
  readonly events: Uint32Array;
}

export interface BandBox {
  readonly lane: number;
  readonly y: number;
  readonly height: number;
  readonly min: number | null;
  readonly max: number | null;
}

// The scale of a lane: from zero where nothing is below it, so that heights can be compared.
export function scaleOf(min: number | null, max: number | null): { low: number; high: number } {
  const least = min ?? 0;
  const low = least < 0 ? least : 0;
  const high = Math.max(max ?? 1, low);
  return { low, high: high > low ? high : low + 1 };
}

export function layoutValues(box: BandBox, pieces: readonly Piece[], scale: TimeScale): Band {
  const x: number[] = [];
  const min: number[] = [];
  const max: number[] = [];
  const last: number[] = [];
  const events: number[] = [];
  for (const { tile, from, to } of pieces) {
    const bucketNs = 2 ** tile.step;
    for (let row = 0; row < tile.values; row += 1) {
      const time = tile.start + (tile.bucket[row] ?? 0) * bucketNs;
      if (time + bucketNs <= from || time >= to) continue;
      const at = (time - scale.from) * scale.perNs;
      if (at > scale.width + 1) break;
      const column = Math.max(-1, Math.floor(at));
      const n = x.length - 1;
      const [low, high] = [tile.min[row] ?? 0, tile.max[row] ?? 0];
      const count = tile.valueCount[row] ?? 0;
      if (n >= 0 && column === x[n] && column >= 0) {
        min[n] = Math.min(min[n] ?? low, low);
        max[n] = Math.max(max[n] ?? high, high);
        last[n] = tile.last[row] ?? 0;
        events[n] = (events[n] ?? 0) + count;
      } else if (n >= 0 && column === -1 && x[n] === -1) {
        // Left of the screen only the last one matters: it holds until the first that is seen.
        [min[n], max[n], last[n], events[n]] = [low, high, tile.last[row] ?? 0, count];
      } else {
        x.push(column);
        min.push(low);
        max.push(high);
        last.push(tile.last[row] ?? 0);
        events.push(count);
      }
    }
  }
  // What is left of the screen has passed: no more than its last value reaches into it.
  if (x[0] === -1 && last[0] !== undefined) [min[0], max[0]] = [last[0], last[0]];
  return {
    lane: box.lane,
    y: box.y,
    height: box.height,
    ...scaleOf(box.min, box.max),
    x: Float32Array.from(x),
    min: Float64Array.from(min),
    max: Float64Array.from(max),
    last: Float64Array.from(last),
    events: Uint32Array.from(events),
  };
}

export function heightAt(band: Band, value: number): number {
  const share = (value - band.low) / (band.high - band.low);
  return band.y + band.height * (1 - Math.max(0, Math.min(1, share)));
}

// The column that holds at a place: the last one at or before it; -1 when none does.
export function columnAt(band: Band, x: number): number {
  let [low, high] = [0, band.x.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((band.x[middle] ?? 0) <= x) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
