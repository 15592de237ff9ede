import { useMemo } from "preact/hooks";
import type { FlameTree } from "../../layout/flame_tree";
import { useApp } from "../../widgets/app_context";
import { themeColor } from "../../widgets/canvas";
import { useInks } from "../../widgets/use_inks";
import { type ColorScale, colorScale } from "./flame_colors";
import type { FlameSettings } from "./flame_question";

export function useFlameColors(
  tree: FlameTree | null,
  settings: FlameSettings,
  isShare: boolean,
): ColorScale | null {
  const { theme } = useApp();
  const inks = useInks();
  const { coloring } = settings;
  return useMemo(
    () =>
      tree === null
        ? null
        : colorScale({
            tree,
            coloring,
            isShare,
            theme: theme.value,
            ink: inks.text,
            neutral: themeColor("line"),
          }),
    [tree, coloring, isShare, inks],
  );
}
