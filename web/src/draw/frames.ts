// Frames as bars: over the target they are of another colour and have a notch, so that colour is
// not all that tells.

import { durationText } from "../base/format";
import type { Range } from "../base/time";
import type { FrameColumns, FrameRows } from "../layout/frame_columns";
import type { FrameSet } from "../model/timeline_types";
import { type Ink, sans } from "./ink";

export interface FramesDraw {
  readonly context: CanvasRenderingContext2D;
  readonly ink: Ink;
  readonly width: number;
  readonly height: number;
  readonly layout: FrameColumns | null;
  readonly frames: FrameRows | null;
  readonly view: Range;
  readonly target: number | null;
  readonly set: FrameSet;
  readonly top: number; // ns at the top edge
}

export function drawFrames(draw: FramesDraw): void {
  const { context, ink, width, height, layout, frames, view } = draw;
  context.fillStyle = ink.panel;
  context.fillRect(0, 0, width, height);
  if (layout === null || frames === null) return;
  const bottom = height - 1;
  const yOf = (duration: number): number =>
    bottom - Math.min(1, duration / draw.top) * (height - 6);
  let [first, last] = [-1, -1];
  for (const [i, column] of layout.columns.entries()) {
    const start = frames.start[column.row] ?? 0;
    if (start + column.duration > view.from && start < view.to) {
      if (first < 0) first = i;
      last = i;
    }
  }
  const isAll = first <= 0 && last === layout.columns.length - 1;
  if (first >= 0 && !isAll) {
    const from = layout.columns[first]?.x ?? 0;
    const end = layout.columns[last];
    context.fillStyle = ink["accent-ground"];
    context.fillRect(from - 1, 0, (end?.x ?? 0) + (end?.width ?? 0) - from + 2, height);
  }
  for (const isOver of [false, true]) {
    context.fillStyle = isOver ? ink["more-fill"] : ink["less-fill"];
    for (const column of layout.columns) {
      if (column.isOver !== isOver) continue;
      const y = yOf(column.duration);
      const gap = column.width > 3 ? 1 : 0.4;
      context.fillRect(column.x, y, Math.max(1, column.width - gap), bottom - y);
    }
  }
  context.fillStyle = ink.more;
  for (const column of layout.columns) {
    if (column.isOver)
      context.fillRect(column.x, yOf(column.duration), Math.max(1, column.width - 1), 2);
  }
  drawLines(draw, yOf);
  context.fillStyle = ink.line;
  context.fillRect(0, bottom, width, 1);
}

function drawLines(
  { context, ink, width, target, set, top }: FramesDraw,
  yOf: (ns: number) => number,
): void {
  context.font = `10px ${sans}`;
  context.textBaseline = "bottom";
  const lineAt = (ns: number): number => Math.round(yOf(ns)) + 0.5;
  const lines = [
    ...(target === null
      ? []
      : [{ at: target, text: `target ${durationText(target)}`, dash: [], color: ink.more }]),
    { at: set.p95, text: "P95", dash: [4, 3], color: ink.soft },
    { at: set.p50, text: "P50", dash: [1, 3], color: ink.soft },
  ];
  const seen = lines.filter(({ at }) => at <= top).map((line) => ({ ...line, y: lineAt(line.at) }));
  for (const { y, dash, color } of seen) {
    context.strokeStyle = color;
    context.lineWidth = 1;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(0, y);
    context.lineTo(width, y);
    context.stroke();
  }
  context.setLineDash([]);
  // Over all lines and bars, and only where a label lies on no other.
  const taken: number[] = [];
  for (const { y, text, color } of seen) {
    if (y < 12 || taken.some((other) => Math.abs(other - y) < 12)) continue;
    taken.push(y);
    const wide = context.measureText(text).width;
    context.fillStyle = ink.panel;
    context.fillRect(width - wide - 8, y - 12.5, wide + 8, 12);
    context.fillStyle = color;
    context.fillText(text, width - wide - 4, y - 1);
  }
}
