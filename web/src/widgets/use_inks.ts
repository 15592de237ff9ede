// The colours of the theme for what is drawn by hand, found anew when the theme changes.

import { useMemo } from "preact/hooks";
import { useApp } from "./app_context";
import { themeColor } from "./canvas";

export interface Inks {
  readonly ground: string;
  readonly panel: string;
  readonly text: string;
  readonly soft: string;
  readonly line: string;
  readonly accent: string;
  readonly bar: string;
  readonly less: string;
  readonly more: string;
  readonly focus: string;
  readonly hit: string;
  readonly isForced: boolean;
  readonly font: string;
}

const names = [
  "panel",
  "text",
  "soft",
  "line",
  "accent",
  "bar",
  "less",
  "more",
  "focus",
  "hit",
] as const;

export function useInks(): Inks {
  const { theme } = useApp();
  const now = theme.value;
  return useMemo(() => {
    const isForced = matchMedia("(forced-colors: active)").matches;
    const family = getComputedStyle(document.body).fontFamily;
    const color = isForced ? (name: (typeof names)[number]) => forced[name] : themeColor;
    const of = Object.fromEntries(names.map((name) => [name, color(name)]));
    return {
      ...(of as Record<(typeof names)[number], string>),
      ground: color("panel"),
      isForced,
      font: `12px ${family}`,
    };
  }, [now]);
}

// A person's own colours, by what the system calls them.
const forced: Record<(typeof names)[number], string> = {
  panel: "Canvas",
  text: "CanvasText",
  soft: "GrayText",
  line: "CanvasText",
  accent: "LinkText",
  bar: "CanvasText",
  less: "LinkText",
  more: "CanvasText",
  focus: "Highlight",
  hit: "Highlight",
};
