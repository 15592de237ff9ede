// Where the names of vertical lines stand, so that none lies on another. Pure.

export interface LabelPlace {
  readonly x: number; // its left end, in pixels
  readonly row: number;
}

const beside = 4; // pixels between a line and its name
const between = 4; // pixels between two names

// A place for each line, in their order: right of it or else left of it, in the first row that has
// room there; null where no row has.
export function placeLabels(
  lines: readonly number[],
  widths: readonly number[],
  width: number,
  rows: number,
): readonly (LabelPlace | null)[] {
  const taken: { row: number; from: number; to: number }[] = [];
  const isFree = (row: number, from: number, to: number): boolean =>
    from >= 0 &&
    to <= width &&
    !taken.some((one) => one.row === row && from < one.to + between && to > one.from - between);
  return lines.map((line, i) => {
    const size = widths[i] ?? 0;
    for (let row = 0; row < rows; row++) {
      for (const x of [line + beside, line - beside - size]) {
        if (!isFree(row, x, x + size)) continue;
        taken.push({ row, from: x, to: x + size });
        return { x, row };
      }
    }
    return null;
  });
}
