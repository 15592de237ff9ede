// What a slice is filled with, as a small number, so that what is drawn can be put in order by it.
// Colours go by names, as on every other page; what a thread does has a colour and a pattern.

import { colorOf, spanColorOf, type Theme } from "../base/palette";
import type { TrackKind } from "../model/timeline_types";

export type ThreadState = "running" | "runnable" | "blocked" | "locked" | "unknown";

export type Fill =
  | { readonly kind: "color"; readonly color: string }
  | { readonly kind: "state"; readonly state: ThreadState }
  | { readonly kind: "named"; readonly name: "mark" | "over" | "frame" };

// One letter each, for who cannot tell colours or patterns.
export const stateLetters: Readonly<Record<ThreadState, string>> = {
  running: "R",
  runnable: "W",
  blocked: "B",
  locked: "L",
  unknown: "?",
};

// From how the server calls it: "running", "runnable: waiting for a CPU", "blocked: lock (futex)",
// "not known: ...".
export function threadState(name: string): ThreadState {
  if (name.startsWith("running")) return "running";
  if (name.startsWith("runnable")) return "runnable";
  if (name.startsWith("not known")) return "unknown";
  // Of several short waits the cause of most of the time is told.
  const cause = causeOf(name);
  if (cause.startsWith("waiting for a CPU")) return "runnable";
  return /^lock\b/.test(cause) ? "locked" : "blocked";
}

// "lock (futex)" of "blocked: lock (futex)"; "" where there is none to tell.
export function causeOf(name: string): string {
  const at = name.indexOf(": ");
  const cause = at < 0 ? "" : name.slice(at + 2);
  return cause === "not known" ? "" : cause;
}

export class Styles {
  readonly fills: Fill[] = [];
  readonly #theme: Theme;
  readonly #byKey = new Map<string, number>();
  readonly #byName = new Map<string, number>();

  constructor(theme: Theme) {
    this.#theme = theme;
  }

  #intern(key: string, make: () => Fill): number {
    const found = this.#byKey.get(key);
    if (found !== undefined) return found;
    this.fills.push(make());
    this.#byKey.set(key, this.fills.length - 1);
    return this.fills.length - 1;
  }

  // `color`: 0xrrggbb that the program gave, 0: none.
  of(kind: TrackKind, name: string, module: string, color: number, isOver: boolean): number {
    if (kind === "state") {
      const state = threadState(name);
      return this.#intern(state, () => ({ kind: "state", state }));
    }
    if (kind === "messages") return this.#intern("mark", () => ({ kind: "named", name: "mark" }));
    if (kind === "frames" && color === 0) {
      const which = isOver ? "over" : "frame";
      return this.#intern(which, () => ({ kind: "named", name: which }));
    }
    if (color !== 0) {
      const text = `#${(color & 0xffffff).toString(16).padStart(6, "0")}`;
      return this.#intern(text, () => ({ kind: "color", color: text }));
    }
    // Where its module is not told, a function is coloured by its name alone.
    const isFunction = kind === "samples" && module !== "";
    // A thread by its name alone: its number is another one in the next recording.
    const isThread = kind === "core" || kind === "lock";
    const key = isFunction ? `${module}\n${name}` : isThread ? name.replace(/ \(\d+\)$/, "") : name;
    const found = this.#byName.get(key);
    if (found !== undefined) return found;
    const text = isFunction ? colorOf(module, name, this.#theme) : spanColorOf(key, this.#theme);
    const style = this.#intern(text, () => ({ kind: "color", color: text }));
    this.#byName.set(key, style);
    return style;
  }
}

export function styleName(fill: Fill): string {
  return fill.kind === "color" ? fill.color : fill.kind === "state" ? fill.state : fill.name;
}
