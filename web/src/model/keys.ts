// The one table of keys: handler, help sheet, palette, tooltips and docs/reference/keys.md are made
// from it. Letters for motion go by their place on the keyboard (`code`), all others by what they
// write (`key`). What a person chose instead is model/keymap's.

import type { Page } from "./state";

export type Where = "global" | "search" | "timeline" | "flame" | "table" | "source";

export const placeNames: Readonly<Record<Where, string>> = {
  global: "Everywhere",
  search: "In the search box",
  timeline: "Timeline",
  flame: "Flame",
  table: "Tables",
  source: "Source",
};

export interface KeyBinding {
  readonly id: string;
  readonly where: Where;
  // "KeyW" is a place, "?" a sign; "Ctrl+", "Alt+", "Shift+" before either. "g o": one after the
  // other.
  readonly keys: readonly string[];
  readonly says: string;
  // In the palette too (else it only makes sense with something under the pointer).
  readonly inPalette?: boolean;
  // Not to be changed: what lists, trees and dialogs do everywhere.
  readonly isFixed?: boolean;
}

// The first of two keys.
export const leader = "g";

const pageKeys: readonly (readonly [string, Page, string])[] = [
  ["o", "overview", "Overview"],
  ["t", "timeline", "Timeline"],
  ["f", "flame", "Flame graph"],
  ["n", "functions", "Functions"],
  ["s", "source", "Source and assembly"],
  ["m", "memory", "Memory"],
  ["b", "benchmarks", "Benchmarks"],
  ["c", "causal", "Causal"],
  ["a", "scale", "Scale"],
  ["y", "system", "System"],
  ["q", "sql", "SQL"],
  ["l", "live", "Live"],
];

export const bindings: readonly KeyBinding[] = [
  { id: "help", where: "global", keys: ["?"], says: "Keys and help", inPalette: true },
  { id: "palette", where: "global", keys: ["Ctrl+k"], says: "Everything that can be done" },
  { id: "search", where: "global", keys: ["/"], says: "Search", inPalette: true },
  ...pageKeys.map(([letter, page, name]): KeyBinding => ({
    id: `page.${page}`,
    where: "global",
    keys: [`g ${letter}`],
    says: `Go to ${name}`,
    inPalette: true,
  })),
  { id: "back", where: "global", keys: ["["], says: "Back" },
  { id: "forward", where: "global", keys: ["]"], says: "Forward" },
  {
    id: "escape",
    where: "global",
    keys: ["Escape"],
    says: "Close, or clear what is selected",
    isFixed: true,
  },
  { id: "link", where: "global", keys: ["y"], says: "Copy a link to this view", inPalette: true },
  { id: "swap", where: "global", keys: ["x"], says: "Swap A and B", inPalette: true },
  { id: "undo", where: "global", keys: ["Ctrl+z"], says: "Undo a filter or transform" },
  { id: "clear", where: "global", keys: ["Alt+f"], says: "Clear all filters", inPalette: true },
  { id: "theme", where: "global", keys: [], says: "Light or dark colours", inPalette: true },

  { id: "search.next", where: "search", keys: ["Enter"], says: "The next found", isFixed: true },
  {
    id: "search.previous",
    where: "search",
    keys: ["Shift+Enter"],
    says: "The one found before",
    isFixed: true,
  },

  { id: "zoom.in", where: "timeline", keys: ["KeyW"], says: "Zoom in at the pointer" },
  { id: "zoom.out", where: "timeline", keys: ["KeyS"], says: "Zoom out at the pointer" },
  { id: "pan.left", where: "timeline", keys: ["KeyA"], says: "Left (Shift: five times as far)" },
  { id: "pan.right", where: "timeline", keys: ["KeyD"], says: "Right (Shift: five times as far)" },
  { id: "step.previous", where: "timeline", keys: ["ArrowLeft"], says: "The span before" },
  { id: "step.next", where: "timeline", keys: ["ArrowRight"], says: "The span behind" },
  { id: "step.parent", where: "timeline", keys: ["ArrowUp"], says: "The span around it" },
  { id: "step.child", where: "timeline", keys: ["ArrowDown"], says: "The first span inside" },
  { id: "step.previous-same", where: "timeline", keys: [","], says: "The one of its name before" },
  { id: "step.next-same", where: "timeline", keys: ["."], says: "The next one of its name" },
  { id: "step.slowest-same", where: "timeline", keys: ["l"], says: "The longest of its name" },
  { id: "track.previous", where: "timeline", keys: ["Alt+ArrowUp"], says: "To the track above" },
  { id: "track.next", where: "timeline", keys: ["Alt+ArrowDown"], says: "To the track below" },
  { id: "fit", where: "timeline", keys: ["f"], says: "Fit the selection; again: fit all" },
  { id: "all", where: "timeline", keys: ["0"], says: "Show all" },
  { id: "range", where: "timeline", keys: ["r"], says: "Filter every page by the selection" },
  { id: "note", where: "timeline", keys: ["m"], says: "Write a note", inPalette: true },
  { id: "pin", where: "timeline", keys: ["p"], says: "Pin the track" },
  { id: "home", where: "timeline", keys: ["Home"], says: "To the start" },
  { id: "end", where: "timeline", keys: ["End"], says: "To the end" },
  { id: "frame.next", where: "timeline", keys: ["n"], says: "The next slow frame" },
  { id: "frame.previous", where: "timeline", keys: ["Shift+n"], says: "The slow frame before" },

  { id: "mode.left", where: "flame", keys: ["1"], says: "Heaviest left" },
  { id: "mode.time", where: "flame", keys: ["2"], says: "In the order of time" },
  { id: "mode.sandwich", where: "flame", keys: ["3"], says: "Callers and callees of one" },
  { id: "invert", where: "flame", keys: ["i"], says: "From the leaves up" },
  { id: "flame.enter", where: "flame", keys: ["Enter"], says: "Zoom into the frame" },
  { id: "flame.out", where: "flame", keys: ["Backspace"], says: "Zoom out" },
  { id: "flame.merge", where: "flame", keys: ["m"], says: "Merge the function into its callers" },
  { id: "flame.collapse", where: "flame", keys: ["c"], says: "Fold what the function calls" },
  { id: "flame.module", where: "flame", keys: ["Shift+c"], says: "Fold its library" },
  { id: "flame.drop", where: "flame", keys: ["d"], says: "Leave out samples with the function" },
  { id: "flame.focus", where: "flame", keys: ["f"], says: "Only stacks through the function" },
  { id: "flame.recursion", where: "flame", keys: ["Shift+r"], says: "Fold its recursion" },
  {
    id: "flame.walk",
    where: "flame",
    keys: ["Arrow keys"],
    says: "Walk the frames",
    isFixed: true,
  },

  {
    id: "row.move",
    where: "table",
    keys: ["Arrow keys", "PageUp", "PageDown"],
    says: "Move",
    isFixed: true,
  },
  { id: "row.open", where: "table", keys: ["Enter"], says: "Open the row", isFixed: true },

  { id: "line.next", where: "source", keys: ["n"], says: "The next hot line" },
  { id: "line.previous", where: "source", keys: ["Shift+n"], says: "The hot line before" },
  { id: "assembly", where: "source", keys: ["a"], says: "Show or hide the assembly" },
];
