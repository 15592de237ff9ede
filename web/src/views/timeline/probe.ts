// How smoothly the timeline is drawn, for a benchmark of it: only where the page's address has
// ?probe=1, as in http://127.0.0.1:PORT/?probe=1#/timeline. Then `window.__hone` tells:
//
//   frames()  [{gap_ms, rects}] of every frame since the last reset(), of the browser's own clock
//   draws()   how often the tracks were drawn
//   complete  all tiles in view are there
//
// Without it nothing runs and nothing is kept.

interface Frame {
  readonly gap_ms: number;
  readonly rects: number;
}

interface Probe {
  frames(): readonly Frame[];
  draws(): number;
  reset(): void;
  complete: boolean;
}

const framesMax = 100_000;

const probe: { rects: number; draws: number; api: Probe | null } = {
  rects: 0,
  draws: 0,
  api: null,
};

export function countFrame(rects: number, isComplete: boolean): void {
  if (probe.api === null) return;
  probe.rects = rects;
  probe.draws += 1;
  probe.api.complete = isComplete;
}

export function startProbe(): void {
  if (probe.api !== null || new URLSearchParams(location.search).get("probe") !== "1") return;
  let frames: Frame[] = [];
  let before = performance.now();
  const api: Probe = {
    frames: () => frames,
    draws: () => probe.draws,
    reset: () => {
      frames = [];
      probe.draws = 0;
      before = performance.now();
    },
    complete: false,
  };
  probe.api = api;
  (window as Window & { __hone?: Probe }).__hone = api;
  const turn = (now: number): void => {
    if (frames.length < framesMax) frames.push({ gap_ms: now - before, rects: probe.rects });
    before = now;
    requestAnimationFrame(turn);
  };
  requestAnimationFrame(turn);
}
