// Colours and fills of the timeline as the theme has them; made anew when the theme changes.

import { useMemo } from "preact/hooks";
import { Fills } from "../../draw/fills";
import { type Ink, inkNames } from "../../draw/ink";
import { Styles } from "../../layout/styles";
import { useApp } from "../../widgets/app_context";
import { themeColor } from "../../widgets/canvas";

export interface Paints {
  readonly ink: Ink;
  readonly styles: Styles;
  readonly fills: Fills;
}

// Resolved when they are first drawn with: the page's own theme is set after the signal that says so.
export function usePaints(): () => Paints {
  const app = useApp();
  const theme = app.theme.value;
  return useMemo(() => {
    let made: Paints | null = null;
    return () => {
      if (made === null) {
        const ink = Object.fromEntries(inkNames.map((name) => [name, themeColor(name)])) as Ink;
        const styles = new Styles(theme);
        made = { ink, styles, fills: new Fills(styles, ink) };
      }
      return made;
    };
  }, [theme]);
}
