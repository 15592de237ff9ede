// Times to places on the screen and back.

export interface TimeScale {
  readonly from: number; // ns at the left edge
  readonly perNs: number; // pixels
  readonly width: number;
}

export function timeScale(
  view: { readonly from: number; readonly to: number },
  width: number,
): TimeScale {
  return { from: view.from, perNs: width / Math.max(1, view.to - view.from), width };
}
export function xOf(scale: TimeScale, time: number): number {
  return (time - scale.from) * scale.perNs;
}
export function timeAt(scale: TimeScale, x: number): number {
  return scale.from + x / scale.perNs;
}
