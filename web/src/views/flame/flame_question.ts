// What the page is set to, read out of the state, and the questions that follow from it.

import type { Values } from "../../engine/client";
import type { FlameBasis } from "../../layout/flame_layout";
import { selectionOf, sidesOf, type State } from "../../model/state";

export type Mode = "left" | "time" | "sandwich";
export type Group = "function" | "line" | "module" | "thread";
export type Coloring = "delta" | "module" | "category" | "self" | "name";
export type Side = "a" | "b" | "both";

export const modes = [
  { id: "left", says: "Heaviest left", hint: "Same stacks together, the heaviest left" },
  { id: "time", says: "In time", hint: "The stacks of one thread in their order" },
  { id: "sandwich", says: "Sandwich", hint: "Callers and callees of one function" },
] as const;

export const groups = [
  { id: "function", says: "Function" },
  { id: "line", says: "Line" },
  { id: "module", says: "Module" },
  { id: "thread", says: "Thread" },
] as const;

export const colorings = [
  { id: "delta", says: "Change to B" },
  { id: "module", says: "Module" },
  { id: "category", says: "Kind of code" },
  { id: "self", says: "Self time" },
  { id: "name", says: "Name" },
] as const;

export interface FlameSettings {
  readonly mode: Mode;
  readonly group: Group;
  readonly coloring: Coloring;
  readonly side: Side;
  readonly isUp: boolean;
  readonly isTable: boolean;
  readonly thread: string; // of the order of time; "": the busiest
  readonly time: string; // what that is zoomed to, "FROM-TO"; "": what is selected
}

function oneOf<T extends string>(
  all: readonly { readonly id: T }[],
  text: string | undefined,
  or: T,
): T {
  return all.find(({ id }) => id === text)?.id ?? or;
}

export function settingsOf(state: State): FlameSettings {
  const more = (name: string): string | undefined => state.more[`flame.${name}`];
  const isCompared = state.b !== null;
  const coloring = oneOf(colorings, more("color"), isCompared ? "delta" : "module");
  const side = more("width");
  const group = oneOf(groups, more("group"), "function");
  // Kinds of code are those of functions.
  const hasKinds = group === "function" || group === "thread";
  const isOff = (coloring === "delta" && !isCompared) || (coloring === "category" && !hasKinds);
  return {
    mode: oneOf(modes, state.mode, "left"),
    group,
    coloring: isOff ? "module" : coloring,
    side: !isCompared ? "a" : side === "a" || side === "both" ? side : "b",
    isUp: more("up") === "1",
    isTable: more("table") === "1",
    thread: more("thread") ?? "",
    time: /^\d+-\d+$/.test(more("time") ?? "") ? (more("time") ?? "") : "",
  };
}

export function withSetting(state: State, name: string, value: string): Partial<State> {
  return { more: { ...state.more, [`flame.${name}`]: value } };
}

export function basisOf(state: State, settings: FlameSettings): FlameBasis {
  return {
    side: settings.side,
    isShare: state.per === "share",
    isTime: settings.mode === "time",
  };
}

// Widths in steps, so that moving an edge of the window does not ask each pixel anew.
const pixelStep = 200;

export function pixelsAsked(width: number): number {
  return Math.max(pixelStep, Math.ceil(width / pixelStep) * pixelStep);
}

// `thread`: that of the order of time, "" while it is not known.
// `part`: of a sandwich, which half. null: there is nothing to ask.
export function flameValues(
  state: State,
  weight: string | null,
  width: number,
  part: "callers" | "callees",
  thread = "",
): Values | null {
  const settings = settingsOf(state);
  const { mode } = settings;
  if (weight === null || width <= 0) return null;
  if (mode === "time") return part === "callers" ? null : timeValues(state, weight, width, thread);
  if (mode === "sandwich" ? state.key === "" : part === "callers") return null;
  return {
    ...sidesOf(state),
    ...selectionOf(state),
    weight,
    mode: mode === "sandwich" ? `sandwich-${part}` : mode,
    key: mode === "sandwich" ? state.key : null,
    invert: mode === "left" && state.invert,
    group: settings.group === "function" ? null : settings.group,
    // A comma parts one from the next.
    transforms: state.transforms.map((one) => one.replaceAll(",", "%2C")),
    root: mode === "sandwich" ? [] : state.root,
    pixels: pixelsAsked(width),
    min_px: 0.5,
  };
}

// Times are of one recording: B's are not the same.
function timeValues(state: State, weight: string, width: number, thread: string): Values | null {
  const { group, time } = settingsOf(state);
  if (thread === "") return null;
  const selection = selectionOf(state);
  return {
    a: sidesOf(state)["a"],
    ...selection,
    t: time === "" ? selection["t"] : time,
    weight,
    mode: "time",
    thread,
    group: group === "function" || group === "thread" ? null : group,
    pixels: pixelsAsked(width),
    min_px: 0.5,
  };
}
