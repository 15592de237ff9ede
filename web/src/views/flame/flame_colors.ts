// What the frames are painted with.

import { colorOf, spanColorOf, type Theme } from "../../base/palette";
import { deltaOf, heatOf, type Paint } from "../../base/scale";
import { deltaOfRow } from "../../layout/flame_layout";
import { type FlameTree, has, keyOf, moduleOf, nodeFlag } from "../../layout/flame_tree";
import type { Coloring } from "./flame_question";

export interface Category {
  readonly id: string;
  readonly says: string;
  readonly light: string;
  readonly dark: string;
}

const user: Category = { id: "user", says: "program", light: "#77aadd", dark: "#4b6a89" };
const inlined: Category = { id: "inlined", says: "inlined", light: "#99ddff", dark: "#487185" };
const system: Category = { id: "system", says: "system", light: "#eedd88", dark: "#726d4b" };
const kernel: Category = { id: "kernel", says: "kernel", light: "#ee8866", dark: "#8e5746" };
const broken: Category = {
  id: "broken",
  says: "stack broken off",
  light: "#ffaabb",
  dark: "#8a616c",
};
export const categories: readonly Category[] = [user, inlined, system, kernel, broken];

// `systemKeys`: functions of libraries and of the kernel, as the server tells them apart.
function categoryOf(tree: FlameTree, row: number, systemKeys: ReadonlySet<string>): Category {
  if (has(tree, row, nodeFlag.broken)) return broken;
  if (has(tree, row, nodeFlag.kernel)) return kernel;
  if (has(tree, row, nodeFlag.system) || systemKeys.has(keyOf(tree, row))) return system;
  return has(tree, row, nodeFlag.inlined) ? inlined : user;
}

export interface ColorScale {
  readonly paint: (row: number) => Paint;
  readonly most: number; // what the strongest colour stands for: a share, or a weight
}

export interface ColorInput {
  readonly tree: FlameTree;
  readonly coloring: Coloring;
  readonly isShare: boolean;
  readonly systemKeys: ReadonlySet<string>; // of coloring by category
  readonly theme: Theme;
  readonly ink: string;
  readonly neutral: string;
}

export function colorScale(input: ColorInput): ColorScale {
  const { tree, coloring, theme, ink } = input;
  const most = mostOf(input);
  const kept: Paint[] = [];
  const plain = { fill: input.neutral, ink };
  const made = (row: number): Paint => {
    if (row === 0 || has(tree, row, nodeFlag.folded)) return plain;
    const name = tree.names[tree.name[row] ?? 0] ?? "";
    switch (coloring) {
      case "module":
        return { fill: colorOf(moduleOf(tree, row), name, theme), ink };
      case "name":
        return { fill: spanColorOf(name, theme), ink };
      case "category":
        return { fill: categoryOf(tree, row, input.systemKeys)[theme], ink };
      case "self":
        if (!((tree.self[row] ?? 0) > 0)) return plain;
        return heatOf(Math.sqrt((tree.self[row] ?? 0) / most));
      case "delta":
        return deltaOf(deltaOfRow(tree, row, input.isShare) / most, theme);
    }
  };
  return { most, paint: (row) => (kept[row] ??= made(row)) };
}

function mostOf({ tree, coloring, isShare }: ColorInput): number {
  let most = 0;
  for (let row = 1; row < tree.rows; row++) {
    const size =
      coloring === "delta" ? Math.abs(deltaOfRow(tree, row, isShare)) : (tree.self[row] ?? 0);
    if (size > most && !has(tree, row, nodeFlag.folded)) most = size;
  }
  return most > 0 ? most : 1;
}
