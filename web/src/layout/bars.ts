// Slices of a lane to rectangles. What is too narrow to be told apart is put together as it is laid
// out, so that a screen never holds more rectangles than can be drawn in a frame.

import { type Piece, sliceFlags } from "../model/tile";
import { noEvent, type TrackKind } from "../model/timeline_types";
import type { Styles } from "./styles";
import type { TimeScale } from "./time_scale";

// Where a lane stands and what it is.
export interface LaneBox {
  readonly lane: number; // its number in the scene
  readonly kind: TrackKind;
  readonly y: number;
  readonly line: number; // height of one depth
  readonly depths: number;
}

const firstRoom = 4_096;

// Rectangles as columns.
export class Bars {
  count = 0;
  x = new Float32Array(firstRoom);
  right = new Float32Array(firstRoom);
  y = new Float32Array(firstRoom);
  height = new Float32Array(firstRoom);
  start = new Float64Array(firstRoom); // ns, as exact as the tile that it came from
  end = new Float64Array(firstRoom);
  grain = new Float64Array(firstRoom); // ns: start and end are no finer than this
  style = new Uint16Array(firstRoom);
  busy = new Uint8Array(firstRoom);
  flags = new Uint8Array(firstRoom);
  lane = new Uint16Array(firstRoom);
  depth = new Uint16Array(firstRoom);
  events = new Uint32Array(firstRoom); // how many it stands for
  event = new Uint32Array(firstRoom);
  names: string[] = [];

  clear(): void {
    this.count = 0;
    this.names.length = 0;
  }

  add(): number {
    if (this.count === this.x.length) this.#grow();
    this.count += 1;
    return this.count - 1;
  }

  #grow(): void {
    const room = this.x.length * 2;
    const f32 = (old: Float32Array): Float32Array<ArrayBuffer> => {
      const made = new Float32Array(room);
      made.set(old);
      return made;
    };
    const f64 = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const made = new Float64Array(room);
      made.set(old);
      return made;
    };
    const u8 = (old: Uint8Array): Uint8Array<ArrayBuffer> => {
      const made = new Uint8Array(room);
      made.set(old);
      return made;
    };
    const u16 = (old: Uint16Array): Uint16Array<ArrayBuffer> => {
      const made = new Uint16Array(room);
      made.set(old);
      return made;
    };
    const u32 = (old: Uint32Array): Uint32Array<ArrayBuffer> => {
      const made = new Uint32Array(room);
      made.set(old);
      return made;
    };
    [this.x, this.right, this.y, this.height] = [
      f32(this.x),
      f32(this.right),
      f32(this.y),
      f32(this.height),
    ];
    [this.start, this.end, this.grain] = [f64(this.start), f64(this.end), f64(this.grain)];
    [this.busy, this.flags] = [u8(this.busy), u8(this.flags)];
    [this.style, this.lane, this.depth] = [u16(this.style), u16(this.lane), u16(this.depth)];
    [this.events, this.event] = [u32(this.events), u32(this.event)];
  }
}

// The last bar of a depth, in times that are not yet cut to the screen.
interface Open {
  bar: number;
  right: number;
  widest: number;
}

// Adds what `pieces` show in the lane. No bar is narrower than `finest` pixels, but for the last of
// a run: narrower ones become one with what follows them.
export function layoutSlices(
  bars: Bars,
  box: LaneBox,
  pieces: readonly Piece[],
  scale: TimeScale,
  styles: Styles,
  finest: number,
): void {
  const open: (Open | undefined)[] = [];
  const { from, perNs, width } = scale;
  for (const { tile, from: pieceFrom, to: pieceTo } of pieces) {
    const bucketNs = 2 ** tile.step;
    const clipLeft = Math.max(-1, (pieceFrom - from) * perNs);
    const clipRight = Math.min(width + 1, (pieceTo - from) * perNs);
    for (let row = 0; row < tile.rows; row += 1) {
      const depth = tile.depth[row] ?? 0;
      if (depth >= box.depths) break; // sorted by depth
      const startNs = tile.start + (tile.from[row] ?? 0) * bucketNs;
      const endNs = tile.start + (tile.to[row] ?? 0) * bucketNs;
      const left = Math.max(clipLeft, (startNs - from) * perNs);
      const right = Math.min(clipRight, (endNs - from) * perNs);
      if (right <= left) continue;
      const event = tile.event[row] ?? noEvent;
      const flags = tile.flags[row] ?? 0;
      const before = open[depth];
      if (before !== undefined) {
        const touches = left - before.right < 0.75;
        const isSame = event !== noEvent && bars.event[before.bar] === event && touches;
        const isNarrow =
          right - left < finest &&
          left - before.right < finest / 2 &&
          before.right - (bars.x[before.bar] ?? 0) < finest;
        if (isSame || isNarrow) {
          join(
            bars,
            before,
            tile,
            row,
            { left, right, endNs, isSame, event, flags },
            box.kind,
            styles,
          );
          continue;
        }
      }
      const bar = bars.add();
      bars.x[bar] = left;
      bars.right[bar] = right;
      bars.y[bar] = box.y + depth * box.line;
      bars.height[bar] = box.line;
      bars.start[bar] = startNs;
      bars.end[bar] = endNs;
      bars.grain[bar] = bucketNs;
      bars.lane[bar] = box.lane;
      bars.depth[bar] = depth;
      bars.events[bar] = tile.count[row] ?? 1;
      bars.event[bar] = event;
      bars.flags[bar] = flags;
      bars.busy[bar] = tile.busy[row] ?? 255;
      paint(bars, bar, tile, row, box.kind, styles);
      open[depth] = { bar, right, widest: right - left };
    }
  }
}

function paint(
  bars: Bars,
  bar: number,
  tile: Piece["tile"],
  row: number,
  kind: TrackKind,
  styles: Styles,
): void {
  const at = tile.name[row] ?? 0;
  const name = tile.names[at] ?? "";
  const isOver = ((tile.flags[row] ?? 0) & sliceFlags.over) !== 0;
  bars.names[bar] = name;
  bars.style[bar] = styles.of(kind, name, tile.modules[at] ?? "", tile.color[row] ?? 0, isOver);
}

interface Next {
  readonly left: number;
  readonly right: number;
  readonly endNs: number;
  readonly isSame: boolean;
  readonly event: number;
  readonly flags: number;
}

function join(
  bars: Bars,
  before: Open,
  tile: Piece["tile"],
  row: number,
  next: Next,
  kind: TrackKind,
  styles: Styles,
): void {
  const { bar } = before;
  const wide = next.right - next.left;
  const had = before.right - (bars.x[bar] ?? 0);
  const busy = (tile.busy[row] ?? 255) * wide + (bars.busy[bar] ?? 255) * had;
  bars.busy[bar] = Math.min(
    255,
    Math.round(busy / Math.max(0.01, next.right - (bars.x[bar] ?? 0))),
  );
  bars.right[bar] = Math.max(before.right, next.right);
  bars.end[bar] = Math.max(bars.end[bar] ?? 0, next.endNs);
  before.right = bars.right[bar] ?? next.right;
  if (next.isSame) {
    // A cut at a border of tiles: what counts is how it ends.
    bars.flags[bar] =
      ((bars.flags[bar] ?? 0) & ~sliceFlags.behind) | (next.flags & ~sliceFlags.before);
    return;
  }
  bars.events[bar] = (bars.events[bar] ?? 0) + (tile.count[row] ?? 1);
  bars.flags[bar] = (bars.flags[bar] ?? 0) | next.flags | sliceFlags.folded;
  if (wide > before.widest) {
    before.widest = wide;
    bars.event[bar] = next.event;
    paint(bars, bar, tile, row, kind, styles);
  }
}
