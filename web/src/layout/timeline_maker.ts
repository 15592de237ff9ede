// A small timeline for tests: two cores, threads with their parts, a plot and a lock.

import type { Timeline, Track } from "../model/timeline_types";

export function track(id: string, more: Partial<Track> = {}): Track {
  const kind = (id.split(":")[0] ?? "spans") as Track["kind"];
  return {
    id,
    kind,
    name: id,
    process: null,
    thread: null,
    group: "",
    depth: 1,
    events: 5,
    ...more,
  };
}

export function timelineOf(threads: readonly string[], more: readonly Track[] = []): Timeline {
  const tracks: Track[] = [
    track("load"),
    track("core:0", { group: "CPUs" }),
    track("core:1", { group: "CPUs" }),
  ];
  for (const [i, name] of threads.entries()) {
    const of = { process: 1, thread: i + 1, group: "app" };
    tracks.push(
      track(`thread:${i + 1}`, { ...of, name, depth: 0 }),
      track(`state:${i + 1}`, of),
      track(`samples:${i + 1}`, of),
      track(`spans:${i + 1}`, { ...of, depth: 3 }),
    );
  }
  return {
    start: 0,
    end: 1_000_000,
    processes: [{ id: 1, pid: 77, name: "app" }],
    threads: threads.map((name, i) => ({ id: i + 1, tid: 100 + i, name, process: 1 })),
    tracks: [...tracks, ...more],
    frames: [],
    hints: [],
  };
}
