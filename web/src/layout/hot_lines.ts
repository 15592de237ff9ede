// Costs by line: which lines are hot, the next one, and where their marks lie beside a scrollbar.

export interface LineCost {
  readonly line: number;
  readonly self: number;
  readonly total: number;
  readonly samples: number;
  readonly b_self?: number | null;
  readonly b_total?: number | null;
}

export type CostKind = "self" | "total";

export function costOf(cost: LineCost | undefined, kind: CostKind): number {
  return cost === undefined ? 0 : cost[kind];
}

export function costOfB(cost: LineCost | undefined, kind: CostKind): number {
  return (kind === "self" ? cost?.b_self : cost?.b_total) ?? 0;
}

// Lines that have at least this much of the hottest one.
const hotShare = 0.05;

export function hotLines(costs: readonly LineCost[], kind: CostKind): readonly number[] {
  const most = Math.max(0, ...costs.map((cost) => cost[kind]));
  return costs
    .filter((cost) => cost[kind] > 0 && cost[kind] >= most * hotShare)
    .map((cost) => cost.line)
    .sort((p, q) => p - q);
}

// The next one below (or above), round the end; 0: there is none.
export function nextHot(lines: readonly number[], from: number, step: 1 | -1): number {
  const ordered = step > 0 ? lines : [...lines].reverse();
  return ordered.find((line) => (step > 0 ? line > from : line < from)) ?? ordered[0] ?? 0;
}

export interface HeatMark {
  readonly y: number; // shares of the height
  readonly height: number;
  readonly heat: number; // 0 to 1
}

// Marks for a strip of so many pixels: lines that share a pixel are one, as hot as the hottest.
export function heatMarks(
  costs: readonly LineCost[],
  kind: CostKind,
  firstLine: number,
  lines: number,
  pixels: number,
): readonly HeatMark[] {
  if (lines <= 0 || pixels <= 0) return [];
  const most = Math.max(0, ...costs.map((cost) => cost[kind]));
  const byPixel = new Map<number, number>();
  for (const cost of costs) {
    const value = cost[kind];
    const at = cost.line - firstLine;
    if (!(value > 0) || at < 0 || at >= lines) continue;
    const pixel = Math.min(pixels - 1, Math.floor((at / lines) * pixels));
    byPixel.set(pixel, Math.max(byPixel.get(pixel) ?? 0, value / most));
  }
  const height = Math.max(1 / lines, 2 / pixels);
  return [...byPixel].map(([pixel, heat]) => ({ y: pixel / pixels, height, heat }));
}
