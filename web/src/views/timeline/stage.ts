// What the parts of the timeline share while it is shown: the window, the tiles, the pointer. The
// address follows the window with a delay, since it moves with every turn of the wheel.

import { batch, type Signal, signal } from "@preact/signals";
import { type Range, rangeOf, sameRange } from "../../base/time";
import type { Client } from "../../engine/client";
import { Labels } from "../../draw/labels";
import { type Section, sectionsOf } from "../../layout/row_items";
import type { Hit } from "../../layout/scene";
import type { Note } from "../../model/notes";
import type { Piece } from "../../model/tile";
import { TileStore } from "../../model/tile_store";
import type { EventDetails, EventName, Hint, Side, Timeline } from "../../model/timeline_types";
import { between, clamped, stepOf, windowMin } from "../../model/zoom";

export interface SideData {
  readonly side: Side;
  readonly id: string; // of the recording
  readonly timeline: Timeline;
  readonly sections: readonly Section[];
  readonly tiles: TileStore;
}

export interface Hover {
  readonly hit: Hit | null;
  readonly name: string; // of the bar that is hit
  readonly x: number; // in the scene
  readonly clientX: number;
  readonly clientY: number;
  readonly time: number;
}

export interface Selected extends EventName {
  readonly details: EventDetails;
}

const glideMs = 130;
const settleMs = 250;

export class Stage {
  readonly sides: readonly SideData[];
  readonly whole: Range;
  readonly view: Signal<Range>;
  readonly tilesTurn = signal(0); // counts answers
  readonly hover = signal<Hover | null>(null);
  readonly drag = signal<Range | null>(null); // being dragged, not yet selected
  readonly selected = signal<Selected | null>(null);
  // The note that is being written, and the one that it takes the place of.
  readonly writing = signal<{ readonly of: Note | null; readonly note: Note } | null>(null);
  // Asked to come into view: the row of this event.
  readonly reveal = signal<EventName | null>(null);
  // Stretches that are told apart, and what is to be known of the whole.
  readonly hints: readonly Hint[];
  readonly notes: readonly string[];
  readonly labels = new Labels();
  width = 1_000; // of the tracks, in pixels
  readonly #wanted = new Map<string, Record<Side, { tracks: string[]; near: string[] }>>();
  readonly #settle: (view: Range) => void;
  #settling = 0;
  #settled: Range | null = null;
  #gliding = 0;

  constructor(
    client: Client,
    sides: readonly { side: Side; id: string; timeline: Timeline }[],
    settle: (view: Range) => void,
    view: Range | null,
  ) {
    const end = Math.max(windowMin, ...sides.map(({ timeline }) => timeline.end));
    this.whole = rangeOf(0, end);
    this.view = signal(view === null ? this.whole : clamped(view, this.whole));
    this.#settle = settle;
    const hints = sides[0]?.timeline.hints ?? [];
    const isOfAll = (hint: Hint): boolean => hint.end - hint.start >= end * 0.98;
    this.hints = hints.filter((hint) => !isOfAll(hint));
    this.notes = hints.filter(isOfAll).map(({ text }) => text);
    this.sides = sides.map(({ side, id, timeline }) => ({
      side,
      id,
      timeline,
      sections: sectionsOf(timeline),
      tiles: new TileStore(
        ({ tracks, step, first, count }, abort) =>
          client.columns("tiles", { a: id, tracks: tracks.join(","), step, first, count }, abort),
        rangeOf(0, timeline.end),
        () => {
          this.tilesTurn.value += 1;
        },
      ),
    }));
  }

  sideOf(side: Side): SideData | undefined {
    return this.sides.find((one) => one.side === side);
  }

  pieces(side: Side, track: string): readonly Piece[] {
    const view = this.view.peek();
    return this.sideOf(side)?.tiles.pieces(track, view, stepOf(view, this.width)) ?? [];
  }

  // What a pane shows now; all panes' wishes are asked for together.
  want(pane: string, wanted: Record<Side, { tracks: string[]; near: string[] }>): void {
    this.#wanted.set(pane, wanted);
    const view = this.view.peek();
    for (const { side, tiles } of this.sides) {
      const all = [...this.#wanted.values()].map((one) => one[side]);
      tiles.want({
        tracks: all.flatMap(({ tracks }) => tracks),
        near: all.flatMap(({ near }) => near),
        view,
        step: stepOf(view, this.width),
      });
    }
  }

  // Tiles of all of A, however far in the window is: for the minimap.
  keepWhole(tracks: readonly string[]): void {
    this.sides[0]?.tiles.keep({ tracks, view: this.whole, step: stepOf(this.whole, this.width) });
  }

  get isComplete(): boolean {
    return this.sides.every(({ tiles }) => tiles.isComplete);
  }

  retry(): void {
    for (const { tiles } of this.sides) tiles.retry();
  }

  // At once: what the pointer drags must stick to it.
  show(view: Range): void {
    cancelAnimationFrame(this.#gliding);
    this.#put(clamped(view, this.whole));
  }

  // Gliding, so that the eye can follow; at once for who wants no motion.
  glide(view: Range): void {
    cancelAnimationFrame(this.#gliding);
    const target = clamped(view, this.whole);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.#put(target);
    const from = this.view.peek();
    const began = performance.now();
    const turn = (now: number): void => {
      const share = Math.min(1, Math.max(0, (now - began) / glideMs));
      this.#put(share === 1 ? target : between(from, target, 1 - (1 - share) ** 2));
      if (share < 1) this.#gliding = requestAnimationFrame(turn);
    };
    this.#gliding = requestAnimationFrame(turn);
    this.target = target;
  }
  // Where the last glide goes: keys that are pressed again before it is there add to it.
  target: Range | null = null;

  #put(view: Range): void {
    if (this.target !== null && sameRange(view, this.target)) this.target = null;
    if (sameRange(view, this.view.peek())) return;
    this.view.value = view;
    clearTimeout(this.#settling);
    this.#settling = window.setTimeout(() => {
      this.#settled = this.view.peek();
      this.#settle(this.#settled);
    }, settleMs);
  }

  // From the address: another link, or a step back.
  follow(view: Range | null): void {
    const next = view === null ? this.whole : clamped(view, this.whole);
    // In the address times are whole ns. What settled comes back from there, maybe after the window
    // has moved on: that is no new window.
    const isSame = (other: Range): boolean =>
      Math.abs(next.from - other.from) <= 1 && Math.abs(next.to - other.to) <= 1;
    if (isSame(this.view.peek()) || (this.#settled !== null && isSame(this.#settled))) return;
    this.#settled = null;
    batch(() => {
      clearTimeout(this.#settling);
      this.glide(next);
    });
  }

  close(): void {
    cancelAnimationFrame(this.#gliding);
    clearTimeout(this.#settling);
    for (const { tiles } of this.sides) tiles.close();
  }
}
