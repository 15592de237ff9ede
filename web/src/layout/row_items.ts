// The tracks of one recording put together: sections (a process, the CPU), in each of them items (a
// thread with its strips, a counter), in each of those the tracks that are its lanes.

import type { Side, Timeline, Track, TrackKind } from "../model/timeline_types";

export interface Item {
  readonly key: string; // the same in both recordings but for the side: "thread:3"
  readonly match: string; // by what an item of the other recording is the same: kind and name
  readonly title: string;
  readonly note: string;
  readonly thread: number | null;
  readonly tracks: readonly Track[];
  readonly events: number;
}

export interface Section {
  readonly key: string;
  readonly title: string;
  readonly items: readonly Item[];
}

const kindTitles: Partial<Record<TrackKind, string>> = {
  load: "CPU",
  core: "Cores",
  frames: "Frames",
  gpu: "GPU",
  counter: "Counters",
  plot: "Plots",
  lock: "Locks",
  pool: "Pools",
  messages: "Messages",
};

const threadParts = new Set<TrackKind>([
  "thread",
  "state",
  "samples",
  "spans",
  "async",
  "messages",
]);

function titleOf(track: Track): string {
  if (track.name === "") return kindTitles[track.kind] ?? track.id;
  return track.kind === "frames" ? `Frames: ${track.name}` : track.name;
}

interface Making {
  key: string;
  title: string;
  items: Map<string, { title: string; note: string; thread: number | null; tracks: Track[] }>;
}

export function sectionsOf(timeline: Timeline): readonly Section[] {
  const processes = new Map(timeline.processes.map((process) => [process.id, process]));
  const threads = new Map(timeline.threads.map((thread) => [thread.id, thread]));
  const sections = new Map<string, Making>();
  for (const track of timeline.tracks) {
    const ofThread = track.thread !== null && threadParts.has(track.kind);
    const process = ofThread
      ? (track.process ?? threads.get(track.thread ?? -1)?.process ?? null)
      : null;
    const group = track.group !== "" ? track.group : (kindTitles[track.kind] ?? "Other");
    const key = process !== null ? `process:${process}` : `group:${group}`;
    const known = process === null ? undefined : processes.get(process);
    const section = sections.get(key) ?? {
      key,
      title: known === undefined ? group : `${known.name || "process"} (${known.pid})`,
      items: new Map(),
    };
    sections.set(key, section);
    const itemKey = ofThread ? `thread:${track.thread}` : track.id;
    const thread = ofThread ? threads.get(track.thread ?? -1) : undefined;
    const item = section.items.get(itemKey) ?? {
      title: thread === undefined ? titleOf(track) : thread.name || "(no name)",
      note: thread === undefined ? noteOf(track) : `${thread.tid}`,
      thread: ofThread ? track.thread : null,
      tracks: [],
    };
    section.items.set(itemKey, item);
    // The thread itself has nothing to draw: it is the name of what follows.
    if (track.kind !== "thread") item.tracks.push(track);
  }
  return [...sections.values()].map(({ key, title, items }) => ({
    key,
    title,
    items: matched(
      [...items].map(([itemKey, item]) => ({
        ...item,
        key: itemKey,
        events: item.tracks.reduce((sum, track) => sum + track.events, 0),
      })),
    ),
  }));
}

// Units that a value is written with anyway need no words beside the name.
const plainUnits = new Set(["", "ns", "ns/s", "count", "share", "bytes", "bytes/s", "/s"]);

function noteOf(track: Track): string {
  return plainUnits.has(track.unit ?? "") ? "" : (track.unit ?? "");
}

// Threads of one name are the same as the ones of that name in the other recording, in their order.
function matched(items: readonly Omit<Item, "match">[]): readonly Item[] {
  const seen = new Map<string, number>();
  return items.map((item) => {
    const name = item.thread === null ? item.key : `thread ${item.title}`;
    const nth = (seen.get(name) ?? 0) + 1;
    seen.set(name, nth);
    return { ...item, match: `${name} ${nth}` };
  });
}

export interface Unmatched {
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
}

// What one recording shows and the other has not, by title.
export function unmatched(a: readonly Section[], b: readonly Section[]): Unmatched {
  const itemsA = a.flatMap(({ items }) => items);
  const itemsB = b.flatMap(({ items }) => items);
  const keysA = new Set(itemsA.map(({ match }) => match));
  const keysB = new Set(itemsB.map(({ match }) => match));
  return {
    onlyA: itemsA.filter(({ match }) => !keysB.has(match)).map(({ title }) => title),
    onlyB: itemsB.filter(({ match }) => !keysA.has(match)).map(({ title }) => title),
  };
}

export function sideKey(side: Side, key: string): string {
  return `${side}|${key}`;
}
