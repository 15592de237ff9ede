// The lock under the pointer, else that of the selected event: it is lit up in all threads.

import { labelText } from "../../base/label";
import { durationText } from "../../base/format";
import type { Range } from "../../base/time";
import { type LockUse, lockUses, threadsByName, usesAt } from "../../layout/lock_light";
import { threadState } from "../../layout/styles";
import type { Side, Track } from "../../model/timeline_types";
import type { Hover, SideData, Stage } from "./stage";

export interface LitLock {
  readonly side: Side;
  readonly track: Track;
  readonly uses: readonly LockUse[];
  readonly threads: ReadonlyMap<string, number>;
}

const namesBySide = new WeakMap<SideData, ReadonlyMap<string, number>>();

function threadsOf(data: SideData): ReadonlyMap<string, number> {
  const names = namesBySide.get(data) ?? threadsByName(data.timeline);
  namesBySide.set(data, names);
  return names;
}

export function lockTracks(data: SideData | undefined): readonly Track[] {
  return data?.timeline.tracks.filter(({ kind }) => kind === "lock") ?? [];
}

interface Known {
  readonly turn: number;
  readonly view: Range;
  readonly lock: LitLock;
}
// As long as the window and the tiles are the same: the pointer moves more often than they change.
const known = new WeakMap<Track, Known>();

function lit(stage: Stage, side: Side, track: Track): LitLock | null {
  const data = stage.sideOf(side);
  if (data === undefined) return null;
  const [turn, view] = [stage.tilesTurn.peek(), stage.view.peek()];
  const before = known.get(track);
  if (before?.turn === turn && before.view === view && before.lock.side === side) {
    return before.lock;
  }
  const uses = lockUses(stage.pieces(side, track.id));
  const lock: LitLock = { side, track, uses, threads: threadsOf(data) };
  known.set(track, { turn, view, lock });
  return lock;
}

// A wait of a thread's is for the lock that this thread waits for at that time, where one is marked.
export function lockUnder(stage: Stage, hover: Hover | null): LitLock | null {
  if (hover?.hit?.kind !== "bar") return null;
  const { side, track } = hover.hit.lane.lane;
  if (track.kind === "lock") return lit(stage, side, track);
  if (track.kind !== "state") return null;
  const state = threadState(hover.name);
  if (state !== "locked" && state !== "blocked") return null;
  for (const lock of lockTracks(stage.sideOf(side))) {
    const found = lit(stage, side, lock);
    const isIt = found?.uses.some(
      (use) =>
        use.role === "waiting" &&
        use.count === 1 &&
        hover.time >= use.from &&
        hover.time < use.to &&
        found.threads.get(use.thread) === track.thread,
    );
    if (isIt === true) return found;
  }
  return null;
}

export function litLock(stage: Stage): LitLock | null {
  const hovered = lockUnder(stage, stage.hover.peek());
  if (hovered !== null) return hovered;
  const selected = stage.selected.peek();
  const id = selected?.details.lock?.track;
  if (selected === null || id === undefined) return null;
  const track = lockTracks(stage.sideOf(selected.side)).find((one) => one.id === id);
  return track === undefined ? null : lit(stage, selected.side, track);
}

const namesMax = 3;

// What to say of a lock at a moment.
export function lockLines(lock: LitLock, time: number): readonly string[] {
  const now = usesAt(lock.uses, time);
  const names = (uses: readonly LockUse[]): string => {
    const shown = uses.slice(0, namesMax).map(({ thread }) => labelText(thread, 60));
    const more = uses.length - shown.length;
    return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  };
  const holders = now.filter(({ role }) => role !== "waiting");
  const waiters = now.filter(({ role }) => role === "waiting");
  const [longest] = [...waiters].sort((one, other) => other.to - other.from - (one.to - one.from));
  return [
    `lock ${labelText(lock.track.name, 80)}`,
    ...(holders.length > 0 ? [`held by ${names(holders)}`] : []),
    ...(longest !== undefined
      ? [`waited for by ${names(waiters)}, up to ≈ ${durationText(longest.to - longest.from)}`]
      : []),
  ];
}
