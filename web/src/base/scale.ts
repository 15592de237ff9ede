// Colours of quantities: one that grows (cividis, even to colour-blind eyes) and one that goes to
// either side of nothing (blue: less, orange: more). Each with the ink that can be read on it.

import type { Theme } from "./palette";

export interface Paint {
  readonly fill: string;
  readonly ink: string;
}

type Rgb = readonly [number, number, number];

const darkInk: Rgb = [21, 25, 30];
const lightInk: Rgb = [255, 255, 255];

const cividis: readonly Rgb[] = [
  [0, 34, 78],
  [28, 55, 107],
  [70, 78, 109],
  [102, 102, 110],
  [125, 124, 120],
  [154, 149, 119],
  [184, 173, 107],
  [219, 200, 84],
  [253, 231, 55],
];

const lessEnd: Record<Theme, Rgb> = { light: [78, 149, 206], dark: [47, 122, 178] };
const moreEnd: Record<Theme, Rgb> = { light: [233, 138, 60], dark: [181, 96, 24] };
const middle: Record<Theme, Rgb> = { light: [231, 233, 234], dark: [49, 56, 64] };

function mixed(from: Rgb, to: Rgb, share: number): Rgb {
  const at = (i: 0 | 1 | 2): number => Math.round(from[i] + (to[i] - from[i]) * share);
  return [at(0), at(1), at(2)];
}

function luminance(color: Rgb): number {
  const part = (value: number): number => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(color[0]) + 0.7152 * part(color[1]) + 0.0722 * part(color[2]);
}

export function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

function css(color: Rgb): string {
  return `rgb(${color[0]}, ${color[1]}, ${color[2]})`;
}

function paintOf(fill: Rgb): Paint {
  const ink = contrast(fill, darkInk) >= contrast(fill, lightInk) ? darkInk : lightInk;
  return { fill: css(fill), ink: css(ink) };
}

// Steps, so that what is drawn can be drawn colour by colour.
const steps = 16;

function stepped(share: number): number {
  return Math.round(Math.max(0, Math.min(1, share)) * steps) / steps;
}

// Of a share from 0 to 1.
export function heatOf(share: number): Paint {
  const at = stepped(share) * (cividis.length - 1);
  const low = Math.min(cividis.length - 2, Math.floor(at));
  return paintOf(mixed(cividis[low] ?? darkInk, cividis[low + 1] ?? darkInk, at - low));
}

// Of -1 (all of it less) to 1. The root is taken, since one large change would hide all small ones.
export function deltaOf(value: number, theme: Theme): Paint {
  const size = Math.sqrt(Math.min(1, Math.abs(value)));
  return paintOf(mixed(middle[theme], (value < 0 ? lessEnd : moreEnd)[theme], stepped(size)));
}
