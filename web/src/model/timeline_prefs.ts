// How the timeline is arranged: kept in the address under names of its own ("tl.pin"), so that a
// link shows the same tracks in the same order.

import { type Range, rangeOf } from "../base/time";
import type { State } from "./state";

export interface Move {
  readonly key: string;
  readonly to: number; // its place among its siblings
}

export interface Prefs {
  readonly pins: readonly string[]; // keys of rows
  readonly toggled: readonly string[]; // rows that are folded or open other than they are at first
  readonly moves: readonly Move[];
  readonly isCompact: boolean;
  readonly hideEmpty: boolean;
  readonly filter: string;
  readonly isBeside: boolean; // each track of B below its track of A
  readonly isTable: boolean;
  readonly frameSet: string;
  readonly selected: Range | null; // a stretch that was dragged, not yet a filter
  readonly tab: string; // of the drawer
  readonly isNotes: boolean; // the list of notes is open
  readonly of: string; // a function whose stretches are walked, by its key
}

const names = {
  pins: "tl.pin",
  toggled: "tl.fold",
  moves: "tl.order",
  isCompact: "tl.dense",
  hideEmpty: "tl.empty",
  filter: "tl.filter",
  isBeside: "tl.beside",
  isTable: "tl.table",
  frameSet: "tl.frames",
  selected: "tl.sel",
  tab: "tl.tab",
  isNotes: "tl.notelist",
  of: "tl.of",
} as const satisfies Record<keyof Prefs, string>;

const listMax = 500; // entries of a list in an address that somebody made up

function lines(text: string | undefined): readonly string[] {
  return (text ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .slice(0, listMax);
}

function rangeFrom(text: string | undefined): Range | null {
  const match = /^(\d{1,16})-(\d{1,16})$/.exec(text ?? "");
  return match === null ? null : rangeOf(Number(match[1]), Number(match[2]));
}

export function prefsOf(state: State): Prefs {
  const text = (name: keyof Prefs): string | undefined => state.more[names[name]];
  return {
    pins: lines(text("pins")),
    toggled: lines(text("toggled")),
    moves: lines(text("moves")).flatMap((line) => {
      const match = /^(\d{1,6})@(.+)$/.exec(line);
      return match === null ? [] : [{ key: match[2] ?? "", to: Number(match[1]) }];
    }),
    isCompact: text("isCompact") === "1",
    hideEmpty: text("hideEmpty") === "1",
    filter: text("filter") ?? "",
    isBeside: text("isBeside") === "1",
    isTable: text("isTable") === "1",
    frameSet: text("frameSet") ?? "",
    selected: rangeFrom(text("selected")),
    tab: text("tab") ?? "",
    isNotes: text("isNotes") === "1",
    of: text("of") ?? "",
  };
}

function textOf(value: Prefs[keyof Prefs]): string {
  if (value === null || value === false) return "";
  if (value === true) return "1";
  if (typeof value === "string") return value;
  if ("from" in value) return `${Math.round(value.from)}-${Math.round(value.to)}`;
  return value.map((one) => (typeof one === "string" ? one : `${one.to}@${one.key}`)).join("\n");
}

// The part of a state that holds them: what is as at first takes no room in the address.
export function withPrefs(state: State, patch: Partial<Prefs>): Pick<State, "more"> {
  const more: Record<string, string> = { ...state.more };
  for (const name of Object.keys(patch) as (keyof Prefs)[]) {
    const value = patch[name];
    const text = value === undefined ? "" : textOf(value);
    if (text === "") delete more[names[name]];
    else more[names[name]] = text;
  }
  return { more };
}

// In the list when it was not, else out of it.
export function toggledIn(list: readonly string[], key: string): readonly string[] {
  return list.includes(key) ? list.filter((one) => one !== key) : [...list, key];
}

// What leads from a function to where it is on the timeline.
export function functionOnTimeline(state: State, key: string): Partial<State> {
  const more = withPrefs(state, { of: key, selected: null });
  return { key, event: "", view: null, search: "", ...more };
}
