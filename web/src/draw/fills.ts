// Fills of the numbers that layout/styles gives: a colour in steps of how busy it is, or the
// pattern of what a thread does.

import { type Fill, type Styles, type ThreadState } from "../layout/styles";
import { type Ink, mixed, textOn } from "./ink";

// How much of a bucket was busy: full, three quarters, half, less; then what a search leaves aside.
export const shades = [1, 0.82, 0.64, 0.46, 0.16] as const;
export const dimmed = 4;

export function shadeOf(busy: number): number {
  if (busy >= 192) return 0;
  return busy >= 128 ? 1 : busy >= 64 ? 2 : 3;
}

export interface Painted {
  readonly fill: string | CanvasPattern;
  readonly text: string;
}

const tile = 8; // pixels of a pattern, which must repeat without a seam

function pattern(
  context: CanvasRenderingContext2D,
  state: Exclude<ThreadState, "unknown">,
  color: string,
  ground: string,
): string | CanvasPattern {
  if (state === "running") return color;
  const small = document.createElement("canvas");
  small.width = tile;
  small.height = tile;
  const pen = small.getContext("2d");
  if (pen === null) return color;
  pen.fillStyle = ground;
  pen.fillRect(0, 0, tile, tile);
  pen.fillStyle = color;
  pen.strokeStyle = color;
  pen.lineWidth = 2.4;
  if (state === "runnable") {
    pen.beginPath();
    for (const shift of [-tile, 0, tile]) {
      pen.moveTo(shift, tile);
      pen.lineTo(shift + tile, 0);
    }
    pen.stroke();
  } else if (state === "blocked") {
    for (const [x, y] of [
      [1, 1],
      [5, 5],
    ] as const)
      pen.fillRect(x, y, 2, 2);
  } else {
    for (const x of [0, 4]) pen.fillRect(x, 0, 2, tile);
  }
  return context.createPattern(small, "repeat") ?? color;
}

export class Fills {
  readonly #styles: Styles;
  readonly #ink: Ink;
  readonly #made = new Map<number, Painted>();

  constructor(styles: Styles, ink: Ink) {
    this.#styles = styles;
    this.#ink = ink;
  }

  of(context: CanvasRenderingContext2D, style: number, shade: number): Painted {
    const key = style * shades.length + shade;
    const found = this.#made.get(key);
    if (found !== undefined) return found;
    const made = this.#make(context, this.#styles.fills[style], shades[shade] ?? 1);
    this.#made.set(key, made);
    return made;
  }

  #make(context: CanvasRenderingContext2D, fill: Fill | undefined, share: number): Painted {
    const ink = this.#ink;
    if (fill === undefined) return { fill: ink.soft, text: ink.panel };
    if (fill.kind === "state") {
      if (fill.state === "unknown") return { fill: ink.sunken, text: ink.soft };
      // Most threads wait most of the time: that is to recede behind what runs.
      const loud = fill.state === "running" || fill.state === "runnable" ? 1 : 0.55;
      const color = mixed(ink[fill.state], ink.panel, share * loud);
      const ground = mixed(ink[fill.state], ink.panel, share * 0.16);
      return {
        fill: pattern(context, fill.state, color, ground),
        text: fill.state === "running" ? textOn(color) : ink.text,
      };
    }
    const plain = fill.kind === "color" ? fill.color : colorOfName(fill.name, ink);
    const color = share === 1 ? plain : mixed(plain, ink.panel, share);
    return { fill: color, text: textOn(color) };
  }
}

function colorOfName(name: "mark" | "over" | "frame", ink: Ink): string {
  if (name === "mark") return ink.accent;
  return name === "over" ? ink["more-fill"] : ink["less-fill"];
}
