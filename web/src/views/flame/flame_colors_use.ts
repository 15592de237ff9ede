// The colours of a graph, made anew when what they show changes.

import { useMemo } from "preact/hooks";
import type { FlameTree } from "../../layout/flame_tree";
import { selectionOf, sidesOf } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { themeColor } from "../../widgets/canvas";
import { useAnswer } from "../../widgets/use_answer";
import { useInks } from "../../widgets/use_inks";
import { type ColorScale, colorScale } from "./flame_colors";
import type { FlameSettings } from "./flame_question";

const none: ReadonlySet<string> = new Set();
const functionsMost = 5_000;

// Keys of functions that are not the program's own. null: not known yet.
export function useSystemKeys(
  settings: FlameSettings,
  weight: string | null,
): ReadonlySet<string> | null {
  const state = useApp().store.state.value;
  const isAsked = settings.coloring === "category" && weight !== null;
  const answer = useAnswer<{ readonly rows: readonly { readonly key: string }[] }>(
    "functions",
    isAsked
      ? { ...sidesOf(state), ...selectionOf(state), weight, kind: "system", limit: functionsMost }
      : null,
  );
  return useMemo(
    () => (answer.value === null ? null : new Set(answer.value.rows.map((row) => row.key))),
    [answer.value],
  );
}

// `systemKeys`: of useSystemKeys; while they are not known (a report may not have them) colours are
// those of modules.
export function useFlameColors(
  tree: FlameTree | null,
  settings: FlameSettings,
  isShare: boolean,
  systemKeys: ReadonlySet<string> | null,
): ColorScale | null {
  const { theme } = useApp();
  const inks = useInks();
  const isUnknown = settings.coloring === "category" && systemKeys === null;
  const coloring = isUnknown ? "module" : settings.coloring;
  return useMemo(
    () =>
      tree === null
        ? null
        : colorScale({
            tree,
            coloring,
            isShare,
            systemKeys: systemKeys ?? none,
            theme: theme.value,
            ink: inks.text,
            neutral: themeColor("line"),
          }),
    [tree, coloring, isShare, systemKeys, inks],
  );
}
