// What one track shows in 1,024 buckets of time, as typed arrays. An answer of the server holds
// many tracks and up to eight tiles beside each other; it is taken apart so that each is kept by
// itself.

import { type Columns, ColumnError } from "../engine/columns";
import { noEvent } from "./timeline_types";
import { tileBuckets, tileLength } from "./zoom";

export const sliceFlags = {
  before: 1, // began before the tile
  behind: 2, // goes on behind it
  folded: 4, // stands for several
  open: 8, // was not closed when the recording ended
  over: 16, // a frame over its target
} as const;

export interface Tile {
  readonly track: string;
  readonly step: number;
  readonly index: number;
  readonly start: number; // ns
  // Slices, sorted by depth and start; buckets from the tile's first, `end` exclusive.
  readonly rows: number;
  readonly depth: Uint16Array;
  readonly from: Uint16Array;
  readonly to: Uint16Array;
  readonly name: Uint32Array;
  readonly count: Uint32Array;
  readonly event: Uint32Array;
  readonly busy: Uint8Array;
  readonly flags: Uint8Array;
  readonly color: Uint32Array;
  readonly names: readonly string[];
  readonly modules: readonly string[]; // of names, where they are functions
  // Values, sorted by bucket.
  readonly values: number;
  readonly bucket: Uint16Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly last: Float64Array;
  readonly valueCount: Uint32Array;
}

// A tile of any step, to be drawn between two times only.
export interface Piece {
  readonly tile: Tile;
  readonly from: number;
  readonly to: number;
}

const none = { u8: new Uint8Array(0), u16: new Uint16Array(0), u32: new Uint32Array(0) };
const noValues = new Float64Array(0);

export function tileKey(track: string, step: number, index: number): string {
  return `${step}/${index}/${track}`;
}

export function tileCost(tile: Tile): number {
  return 256 + tile.rows * 24 + tile.values * 30;
}

export interface Asked {
  readonly tracks: readonly string[];
  readonly step: number;
  readonly first: number;
  readonly count: number;
}

// One tile for each track and index that was asked for, also where there is nothing. Throws a
// ColumnError when the answer is not what was asked.
export function tilesFrom(answer: Columns, asked: Asked): readonly Tile[] {
  const { tracks, count } = asked;
  const names = stringsOf(answer.json["names"]);
  const modules = stringsOf(answer.json["modules"]);
  const slices = slicesFrom(answer, asked);
  const values = valuesFrom(answer, asked);
  const out: Tile[] = [];
  for (const [t, track] of tracks.entries()) {
    for (let i = 0; i < count; i += 1) {
      const index = asked.first + i;
      const start = index * tileLength(asked.step);
      const at = t * count + i;
      out.push({
        track,
        step: asked.step,
        index,
        start,
        names,
        modules,
        ...slices(at),
        ...values(at),
      });
    }
  }
  return out;
}

function stringsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

// Places of rows by (track, tile): counted first, so that the arrays are made once.
class Places {
  readonly #ends: Uint32Array;
  readonly starts: Uint32Array;

  constructor(sizes: Uint32Array) {
    this.starts = new Uint32Array(sizes.length + 1);
    for (let i = 0; i < sizes.length; i += 1) {
      this.starts[i + 1] = (this.starts[i] ?? 0) + (sizes[i] ?? 0);
    }
    this.#ends = this.starts.slice(0, sizes.length);
  }
  get total(): number {
    return this.starts[this.starts.length - 1] ?? 0;
  }
  take(at: number): number {
    const place = this.#ends[at] ?? 0;
    this.#ends[at] = place + 1;
    return place;
  }
}

function trackOf(track: Uint16Array, row: number, asked: Asked): number {
  const at = track[row] ?? 0;
  if (at >= asked.tracks.length) throw new ColumnError("a track that was not asked for");
  return at;
}

function slicesFrom(answer: Columns, asked: Asked) {
  const table = answer.table("slices");
  const { rows } = table;
  const [track, depth] = [table.u16("track"), table.u16("depth")];
  const [start, end] = [table.u32("start"), table.u32("end")];
  const [name, count, event] = [table.u32("name"), table.u32("count"), table.u32("event")];
  const [busy, flags, color] = [table.u8("busy"), table.u8("flags"), table.u32("color")];
  const buckets = asked.count * tileBuckets;
  const tileFrom = (row: number): number => Math.floor((start[row] ?? 0) / tileBuckets);
  const tileTo = (row: number): number =>
    Math.floor(
      (Math.min(buckets, Math.max(end[row] ?? 0, (start[row] ?? 0) + 1)) - 1) / tileBuckets,
    );

  const sizes = new Uint32Array(asked.tracks.length * asked.count);
  for (let row = 0; row < rows; row += 1) {
    const base = trackOf(track, row, asked) * asked.count;
    const last = tileTo(row);
    for (let i = tileFrom(row); i <= last; i += 1) sizes[base + i] = (sizes[base + i] ?? 0) + 1;
  }
  const places = new Places(sizes);
  const made = {
    depth: new Uint16Array(places.total),
    from: new Uint16Array(places.total),
    to: new Uint16Array(places.total),
    name: new Uint32Array(places.total),
    count: new Uint32Array(places.total),
    event: new Uint32Array(places.total),
    busy: new Uint8Array(places.total),
    flags: new Uint8Array(places.total),
    color: new Uint32Array(places.total),
  };
  for (let row = 0; row < rows; row += 1) {
    const base = (track[row] ?? 0) * asked.count;
    const first = tileFrom(row);
    const last = tileTo(row);
    const goesOn = (end[row] ?? 0) > buckets ? sliceFlags.behind : 0;
    for (let i = first; i <= last; i += 1) {
      const at = places.take(base + i);
      made.depth[at] = depth[row] ?? 0;
      made.from[at] = i === first ? (start[row] ?? 0) - i * tileBuckets : 0;
      made.to[at] = i === last ? Math.min(end[row] ?? 0, buckets) - i * tileBuckets : tileBuckets;
      if ((made.to[at] ?? 0) <= (made.from[at] ?? 0)) made.to[at] = (made.from[at] ?? 0) + 1;
      made.name[at] = name[row] ?? 0;
      made.count[at] = count[row] ?? 1;
      made.event[at] = event[row] ?? noEvent;
      made.busy[at] = busy[row] ?? 255;
      made.color[at] = color[row] ?? 0;
      // What a border of tiles cuts goes on there, though the answer as a whole did not cut it.
      let flag = (flags[row] ?? 0) | goesOn;
      if (i > first) flag |= sliceFlags.before;
      if (i < last) flag |= sliceFlags.behind;
      made.flags[at] = flag;
    }
  }
  return (at: number) => {
    const from = places.starts[at] ?? 0;
    const to = places.starts[at + 1] ?? 0;
    // Copies, not views: one tile must not keep all of an answer alive.
    return {
      rows: to - from,
      depth: from === to ? none.u16 : made.depth.slice(from, to),
      from: from === to ? none.u16 : made.from.slice(from, to),
      to: from === to ? none.u16 : made.to.slice(from, to),
      name: from === to ? none.u32 : made.name.slice(from, to),
      count: from === to ? none.u32 : made.count.slice(from, to),
      event: from === to ? none.u32 : made.event.slice(from, to),
      busy: from === to ? none.u8 : made.busy.slice(from, to),
      flags: from === to ? none.u8 : made.flags.slice(from, to),
      color: from === to ? none.u32 : made.color.slice(from, to),
    };
  };
}

function valuesFrom(answer: Columns, asked: Asked) {
  const table = answer.table("values");
  const { rows } = table;
  const [track, bucket] = [table.u16("track"), table.u32("bucket")];
  const [min, max, last] = [table.f64("min"), table.f64("max"), table.f64("last")];
  const count = table.u32("count");
  const buckets = asked.count * tileBuckets;
  const sizes = new Uint32Array(asked.tracks.length * asked.count);
  const tileAt = (row: number): number => {
    const at = bucket[row] ?? 0;
    if (at >= buckets) throw new ColumnError("a value outside of what was asked for");
    return trackOf(track, row, asked) * asked.count + Math.floor(at / tileBuckets);
  };
  for (let row = 0; row < rows; row += 1) {
    const at = tileAt(row);
    sizes[at] = (sizes[at] ?? 0) + 1;
  }
  const places = new Places(sizes);
  const order = new Uint32Array(places.total);
  for (let row = 0; row < rows; row += 1) order[places.take(tileAt(row))] = row;
  const picked = carried(sizes, places, order, bucket, asked.count);
  return (at: number) => {
    const { rows: own, held } = picked[at] ?? { rows: none.u32, held: -1 };
    const all = held < 0 ? own : Uint32Array.of(held, ...own);
    const isHeld = (i: number): boolean => held >= 0 && i === 0;
    const f64 = (from: Float64Array): Float64Array =>
      all.length === 0
        ? noValues
        : Float64Array.from(all, (row, i) => (isHeld(i) ? (last[row] ?? 0) : (from[row] ?? 0)));
    return {
      values: all.length,
      bucket: Uint16Array.from(all, (row, i) => (isHeld(i) ? 0 : (bucket[row] ?? 0) % tileBuckets)),
      min: f64(min),
      max: f64(max),
      last: f64(last),
      valueCount: Uint32Array.from(all, (row, i) => (isHeld(i) ? 0 : (count[row] ?? 0))),
    };
  };
}

interface Picked {
  readonly rows: Uint32Array;
  readonly held: number; // the row whose value still holds when the tile begins; -1: none
}

// A value holds until the next one. An answer says what held when it began; of the tiles after its
// first that is to be found in those before, since each is kept by itself.
function carried(
  sizes: Uint32Array,
  places: Places,
  order: Uint32Array,
  bucket: Uint32Array,
  count: number,
): readonly Picked[] {
  const out: Picked[] = [];
  let held = -1;
  for (let at = 0; at < sizes.length; at += 1) {
    if (at % count === 0) held = -1; // another track
    const rows = order.subarray(places.starts[at] ?? 0, places.starts[at + 1] ?? 0);
    const first = rows[0];
    const isThere = first !== undefined && (bucket[first] ?? 0) % tileBuckets === 0;
    out.push({ rows, held: isThere ? -1 : held });
    held = rows[rows.length - 1] ?? held;
  }
  return out;
}
