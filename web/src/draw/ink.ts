// The colours that are drawn with, as the theme has them now, and how they are mixed.

export const inkNames = [
  "ground",
  "panel",
  "sunken",
  "line",
  "control",
  "text",
  "soft",
  "accent",
  "accent-ground",
  "bar",
  "bar-ground",
  "act",
  "act-ground",
  "focus",
  "hit",
  "hit-ground",
  "less",
  "less-fill",
  "more",
  "more-fill",
  "running",
  "runnable",
  "blocked",
  "locked",
] as const;
export type InkName = (typeof inkNames)[number];
export type Ink = Readonly<Record<InkName, string>>;

export const sans = 'system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';

export interface Rgb {
  readonly r: number;
  readonly g: number;
  readonly b: number;
}

// Of "#rrggbb" and of "rgb(1, 2, 3)", which is how browsers tell a computed colour.
export function rgbOf(color: string): Rgb {
  if (color.startsWith("#")) {
    const value = Number.parseInt(color.slice(1), 16);
    return { r: (value >> 16) & 255, g: (value >> 8) & 255, b: value & 255 };
  }
  const [r = 0, g = 0, b = 0] = (color.match(/\d+(\.\d+)?/g) ?? []).map(Number);
  return { r, g, b };
}

export function mixed(color: string, ground: string, share: number): string {
  const [a, b] = [rgbOf(color), rgbOf(ground)];
  const one = (x: number, y: number): number => Math.round(x * share + y * (1 - share));
  return `rgb(${one(a.r, b.r)}, ${one(a.g, b.g)}, ${one(a.b, b.b)})`;
}

export function luminance(color: string): number {
  const { r, g, b } = rgbOf(color);
  const part = (value: number): number => {
    const share = value / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
}

export function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

const black = "#10141a";
const white = "#ffffff";

// What is written on a fill: whichever of the two is read better.
export function textOn(fill: string): string {
  return contrast(black, fill) >= contrast(white, fill) ? black : white;
}
