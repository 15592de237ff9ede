// The nodes of a flame graph as the server gives them: columns, depth first, parents before
// children.

import type { Columns } from "../engine/columns";

export const nodeFlag = {
  inlined: 1,
  kernel: 2,
  broken: 4,
  folded: 8, // many small ones, drawn as one
  onlyA: 16,
  onlyB: 32,
  system: 64,
} as const;

export interface FlameTree {
  readonly rows: number;
  readonly parent: Uint32Array; // the root's is itself
  readonly depth: Uint16Array;
  readonly name: Uint32Array;
  readonly module: Uint32Array;
  readonly keyHigh: Uint32Array;
  readonly keyLow: Uint32Array;
  readonly total: Float64Array;
  readonly self: Float64Array;
  readonly totalB: Float64Array | null; // when two are compared
  readonly selfB: Float64Array | null;
  readonly samples: Uint32Array;
  readonly samplesB: Uint32Array | null;
  readonly flags: Uint8Array;
  readonly count: Uint32Array; // of folded ones: how many
  readonly x: Float64Array;
  readonly end: Uint32Array; // behind the last row below each row
  readonly names: readonly string[];
  readonly modules: readonly string[];
}

export function flameTree(answer: Columns): FlameTree {
  const nodes = answer.table("nodes");
  const parent = nodes.u32("parent");
  const isCompared = nodes.has("total_b");
  return {
    rows: nodes.rows,
    parent,
    depth: nodes.u16("depth"),
    name: nodes.u32("name"),
    module: nodes.u32("module"),
    keyHigh: nodes.u32("key_hi"),
    keyLow: nodes.u32("key_lo"),
    total: nodes.f64("total"),
    self: nodes.f64("self"),
    totalB: isCompared ? nodes.f64("total_b") : null,
    selfB: isCompared ? nodes.f64("self_b") : null,
    samples: nodes.u32("samples"),
    samplesB: nodes.has("samples_b") ? nodes.u32("samples_b") : null,
    flags: nodes.u8("flags"),
    count: nodes.u32("count"),
    x: nodes.f64("x"),
    end: endsOf(parent),
    names: textsOf(answer.json["names"]),
    modules: textsOf(answer.json["modules"]),
  };
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

export function endsOf(parent: Uint32Array): Uint32Array {
  const end = new Uint32Array(parent.length);
  for (let row = parent.length - 1; row >= 0; row--) {
    if ((end[row] ?? 0) <= row) end[row] = row + 1;
    const up = parent[row] ?? 0;
    if (up < row && (end[up] ?? 0) < (end[row] ?? 0)) end[up] = end[row] ?? 0;
  }
  return end;
}

export function nameOf(tree: FlameTree, row: number): string {
  const name = tree.names[tree.name[row] ?? 0] ?? "";
  if (!has(tree, row, nodeFlag.folded)) return name;
  return `${tree.count[row] ?? 0} small`;
}

export function moduleOf(tree: FlameTree, row: number): string {
  return tree.modules[tree.module[row] ?? 0] ?? "";
}

export function has(tree: FlameTree, row: number, flag: number): boolean {
  return ((tree.flags[row] ?? 0) & flag) !== 0;
}

// 16 hexadecimal digits, as addresses and questions spell it.
export function keyOf(tree: FlameTree, row: number): string {
  const digits = (value: number): string => value.toString(16).padStart(8, "0");
  return digits(tree.keyHigh[row] ?? 0) + digits(tree.keyLow[row] ?? 0);
}

// From the outermost to `row`; the root, which is everything, is no part of it.
export function pathOf(tree: FlameTree, row: number): readonly number[] {
  const path: number[] = [];
  for (let at = row; at > 0 && at < tree.rows;) {
    path.push(at);
    const up = tree.parent[at] ?? 0;
    if (up >= at) break;
    at = up;
  }
  return path.reverse();
}

export function keysTo(tree: FlameTree, row: number): readonly string[] {
  return pathOf(tree, row).map((one) => keyOf(tree, one));
}

export function childrenOf(tree: FlameTree, row: number): readonly number[] {
  const out: number[] = [];
  const end = tree.end[row] ?? 0;
  for (let at = row + 1; at < end; at = Math.max(at + 1, tree.end[at] ?? 0)) out.push(at);
  return out;
}

// The row that a path of keys leads to, and how much of the path there is.
export function rowAt(
  tree: FlameTree,
  path: readonly string[],
): { readonly row: number; readonly found: number } {
  let row = 0;
  for (const [i, key] of path.entries()) {
    const next = childrenOf(tree, row).find((child) => keyOf(tree, child) === key);
    if (next === undefined) return { row, found: i };
    row = next;
  }
  return { row, found: path.length };
}
