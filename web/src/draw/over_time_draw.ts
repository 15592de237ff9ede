// Draws how long something took over the time of a recording: the longest as bars, the median as a
// line.

import { durationText } from "../base/format";
import type { HistogramInks } from "./histogram_draw";

export interface OverTimeScene {
  readonly p50: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  readonly cursor: number; // a stretch of time; -1: none
  readonly inks: HistogramInks;
}

interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
}

export function drawOverTime(surface: Surface, scene: OverTimeScene): number {
  const { context, width, height } = surface;
  const { inks, max, p50 } = scene;
  context.fillStyle = inks.ground;
  context.fillRect(0, 0, width, height);
  const most = Math.max(1, ...max.map((value) => value ?? 0));
  const step = width / Math.max(1, max.length);
  const room = height - 4;
  context.fillStyle = inks.bar;
  context.globalAlpha = 0.45;
  for (const [i, value] of max.entries()) {
    if (value === null) continue;
    const size = Math.max(1, (value / most) * room);
    context.fillRect(i * step, height - size, Math.max(1, step - 1), size);
  }
  context.globalAlpha = 1;
  context.fillStyle = inks.text;
  for (const [i, value] of p50.entries()) {
    if (value !== null)
      context.fillRect(i * step, height - 1 - (value / most) * room, Math.max(2, step), 2);
  }
  if (scene.cursor >= 0) {
    context.strokeStyle = inks.accent;
    context.lineWidth = 2;
    context.strokeRect(scene.cursor * step, 1, Math.max(2, step), height - 2);
  }
  context.font = inks.font;
  context.textBaseline = "top";
  context.textAlign = "left";
  const text = durationText(most);
  context.fillStyle = inks.ground;
  context.globalAlpha = 0.8;
  context.fillRect(2, 2, context.measureText(text).width + 4, 15);
  context.globalAlpha = 1;
  context.fillStyle = inks.soft;
  context.fillText(text, 4, 3);
  return max.length + p50.length;
}
