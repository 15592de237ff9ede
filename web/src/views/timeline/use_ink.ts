// Colours and fills of the timeline as the theme has them; made anew when the theme changes.

import { useMemo } from "preact/hooks";
import { Fills } from "../../draw/fills";
import { type Ink, type InkName, inkNames } from "../../draw/ink";
import { Styles } from "../../layout/styles";
import { useApp } from "../../widgets/app_context";
import { themeColor } from "../../widgets/canvas";

export interface Paints {
  readonly ink: Ink;
  readonly styles: Styles;
  readonly fills: Fills;
}

// Resolved when they are first drawn with: the page's own theme is set after the signal that says
// so.
export function usePaints(): () => Paints {
  const app = useApp();
  const theme = app.theme.value;
  return useMemo(() => {
    let made: Paints | null = null;
    return () => {
      if (made === null) {
        const isForced = matchMedia("(forced-colors: active)").matches;
        const color = (name: InkName): string =>
          isForced ? systemColor(forced[name] ?? "CanvasText") : themeColor(name);
        const ink = Object.fromEntries(inkNames.map((name) => [name, color(name)])) as Ink;
        const styles = new Styles(theme);
        made = { ink, styles, fills: new Fills(styles, ink) };
      }
      return made;
    };
  }, [theme]);
}

// A person's own colours, where they are set: by what the system calls them.
const forced: Partial<Record<InkName, string>> = {
  ground: "Canvas",
  panel: "Canvas",
  sunken: "Canvas",
  "accent-ground": "Canvas",
  "bar-ground": "Canvas",
  "act-ground": "Canvas",
  "hit-ground": "Canvas",
  soft: "GrayText",
  line: "GrayText",
  control: "GrayText",
  blocked: "GrayText",
  accent: "LinkText",
  "less-fill": "LinkText",
  focus: "Highlight",
  hit: "Highlight",
};

// As numbers, since colours are mixed.
function systemColor(name: string): string {
  const probe = document.createElement("span");
  probe.style.cssText = `display: none; forced-color-adjust: none; color: ${name}`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
