// A canvas that is drawn again when what it shows has changed, without its component being rendered
// again: for what follows the pointer or the wheel, where a render a frame would cost more than the
// drawing.
//
//   const canvas = useLiveCanvas(draw, () => [view.value, tiles.value]);

import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { cancelRedraw, redraw, type Surface } from "./canvas";

export interface LiveCanvas {
  readonly ref: { current: HTMLCanvasElement | null };
  readonly ask: () => void; // to be drawn at the next frame
}

// `watch` reads the signals that the picture depends on; what else it depends on is in `inputs`.
export function useLiveCanvas(
  draw: (surface: Surface) => void,
  watch: () => unknown,
  inputs: readonly unknown[] = [],
  isSeeThrough = false,
): LiveCanvas {
  const ref = useRef<HTMLCanvasElement>(null);
  const latest = useRef(draw);
  latest.current = draw;
  const paint = useRef(() => {
    const element = ref.current;
    const context = element?.getContext("2d", { alpha: isSeeThrough });
    if (!element || !context) return;
    const scale = window.devicePixelRatio || 1;
    const [width, height] = [element.clientWidth, element.clientHeight];
    if (width === 0 || height === 0) return;
    const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
    // Setting a size clears the canvas, also when it is the same.
    if (element.width !== wide) element.width = wide;
    if (element.height !== high) element.height = high;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    latest.current({ context, width, height });
  });
  const ask = useRef(() => redraw(paint.current));
  useEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(ask.current);
    observer.observe(element);
    return () => {
      observer.disconnect();
      cancelRedraw(paint.current);
    };
  }, []);
  useEffect(
    () =>
      effect(() => {
        watch();
        ask.current();
      }),
    inputs,
  );
  return { ref, ask: ask.current };
}
