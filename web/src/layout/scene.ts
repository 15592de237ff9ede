// All that is to be drawn of the rows in view: rectangles, bands, and which lane each belongs to.
// Pure: tiles and a viewport in, numbers out.

import { type Piece, sliceFlags } from "../model/tile";
import { durationText } from "../base/format";
import type { Range } from "../base/time";
import type { Side } from "../model/timeline_types";
import { type Band, columnAt, layoutValues } from "./bands";
import { type Bars, layoutSlices } from "./bars";
import { type Lane, type Row, rowsBetween } from "./rows";
import type { Styles } from "./styles";
import { type TimeScale, timeScale } from "./time_scale";

export const barsMax = 10_000; // what can be drawn in a frame without a GPU

export interface SceneInput {
  readonly rows: readonly Row[];
  readonly top: number; // how far it is scrolled
  readonly height: number;
  readonly width: number;
  readonly view: Range;
  readonly pieces: (side: Side, track: string) => readonly Piece[];
  readonly styles: Styles;
}

export interface SceneLane {
  readonly row: Row;
  readonly lane: Lane;
  readonly y: number; // on the screen
}

export interface Scene {
  readonly view: Range;
  readonly scale: TimeScale;
  readonly height: number;
  readonly top: number;
  readonly rows: readonly Row[];
  readonly lanes: readonly SceneLane[];
  readonly bars: Bars;
  readonly bands: readonly Band[];
  readonly finest: number; // bars narrower than this many pixels were put together
}

// `bars` is used again, so that panning makes no garbage.
export function layoutScene(input: SceneInput, bars: Bars): Scene {
  const { view, width, top, height } = input;
  const scale = timeScale(view, width);
  const rows = rowsBetween(input.rows, top, top + height);
  const lanes: SceneLane[] = [];
  for (const row of rows) {
    for (const lane of row.lanes) {
      const y = row.top - top + lane.top;
      if (y + lane.height > 0 && y < height) lanes.push({ row, lane, y });
    }
  }
  const pieces = lanes.map(({ lane }) => input.pieces(lane.side, lane.track.id));
  const bands: Band[] = [];
  let finest = 1;
  for (;;) {
    bars.clear();
    bands.length = 0;
    for (const [i, { lane, y }] of lanes.entries()) {
      const { min = null, max = null } = lane.track;
      if (lane.form === "band") {
        bands.push(
          layoutValues({ lane: i, y, height: lane.height, min, max }, pieces[i] ?? [], scale),
        );
        continue;
      }
      const { kind } = lane.track;
      const box = { lane: i, kind, y, line: lane.line, depths: lane.depths };
      layoutSlices(bars, box, pieces[i] ?? [], scale, input.styles, finest);
    }
    // Too many: coarser, which is still finer than the eye wants of so crowded a screen.
    if (bars.count <= barsMax || finest >= 8) break;
    finest *= 2;
  }
  return { view, scale, height, top, rows, lanes, bars, bands, finest };
}

export type Hit =
  | { readonly kind: "bar"; readonly lane: SceneLane; readonly bar: number }
  | {
      readonly kind: "value";
      readonly lane: SceneLane;
      readonly band: Band;
      readonly column: number;
    }
  | { readonly kind: "lane"; readonly lane: SceneLane };

const reach = 3; // pixels beside a narrow bar that still mean it

// What lies at a point of the scene: the bar under it, else the nearest within reach.
export function hitAt(scene: Scene, x: number, y: number): Hit | null {
  const at = scene.lanes.findIndex((lane) => y >= lane.y && y < lane.y + lane.lane.height);
  const lane = scene.lanes[at];
  if (lane === undefined) return null;
  if (lane.lane.form === "band") {
    const band = scene.bands.find((one) => one.lane === at);
    const column = band === undefined ? -1 : columnAt(band, x);
    if (band === undefined || column < 0) return { kind: "lane", lane };
    return { kind: "value", lane, band, column };
  }
  const { bars } = scene;
  let [best, distance] = [-1, reach];
  for (let bar = 0; bar < bars.count; bar += 1) {
    if (bars.lane[bar] !== at) continue;
    const barY = bars.y[bar] ?? 0;
    if (y < barY || y >= barY + (bars.height[bar] ?? 0)) continue;
    const left = bars.x[bar] ?? 0;
    const right = Math.max(bars.right[bar] ?? 0, left + 1);
    const off = x < left ? left - x : x >= right ? x - right : -1;
    if (off < distance) [best, distance] = [bar, off];
  }
  return best < 0 ? { kind: "lane", lane } : { kind: "bar", lane, bar: best };
}

// How long a bar is, as far as it is known: what is drawn is rounded to buckets of time.
export function lengthText(bars: Bars, bar: number): string {
  const length = (bars.end[bar] ?? 0) - (bars.start[bar] ?? 0);
  const grain = bars.grain[bar] ?? 1;
  // It began before what is drawn of it, or ends behind it.
  const cut = sliceFlags.before | sliceFlags.behind;
  if (((bars.flags[bar] ?? 0) & cut) !== 0) return `> ${durationText(length)}`;
  if (grain <= 1 || length >= grain * 400) return durationText(length);
  if (length <= grain) return `< ${durationText(grain)}`;
  const coarse = 10 ** Math.ceil(Math.log10(grain));
  return `≈ ${durationText(length < coarse ? length : Math.round(length / coarse) * coarse)}`;
}
