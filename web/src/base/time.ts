// Times and durations in nanoseconds. A recording's times count from its start, so that a number
// holds them exactly for a hundred days; they are branded so that pixels do not get mixed in.

export type Ns = number & { readonly unit: "ns" };

export function ns(value: number): Ns {
  return value as Ns;
}

export interface Range {
  readonly from: Ns;
  readonly to: Ns;
}

export function rangeOf(from: number, to: number): Range {
  return from <= to ? { from: ns(from), to: ns(to) } : { from: ns(to), to: ns(from) };
}

export function lengthOf(range: Range): Ns {
  return ns(range.to - range.from);
}

export function sameRange(a: Range | null, b: Range | null): boolean {
  return a === b || (a !== null && b !== null && a.from === b.from && a.to === b.to);
}
