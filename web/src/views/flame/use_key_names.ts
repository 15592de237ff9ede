// Names of the functions that transforms name by their keys. A dropped function is in no frame any
// more, and a link says its key alone: then the server is asked.

import { useEffect, useState } from "preact/hooks";
import { type FlameTree, keyOf, nameOf } from "../../layout/flame_tree";
import { sidesOf } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { useAnswer } from "../../widgets/use_answer";
import { transformOf } from "./flame_transforms";

export function useKeyNames(tree: FlameTree | null): (key: string) => string {
  const state = useApp().store.state.value;
  const [known, setKnown] = useState<ReadonlyMap<string, string>>(new Map());
  const keys = state.transforms.flatMap((text) => {
    const transform = transformOf(text);
    return transform === null || transform.operation === "collapse-module" ? [] : [transform.of];
  });
  useEffect(() => {
    const wanted = new Set(keys.filter((key) => !known.has(key)));
    if (tree === null || wanted.size === 0) return;
    const found = new Map(known);
    for (let row = 1; row < tree.rows; row++) {
      const key = keyOf(tree, row);
      if (wanted.has(key) && !found.has(key)) found.set(key, nameOf(tree, row));
    }
    if (found.size > known.size) setKnown(found);
  }, [tree, keys.join()]);
  // One after the other: there are few.
  const missing = keys.find((key) => !known.has(key)) ?? null;
  const isSought = missing !== null && tree !== null;
  const { a, b } = sidesOf(state) as { a: string | null; b: string | null };
  const answer = useAnswer<{ readonly name: string }>(
    "function",
    isSought ? { a, b, key: missing } : null,
  );
  useEffect(() => {
    if (missing === null || answer.isStale) return;
    const name = answer.value?.name ?? (answer.problem === null ? null : missing);
    if (name !== null) setKnown((before) => new Map(before).set(missing, name));
  }, [answer.value, answer.problem, answer.isStale]);
  return (key) => known.get(key) ?? key;
}
