// Histograms of durations: where bars lie on an axis of logarithms, and what a drag across them
// selects. Pure.

export interface Bars {
  readonly edges: readonly number[]; // one more than there are bars, rising
  readonly values: readonly number[];
}

export interface Bar {
  readonly index: number;
  readonly x: number; // shares of the width and of the height, from the bottom
  readonly width: number;
  readonly height: number;
}

export interface Axis {
  readonly from: number;
  readonly to: number;
}

// Durations of 0 have no logarithm: they lie at the left end.
const least = 0.5;

export function axisOf(edges: readonly number[]): Axis {
  const from = Math.max(least, edges[0] ?? 1);
  return { from, to: Math.max(from * 1.001, edges[edges.length - 1] ?? 1) };
}

export function placeOf(axis: Axis, value: number): number {
  const share = Math.log(Math.max(least, value) / axis.from) / Math.log(axis.to / axis.from);
  return Math.max(0, Math.min(1, share));
}

export function valueAt(axis: Axis, place: number): number {
  return axis.from * (axis.to / axis.from) ** Math.max(0, Math.min(1, place));
}

export interface HeightScale {
  readonly most: number;
  readonly isLog: boolean;
}

// On a scale of logarithms one is a little above nothing.
export function heightOf(value: number, scale: HeightScale): number {
  if (!(value > 0) || !(scale.most > 0)) return 0;
  if (!scale.isLog) return value / scale.most;
  const floor = Math.min(1, scale.most) / 2;
  return Math.max(0, Math.log(value / floor) / Math.log(scale.most / floor));
}

export function layoutBars(bars: Bars, axis: Axis, scale: HeightScale): readonly Bar[] {
  const out: Bar[] = [];
  for (const [index, value] of bars.values.entries()) {
    const x = placeOf(axis, bars.edges[index] ?? 0);
    const width = placeOf(axis, bars.edges[index + 1] ?? 0) - x;
    if (width > 0 && value > 0) out.push({ index, x, width, height: heightOf(value, scale) });
  }
  return out;
}

export function barAt(bars: Bars, axis: Axis, place: number): number {
  const value = valueAt(axis, place);
  for (let i = bars.values.length - 1; i >= 0; i--) if ((bars.edges[i] ?? 0) <= value) return i;
  return 0;
}

export interface Selected {
  readonly low: number;
  readonly high: number;
}

// What a drag from one place to another selects: whole bars, so that counts fit what is seen. A
// press without a move selects nothing.
export function dragged(bars: Bars, axis: Axis, from: number, to: number): Selected | null {
  if (Math.abs(from - to) < 0.004 || bars.values.length === 0) return null;
  return selectBars(
    bars,
    barAt(bars, axis, Math.min(from, to)),
    barAt(bars, axis, Math.max(from, to)),
  );
}

export function selectBars(bars: Bars, first: number, last: number): Selected {
  const [from, to] = [Math.min(first, last), Math.max(first, last)];
  // The edge belongs to the next bar: durations are whole nanoseconds.
  const high = Math.max(0, Math.ceil(bars.edges[to + 1] ?? 0) - 1);
  const isLast = to === bars.values.length - 1;
  return {
    low: Math.floor(bars.edges[from] ?? 0),
    high: isLast ? Math.ceil(bars.edges[to + 1] ?? 0) : high,
  };
}

export function isInside(bars: Bars, index: number, selected: Selected | null): boolean {
  if (selected === null) return true;
  const low = bars.edges[index] ?? 0;
  const high = bars.edges[index + 1] ?? 0;
  return high > selected.low && low <= selected.high;
}

// Marks of an axis of durations: powers of ten, with 2 and 5 between them where there is room.
export function axisMarks(axis: Axis, most: number): readonly number[] {
  for (const steps of [[1, 2, 5], [1, 3], [1]]) {
    const marks: number[] = [];
    for (
      let power = Math.floor(Math.log10(axis.from));
      power <= Math.ceil(Math.log10(axis.to));
      power++
    ) {
      for (const step of steps) {
        const mark = step * 10 ** power;
        if (mark >= axis.from && mark <= axis.to) marks.push(mark);
      }
    }
    if (marks.length <= most) return marks;
  }
  return [axis.from, axis.to];
}
