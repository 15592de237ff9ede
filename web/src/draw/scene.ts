// Draws a scene: grounds of the rows, bars by colour, bands, labels. A change of fill costs more
// than a rectangle, so bars are put in the order of their fills first.

import { valueText } from "../base/format";
import { labelText } from "../base/label";
import { heightAt, type Band } from "../layout/bands";
import type { Bars } from "../layout/bars";
import { lengthText, type Scene } from "../layout/scene";
import { causeOf, type Fill, stateLetters, type Styles } from "../layout/styles";
import { sliceFlags } from "../model/tile";
import { dimmed, type Fills, shades, shadeOf } from "./fills";
import { type Ink, mixed, sans } from "./ink";
import type { Labels } from "./labels";

export interface SceneDraw {
  readonly context: CanvasRenderingContext2D;
  readonly scene: Scene;
  readonly ink: Ink;
  readonly fills: Fills;
  readonly styles: Styles;
  readonly labels: Labels;
  // What a search looks for; null: nothing.
  readonly isHit: ((name: string) => boolean) | null;
}

const labelsMax = 500;
const labelMin = 26; // pixels that a bar needs for one

export function drawScene(draw: SceneDraw): void {
  const { context, scene } = draw;
  drawGround(draw);
  const hits = drawBars(draw);
  for (const band of scene.bands) drawBand(draw, band);
  drawMarks(draw);
  drawLabels(draw, hits);
  context.globalAlpha = 1;
}

function drawGround({ context, scene, ink }: SceneDraw): void {
  const { width } = scene.scale;
  context.fillStyle = ink.panel;
  context.fillRect(0, 0, width, scene.height);
  for (const row of scene.rows) {
    const y = row.top - scene.top;
    if (row.kind !== "tracks") {
      context.fillStyle = row.kind === "side" ? ink["accent-ground"] : ink.sunken;
      context.fillRect(0, y, width, row.height);
    } else if (row.side === "b") {
      context.fillStyle = mixed(ink["accent-ground"], ink.panel, 0.35);
      context.fillRect(0, y, width, row.height);
    }
    context.fillStyle = ink.line;
    context.fillRect(0, y + row.height - 1, width, 1);
  }
}

// The order of the bars by fill, by counting; bars of messages are drawn apart.
function drawBars({ context, scene, fills, isHit, ink, styles }: SceneDraw): readonly number[] {
  const { bars } = scene;
  const shadeCount = shades.length;
  const keys = new Uint32Array(bars.count);
  const starts = new Uint32Array(styles.fills.length * shadeCount + 1);
  const hits: number[] = [];
  const isMark = scene.lanes.map(({ lane }) => lane.track.kind === "messages");
  const isLock = scene.lanes.map(({ lane }) => lane.track.kind === "lock");
  const known = new Map<string, boolean>();
  for (let i = 0; i < bars.count; i += 1) {
    const isFolded = ((bars.flags[i] ?? 0) & sliceFlags.folded) !== 0;
    let shade = isFolded ? shadeOf(bars.busy[i] ?? 255) : 0;
    // Of a lock: who holds it is on the first line, who waits for it below.
    if (isLock[bars.lane[i] ?? 0] === true && (bars.depth[i] ?? 0) > 0) shade = 3;
    if (isHit !== null) {
      const name = bars.names[i] ?? "";
      let hit = known.get(name);
      if (hit === undefined) known.set(name, (hit = isHit(name)));
      if (hit) hits.push(i);
      else shade = dimmed;
    }
    const key = (bars.style[i] ?? 0) * shadeCount + shade;
    keys[i] = key;
    starts[key + 1] = (starts[key + 1] ?? 0) + 1;
  }
  for (let key = 1; key < starts.length; key += 1)
    starts[key] = (starts[key] ?? 0) + (starts[key - 1] ?? 0);
  const order = new Uint32Array(bars.count);
  for (let i = 0; i < bars.count; i += 1) {
    const key = keys[i] ?? 0;
    const at = starts[key] ?? 0;
    order[at] = i;
    starts[key] = at + 1;
  }
  // A sample is a moment: it is drawn wide enough to be seen.
  const least = scene.lanes.map(({ lane }) =>
    lane.track.kind === "samples" || lane.track.kind === "core" ? 2 : 0.75,
  );
  let current = -1;
  for (const i of order) {
    if (isMark[bars.lane[i] ?? 0] === true) continue;
    const key = keys[i] ?? 0;
    if (key !== current) {
      current = key;
      context.fillStyle = fills.of(context, Math.floor(key / shadeCount), key % shadeCount).fill;
    }
    fillBar(context, bars, i, least[bars.lane[i] ?? 0] ?? 1);
  }
  if (hits.length > 0) {
    context.fillStyle = ink.hit;
    for (const i of hits) {
      if (isMark[bars.lane[i] ?? 0] === true) continue;
      fillBar(context, bars, i, 2);
    }
  }
  return hits;
}

function fillBar(context: CanvasRenderingContext2D, bars: Bars, i: number, least: number): void {
  const x = bars.x[i] ?? 0;
  const wide = (bars.right[i] ?? 0) - x;
  const high = bars.height[i] ?? 0;
  // A hair of ground between neighbours, where there is room for it.
  context.fillRect(
    x,
    bars.y[i] ?? 0,
    wide > 4 ? wide - 1 : Math.max(wide, least),
    high > 8 ? high - 1 : high,
  );
}

function drawBand({ context, ink, scene, isHit, labels }: SceneDraw, band: Band): void {
  const { x } = band;
  if (x.length === 0) return;
  const right = (i: number): number =>
    Math.min(scene.scale.width, i + 1 < x.length ? (x[i + 1] ?? 0) : scene.scale.width);
  const bottom = heightAt(band, Math.max(0, band.low));
  context.globalAlpha = isHit === null ? 1 : 0.5;
  context.fillStyle = mixed(ink.accent, ink.panel, 0.22);
  for (let i = 0; i < x.length; i += 1) {
    const left = Math.max(0, x[i] ?? 0);
    const y = heightAt(band, band.last[i] ?? 0);
    context.fillRect(left, Math.min(y, bottom), right(i) - left, Math.abs(bottom - y));
  }
  // What lay between the least and the greatest of a pixel, over it.
  context.fillStyle = mixed(ink.accent, ink.panel, 0.5);
  for (let i = 0; i < x.length; i += 1) {
    const top = heightAt(band, band.max[i] ?? 0);
    const low = heightAt(band, band.min[i] ?? 0);
    if (low - top >= 1) context.fillRect(Math.max(0, x[i] ?? 0), top, 1, low - top);
  }
  context.strokeStyle = ink.accent;
  context.lineWidth = 1.25;
  context.beginPath();
  for (let i = 0; i < x.length; i += 1) {
    const y = Math.max(band.y + 0.75, heightAt(band, band.last[i] ?? 0));
    context.lineTo(Math.max(0, x[i] ?? 0), y);
    context.lineTo(right(i), y);
  }
  context.stroke();
  context.globalAlpha = 1;
  const lane = scene.lanes[band.lane];
  if (lane === undefined || band.height < 30) return;
  // What the top edge stands for.
  const text = labelText(valueText(band.high, lane.lane.track.unit ?? ""), 24);
  context.font = `9px ${sans}`;
  context.textBaseline = "middle";
  const wide = labels.measure(context, text).width;
  context.fillStyle = ink.panel;
  context.globalAlpha = 0.8;
  context.fillRect(scene.scale.width - wide - 8, band.y, wide + 8, 12);
  context.globalAlpha = 1;
  context.fillStyle = ink.soft;
  context.fillText(text, scene.scale.width - wide - 4, band.y + 6.5);
}

// Messages: a mark where it was said, and what was said as far as there is room.
function drawMarks({ context, scene, ink, labels, isHit }: SceneDraw): void {
  const { bars, lanes, scale } = scene;
  context.font = `11px ${sans}`;
  context.textBaseline = "middle";
  for (let i = 0; i < bars.count; i += 1) {
    const lane = lanes[bars.lane[i] ?? 0];
    if (lane?.lane.track.kind !== "messages") continue;
    const x = bars.x[i] ?? 0;
    const y = bars.y[i] ?? 0;
    const high = bars.height[i] ?? 0;
    const name = bars.names[i] ?? "";
    const isLit = isHit?.(name) === true;
    context.globalAlpha = isHit === null || isLit ? 1 : 0.35;
    context.fillStyle = isLit ? ink.hit : ink.accent;
    const many = (bars.events[i] ?? 1) > 1;
    context.fillRect(x, y + 1, many ? 4 : 2, high - 3);
    const next =
      i + 1 < bars.count && bars.lane[i + 1] === bars.lane[i] ? (bars.x[i + 1] ?? 0) : scale.width;
    const room = Math.min(320, next - x - 10);
    if (room < labelMin || many) continue;
    context.fillStyle = isLit ? ink.hit : ink.text;
    context.fillText(labels.fitting(context, name, room), x + 5, y + high / 2);
  }
  context.globalAlpha = 1;
}

// What is written on a bar: of a wait a letter and its cause.
function spokenOf(fill: Fill | undefined, name: string): string {
  return fill?.kind === "state" ? `${stateLetters[fill.state]} ${causeOf(name)}`.trimEnd() : name;
}

function drawLabels(
  { context, scene, fills, styles, labels, ink, isHit }: SceneDraw,
  hits: readonly number[],
): void {
  const { bars, lanes } = scene;
  const lit = new Set(isHit === null ? [] : hits);
  let least = labelMin;
  const wanted: number[] = [];
  for (let i = 0; i < bars.count; i += 1) {
    if ((bars.right[i] ?? 0) - (bars.x[i] ?? 0) < least || (bars.height[i] ?? 0) < 10) continue;
    if (lanes[bars.lane[i] ?? 0]?.lane.track.kind !== "messages") wanted.push(i);
  }
  // More than can be drawn in a frame: the widest, which are read first.
  while (wanted.length > labelsMax && least < 400) {
    least *= 1.5;
    const kept = wanted.filter((i) => (bars.right[i] ?? 0) - (bars.x[i] ?? 0) >= least);
    wanted.splice(0, wanted.length, ...kept);
  }
  context.textBaseline = "middle";
  let size = 0;
  for (const i of wanted) {
    const high = bars.height[i] ?? 0;
    const font = high >= 16 ? 11 : 9;
    if (font !== size) context.font = `${(size = font)}px ${sans}`;
    const x = Math.max(0, bars.x[i] ?? 0);
    const room = (bars.right[i] ?? 0) - x - 8;
    const style = bars.style[i] ?? 0;
    const fill = styles.fills[style];
    const kind = lanes[bars.lane[i] ?? 0]?.lane.track.kind ?? "spans";
    const isDim = isHit !== null && !lit.has(i);
    const name = bars.names[i] ?? "";
    const isFolded = ((bars.flags[i] ?? 0) & sliceFlags.folded) !== 0;
    const spoken = kind === "frames" && name === "" ? lengthText(bars, i) : spokenOf(fill, name);
    const text = labels.fitting(context, spoken, room);
    if (text === "") continue;
    const shade = isFolded ? shadeOf(bars.busy[i] ?? 255) : 0;
    const y = (bars.y[i] ?? 0) + (high - 1) / 2 + 0.5;
    if (fill?.kind === "state" && fill.state !== "running") {
      // On a pattern nothing is read: a plain ground below it.
      context.fillStyle = ink.panel;
      const { width } = labels.measure(context, text);
      context.fillRect(x + 3, (bars.y[i] ?? 0) + 1, Math.min(room, width) + 2, high - 3);
    }
    context.fillStyle = lit.has(i)
      ? ink.panel
      : isDim
        ? ink.soft
        : fills.of(context, style, shade).text;
    context.fillText(text, x + 4, y);
  }
}
