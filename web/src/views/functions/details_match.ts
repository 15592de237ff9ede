// Rows of two recordings side by side, and what is worked out of the answer.

import { bytesText, countText, durationText, percentText } from "../../base/format";
import type { Track, WaitTimes } from "./details_types";

export interface Pair<T> {
  readonly id: string; // unique in its list
  readonly a: T | null;
  readonly b: T | null;
}

// By what `nameOf` says, in the order of A and then what B alone has. Of several with one name the
// first goes with the first: they stand in the order of their size.
export function paired<T>(
  a: readonly T[],
  b: readonly T[],
  nameOf: (row: T) => string,
): readonly Pair<T>[] {
  const numbered = (rows: readonly T[]): Map<string, T> => {
    const seen = new Map<string, number>();
    const out = new Map<string, T>();
    for (const row of rows) {
      const name = nameOf(row);
      const count = seen.get(name) ?? 0;
      seen.set(name, count + 1);
      out.set(`${count}:${name}`, row);
    }
    return out;
  };
  const ofB = numbered(b);
  const out: Pair<T>[] = [];
  for (const [id, row] of numbered(a)) {
    out.push({ id, a: row, b: ofB.get(id) ?? null });
    ofB.delete(id);
  }
  for (const [id, row] of ofB) out.push({ id, a: null, b: row });
  return out;
}

// Several texts as one name: no text of a recording can look like the border between two.
export function nameOfParts(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}

// Less than that of an estimate changes no digit that people read.
const estimateShare = 0.02;

export function isEstimate(ns: number, estimatedNs: number): boolean {
  return estimatedNs > 0 && estimatedNs >= ns * estimateShare;
}

export interface KindRow {
  readonly kind: string;
  readonly text: string;
  readonly ns: number;
  readonly estimated_ns: number;
  readonly count: number;
  readonly share: number; // of the life of all threads
}

// Where the life of all threads went: it adds up.
export function kindRows(
  all: WaitTimes,
  texts: Readonly<Record<string, string>>,
): readonly KindRow[] {
  const row = (
    kind: string,
    text: string,
    ns: number,
    estimated: number,
    count: number,
  ): KindRow => ({
    kind,
    text,
    ns,
    estimated_ns: estimated,
    count,
    share: all.life_ns > 0 ? ns / all.life_ns : 0,
  });
  const blocked = Object.entries(all.kinds)
    .filter(([kind]) => kind !== "run-queue")
    .map(([kind, times]) =>
      row(kind, `blocked: ${texts[kind] ?? kind}`, times.ns, times.estimated_ns, times.count),
    )
    .sort((one, other) => other.ns - one.ns);
  const queue = all.kinds["run-queue"];
  return [
    row("running", "running", all.running_ns, 0, 0),
    row(
      "run-queue",
      "waiting for a CPU",
      all.waiting_for_cpu_ns,
      queue?.estimated_ns ?? 0,
      queue?.count ?? 0,
    ),
    ...blocked,
    row("lost", "not known: records were lost", all.not_known_ns, 0, 0),
  ].filter(({ ns }) => ns > 0);
}

// Time of CPUs is how many are busy; other time is a share of what passes.
function isCpuTime(name: string): boolean {
  return name.startsWith("task-clock") || (name.startsWith("cpu.") && name !== "cpu.throttled");
}

function plain(value: number): string {
  return Math.abs(value) >= 100 || Number.isInteger(value)
    ? countText(value)
    : String(Number(value.toPrecision(3)));
}

// As `hone report --counters` writes it: what is added up is shown by second.
export function trackText(track: Track, value: number | null): string {
  if (value === null) return "–";
  const isRate = track.kind === "rate";
  const per = isRate ? "/s" : "";
  switch (track.unit) {
    case "bytes":
      return bytesText(value) + per;
    case "nanoseconds":
      if (!isRate) return durationText(value);
      return isCpuTime(track.name) ? `${(value / 1e9).toFixed(2)} CPUs` : percentText(value / 1e9);
    case "hertz":
      return `${(value / 1e9).toFixed(2)} GHz`;
    case "celsius":
      return `${value.toFixed(1)} °C`;
    case "share":
      return percentText(value);
    default:
      return plain(value) + per;
  }
}

// "~": a part of it is estimated. Of what is no sum there is none.
export function trackTotalText(track: Track): string {
  if (track.kind === "gauge" || track.total === undefined || track.total === null) return "–";
  const text =
    track.unit === "bytes"
      ? bytesText(track.total)
      : track.unit === "nanoseconds"
        ? durationText(track.total)
        : countText(Math.round(track.total));
  return (track.counted_share ?? 1) < 1 ? `~${text}` : text;
}
