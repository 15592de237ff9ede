// What a search finds in a tree that is here whole.

import { type FlameTree, has, keyOf, nodeFlag } from "./flame_tree";

export interface Matches {
  readonly keys: ReadonlySet<string>;
  readonly share: number; // of the whole, each path counted once
  readonly total: number;
}

// A part of a name in any case; "/x/": a regular expression. null: one that is none.
export function textMatcher(text: string): ((name: string) => boolean) | null {
  const between = /^\/(.+)\/$/s.exec(text)?.[1];
  if (between === undefined) {
    const low = text.toLowerCase();
    return (name) => name.toLowerCase().includes(low);
  }
  try {
    const expression = new RegExp(between, "i");
    return (name) => expression.test(name);
  } catch {
    return null;
  }
}

export function matchesIn(tree: FlameTree, text: string): Matches {
  const keys = new Set<string>();
  const isMatch = textMatcher(text);
  let total = 0;
  let behind = 0; // what lies below a match is counted with it
  const kept: boolean[] = [];
  for (let row = 1; isMatch !== null && row < tree.rows; row++) {
    const name = tree.name[row] ?? 0;
    if (has(tree, row, nodeFlag.folded)) continue;
    if (!(kept[name] ??= isMatch(tree.names[name] ?? ""))) continue;
    keys.add(keyOf(tree, row));
    if (row < behind) continue;
    total += tree.total[row] ?? 0;
    behind = tree.end[row] ?? 0;
  }
  const whole = tree.total[0] ?? 0;
  return { keys, total, share: whole > 0 ? total / whole : 0 };
}
