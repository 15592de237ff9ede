// Windows of time of a report: it holds the whole run in one fineness, and some stretches in a
// finer one; coarser ones are made of those.

import type { Archive } from "./archive";
import { decodeColumns, type Table } from "./columns";
import { encodeColumns, type TableOut } from "./encode_columns";

const bucketsOfTile = 1024;
const goesOn = 0xffffffff;
const noEvent = 0xffffffff;
const folded = 4;

interface Held {
  readonly question: string;
  readonly of: string | null; // the recording; null: A
  readonly tracks: readonly string[];
  readonly step: number;
  readonly first: number; // tiles of that step
  readonly count: number;
}

function heldIn(archive: Archive): readonly Held[] {
  return archive.questions("tiles").map((question) => {
    const values = new URLSearchParams(question.split("?")[1] ?? "");
    return {
      question,
      of: values.get("a"),
      tracks: (values.get("tracks") ?? "").split(","),
      step: Number(values.get("step")),
      first: Number(values.get("first")),
      count: Number(values.get("count")),
    };
  });
}

// The whole run begins with the first tile; what is behind its last one is empty.
function covers(held: Held, step: number, first: number, count: number): boolean {
  if (held.step > step) return false;
  const scale = 2 ** (step - held.step);
  const isWhole = held.first === 0;
  return (
    first * scale >= held.first && (isWhole || (first + count) * scale <= held.first + held.count)
  );
}

export function answerTiles(
  archive: Archive,
  path: string,
  values: URLSearchParams,
): ArrayBuffer | undefined {
  if (path !== "tiles") return undefined;
  const step = Number(values.get("step"));
  const [firstTile, countTiles] = [Number(values.get("first")), Number(values.get("count") ?? 1)];
  // The coarsest that is fine enough: least to go through.
  const [held] = heldIn(archive)
    .filter((one) => one.of === values.get("a") && covers(one, step, firstTile, countTiles))
    .sort((one, other) => other.step - one.step);
  const body = held === undefined ? undefined : archive.find(held.question);
  if (held === undefined || body === undefined) return undefined;
  const columns = decodeColumns(body);
  const window: Window = {
    // Of each track held, its place among those that are asked for; -1: it is not.
    place: held.tracks.map((track) => (values.get("tracks") ?? "").split(",").indexOf(track)),
    scale: 2 ** (step - held.step),
    first: firstTile * bucketsOfTile - (held.first * bucketsOfTile) / 2 ** (step - held.step),
    count: countTiles * bucketsOfTile,
  };
  return encodeColumns(
    [slices(columns.table("slices"), window), valuesOf(columns.table("values"), window)],
    {
      names: columns.json["names"],
      modules: columns.json["modules"],
      step,
      first: firstTile,
      count: countTiles,
    },
  );
}

interface Window {
  readonly place: readonly number[];
  readonly scale: number; // held buckets in one that is asked for
  readonly first: number; // bucket that is asked for, from the first that is held
  readonly count: number;
}

interface Slice {
  track: number;
  depth: number;
  start: number;
  end: number;
  row: number; // of the longest
  longest: number;
  count: number;
}

function slices(from: Table, window: Window): TableOut {
  const [track, depth, start, end] = [
    from.u16("track"),
    from.u16("depth"),
    from.u32("start"),
    from.u32("end"),
  ];
  const counts = from.u32("count");
  const kept: Slice[] = [];
  for (let row = 0; row < from.rows; row += 1) {
    const place = window.place[track[row] ?? 0] ?? -1;
    if (place < 0) continue;
    const heldEnd = end[row] === goesOn ? Number.POSITIVE_INFINITY : (end[row] ?? 0);
    const from0 = Math.floor((start[row] ?? 0) / window.scale) - window.first;
    const to0 = Math.ceil(heldEnd / window.scale) - window.first;
    if (to0 <= 0 || from0 >= window.count) continue;
    const slice: Slice = {
      track: place,
      depth: depth[row] ?? 0,
      start: Math.max(0, from0),
      end: Math.min(window.count, Math.max(to0, from0 + 1)),
      row,
      longest: heldEnd - (start[row] ?? 0),
      count: counts[row] ?? 1,
    };
    const last = kept[kept.length - 1];
    const overlaps =
      last !== undefined &&
      last.track === slice.track &&
      last.depth === slice.depth &&
      last.end > slice.start;
    if (!overlaps) kept.push(slice);
    else {
      last.end = Math.max(last.end, slice.end);
      last.count += slice.count;
      if (slice.longest > last.longest) {
        last.longest = slice.longest;
        last.row = slice.row;
      }
    }
  }
  // In the order of the tracks as they were asked for.
  kept.sort((a, b) => a.track - b.track || a.depth - b.depth || a.start - b.start);
  const pick = (column: { readonly [row: number]: number }): number[] =>
    kept.map(({ row }) => column[row] ?? 0);
  const flags = from.u8("flags");
  return {
    name: "slices",
    rows: kept.length,
    columns: {
      track: Uint16Array.from(kept, (slice) => slice.track),
      depth: Uint16Array.from(kept, (slice) => slice.depth),
      start: Uint32Array.from(kept, (slice) => slice.start),
      end: Uint32Array.from(kept, (slice) => slice.end),
      name: Uint32Array.from(pick(from.u32("name"))),
      count: Uint32Array.from(kept, (slice) => slice.count),
      // Events can be asked for at the server alone.
      event: new Uint32Array(kept.length).fill(noEvent),
      busy: Uint8Array.from(pick(from.u8("busy"))),
      flags: Uint8Array.from(
        kept,
        ({ row, count }) => ((flags[row] ?? 0) & ~2) | (count > 1 ? folded : 0),
      ),
      color: Uint32Array.from(pick(from.u32("color"))),
    },
  };
}

function valuesOf(from: Table, window: Window): TableOut {
  const [track, bucket] = [from.u16("track"), from.u32("bucket")];
  const [low, high, last, count] = [
    from.f64("min"),
    from.f64("max"),
    from.f64("last"),
    from.u32("count"),
  ];
  const out: {
    track: number;
    bucket: number;
    min: number;
    max: number;
    last: number;
    count: number;
  }[] = [];
  for (let row = 0; row < from.rows; row += 1) {
    const place = window.place[track[row] ?? 0] ?? -1;
    const at = Math.floor((bucket[row] ?? 0) / window.scale) - window.first;
    if (place < 0 || at >= window.count) continue;
    const previous = out[out.length - 1];
    // What held when the window began stands in its first bucket, with a count of 0.
    const place0 = Math.max(0, at);
    const value = {
      track: place,
      bucket: place0,
      min: low[row] ?? 0,
      max: high[row] ?? 0,
      last: last[row] ?? 0,
      count: at < 0 ? 0 : (count[row] ?? 0),
    };
    if (previous === undefined || previous.track !== place || previous.bucket !== place0) {
      out.push(value);
    } else if (previous.count === 0) {
      out[out.length - 1] = value;
    } else {
      previous.min = Math.min(previous.min, value.min);
      previous.max = Math.max(previous.max, value.max);
      previous.last = value.last;
      previous.count += value.count;
    }
  }
  out.sort((a, b) => a.track - b.track || a.bucket - b.bucket);
  return {
    name: "values",
    rows: out.length,
    columns: {
      track: Uint16Array.from(out, (value) => value.track),
      bucket: Uint32Array.from(out, (value) => value.bucket),
      min: Float64Array.from(out, (value) => value.min),
      max: Float64Array.from(out, (value) => value.max),
      last: Float64Array.from(out, (value) => value.last),
      count: Uint32Array.from(out, (value) => value.count),
    },
  };
}
