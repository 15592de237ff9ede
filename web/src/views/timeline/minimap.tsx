// The whole recording on one line, and the window in it: dragged, resized, drawn anew.

import { useEffect, useRef } from "preact/hooks";
import { durationText } from "../../base/format";
import { type Range, rangeOf } from "../../base/time";
import { drawMinimap } from "../../draw/minimap";
import { layoutValues } from "../../layout/bands";
import { timeScale } from "../../layout/time_scale";
import { clamped, panned, stepOf, zoomed } from "../../model/zoom";
import { useApp } from "../../widgets/app_context";
import { useLiveCanvas } from "../../widgets/live_canvas";
import type { Actions } from "./actions";
import type { Stage } from "./stage";
import type { Paints } from "./use_ink";

const grip = 6; // pixels around an edge that take hold of it
const spaceMin = 3; // a click, not a new window

// Which part of the window a press takes hold of.
export function gripAt(x: number, from: number, to: number): "from" | "to" | "window" | "outside" {
  const isSmall = to - from < grip * 3;
  const reach = isSmall ? 3 : grip;
  if (!isSmall && x > from + reach && x < to - reach) return "window";
  if (Math.abs(x - from) <= reach && (!isSmall || x < from)) return "from";
  if (Math.abs(x - to) <= reach && (!isSmall || x > to)) return "to";
  return x >= from && x <= to ? "window" : "outside";
}

export function Minimap(props: { stage: Stage; actions: Actions; paints: () => Paints }) {
  const { stage, actions } = props;
  const state = useApp().store.state.value;
  const { whole } = stage;
  const load = stage.sides[0]?.timeline.tracks.find(({ kind }) => kind === "load");
  const canvas = useLiveCanvas(
    ({ context, width, height }) => {
      const scale = timeScale(whole, width);
      const tiles = stage.sides[0]?.tiles;
      const pieces =
        load === undefined ? [] : (tiles?.pieces(load.id, whole, stepOf(whole, width)) ?? []);
      const box = { lane: 0, y: 3, height: height - 6, min: 0, max: load?.max ?? 1 };
      drawMinimap({
        context,
        ink: props.paints().ink,
        scale,
        height,
        view: stage.view.peek(),
        filter: state.range,
        selected: stage.drag.peek() ?? actions.prefs.selected,
        hints: stage.hints,
        band: load === undefined ? null : layoutValues(box, pieces, scale),
      });
    },
    () => [stage.view.value, stage.drag.value, stage.tilesTurn.value],
    [stage, state.range, state.more, props.paints],
  );
  useMinimapDrag(canvas.ref, stage);
  // Its own wish for tiles: the load over all of the recording.
  useEffect(() => {
    const tracks = load === undefined ? [] : [load.id];
    stage.keepWhole(tracks);
  }, [stage, load]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const view = stage.view.peek();
    const middle = (view.from + view.to) / 2;
    const next: Record<string, () => Range> = {
      ArrowLeft: () => panned(view, whole, -(view.to - view.from) / 4),
      ArrowRight: () => panned(view, whole, (view.to - view.from) / 4),
      ArrowUp: () => zoomed(view, whole, middle, 0.6),
      ArrowDown: () => zoomed(view, whole, middle, 1 / 0.6),
    };
    const make = next[event.key];
    if (make === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    stage.glide(make());
  };
  return (
    <div class="tl-line tl-minimap">
      <div class="tl-line-head">
        <span class="soft">all</span>{" "}
        <span class="number">{durationText(whole.to - whole.from)}</span>
      </div>
      <canvas
        ref={canvas.ref}
        role="slider"
        aria-label="The window on the whole recording"
        aria-orientation="horizontal"
        tabIndex={0}
        onKeyDown={onKeyDown}
        {...spoken(stage.view.value, whole)}
      />
    </div>
  );
}

function spoken(view: Range, whole: Range) {
  const middle = (view.from + view.to) / 2;
  return {
    "aria-valuemin": 0,
    "aria-valuemax": 100,
    "aria-valuenow": Math.round((middle / Math.max(1, whole.to)) * 100),
    "aria-valuetext": `${durationText(view.from)} to ${durationText(view.to)}`,
    "data-view": `${Math.round(view.from)}-${Math.round(view.to)}`,
  };
}

function useMinimapDrag(ref: { current: HTMLCanvasElement | null }, stage: Stage): void {
  const hold = useRef<{ grip: ReturnType<typeof gripAt>; x: number; view: Range } | null>(null);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const { whole } = stage;
    const xOfEvent = (event: MouseEvent): number =>
      event.clientX - element.getBoundingClientRect().left;
    const perPixel = (): number => (whole.to - whole.from) / Math.max(1, element.clientWidth);
    const gripOf = (x: number): ReturnType<typeof gripAt> => {
      const view = stage.view.peek();
      return gripAt(x, view.from / perPixel(), view.to / perPixel());
    };
    const onDown = (event: PointerEvent): void => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      const x = xOfEvent(event);
      const view = stage.view.peek();
      // All is in view: a drag in it draws a new window.
      const isAll = view.to - view.from >= (whole.to - whole.from) * 0.999;
      const taken = gripOf(x);
      hold.current = { grip: isAll && taken === "window" ? "outside" : taken, x, view };
    };
    const onMove = (event: PointerEvent): void => {
      const x = xOfEvent(event);
      const now = hold.current;
      if (now === null) {
        const over = gripOf(x);
        element.style.cursor =
          over === "from" || over === "to" ? "ew-resize" : over === "window" ? "grab" : "crosshair";
        return;
      }
      const time = x * perPixel();
      if (now.grip === "window") stage.show(panned(now.view, whole, (x - now.x) * perPixel()));
      else if (now.grip === "from") stage.show(resized(now.view.to, time, stage));
      else if (now.grip === "to") stage.show(resized(now.view.from, time, stage));
      else if (Math.abs(x - now.x) >= spaceMin)
        stage.show(resized(now.x * perPixel(), time, stage));
    };
    const onUp = (event: PointerEvent): void => {
      const now = hold.current;
      hold.current = null;
      if (now === null || now.grip !== "outside" || Math.abs(xOfEvent(event) - now.x) >= spaceMin)
        return;
      // A click moves the window there.
      const middle = (now.view.from + now.view.to) / 2;
      stage.glide(panned(now.view, whole, now.x * perPixel() - middle));
    };
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const view = stage.view.peek();
      if (event.shiftKey)
        return stage.show(panned(view, whole, (event.deltaY || event.deltaX) * perPixel()));
      stage.show(zoomed(view, whole, xOfEvent(event) * perPixel(), 1.002 ** event.deltaY));
    };
    element.addEventListener("pointerdown", onDown);
    element.addEventListener("pointermove", onMove);
    element.addEventListener("pointerup", onUp);
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      element.removeEventListener("pointerdown", onDown);
      element.removeEventListener("pointermove", onMove);
      element.removeEventListener("pointerup", onUp);
      element.removeEventListener("wheel", onWheel);
    };
  }, [stage]);
}

function resized(fixed: number, time: number, stage: Stage): Range {
  return clamped(
    rangeOf(fixed, Math.max(stage.whole.from, Math.min(stage.whole.to, time))),
    stage.whole,
  );
}
