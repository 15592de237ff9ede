// What lies over the tracks: where nothing was recorded, the filter and the stretch that is
// selected, the pointer, the selected event and the arrows that belong to it.

import { durationText, tickText } from "../base/format";
import type { Range } from "../base/time";
import type { LockBox } from "../layout/lock_light";
import type { Ruler } from "../layout/ruler";
import { type TimeScale, xOf } from "../layout/time_scale";
import { type Ink, mixed, sans } from "./ink";
import { drawLock } from "./lock_draw";

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Arrow {
  readonly from: { readonly x: number; readonly y: number };
  readonly to: { readonly x: number; readonly y: number };
  readonly kind: "flow" | "wake";
}

export interface Overlay {
  readonly context: CanvasRenderingContext2D;
  readonly ink: Ink;
  readonly scale: TimeScale;
  readonly height: number;
  readonly filter: Range | null;
  readonly range: Range | null;
  readonly hints: readonly {
    readonly start: number;
    readonly end: number;
    readonly text: string;
  }[];
  readonly end: number; // of the recording: behind it is nothing
  readonly pointer: number | null; // x
  readonly notes: readonly Range[];
  readonly locks: readonly LockBox[]; // of one lock, in the rows of threads
  readonly hovered: Box | null;
  readonly selected: Box | null;
  readonly arrows: readonly Arrow[];
}

export function drawOverlay(overlay: Overlay): void {
  const { context, ink, scale, height, filter, range, selected, hovered } = overlay;
  context.clearRect(0, 0, scale.width, height);
  for (const hint of overlay.hints) drawHint(overlay, hint);
  const end = xOf(scale, overlay.end);
  if (end < scale.width) drawHatched(overlay, Math.max(0, end), scale.width);
  if (filter !== null) shadeOutside(overlay, filter);
  if (range !== null) drawRange(overlay, range);
  for (const note of overlay.notes) drawNote(overlay, note);
  if (overlay.pointer !== null) {
    context.fillStyle = ink.control;
    context.fillRect(Math.round(overlay.pointer), 0, 1, height);
  }
  drawLock(context, ink, overlay.locks);
  if (hovered !== null) outline(context, hovered, ink.text, 1);
  if (selected !== null) {
    outline(context, selected, ink.panel, 4);
    outline(context, selected, ink.focus, 2);
  }
  for (const arrow of overlay.arrows) drawArrow(overlay, arrow);
}

function outline(context: CanvasRenderingContext2D, box: Box, color: string, width: number): void {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.strokeRect(box.x, box.y, Math.max(2, box.width), Math.max(2, box.height - 1));
}

function drawHatched({ context, ink, height }: Overlay, from: number, to: number): void {
  context.save();
  context.beginPath();
  context.rect(from, 0, to - from, height);
  context.clip();
  context.fillStyle = ink.sunken;
  context.globalAlpha = 0.75;
  context.fillRect(from, 0, to - from, height);
  context.globalAlpha = 1;
  context.strokeStyle = ink.line;
  context.lineWidth = 1;
  context.beginPath();
  for (let x = from - height - ((from - height) % 10); x < to; x += 10) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.stroke();
  context.restore();
}

function drawHint(overlay: Overlay, hint: { start: number; end: number; text: string }): void {
  const { context, ink, scale, height } = overlay;
  const from = xOf(scale, hint.start);
  const to = Math.max(from + 2, xOf(scale, hint.end));
  if (to < 0 || from > scale.width) return;
  drawHatched(overlay, Math.max(0, from), Math.min(scale.width, to));
  context.fillStyle = ink.act;
  context.fillRect(from, 0, 1, height);
  context.fillRect(to - 1, 0, 1, height);
}

function shadeOutside({ context, ink, scale, height }: Overlay, filter: Range): void {
  const from = Math.max(0, xOf(scale, filter.from));
  const to = Math.min(scale.width, xOf(scale, filter.to));
  context.globalAlpha = 0.55;
  context.fillStyle = ink.sunken;
  if (from > 0) context.fillRect(0, 0, Math.min(from, scale.width), height);
  if (to < scale.width) context.fillRect(Math.max(0, to), 0, scale.width - Math.max(0, to), height);
  context.globalAlpha = 1;
  context.fillStyle = ink.accent;
  if (from > 0 && from < scale.width) context.fillRect(from - 1, 0, 2, height);
  if (to > 0 && to < scale.width) context.fillRect(to - 1, 0, 2, height);
}

function drawRange({ context, ink, scale, height }: Overlay, range: Range): void {
  const from = xOf(scale, range.from);
  const to = xOf(scale, range.to);
  if (to < 0 || from > scale.width) return;
  context.globalAlpha = 0.14;
  context.fillStyle = ink.accent;
  context.fillRect(Math.max(0, from), 0, Math.min(scale.width, to) - Math.max(0, from), height);
  context.globalAlpha = 1;
  context.fillStyle = ink.accent;
  context.fillRect(from - 0.5, 0, 1, height);
  context.fillRect(to - 0.5, 0, 1, height);
}

// Below its flag: a line where it begins, a lighter one where it ends.
function drawNote({ context, ink, scale, height }: Overlay, note: Range): void {
  context.strokeStyle = ink.act;
  context.lineWidth = 1;
  for (const [time, dashes] of [
    [note.from, [2, 3]],
    ...(note.to > note.from ? [[note.to, [1, 5]] as const] : []),
  ] as const) {
    const x = Math.round(xOf(scale, time)) + 0.5;
    if (x < 0 || x > scale.width) continue;
    context.setLineDash([...dashes]);
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, height);
    context.stroke();
  }
  context.setLineDash([]);
}

function drawArrow({ context, ink, scale, height }: Overlay, { from, to, kind }: Arrow): void {
  const color = kind === "wake" ? ink.runnable : ink.hit;
  const reach = Math.max(24, Math.min(160, Math.abs(to.x - from.x) / 2));
  if (Math.max(from.x, to.x) < -reach || Math.min(from.x, to.x) > scale.width + reach) return;
  if (Math.max(from.y, to.y) < 0 || Math.min(from.y, to.y) > height) return;
  const path = (): void => {
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.bezierCurveTo(from.x + reach, from.y, to.x - reach, to.y, to.x, to.y);
  };
  context.setLineDash(kind === "wake" ? [5, 3] : []);
  for (const [stroke, width] of [
    [ink.panel, 4],
    [color, 1.75],
  ] as const) {
    context.strokeStyle = stroke;
    context.lineWidth = width;
    path();
    context.stroke();
  }
  context.setLineDash([]);
  context.fillStyle = color;
  context.beginPath();
  context.moveTo(to.x, to.y);
  context.lineTo(to.x - 7, to.y - 4);
  context.lineTo(to.x - 7, to.y + 4);
  context.fill();
}

export interface RulerDraw {
  readonly context: CanvasRenderingContext2D;
  readonly ink: Ink;
  readonly scale: TimeScale;
  readonly height: number;
  readonly ruler: Ruler;
  readonly range: Range | null;
  readonly filter: Range | null;
  readonly hints: readonly {
    readonly start: number;
    readonly end: number;
    readonly text: string;
  }[];
}

export function drawRuler(draw: RulerDraw): void {
  const { context, ink, scale, height, ruler, range } = draw;
  context.fillStyle = ink.panel;
  context.fillRect(0, 0, scale.width, height);
  if (draw.filter !== null) {
    const from = Math.max(0, xOf(scale, draw.filter.from));
    const to = Math.min(scale.width, xOf(scale, draw.filter.to));
    context.fillStyle = ink["accent-ground"];
    if (to > from) context.fillRect(from, 0, to - from, height);
  }
  context.font = `11px ${sans}`;
  context.textBaseline = "middle";
  for (const { x, time } of ruler.ticks) {
    context.fillStyle = ink.line;
    context.fillRect(Math.round(x), height - 6, 1, 6);
    context.fillStyle = ink.soft;
    const text = tickText(time - ruler.base, ruler.step);
    context.fillText(ruler.base > 0 ? `+${text}` : text, Math.round(x) + 4, height / 2);
  }
  for (const hint of draw.hints) {
    const from = Math.max(0, xOf(scale, hint.start));
    const to = Math.min(scale.width, xOf(scale, hint.end));
    if (to - from < 60) continue;
    const text = hint.text;
    context.fillStyle = ink["act-ground"];
    context.fillRect(from, 0, to - from, height - 1);
    context.save();
    context.beginPath();
    context.rect(from, 0, to - from, height);
    context.clip();
    context.fillStyle = ink.act;
    context.fillText(text, from + 6, height / 2);
    context.restore();
  }
  if (range !== null) drawMeasure(draw, range);
  context.fillStyle = ink.line;
  context.fillRect(0, height - 1, scale.width, 1);
}

// How long the selected stretch is, and what frequency that would be.
function drawMeasure({ context, ink, scale, height }: RulerDraw, range: Range): void {
  const from = xOf(scale, range.from);
  const to = xOf(scale, range.to);
  const text = durationText(range.to - range.from);
  context.font = `600 11px ${sans}`;
  const wide = context.measureText(text).width + 12;
  context.fillStyle = ink.accent;
  context.fillRect(
    Math.max(0, from),
    height - 4,
    Math.max(1, Math.min(scale.width, to) - Math.max(0, from)),
    3,
  );
  const left = Math.max(2, Math.min(scale.width - wide - 2, (from + to) / 2 - wide / 2));
  if (to < 0 || from > scale.width) return;
  context.fillStyle = mixed(ink.accent, ink.panel, 0.95);
  context.beginPath();
  context.roundRect(left, 3, wide, height - 9, 4);
  context.fill();
  context.fillStyle = ink.panel;
  context.fillText(text, left + 6, 3 + (height - 9) / 2);
}
