// Which columns a table has room for.

export interface Sized {
  readonly width: string; // of CSS grid: "6rem", "minmax(12rem, 1fr)"
  readonly isSpare?: boolean; // left out where the others do not fit beside it
}

export function leastOf(width: string): string {
  return /^minmax\(([^,]+),/.exec(width)?.[1] ?? width;
}

// Without as many of the spare ones, the last first, as it takes for the rest to fit into `room`
// (in rem). All of them where no number says how wide they are.
export function columnsWithin<Of extends Sized>(columns: readonly Of[], room: number): Of[] {
  let over = columns.reduce((sum, { width }) => sum + remOf(width), 0) - room;
  const kept = [...columns];
  for (let i = kept.length - 1; i >= 0 && over > 0; i -= 1) {
    const column = kept[i];
    if (column?.isSpare !== true) continue;
    over -= remOf(column.width);
    kept.splice(i, 1);
  }
  return kept;
}

function remOf(width: string): number {
  return Number(/^([\d.]+)rem$/.exec(leastOf(width))?.[1] ?? Number.NaN);
}
