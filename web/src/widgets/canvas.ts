// A canvas of the size of its box, in the pixels of the screen, drawn again when it changes and at
// no other time. One scheduler draws all that asked in one frame.

import { useEffect, useRef, useState } from "preact/hooks";

export interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number; // CSS pixels
  readonly height: number;
}

const waiting = new Set<() => void>();
let frame = 0;

// Draws at the next frame; asked twice, draws once.
export function redraw(draw: () => void): void {
  waiting.add(draw);
  if (frame !== 0) return;
  frame = requestAnimationFrame(() => {
    frame = 0;
    const now = [...waiting];
    waiting.clear();
    for (const one of now) one();
  });
}

export function cancelRedraw(draw: () => void): void {
  waiting.delete(draw);
}

// Gives the ref of the canvas. `draw` is called with all of it to be drawn; `inputs` are what it
// depends on, the size apart.
export function useCanvas(draw: (surface: Surface) => void, inputs: readonly unknown[]) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(draw);
  latest.current = draw;
  const paint = useRef(() => {
    const element = canvas.current;
    const context = element?.getContext("2d", { alpha: false });
    if (!element || !context) return;
    const scale = window.devicePixelRatio || 1;
    const width = element.clientWidth;
    const height = element.clientHeight;
    const pixels = [Math.round(width * scale), Math.round(height * scale)] as const;
    if (element.width !== pixels[0]) element.width = pixels[0];
    if (element.height !== pixels[1]) element.height = pixels[1];
    context.setTransform(scale, 0, 0, scale, 0, 0);
    latest.current({ context, width, height });
  });
  useEffect(() => redraw(paint.current), inputs);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => redraw(paint.current));
    observer.observe(element);
    return () => {
      observer.disconnect();
      cancelRedraw(paint.current);
    };
  }, []);
  return canvas;
}

// The size of a box, as it is and as it becomes.
export function useSize<Box extends HTMLElement>() {
  const box = useRef<Box>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() =>
      setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { box, ...size };
}

// A colour that the style sheet names, for what is drawn by hand: "line" is --line, resolved for
// the theme as it is now.
export function themeColor(name: string): string {
  const probe = document.createElement("span");
  probe.style.cssText = `display: none; color: var(--${name})`;
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}
