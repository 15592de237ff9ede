// What wheel and pointer do over the tracks.

import { useEffect } from "preact/hooks";
import { rangeOf } from "../../base/time";
import { hitAt, type Scene } from "../../layout/scene";
import { timeAt, xOf } from "../../layout/time_scale";
import { noEvent } from "../../model/timeline_types";
import { panned, zoomed } from "../../model/zoom";
import type { Actions } from "./actions";
import type { Stage } from "./stage";

const dragMin = 4; // pixels before a click becomes a drag
const edge = 5; // pixels around the edge of a selected stretch that take hold of it
const zoomPerPixel = 1.0025;
const linePixels = 18; // of a wheel that counts in lines

interface Hold {
  readonly kind: "range" | "pan";
  readonly x: number;
  readonly anchor: number; // ns
  moved: boolean;
}

export interface GestureInput {
  readonly canvas: { current: HTMLCanvasElement | null };
  readonly scroller: { current: HTMLElement | null };
  readonly scene: { current: Scene | null };
  readonly stage: Stage;
  readonly actions: Actions;
}

function wheelPixels(event: WheelEvent, amount: number): number {
  if (event.deltaMode === WheelEvent.DOM_DELTA_LINE) return amount * linePixels;
  return event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? amount * 400 : amount;
}

// Zoom and pan by the wheel; false: it is for scrolling.
function turn(event: WheelEvent, x: number, width: number, stage: Stage): boolean {
  const view = stage.view.peek();
  const perPixel = (view.to - view.from) / Math.max(1, width);
  const dx = wheelPixels(event, event.deltaX);
  const dy = wheelPixels(event, event.deltaY);
  if (event.ctrlKey || event.metaKey) {
    // Pinching on a touchpad comes as small turns of this kind: they are to be felt, too.
    const factor = Math.max(0.2, Math.min(5, zoomPerPixel ** (dy * (Math.abs(dy) < 30 ? 3 : 1))));
    stage.show(zoomed(view, stage.whole, view.from + x * perPixel, factor));
    return true;
  }
  const along = event.shiftKey && dx === 0 ? dy : dx;
  if (along === 0) return false;
  stage.show(panned(view, stage.whole, along * perPixel));
  return event.shiftKey || Math.abs(dx) > Math.abs(dy);
}

// Two fingers: what was below them stays below them.
class Pinch {
  readonly #stage: Stage;
  readonly #fingers = new Map<number, number>(); // x by pointer

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  // True: this is the second finger.
  down(event: PointerEvent, x: number): boolean {
    if (event.pointerType === "touch") this.#fingers.set(event.pointerId, x);
    return this.#fingers.size === 2;
  }

  up(event: PointerEvent): void {
    this.#fingers.delete(event.pointerId);
  }

  move(event: PointerEvent, x: number, width: number): boolean {
    const before = [...this.#fingers.values()];
    if (before.length !== 2 || !this.#fingers.has(event.pointerId)) return false;
    this.#fingers.set(event.pointerId, x);
    const after = [...this.#fingers.values()];
    const [a = 0, b = 0] = before;
    const [c = 0, d = 0] = after;
    const factor = Math.max(8, Math.abs(a - b)) / Math.max(8, Math.abs(c - d));
    const view = this.#stage.view.peek();
    const perPixel = (view.to - view.from) / Math.max(1, width);
    const moved = panned(view, this.#stage.whole, ((a + b) / 2 - (c + d) / 2) * perPixel);
    const middle = moved.from + ((c + d) / 2) * perPixel;
    this.#stage.show(zoomed(moved, this.#stage.whole, middle, factor));
    return true;
  }
}

export function useGestures({ canvas, scroller, scene, stage, actions }: GestureInput): void {
  useEffect(() => {
    const element = canvas.current;
    const box = scroller.current;
    if (element === null || box === null) return undefined;
    let hold: Hold | null = null;
    const placeOf = (event: MouseEvent): { x: number; y: number } => {
      const rect = element.getBoundingClientRect();
      return { x: event.clientX - rect.left, y: event.clientY - rect.top };
    };
    const onWheel = (event: WheelEvent): void => {
      if (turn(event, placeOf(event).x, element.clientWidth, stage)) event.preventDefault();
    };
    const rangeEdge = (x: number): "from" | "to" | null => {
      const { selected } = actions.prefs;
      const now = scene.current;
      if (selected === null || now === null) return null;
      if (Math.abs(xOf(now.scale, selected.from) - x) <= edge) return "from";
      return Math.abs(xOf(now.scale, selected.to) - x) <= edge ? "to" : null;
    };
    const pinch = new Pinch(stage);
    const onDown = (event: PointerEvent): void => {
      const now = scene.current;
      if (now === null || event.button > 1) return;
      if (pinch.down(event, placeOf(event).x)) {
        hold = null;
        stage.drag.value = null;
        return;
      }
      const { x } = placeOf(event);
      element.setPointerCapture(event.pointerId);
      const held = rangeEdge(x);
      const { selected } = actions.prefs;
      if (event.button === 1) event.preventDefault();
      if (event.button === 1 || event.shiftKey) {
        hold = { kind: "pan", x, anchor: timeAt(now.scale, x), moved: false };
      } else if (held !== null && selected !== null) {
        const anchor = held === "from" ? selected.to : selected.from;
        hold = { kind: "range", x, anchor, moved: true };
      } else hold = { kind: "range", x, anchor: timeAt(now.scale, x), moved: false };
    };
    const onMove = (event: PointerEvent): void => {
      const now = scene.current;
      if (now === null) return;
      const { x, y } = placeOf(event);
      if (pinch.move(event, x, now.scale.width)) return;
      const time = timeAt(now.scale, x);
      if (hold === null) {
        element.style.cursor = rangeEdge(x) === null ? "" : "ew-resize";
        const { clientX, clientY } = event;
        const hit = hitAt(now, x, y);
        const name = hit?.kind === "bar" ? (now.bars.names[hit.bar] ?? "") : "";
        stage.hover.value = { hit, name, x, clientX, clientY, time };
        return;
      }
      if (!hold.moved && Math.abs(x - hold.x) < dragMin) return;
      hold.moved = true;
      stage.hover.value = null;
      if (hold.kind === "pan") {
        stage.show(panned(stage.view.peek(), stage.whole, hold.anchor - time));
      } else stage.drag.value = inside(stage, hold.anchor, time);
    };
    const onUp = (event: PointerEvent): void => {
      const now = scene.current;
      const before = hold;
      hold = null;
      pinch.up(event);
      if (before === null || now === null) return;
      const dragged = stage.drag.peek();
      stage.drag.value = null;
      if (before.moved) {
        if (dragged !== null) actions.selectRange(dragged);
        return;
      }
      const { x, y } = placeOf(event);
      const hit = hitAt(now, x, y);
      const chosen = hit?.kind === "bar" ? (now.bars.event[hit.bar] ?? noEvent) : noEvent;
      if (hit?.kind !== "bar" || chosen === noEvent) actions.select(null);
      else {
        const { side, track } = hit.lane.lane;
        actions.select({ side, track: track.id, event: chosen });
      }
    };
    const onCancel = (event: PointerEvent): void => {
      pinch.up(event);
      hold = null;
      stage.drag.value = null;
    };
    const onLeave = (): void => {
      stage.hover.value = null;
    };
    const onDouble = (event: MouseEvent): void => {
      const now = scene.current;
      const { x, y } = placeOf(event);
      const hit = now === null ? null : hitAt(now, x, y);
      if (now === null || hit?.kind !== "bar") return;
      // The event as it is, where that is known: what is drawn may be cut at the edge.
      const selected = stage.selected.peek();
      const start = selected?.details.start ?? now.bars.start[hit.bar] ?? 0;
      const end = selected?.details.end ?? now.bars.end[hit.bar] ?? 0;
      actions.fitRange(rangeOf(start, end));
    };
    box.addEventListener("wheel", onWheel, { passive: false });
    element.addEventListener("pointerdown", onDown);
    element.addEventListener("pointermove", onMove);
    element.addEventListener("pointerup", onUp);
    element.addEventListener("pointercancel", onCancel);
    element.addEventListener("pointerleave", onLeave);
    element.addEventListener("dblclick", onDouble);
    return () => {
      box.removeEventListener("wheel", onWheel);
      element.removeEventListener("pointerdown", onDown);
      element.removeEventListener("pointermove", onMove);
      element.removeEventListener("pointerup", onUp);
      element.removeEventListener("pointercancel", onCancel);
      element.removeEventListener("pointerleave", onLeave);
      element.removeEventListener("dblclick", onDouble);
    };
  }, [stage, actions]);
}

function inside(stage: Stage, a: number, b: number) {
  const clip = (time: number): number => Math.max(stage.whole.from, Math.min(stage.whole.to, time));
  return rangeOf(clip(a), clip(b));
}
