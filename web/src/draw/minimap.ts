// The whole recording in miniature: how busy it was, what is in view, what is selected.

import { type Band, heightAt } from "../layout/bands";
import { type TimeScale, xOf } from "../layout/time_scale";
import type { Range } from "../base/time";
import { type Ink, mixed } from "./ink";

export interface MinimapDraw {
  readonly context: CanvasRenderingContext2D;
  readonly ink: Ink;
  readonly scale: TimeScale;
  readonly height: number;
  readonly view: Range;
  readonly filter: Range | null;
  readonly selected: Range | null;
  readonly hints: readonly { readonly start: number; readonly end: number }[];
  readonly band: Band | null;
}

export function drawMinimap(draw: MinimapDraw): void {
  const { context, ink, scale, height, view, band } = draw;
  context.fillStyle = ink.sunken;
  context.fillRect(0, 0, scale.width, height);
  if (band !== null) drawLoad(draw, band);
  for (const hint of draw.hints) {
    const from = xOf(scale, hint.start);
    context.fillStyle = ink.act;
    context.fillRect(from, 0, Math.max(2, xOf(scale, hint.end) - from), 3);
  }
  mark(draw, draw.filter, ink.accent, height - 4, 4);
  mark(draw, draw.selected, ink.hit, height - 4, 4);
  const from = Math.max(0, xOf(scale, view.from));
  const to = Math.min(scale.width, Math.max(from + 2, xOf(scale, view.to)));
  // All but the window is set back.
  context.globalAlpha = 0.62;
  context.fillStyle = ink.ground;
  context.fillRect(0, 0, from, height);
  context.fillRect(to, 0, scale.width - to, height);
  context.globalAlpha = 1;
  context.strokeStyle = ink.accent;
  context.lineWidth = 1.5;
  context.strokeRect(from + 0.75, 0.75, Math.max(1, to - from - 1.5), height - 1.5);
  if (to - from < scale.width - 8 && to - from > 18) {
    context.fillStyle = ink.accent;
    for (const x of [from, to - 4]) {
      context.beginPath();
      context.roundRect(Math.max(0, Math.min(scale.width - 4, x)), height / 2 - 8, 4, 16, 2);
      context.fill();
    }
  }
}

function drawLoad({ context, ink, scale }: MinimapDraw, band: Band): void {
  context.fillStyle = mixed(ink.accent, ink.sunken, 0.45);
  const bottom = band.y + band.height;
  for (let i = 0; i < band.x.length; i += 1) {
    const left = Math.max(0, band.x[i] ?? 0);
    const right = i + 1 < band.x.length ? (band.x[i + 1] ?? 0) : scale.width;
    // The greatest of a pixel is of that pixel; what comes after it is as the last one.
    const highest = heightAt(band, band.max[i] ?? 0);
    const last = heightAt(band, band.last[i] ?? 0);
    context.fillRect(left, highest, 1, bottom - highest);
    if (right > left + 1) context.fillRect(left + 1, last, right - left - 1, bottom - last);
  }
}

function mark(
  { context, scale }: MinimapDraw,
  range: Range | null,
  color: string,
  y: number,
  high: number,
): void {
  if (range === null) return;
  const from = xOf(scale, range.from);
  context.fillStyle = color;
  context.fillRect(from, y, Math.max(2, xOf(scale, range.to) - from), high);
}
