// Which rows the timeline has and where each stands: from the items of one or two recordings and
// how they are arranged. Heights in CSS pixels, all rows from the top; only those in view are
// drawn.

import type { Move, Prefs } from "../model/timeline_prefs";
import type { Side, Track, TrackKind } from "../model/timeline_types";
import { type Item, type Section, sideKey } from "./row_items";

export type LaneForm = "strip" | "bars" | "band";

export interface Lane {
  readonly side: Side;
  readonly track: Track;
  readonly form: LaneForm;
  readonly top: number; // from the top of its row
  readonly height: number;
  readonly line: number; // of one depth
  readonly depths: number;
}

export interface Row {
  readonly key: string;
  readonly side: Side;
  readonly kind: "section" | "tracks" | "side";
  readonly title: string;
  readonly note: string;
  readonly thread: number | null;
  readonly top: number;
  readonly height: number;
  readonly lanes: readonly Lane[];
  readonly canFold: boolean;
  readonly isFolded: boolean;
  readonly isPinned: boolean;
  readonly place: number; // among its siblings, to be moved
  readonly siblings: number;
}

export interface Side2 {
  readonly side: Side;
  readonly name: string;
  readonly sections: readonly Section[];
}

export interface RowsInput {
  readonly sides: readonly Side2[]; // one or two
  readonly prefs: Prefs;
  readonly threads: readonly number[]; // only these, of A; none: all
}

export interface Rows {
  readonly pinned: readonly Row[];
  readonly rows: readonly Row[];
  readonly hidden: number; // items left out by filters
}

export const depthsMax = 48; // deeper spans are on the flame graph: no screen is that high
const headHeight = 26; // of a section, and the least of a row: a button must fit in
const rowPad = 2;
const manyItems = 8; // more cores or locks than these are folded at first

interface Size {
  readonly form: LaneForm;
  readonly normal: number;
  readonly compact: number;
}

const sizes: Readonly<Record<TrackKind, Size>> = {
  load: { form: "band", normal: 40, compact: 24 },
  core: { form: "bars", normal: 18, compact: 12 },
  frames: { form: "bars", normal: 20, compact: 14 },
  gpu: { form: "bars", normal: 18, compact: 12 },
  thread: { form: "strip", normal: 0, compact: 0 },
  state: { form: "strip", normal: 12, compact: 5 },
  samples: { form: "strip", normal: 13, compact: 6 },
  spans: { form: "bars", normal: 18, compact: 11 },
  async: { form: "bars", normal: 18, compact: 11 },
  messages: { form: "strip", normal: 18, compact: 14 },
  counter: { form: "band", normal: 40, compact: 24 },
  plot: { form: "band", normal: 40, compact: 24 },
  lock: { form: "bars", normal: 18, compact: 12 },
  pool: { form: "band", normal: 40, compact: 24 },
};

const aloneKinds = new Set<TrackKind>(["load", "frames", "core", "gpu"]);

function lanesOf(item: Item, side: Side, isCompact: boolean, isFolded: boolean): Lane[] {
  const out: Lane[] = [];
  let top = rowPad;
  for (const track of item.tracks) {
    // Folded, a thread is what it does and its outermost spans.
    if (
      isFolded &&
      (track.kind === "samples" || track.kind === "async" || track.kind === "messages")
    )
      continue;
    if (track.events === 0 && item.tracks.length > 1) continue;
    const size = sizes[track.kind];
    const line = isFolded ? size.compact : isCompact ? size.compact : size.normal;
    const isDeep = size.form === "bars";
    const depths = isFolded || !isDeep ? 1 : Math.max(1, Math.min(depthsMax, track.depth));
    out.push({ side, track, form: size.form, top, height: line * depths, line, depths });
    top += line * depths + (size.form === "band" ? 2 : 1);
  }
  return out;
}

// Each key to its place; what is not named keeps the order that it had.
function arranged<T extends { readonly key: string }>(
  items: readonly T[],
  moves: readonly Move[],
  keyOf: (item: T) => string,
): readonly T[] {
  const out = [...items];
  for (const { key, to } of moves) {
    const at = out.findIndex((item) => keyOf(item) === key);
    const [moved] = at < 0 ? [] : out.splice(at, 1);
    if (moved !== undefined) out.splice(Math.min(to, out.length), 0, moved);
  }
  return out;
}

function foldedAtFirst(section: Section): boolean {
  const first = section.items[0]?.tracks[0]?.kind;
  return (
    (first === "core" || first === "lock" || first === "pool") && section.items.length > manyItems
  );
}

export function layoutRows(input: RowsInput): Rows {
  const { prefs } = input;
  const words = prefs.filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const toggled = new Set(prefs.toggled);
  const pins = new Set(prefs.pins);
  const out: Row[] = [];
  const pinned: Row[] = [];
  let hidden = 0;
  const shownMatches = new Set<string>(); // of A's threads that the filter lets through

  const makeItem = (item: Item, side: Side, place: number, siblings: number): Row => {
    const key = sideKey(side, item.key);
    const canFold = item.thread !== null && item.tracks.length > 0;
    const isFolded = canFold && toggled.has(key);
    const lanes = lanesOf(item, side, prefs.isCompact, isFolded);
    const last = lanes[lanes.length - 1];
    const height = Math.max(
      headHeight,
      (last === undefined ? 0 : last.top + last.height) + rowPad + 1,
    );
    return {
      key,
      side,
      kind: "tracks",
      title: item.title,
      note: item.note,
      thread: item.thread,
      top: 0,
      height,
      lanes,
      canFold,
      isFolded,
      isPinned: pins.has(key),
      place,
      siblings,
    };
  };
  const makeHead = (
    side: Side,
    kind: Row["kind"],
    key: string,
    title: string,
    note: string,
    isFolded: boolean,
  ): Row => ({
    key,
    side,
    kind,
    title,
    note,
    thread: null,
    top: 0,
    height: headHeight,
    lanes: [],
    canFold: true,
    isFolded,
    isPinned: false,
    place: 0,
    siblings: 0,
  });
  const isShown = (item: Item, section: Section, side: Side): boolean => {
    if (prefs.hideEmpty && item.events === 0) return false;
    if (item.thread !== null && input.threads.length > 0) {
      if (side === "a" && !input.threads.includes(item.thread)) return false;
      if (side === "b" && !shownMatches.has(item.match)) return false;
    }
    const text =
      `${item.title} ${item.note} ${section.title} ${item.tracks[0]?.group ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };

  const [main, other] = input.sides;
  const others = new Map<string, Item>();
  const isBeside = prefs.isBeside && other !== undefined;
  for (const { side, name, sections } of input.sides) {
    if (side === "b" && isBeside) {
      // Those of B that stand below no track of A follow here.
      const kept = new Set(main?.sections.flatMap((one) => one.items.map(({ match }) => match)));
      const left = sections
        .map((section) => ({
          ...section,
          items: section.items.filter(({ match }) => !kept.has(match)),
        }))
        .filter(({ items }) => items.length > 0);
      if (left.length > 0) addSide(side, `${name}: only in B`, left);
      continue;
    }
    if (side === "a" && isBeside) {
      for (const item of other?.sections.flatMap((one) => one.items) ?? [])
        others.set(item.match, item);
    }
    addSide(side, input.sides.length > 1 ? name : "", sections);
  }

  function addSide(side: Side, title: string, sections: readonly Section[]): void {
    const sideFolded = toggled.has(sideKey(side, "side"));
    if (title !== "")
      out.push(makeHead(side, "side", sideKey(side, "side"), title, "", sideFolded));
    for (const section of arranged(sections, prefs.moves, ({ key }) => sideKey(side, key))) {
      const items = arranged(section.items, prefs.moves, (item) => sideKey(side, item.key));
      const shown = items.filter((item) => isShown(item, section, side));
      hidden += items.length - shown.length;
      if (shown.length === 0) continue;
      const key = sideKey(side, section.key);
      const isFolded = toggled.has(key) !== foldedAtFirst(section);
      const head = makeHead(side, "section", key, section.title, `${shown.length}`, isFolded);
      // The first tracks need no title above their own where they are alone.
      const kind = section.items.length === 1 ? section.items[0]?.tracks[0]?.kind : undefined;
      const isAlone = kind !== undefined && aloneKinds.has(kind);
      if (!sideFolded && !isAlone) out.push(head);
      for (const item of shown) {
        shownMatches.add(item.match);
        const row = makeItem(item, side, items.indexOf(item), items.length);
        const below = isBeside ? others.get(item.match) : undefined;
        const second = below === undefined ? null : makeItem(below, "b", 0, 1);
        if (row.isPinned) pinned.push(row);
        if (second?.isPinned === true) pinned.push(second);
        if ((isFolded && !isAlone) || sideFolded) continue;
        if (!row.isPinned) out.push(row);
        if (second !== null && !second.isPinned) out.push(second);
      }
    }
  }
  return { pinned: stacked(pinned), rows: stacked(out), hidden };
}

function stacked(rows: readonly Row[]): readonly Row[] {
  let top = 0;
  return rows.map((row) => {
    const placed = { ...row, top };
    top += row.height;
    return placed;
  });
}

export function heightOf(rows: readonly Row[]): number {
  const last = rows[rows.length - 1];
  return last === undefined ? 0 : last.top + last.height;
}

// The rows that lie between two heights, by halving: there may be thousands.
export function rowsBetween(rows: readonly Row[], top: number, bottom: number): readonly Row[] {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row !== undefined && row.top + row.height <= top) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < rows.length && (rows[end]?.top ?? Infinity) < bottom) end += 1;
  return rows.slice(low, end);
}
