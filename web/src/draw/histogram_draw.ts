// Draws a histogram of durations: bars of A, the outline of B, marks of percentiles, what is
// selected.

import { durationText } from "../base/format";
import { axisMarks, type Axis, type Bar, placeOf, type Selected } from "../layout/histogram_layout";
import { placeLabels } from "../layout/label_places";

export interface HistogramInks {
  readonly ground: string;
  readonly text: string;
  readonly soft: string;
  readonly line: string;
  readonly bar: string;
  readonly more: string;
  readonly accent: string;
  readonly font: string;
}

export interface Mark {
  readonly text: string;
  readonly value: number;
}

export interface HistogramScene {
  readonly axis: Axis;
  readonly bars: readonly Bar[];
  readonly barsB: readonly Bar[];
  readonly marks: readonly Mark[];
  readonly marksB: readonly Mark[];
  readonly selected: Selected | null;
  readonly cursor: number; // a bar; -1: none
  readonly inks: HistogramInks;
}

interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
}

const axisHeight = 20;
const headHeight = 30; // for the marks' names
const markPixels = 70;
const markRows = [8, 22]; // of two recordings, each has one

export function drawHistogram(surface: Surface, scene: HistogramScene): number {
  const { context, width, height } = surface;
  const { inks } = scene;
  const bottom = height - axisHeight;
  const room = bottom - headHeight;
  context.fillStyle = inks.ground;
  context.fillRect(0, 0, width, height);
  context.font = inks.font;
  context.textBaseline = "middle";
  drawSelected(surface, scene, bottom);
  drawBars(context, scene, width, bottom, room);
  drawOutline(context, scene.barsB, inks.more, width, bottom, room);
  drawAxis(surface, scene, bottom);
  const isOne = scene.marksB.length === 0;
  drawMarks(surface, scene.marks, scene.axis, inks.text, isOne ? markRows : [8], bottom, inks);
  drawMarks(surface, scene.marksB, scene.axis, inks.more, [22], bottom, inks);
  return scene.bars.length + scene.barsB.length;
}

function drawSelected({ context, width }: Surface, scene: HistogramScene, bottom: number): void {
  if (scene.selected === null) return;
  const from = placeOf(scene.axis, scene.selected.low) * width;
  const to = placeOf(scene.axis, scene.selected.high) * width;
  context.globalAlpha = 0.14;
  context.fillStyle = scene.inks.accent;
  context.fillRect(from, 0, Math.max(2, to - from), bottom);
  context.globalAlpha = 1;
}

function drawBars(
  context: CanvasRenderingContext2D,
  scene: HistogramScene,
  width: number,
  bottom: number,
  room: number,
): void {
  const from = scene.selected === null ? 0 : placeOf(scene.axis, scene.selected.low);
  const to = scene.selected === null ? 1 : placeOf(scene.axis, scene.selected.high);
  context.fillStyle = scene.inks.bar;
  for (const { x, width: share, height: high } of scene.bars) {
    const middle = x + share / 2;
    context.globalAlpha = middle >= from && middle <= to ? 1 : 0.35;
    const size = Math.max(1, high * room);
    context.fillRect(x * width, bottom - size, Math.max(1, share * width - 1), size);
  }
  context.globalAlpha = 1;
  const cursor = scene.bars.find(({ index }) => index === scene.cursor);
  if (cursor === undefined) return;
  context.strokeStyle = scene.inks.accent;
  context.lineWidth = 2;
  const size = Math.max(1, cursor.height * room);
  context.strokeRect(
    cursor.x * width,
    bottom - size - 1,
    Math.max(2, cursor.width * width - 1),
    size + 1,
  );
}

function drawOutline(
  context: CanvasRenderingContext2D,
  bars: readonly Bar[],
  color: string,
  width: number,
  bottom: number,
  room: number,
): void {
  if (bars.length === 0) return;
  context.strokeStyle = color;
  context.lineWidth = 1.5;
  context.beginPath();
  let end = -1;
  for (const { x, width: share, height: high } of bars) {
    const top = bottom - high * room;
    if (Math.abs(x - end) > 1e-9) {
      if (end >= 0) context.lineTo(end * width, bottom);
      context.moveTo(x * width, bottom);
    }
    context.lineTo(x * width, top);
    context.lineTo((x + share) * width, top);
    end = x + share;
  }
  context.lineTo(end * width, bottom);
  context.stroke();
}

function drawAxis(
  { context, width, height }: Surface,
  scene: HistogramScene,
  bottom: number,
): void {
  const { inks, axis } = scene;
  context.fillStyle = inks.line;
  context.fillRect(0, bottom, width, 1);
  context.fillStyle = inks.soft;
  context.textAlign = "left";
  for (const mark of axisMarks(axis, Math.max(2, Math.floor(width / markPixels)))) {
    const x = placeOf(axis, mark) * width;
    context.fillRect(x, bottom, 1, 4);
    const text = durationText(mark);
    const size = context.measureText(text).width;
    context.fillText(
      text,
      Math.max(2, Math.min(width - size - 2, x - size / 2)),
      height - axisHeight / 2 + 2,
    );
  }
}

// Percentiles: a line each, with its name beside it at the top, right or left of it, in the first
// row that has room; none where no row has. Lines come first, so that none goes through a name.
function drawMarks(
  { context, width }: Surface,
  marks: readonly Mark[],
  axis: Axis,
  color: string,
  rows: readonly number[],
  bottom: number,
  inks: HistogramInks,
): void {
  const top = rows[0] ?? 0;
  const places = marks.map(({ value }) => Math.round(placeOf(axis, value) * width));
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  for (const x of places) {
    context.beginPath();
    context.moveTo(x + 0.5, top);
    context.lineTo(x + 0.5, bottom);
    context.stroke();
  }
  context.setLineDash([]);
  context.font = inks.font;
  context.textAlign = "left";
  const widths = marks.map(({ text }) => context.measureText(text).width);
  placeLabels(places, widths, width, rows.length).forEach((label, i) => {
    const y = label === null ? undefined : rows[label.row];
    if (label === null || y === undefined) return;
    context.fillStyle = inks.ground;
    context.fillRect(label.x - 1, y - 7, (widths[i] ?? 0) + 2, 14);
    context.fillStyle = color;
    context.fillText(marks[i]?.text ?? "", label.x, y);
  });
}
