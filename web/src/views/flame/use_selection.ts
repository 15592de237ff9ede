// Which frame is selected: kept by the keys on the way to it, so that another answer of the same
// graph (after a zoom, with other weights) has it selected still.

import { useMemo, useState } from "preact/hooks";
import { type FlameTree, has, keyOf, keysTo, nodeFlag, rowAt } from "../../layout/flame_tree";
import { useApp } from "../../widgets/app_context";
import { spokenFrame } from "./flame_facts";
import { settingsOf } from "./flame_question";

export type Part = "callers" | "callees";

export interface Selection {
  readonly part: Part;
  readonly row: number; // -1: none
  readonly tree: FlameTree | null; // that the row is of
  select(part: Part, row: number): void;
  clear(): void;
}

interface Kept {
  readonly part: Part;
  readonly path: readonly string[];
  // What has no place in a path: many small ones, of which only the row is known.
  readonly fold: { readonly tree: FlameTree; readonly row: number } | null;
}

export function useSelection(
  callees: FlameTree | null,
  callers: FlameTree | null,
  said: { readonly unit: string; readonly counted: string },
): Selection {
  const app = useApp();
  // At first it is the function that was selected on another page.
  const [kept, setKept] = useState<Kept | null>(() => {
    const { key } = app.store.state.value;
    return key === "" ? null : { part: "callees", path: [key], fold: null };
  });
  const tree = kept?.part === "callers" ? callers : callees;
  const row = useMemo(() => {
    if (kept === null || tree === null) return -1;
    if (kept.fold !== null) return kept.fold.tree === tree ? kept.fold.row : -1;
    const { row: at, found } = rowAt(tree, kept.path);
    if (found === kept.path.length) return at;
    const same = firstOfKey(tree, kept.path.at(-1));
    // Merged or dropped: what called it.
    return same >= 0 || found === 0 ? same : at;
  }, [kept, tree]);
  return {
    part: kept?.part ?? "callees",
    row,
    tree,
    select(part, to) {
      const of = part === "callers" ? callers : callees;
      if (of === null || to < 0) return;
      const state = app.store.state.value;
      const { mode } = settingsOf(state);
      const isFold = has(of, to, nodeFlag.folded);
      setKept({
        part,
        path: isFold ? [] : keysTo(of, to),
        fold: isFold ? { tree: of, row: to } : null,
      });
      // The other pages show the function that was last looked at here; in a sandwich it is the
      // middle that they show.
      if (mode !== "sandwich" && to > 0 && !isFold) app.store.set({ key: keyOf(of, to) }, true);
      const isShare = state.per === "share";
      app.say(spokenFrame({ tree: of, row: to, ...said, isShare, isTime: mode === "time" }));
    },
    clear() {
      setKept(null);
      if (settingsOf(app.store.state.value).mode !== "sandwich") app.store.set({ key: "" }, true);
    },
  };
}

// Where the way to a frame is no more (it was focused on, or what called it was merged): the first
// one, which is the heaviest, of its function.
function firstOfKey(tree: FlameTree, key: string | undefined): number {
  if (key === undefined) return -1;
  for (let row = 1; row < tree.rows; row++) if (keyOf(tree, row) === key) return row;
  return -1;
}
