// Draws a flame graph from its layout: the frames in view, colour by colour, then their labels.

import type { FlameLayout } from "../layout/flame_layout";
import { type FlameTree, has, nameOf, nodeFlag } from "../layout/flame_tree";
import { formLimit, nameForms, shownText } from "../base/text";
import type { Paint } from "../base/scale";

export interface FlameInks {
  readonly ground: string;
  readonly text: string;
  readonly soft: string;
  readonly line: string;
  readonly focus: string;
  readonly hit: string;
  // The person's own colours: frames are outlines then.
  readonly isForced: boolean;
  readonly font: string;
}

export interface FlameScene {
  readonly layout: FlameLayout;
  readonly paint: (row: number) => Paint;
  readonly label: (row: number) => string; // what stands behind the name: "+3.1%"
  readonly isMatch: ((row: number) => boolean) | null; // null: nothing is looked for
  readonly selected: number; // -1: none
  readonly hovered: number;
  readonly isUp: boolean; // a flame: the root at the bottom
  readonly skip: number; // levels that are not drawn, of icicles: another picture shows them
  readonly scroll: number; // pixels from the top
  readonly contentHeight: number;
  readonly inks: FlameInks;
}

export type Upright = Pick<FlameScene, "isUp" | "skip" | "contentHeight">;

export const frameHeight = 20;

interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
}

interface Box {
  readonly row: number;
  readonly x: number;
  readonly y: number;
  readonly w: number;
}

const labelFrom = 26; // pixels: below, no letter fits
const labelsMost = 900;
const rectsMost = 12_000;
const dimmed = 0.28;

// From the top of what is scrolled to the top of a depth.
export function topOfDepth(depth: number, place: Upright): number {
  if (place.isUp) return place.contentHeight - (depth + 1) * frameHeight;
  return (depth - place.skip) * frameHeight;
}

export function depthAt(y: number, place: Upright): number {
  if (place.isUp) return Math.floor((place.contentHeight - y) / frameHeight);
  return Math.floor(y / frameHeight) + place.skip;
}

// Gives how many frames it drew.
export function drawFlame(surface: Surface, scene: FlameScene): number {
  const { context, width, height } = surface;
  const { inks, layout } = scene;
  context.fillStyle = inks.ground;
  context.fillRect(0, 0, width, height);
  const boxes = boxesInView(scene, width, height);
  const { tree } = layout;
  const isDim = (row: number): boolean => scene.isMatch !== null && !scene.isMatch(row);
  for (const isDimmed of scene.isMatch === null ? [false] : [true, false]) {
    const byColor = new Map<string, Box[]>();
    for (const box of boxes) {
      if (isDim(box.row) !== isDimmed) continue;
      const color = inks.isForced ? inks.ground : scene.paint(box.row).fill;
      const list = byColor.get(color);
      if (list === undefined) byColor.set(color, [box]);
      else list.push(box);
    }
    context.globalAlpha = isDimmed ? dimmed : 1;
    fillByColor(context, byColor);
  }
  context.globalAlpha = 1;
  if (inks.isForced) outline(context, boxes, inks.line);
  hatch(context, boxes, tree, inks);
  if (scene.isMatch !== null) underline(context, boxes, scene.isMatch, inks.hit);
  labels(context, boxes, scene, isDim);
  mark(context, boxes, scene);
  return boxes.length;
}

function boxesInView(scene: FlameScene, width: number, height: number): readonly Box[] {
  const { layout } = scene;
  const out: Box[] = [];
  for (const [depth, rows] of layout.levels.entries()) {
    const y = topOfDepth(depth, scene) - scene.scroll;
    if (depth < scene.skip || y + frameHeight < 0 || y > height) continue;
    let lastX = -1;
    for (const row of rows) {
      const x = (layout.left[row] ?? 0) * width;
      const w = (layout.right[row] ?? 0) * width - x;
      // Of those that share a pixel one is drawn.
      if (w < 0.5 && x - lastX < 0.5) continue;
      lastX = x;
      if (out.length >= rectsMost) return out;
      out.push({ row, x, y, w });
    }
  }
  return out;
}

function fillByColor(
  context: CanvasRenderingContext2D,
  byColor: ReadonlyMap<string, readonly Box[]>,
): void {
  for (const [color, boxes] of byColor) {
    context.fillStyle = color;
    for (const { x, y, w } of boxes) {
      context.fillRect(x, y, w > 3 ? w - 1 : Math.max(w, 0.7), frameHeight - 1);
    }
  }
}

function outline(context: CanvasRenderingContext2D, boxes: readonly Box[], color: string): void {
  context.strokeStyle = color;
  context.lineWidth = 1;
  for (const { x, y, w } of boxes) {
    if (w > 2) context.strokeRect(x + 0.5, y + 0.5, w - 1.5, frameHeight - 2);
  }
}

// What one side alone has, and what stands for many small ones, differ by pattern too.
function hatch(
  context: CanvasRenderingContext2D,
  boxes: readonly Box[],
  tree: FlameTree,
  inks: FlameInks,
): void {
  const flags = nodeFlag.onlyA | nodeFlag.onlyB | nodeFlag.folded;
  context.strokeStyle = inks.text;
  context.lineWidth = 1;
  context.globalAlpha = 0.3;
  for (const { row, x, y, w } of boxes) {
    if (w < 4 || !has(tree, row, flags)) continue;
    context.save();
    context.beginPath();
    context.rect(x, y, w - 1, frameHeight - 1);
    context.clip();
    context.beginPath();
    if (has(tree, row, nodeFlag.folded)) {
      for (let at = x + 2; at < x + w; at += 4) {
        context.moveTo(at + 0.5, y);
        context.lineTo(at + 0.5, y + frameHeight);
      }
    } else {
      for (let at = x - frameHeight; at < x + w; at += 7) {
        context.moveTo(at, y + frameHeight);
        context.lineTo(at + frameHeight, y);
      }
    }
    context.stroke();
    context.restore();
  }
  context.globalAlpha = 1;
}

function underline(
  context: CanvasRenderingContext2D,
  boxes: readonly Box[],
  isMatch: (row: number) => boolean,
  color: string,
): void {
  context.fillStyle = color;
  for (const { row, x, y, w } of boxes) {
    if (isMatch(row)) context.fillRect(x, y + frameHeight - 4, Math.max(1, w - 1), 3);
  }
}

function labels(
  context: CanvasRenderingContext2D,
  boxes: readonly Box[],
  scene: FlameScene,
  isDim: (row: number) => boolean,
): void {
  const { inks, layout } = scene;
  context.font = inks.font;
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.direction = "ltr";
  const wide = boxes.filter((box) => box.w >= labelFrom);
  // Were there more, the widest would be read.
  if (wide.length > labelsMost) wide.sort((p, q) => q.w - p.w).length = labelsMost;
  for (const { row, x, y, w } of wide) {
    context.fillStyle = inks.isForced || isDim(row) ? inks.text : scene.paint(row).ink;
    context.globalAlpha = isDim(row) ? 0.55 : 1;
    const behind = scene.label(row);
    let room = w - 9;
    if (behind !== "") {
      const size = textWidth(context, behind);
      if (room > size + 40) {
        context.fillText(behind, x + w - 5 - size, y + frameHeight / 2);
        room -= size + 8;
      }
    }
    const text = fitted(context, nameOf(layout.tree, row), room);
    if (text !== "") context.fillText(text, x + 4, y + frameHeight / 2);
  }
  context.globalAlpha = 1;
}

function textWidth(context: CanvasRenderingContext2D, text: string): number {
  return context.measureText(text).width;
}

// The longest form of a name that fits; where none does, the start of the shortest.
function fitted(context: CanvasRenderingContext2D, name: string, room: number): string {
  let shortest = "";
  for (const form of nameForms(name.slice(0, formLimit))) {
    shortest = shownText(form);
    if (context.measureText(shortest).width <= room) return shortest;
  }
  return cutTo(context, shortest, room);
}

// As much of a text as there is room for.
export function cutTo(
  context: Pick<CanvasRenderingContext2D, "measureText">,
  text: string,
  room: number,
): string {
  if (context.measureText(text).width <= room) return text;
  let low = 0;
  let high = Math.min(text.length, Math.floor(room / 2)); // no letter is thinner
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(`${text.slice(0, middle)}…`).width <= room) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? "" : `${text.slice(0, low)}…`;
}

function mark(context: CanvasRenderingContext2D, boxes: readonly Box[], scene: FlameScene): void {
  for (const { row, x, y, w } of boxes) {
    if (row !== scene.selected && row !== scene.hovered) continue;
    context.strokeStyle = row === scene.selected ? scene.inks.focus : scene.inks.text;
    context.lineWidth = row === scene.selected ? 2 : 1;
    const inset = context.lineWidth / 2;
    context.strokeRect(
      x + inset,
      y + inset,
      Math.max(1, w - 1 - 2 * inset),
      frameHeight - 1 - 2 * inset,
    );
  }
}
