// One lock in all threads: which of them held it and which waited for it, as the tiles of its track
// tell it, and where that stands in the rows of these threads.

import { type Piece, sliceFlags } from "../model/tile";
import { noEvent, type Side, type Timeline } from "../model/timeline_types";
import type { Row } from "./rows";
import { type TimeScale, xOf } from "./time_scale";

// A hold while others wait is what they wait for.
export type LockRole = "held" | "contended" | "waiting";

export interface LockUse {
  readonly thread: string; // as tiles call it: "worker (123)"
  readonly from: number; // ns, as exact as the tile
  readonly to: number;
  readonly role: LockRole;
  readonly count: number; // uses that it stands for: of more than one the thread is that of the longest
}

// One letter each, for who cannot tell colours apart; L is that of threads that wait for a lock.
export const roleLetters: Readonly<Record<LockRole, string>> = {
  held: "H",
  contended: "H!",
  waiting: "L",
};

// `pieces` of the lock's track: its first line is who held it, those below who waited.
export function lockUses(pieces: readonly Piece[]): readonly LockUse[] {
  interface Found extends LockUse {
    readonly event: number;
    readonly depth: number;
    readonly grain: number; // ns: from and to are no finer
  }
  const found: Found[] = [];
  for (const { tile, from, to } of pieces) {
    const bucket = 2 ** tile.step;
    for (let row = 0; row < tile.rows; row += 1) {
      const start = Math.max(from, tile.start + (tile.from[row] ?? 0) * bucket);
      const end = Math.min(to, tile.start + (tile.to[row] ?? 0) * bucket);
      if (end <= start) continue;
      const depth = tile.depth[row] ?? 0;
      const count = tile.count[row] ?? 1;
      const folded = ((tile.flags[row] ?? 0) & sliceFlags.folded) !== 0;
      found.push({
        thread: tile.names[tile.name[row] ?? 0] ?? "",
        from: start,
        to: end,
        role: depth === 0 ? "held" : "waiting",
        count: folded ? Math.max(2, count) : count,
        event: tile.event[row] ?? noEvent,
        depth,
        grain: bucket,
      });
    }
  }
  found.sort((one, other) => one.depth - other.depth || one.from - other.from);
  const joined: Found[] = [];
  for (const use of found) {
    const last = joined[joined.length - 1];
    // A border of tiles cuts nothing.
    if (last?.depth === use.depth && last.event === use.event && last.to === use.from) {
      joined[joined.length - 1] = { ...last, to: use.to };
    } else joined.push(use);
  }
  const waits = union(joined.filter(({ role }) => role === "waiting"));
  let at = 0;
  return joined.map(({ thread, from, to, role, count, grain }) => {
    if (role === "waiting") return { thread, from, to, count, role };
    // Holds are in the order of time.
    while (at < waits.length && (waits[at]?.to ?? 0) <= from) at += 1;
    // Whoever waited takes the lock when the wait ends: times are rounded, and may overlap for that.
    let isWanted = false;
    for (let i = at; !isWanted && (waits[i]?.from ?? Infinity) < to; i += 1) {
      const wait = waits[i];
      if (wait !== undefined) {
        isWanted = Math.min(to, wait.to) - Math.max(from, wait.from) > grain;
      }
    }
    return { thread, from, to, count, role: isWanted ? "contended" : role };
  });
}

// The time that any of them covers, in stretches that lie apart.
function union(uses: readonly { readonly from: number; readonly to: number }[]) {
  const out: { readonly from: number; to: number }[] = [];
  for (const { from, to } of [...uses].sort((one, other) => one.from - other.from)) {
    const last = out[out.length - 1];
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else out.push({ from, to });
  }
  return out;
}

// Of a moment: who held the lock, and who waited. What stands for several uses names nobody.
export function usesAt(uses: readonly LockUse[], time: number): readonly LockUse[] {
  return uses.filter(({ from, to, count }) => count === 1 && time >= from && time < to);
}

// Ids of threads by the names that tiles give them; two of one name and number are neither.
export function threadsByName(timeline: Timeline): ReadonlyMap<string, number> {
  const out = new Map<string, number>();
  const twice = new Set<string>();
  for (const { id, name, tid } of timeline.threads) {
    const key = `${name} (${tid})`;
    if (out.has(key)) twice.add(key);
    out.set(key, id);
  }
  for (const key of twice) out.delete(key);
  return out;
}

export interface LockBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly role: LockRole;
}

const boxesMax = 2_000;

// Over the strip of states of each thread, else over its first.
export function lockBoxes(
  rows: readonly Row[],
  side: Side,
  uses: readonly LockUse[],
  threads: ReadonlyMap<string, number>,
  scale: TimeScale,
  scrolled: number,
): readonly LockBox[] {
  const places = new Map<number, { readonly y: number; readonly height: number }>();
  for (const row of rows) {
    if (row.side !== side || row.thread === null) continue;
    const lane = row.lanes.find(({ track }) => track.kind === "state") ?? row.lanes[0];
    if (lane === undefined) continue;
    places.set(row.thread, { y: row.top + lane.top - scrolled, height: lane.line });
  }
  const out: LockBox[] = [];
  for (const { thread, from, to, role, count } of uses) {
    const place = places.get(threads.get(thread) ?? -1);
    if (place === undefined || count > 1 || out.length === boxesMax) continue;
    const left = Math.max(-10, xOf(scale, from));
    const right = Math.min(scale.width + 10, xOf(scale, to));
    if (right > left) out.push({ x: left, width: Math.max(2, right - left), ...place, role });
  }
  return out;
}
