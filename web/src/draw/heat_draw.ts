// Draws the strip beside a scrollbar: where the cost lies in all of a file.

import type { HeatMark } from "../layout/hot_lines";

export interface HeatInks {
  readonly ground: string;
  readonly bar: string;
  readonly text: string;
}

interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
}

export function drawHeat(surface: Surface, marks: readonly HeatMark[], inks: HeatInks): number {
  const { context, width, height } = surface;
  context.fillStyle = inks.ground;
  context.fillRect(0, 0, width, height);
  context.fillStyle = inks.bar;
  for (const mark of marks) {
    context.globalAlpha = 0.25 + 0.75 * mark.heat;
    context.fillRect(1, mark.y * height, width - 2, Math.max(2, mark.height * height));
  }
  context.globalAlpha = 1;
  return marks.length;
}
