// Text on bars: cut to what fits, which is measured once for each name and font.

import { labelText } from "../base/label";

const cacheMax = 20_000;
const signsMax = 160;

interface Measured {
  readonly text: string;
  readonly width: number;
}

export class Labels {
  readonly #measured = new Map<string, Measured>();

  measure(context: CanvasRenderingContext2D, name: string): Measured {
    const key = `${context.font}\n${name.length > 300 ? name.slice(0, 300) : name}`;
    const found = this.#measured.get(key);
    if (found !== undefined) return found;
    if (this.#measured.size >= cacheMax) this.#measured.clear();
    const text = labelText(name, signsMax);
    const made = { text, width: context.measureText(text).width };
    this.#measured.set(key, made);
    return made;
  }

  // "" where not even a few signs fit: half a word says nothing.
  fitting(context: CanvasRenderingContext2D, name: string, room: number): string {
    const { text, width } = this.measure(context, name);
    if (width <= room) return text;
    // By the mean width of its signs, with one to spare: a label is drawn 500 times a frame.
    const signs = Math.floor((room / width) * text.length) - 1;
    if (signs < 3) return "";
    const cut = text.slice(0, signs);
    return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
  }
}
