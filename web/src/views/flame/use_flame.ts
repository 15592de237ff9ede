// One graph and what the search finds in it.

import { useMemo } from "preact/hooks";
import type { Problem } from "../../base/result";
import type { Values } from "../../engine/client";
import type { Columns } from "../../engine/columns";
import type { Absent } from "../../engine/types";
import { matchesIn, type Matches } from "../../layout/flame_search";
import { type FlameTree, flameTree, keyOf } from "../../layout/flame_tree";
import { useApp } from "../../widgets/app_context";
import { useAnswer, useColumns } from "../../widgets/use_answer";

interface FlameHead {
  readonly total: number;
  readonly total_b: number | null;
  readonly unit: string;
  readonly nodes_total: number;
  readonly folded_share: number;
  readonly samples?: number;
  readonly absent?: Absent | null;
}

interface SearchAnswer {
  readonly matched_total: number;
  readonly matched_share: number;
  readonly keys: readonly string[];
}

export interface Flame {
  readonly tree: FlameTree | null;
  readonly head: FlameHead | null;
  readonly problem: Problem | null;
  readonly searchProblem: Problem | null;
  readonly matches: Matches | null; // null: nothing is looked for
  readonly isStale: boolean;
  readonly again: () => void;
}

export function useFlame(values: Values | null, text: string): Flame {
  const answer = useColumns("flame", values);
  // In the order of time, and in a report, the page itself looks: all that matches is in the
  // answer.
  const { client } = useApp();
  const isTime = values?.["mode"] === "time" || client.isFile;
  const found = useAnswer<SearchAnswer>(
    "flame/search",
    values === null || text === "" || isTime ? null : { ...values, text },
  );
  const tree = useMemo(() => treeIn(answer.value), [answer.value]);
  const matches = useMemo(() => {
    if (isTime && tree !== null && text !== "") return matchesIn(tree, text);
    if (found.value === null) return null;
    const { keys, matched_share: share, matched_total: total } = found.value;
    return { keys: new Set(keys), share, total };
  }, [found.value, isTime ? tree : null, isTime ? text : ""]);
  return {
    tree,
    head: answer.value === null ? null : (answer.value.json as unknown as FlameHead),
    problem: answer.problem,
    searchProblem: found.problem,
    matches: text === "" ? null : matches,
    isStale: answer.isStale,
    again: answer.again,
  };
}

function treeIn(columns: Columns | null): FlameTree | null {
  return columns === null ? null : flameTree(columns);
}

// Whether a row is one that was looked for; by the key, so that it holds in any answer.
export function matcher(
  tree: FlameTree,
  matches: Matches | null,
): ((row: number) => boolean) | null {
  if (matches === null) return null;
  const kept = new Int8Array(tree.rows);
  return (row) => {
    if (kept[row] === 0) kept[row] = matches.keys.has(keyOf(tree, row)) ? 1 : -1;
    return kept[row] === 1;
  };
}

// Rows in the order of the picture, that are what is looked for: where "next" goes.
export function matchingRows(tree: FlameTree, matches: Matches | null): readonly number[] {
  const isMatch = matcher(tree, matches);
  if (isMatch === null) return [];
  const out: number[] = [];
  for (let row = 1; row < tree.rows; row++) if (isMatch(row)) out.push(row);
  return out;
}
