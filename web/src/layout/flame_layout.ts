// Where the frames of a flame graph lie. Pure: a tree, what is zoomed into and what widths stand
// for in; left and right edges out, as shares of the width. A picture's height is rows of equal
// height.

import { type FlameTree, has, nodeFlag } from "./flame_tree";

export interface FlameBasis {
  // What a width is: of A, of B, or of both together. Both add up, so that children fit their
  // parent.
  readonly side: "a" | "b" | "both";
  // Of each side's own whole, or as measured.
  readonly isShare: boolean;
  // In the order of time: the edges are times that the server gives.
  readonly isTime: boolean;
}

export interface FlameLayout {
  readonly tree: FlameTree;
  readonly root: number;
  readonly left: Float64Array; // of the width, 0 to 1; not a number: not shown
  readonly right: Float64Array;
  readonly levels: readonly Uint32Array[]; // rows by depth, from left to right
}

// What a row weighs by the basis.
export function weigher(tree: FlameTree, basis: FlameBasis): (row: number) => number {
  const { total, totalB } = tree;
  if (totalB === null || basis.side === "a") return (row) => total[row] ?? 0;
  if (basis.side === "b") return (row) => totalB[row] ?? 0;
  const scaleA = basis.isShare ? 1 / Math.max(total[0] ?? 0, 1e-300) : 1;
  const scaleB = basis.isShare ? 1 / Math.max(totalB[0] ?? 0, 1e-300) : 1;
  return (row) => (total[row] ?? 0) * scaleA + (totalB[row] ?? 0) * scaleB;
}

export function layoutFlame(tree: FlameTree, root: number, basis: FlameBasis): FlameLayout {
  const left = new Float64Array(tree.rows).fill(Number.NaN);
  const right = new Float64Array(tree.rows).fill(Number.NaN);
  const levels: number[][] = [];
  const put = (row: number, from: number, to: number): void => {
    left[row] = from;
    right[row] = to;
    const depth = tree.depth[row] ?? 0;
    while (levels.length <= depth) levels.push([]);
    levels[depth]?.push(row);
  };
  if (tree.rows > 0) {
    for (let up = root; ; up = tree.parent[up] ?? 0) {
      put(up, 0, 1);
      if ((tree.parent[up] ?? 0) >= up) break;
    }
    if (basis.isTime) placeByTime(tree, root, put);
    else placeByWeight(tree, root, weigher(tree, basis), right, left, put);
  }
  // In the order of time siblings come in any order.
  if (basis.isTime) {
    for (const rows of levels) rows.sort((p, q) => (left[p] ?? 0) - (left[q] ?? 0));
  }
  return { tree, root, left, right, levels: levels.map((rows) => Uint32Array.from(rows)) };
}

type Put = (row: number, from: number, to: number) => void;

// Children from their parent's left edge on, in the order of the answer; what is left over is the
// parent's own.
function placeByWeight(
  tree: FlameTree,
  root: number,
  weight: (row: number) => number,
  right: Float64Array,
  left: Float64Array,
  put: Put,
): void {
  // A function of the other side alone has no width of its own: it takes that of both.
  const whole = weight(root);
  const of = whole > 0 ? weight : weigher(tree, { side: "both", isShare: true, isTime: false });
  const scale = 1 / Math.max(whole > 0 ? whole : of(root), 1e-300);
  const next = new Float64Array(tree.rows); // where the next child of a row begins
  next[root] = 0;
  const end = tree.end[root] ?? 0;
  for (let row = root + 1; row < end; row++) {
    const up = tree.parent[row] ?? 0;
    const from = next[up] ?? 0;
    const limit = right[up] ?? 1;
    const width = of(row) * scale;
    if (!(width > 0) || Number.isNaN(left[up] ?? Number.NaN)) continue;
    const to = Math.min(limit, from + width);
    next[up] = to;
    next[row] = from;
    if (to > from) put(row, from, to);
  }
}

function placeByTime(tree: FlameTree, root: number, put: Put): void {
  const begin = tree.x[root] ?? 0;
  const scale = 1 / Math.max(tree.total[root] ?? 0, 1e-300);
  const end = tree.end[root] ?? 0;
  for (let row = root + 1; row < end; row++) {
    const from = ((tree.x[row] ?? 0) - begin) * scale;
    put(row, Math.max(0, from), Math.min(1, from + (tree.total[row] ?? 0) * scale));
  }
}

// The row at a place (share of the width, depth); -1: none. `slack`: how near is near enough, for
// frames that are thinner than a pointer.
export function hitFlame(layout: FlameLayout, x: number, depth: number, slack = 0): number {
  const rows = layout.levels[depth];
  if (rows === undefined) return -1;
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((layout.left[rows[middle] ?? 0] ?? 0) <= x) low = middle + 1;
    else high = middle;
  }
  const before = rows[low - 1];
  if (before !== undefined && x < (layout.right[before] ?? 0)) return before;
  const behind = rows[low];
  const gapBefore = before === undefined ? Infinity : x - (layout.right[before] ?? 0);
  const gapBehind = behind === undefined ? Infinity : (layout.left[behind] ?? 0) - x;
  if (Math.min(gapBefore, gapBehind) > slack) return -1;
  return gapBefore <= gapBehind ? (before ?? -1) : (behind ?? -1);
}

export type Step = "out" | "in" | "left" | "right";

// Where the keyboard goes from `row`; itself where there is nothing.
export function stepFlame(layout: FlameLayout, row: number, step: Step): number {
  const { tree } = layout;
  if (row < 0 || row >= tree.rows) return layout.root;
  if (step === "out") return tree.parent[row] ?? row;
  const depth = tree.depth[row] ?? 0;
  if (step === "in") {
    let best = row;
    let width = 0;
    const end = tree.end[row] ?? 0;
    for (const one of layout.levels[depth + 1] ?? []) {
      const size = (layout.right[one] ?? 0) - (layout.left[one] ?? 0);
      if (one > row && one < end && size > width) [best, width] = [one, size];
    }
    return best;
  }
  const level = layout.levels[depth] ?? new Uint32Array();
  const at = level.indexOf(row);
  return level[at + (step === "left" ? -1 : 1)] ?? row;
}

export interface OneSided {
  readonly row: number;
  readonly side: "a" | "b";
  readonly value: number;
}

// The outermost frames that only one side has, heaviest first: what is below one is part of it.
export function oneSided(tree: FlameTree): readonly OneSided[] {
  const out: OneSided[] = [];
  const either = nodeFlag.onlyA | nodeFlag.onlyB;
  for (let row = 1; row < tree.rows; row++) {
    if (!has(tree, row, either) || has(tree, tree.parent[row] ?? 0, either)) continue;
    const isA = has(tree, row, nodeFlag.onlyA);
    const value = (isA ? tree.total : tree.totalB)?.[row] ?? 0;
    out.push({ row, side: isA ? "a" : "b", value });
  }
  return out.sort((p, q) => q.value - p.value || p.row - q.row);
}

// The change of a row's total from A to B, as a share of each side's whole or as measured.
export function deltaOfRow(tree: FlameTree, row: number, isShare: boolean): number {
  if (tree.totalB === null) return 0;
  const a = tree.total[row] ?? 0;
  const b = tree.totalB[row] ?? 0;
  if (!isShare) return b - a;
  const wholeA = Math.max(tree.total[0] ?? 0, 1e-300);
  const wholeB = Math.max(tree.totalB[0] ?? 0, 1e-300);
  return b / wholeB - a / wholeA;
}
