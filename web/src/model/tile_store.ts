// The tiles of one recording: fetched when they are wanted, kept while there is room.
//
//   const store = new TileStore(ask, whole, onChange);
//   store.want({ tracks, near, view, step });            // what is on the screen now
//   for (const piece of store.pieces(track, view, step)) // the best there is of it
//
// One request asks for all tracks in view; what is in view goes before what is beside it. A request
// whose tiles nobody wants any more is given up.

import type { Problem, Result } from "../base/result";
import { type Range, rangeOf } from "../base/time";
import type { Columns } from "../engine/columns";
import { ColumnError } from "../engine/columns";
import { Lru } from "./lru";
import { type Asked, type Piece, type Tile, tileCost, tileKey, tilesFrom } from "./tile";
import { stepMax, tileLength, type TileSpan, tilesOf } from "./zoom";

// Tiles beside each other in one request: as wide as most screens; more would keep others waiting.
export const countMax = 4;
const tracksMax = 96; // in one request, so that no address gets too long
const cacheBytes = 96e6;
const childLevels = 3;

export interface Wanted {
  readonly tracks: readonly string[]; // in view, in the order of the screen
  readonly near: readonly string[]; // a screen above and below
  readonly view: Range;
  readonly step: number;
}

export type Ask = (asked: Asked, signal: AbortSignal) => Promise<Result<Columns>>;

interface Flight {
  readonly asked: Asked;
  readonly abort: AbortController;
}

export class TileStore {
  readonly #ask: Ask;
  readonly #whole: Range;
  readonly #onChange: () => void;
  readonly #tiles = new Lru<Tile>(cacheBytes);
  readonly #failed = new Set<string>();
  #wanted: Wanted | null = null;
  #kept: Pick<Wanted, "tracks" | "view" | "step"> | null = null;
  #seen: Flight | null = null; // the request for what is in view
  #ahead: Flight | null = null; // the one for what may be next
  #isPaused = false;
  problem: Problem | null = null;

  constructor(ask: Ask, whole: Range, onChange: () => void) {
    this.#ask = ask;
    this.#whole = whole;
    this.#onChange = onChange;
  }

  want(wanted: Wanted): void {
    this.#wanted = wanted;
    this.#pump();
  }

  // To be fetched once what is in view is there, and whatever the window is.
  keep(kept: Pick<Wanted, "tracks" | "view" | "step">): void {
    this.#kept = kept;
    this.#pump();
  }

  // Asks again for what failed.
  retry(): void {
    this.#failed.clear();
    this.#isPaused = false;
    this.problem = null;
    this.#pump();
  }

  close(): void {
    this.#wanted = null;
    this.#seen?.abort.abort();
    this.#ahead?.abort.abort();
  }

  // What is in view is all there, in the step that was wanted.
  get isComplete(): boolean {
    return this.#wanted === null || this.#missingInView(this.#wanted) === null;
  }

  // The tile itself where it is there, else the nearest coarser one, else finer ones: so that a new
  // zoom never shows emptiness where something was seen before.
  pieces(track: string, view: Range, step: number): readonly Piece[] {
    const span = tilesOf(view, this.#whole, step);
    const out: Piece[] = [];
    for (let index = span.first; index <= span.last; index += 1)
      this.#cover(out, track, step, index);
    return out;
  }

  #cover(out: Piece[], track: string, step: number, index: number): void {
    const from = index * tileLength(step);
    const to = from + tileLength(step);
    const put = (tile: Tile): void => {
      const before = out[out.length - 1];
      if (before?.tile === tile && before.to === from) out[out.length - 1] = { ...before, to };
      else out.push({ tile, from, to });
    };
    const exact = this.#tiles.get(tileKey(track, step, index));
    if (exact !== undefined) return put(exact);
    for (let up = 1; step + up <= stepMax; up += 1) {
      const coarse = this.#tiles.get(tileKey(track, step + up, Math.floor(index / 2 ** up)));
      if (coarse !== undefined) return put(coarse);
    }
    this.#finer(out, track, step, index, childLevels);
  }

  #finer(out: Piece[], track: string, step: number, index: number, levels: number): void {
    if (levels === 0 || step === 0) return;
    for (const child of [index * 2, index * 2 + 1]) {
      const tile = this.#tiles.get(tileKey(track, step - 1, child));
      if (tile === undefined) this.#finer(out, track, step - 1, child, levels - 1);
      else out.push({ tile, from: tile.start, to: tile.start + tileLength(step - 1) });
    }
  }

  #isMissing(track: string, step: number, index: number): boolean {
    const key = tileKey(track, step, index);
    return !this.#tiles.has(key) && !this.#failed.has(key);
  }

  // The smallest question that holds what of these is missing.
  #missing(tracks: readonly string[], span: TileSpan): Asked | null {
    let [first, last] = [Infinity, -Infinity];
    const lacking: string[] = [];
    for (const track of tracks) {
      let lacks = false;
      for (let index = span.first; index <= span.last; index += 1) {
        if (!this.#isMissing(track, span.step, index)) continue;
        lacks = true;
        first = Math.min(first, index);
        last = Math.max(last, index);
      }
      if (lacks) lacking.push(track);
      if (lacking.length === tracksMax) break;
    }
    if (lacking.length === 0) return null;
    const count = Math.min(countMax, last - first + 1);
    return { tracks: lacking, step: span.step, first, count };
  }

  #missingInView(wanted: Wanted): Asked | null {
    return this.#missing(wanted.tracks, tilesOf(wanted.view, this.#whole, wanted.step));
  }

  #missingBeside({ tracks, near, view, step }: Wanted): Asked | null {
    const length = view.to - view.from;
    const whole = this.#whole;
    const right = rangeOf(view.to, Math.min(whole.to, view.to + length));
    const left = rangeOf(Math.max(whole.from, view.from - length), view.from);
    const coarser = Math.min(stepMax, step + 1);
    const kept = this.#kept;
    return (
      (kept === null ? null : this.#missing(kept.tracks, tilesOf(kept.view, whole, kept.step))) ??
      (right.to > right.from ? this.#missing(tracks, tilesOf(right, whole, step)) : null) ??
      (left.to > left.from ? this.#missing(tracks, tilesOf(left, whole, step)) : null) ??
      this.#missing(near, tilesOf(view, whole, step)) ??
      this.#missing(tracks, tilesOf(view, whole, coarser))
    );
  }

  #isUseful({ asked }: Flight, wanted: Wanted): boolean {
    const span = tilesOf(wanted.view, this.#whole, wanted.step);
    return (
      asked.step === wanted.step &&
      asked.first <= span.last &&
      asked.first + asked.count > span.first &&
      asked.tracks.some((track) => wanted.tracks.includes(track))
    );
  }

  #pump(): void {
    const wanted = this.#wanted;
    if (wanted === null || this.#isPaused) return;
    if (this.#seen !== null && !this.#isUseful(this.#seen, wanted)) {
      this.#seen.abort.abort();
      this.#seen = null;
    }
    if (this.#seen !== null) return;
    const now = this.#missingInView(wanted);
    if (now !== null) {
      this.#ahead?.abort.abort();
      this.#ahead = null;
      this.#seen = this.#send(now);
    } else if (this.#ahead === null) {
      const next = this.#missingBeside(wanted);
      if (next !== null) this.#ahead = this.#send(next);
    }
  }

  #send(asked: Asked): Flight {
    const flight = { asked, abort: new AbortController() };
    void this.#ask(asked, flight.abort.signal).then((answer) => {
      if (flight.abort.signal.aborted) return;
      if (this.#seen === flight) this.#seen = null;
      if (this.#ahead === flight) this.#ahead = null;
      if (answer.ok) this.#keep(answer.value, asked);
      else this.#fail(answer.error, asked);
      this.#onChange();
      this.#pump();
    });
    return flight;
  }

  #keep(answer: Columns, asked: Asked): void {
    try {
      for (const tile of tilesFrom(answer, asked)) {
        this.#tiles.set(tileKey(tile.track, tile.step, tile.index), tile, tileCost(tile));
      }
      this.problem = null;
    } catch (error) {
      if (!(error instanceof ColumnError)) throw error;
      const message = `the answer to tiles cannot be read: ${error.message}`;
      this.#fail({ kind: "failed", code: "", message, effect: "", fixes: [] }, asked);
    }
  }

  #fail(problem: Problem, asked: Asked): void {
    if (problem.kind === "cancelled") return;
    this.problem = problem;
    // A server that is gone is asked again when it is back; what it refused is not asked twice.
    if (problem.kind === "gone") this.#isPaused = true;
    for (const track of asked.tracks) {
      for (let i = 0; i < asked.count; i += 1) {
        this.#failed.add(tileKey(track, asked.step, asked.first + i));
      }
    }
  }
}
