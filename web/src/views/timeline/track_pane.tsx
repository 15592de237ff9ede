// Rows of tracks: their names at the left as elements, all else on one canvas of the size of what
// is in view, which stands still while the rows scroll below it.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { durationText } from "../../base/format";
import { drawOverlay } from "../../draw/overlay";
import { drawScene } from "../../draw/scene";
import { arrowsOf, boxOf, placeOf, placeOfTrack } from "../../layout/arrows";
import { Bars } from "../../layout/bars";
import { type LockBox, lockBoxes } from "../../layout/lock_light";
import { heightOf, type Row, rowsBetween } from "../../layout/rows";
import { layoutScene, type Scene } from "../../layout/scene";
import type { Side } from "../../model/timeline_types";
import { useApp } from "../../widgets/app_context";
import { type Surface } from "../../widgets/canvas";
import { useLiveCanvas } from "../../widgets/live_canvas";
import type { Actions } from "./actions";
import { litLock, lockTracks } from "./lit_lock";
import { countFrame } from "./probe";
import { RowHead } from "./row_head";
import type { Stage } from "./stage";
import { useGestures } from "./use_gestures";
import type { Paints } from "./use_ink";
import type { Notes } from "./use_notes";

const headsStep = 150; // pixels

export interface TrackPaneProps {
  readonly name: string; // of the pane
  readonly label: string;
  readonly rows: readonly Row[];
  readonly stage: Stage;
  readonly actions: Actions;
  readonly paints: () => Paints;
  readonly notes: Notes;
  readonly isHit: ((name: string) => boolean) | null;
  readonly scene: { current: Scene | null }; // for who wants to know what is drawn
  readonly onScene?: (scene: Scene) => void;
}

export function TrackPane(props: TrackPaneProps) {
  const { rows, stage, actions, scene } = props;
  const app = useApp();
  const state = app.store.state.value;
  const scroller = useRef<HTMLDivElement>(null);
  const [scrolled, setScrolled] = useState({ top: 0, height: 600 });
  const bars = useMemo(() => new Bars(), []);
  const total = heightOf(rows);

  const draw = (surface: Surface): void => {
    const top = scroller.current?.scrollTop ?? 0;
    stage.width = surface.width;
    const { ink, styles, fills } = props.paints();
    const next = layoutScene(
      {
        rows,
        top,
        height: surface.height,
        width: surface.width,
        view: stage.view.peek(),
        pieces: (side, track) => stage.pieces(side, track),
        styles,
      },
      bars,
    );
    scene.current = next;
    const { context } = surface;
    drawScene({
      context,
      scene: next,
      ink,
      fills,
      styles,
      labels: stage.labels,
      isHit: props.isHit,
    });
    const wanted = wantedOf(rows, next, top);
    // A wait is for a lock, wherever that stands.
    for (const data of stage.sides) {
      wanted[data.side].near.push(...lockTracks(data).map(({ id }) => id));
    }
    stage.want(props.name, wanted);
    const element = base.ref.current;
    if (element !== null) {
      element.dataset["view"] = `${Math.round(next.view.from)}-${Math.round(next.view.to)}`;
      element.dataset["rects"] = `${next.bars.count}`;
      element.dataset["complete"] = stage.isComplete ? "1" : "0";
    }
    countFrame(next.bars.count, stage.isComplete);
    props.onScene?.(next);
    overlay.ask();
  };
  const base = useLiveCanvas(draw, () => [stage.view.value, stage.tilesTurn.value], [
    stage,
    rows,
    props.isHit,
    props.paints,
    scrolled,
  ]);
  const drawOver = ({ context, width, height }: Surface): void => {
    const now = scene.current;
    if (now === null || now.scale.width !== width) return;
    const { ink } = props.paints();
    const top = now.top;
    const hover = stage.hover.peek();
    const selected = stage.selected.peek();
    const place =
      selected === null
        ? null
        : placeOf(rows, selected.side, selected.track, selected.details.depth ?? 0);
    const lock = litLock(stage);
    const boxes =
      lock === null ? [] : lockBoxes(rows, lock.side, lock.uses, lock.threads, now.scale, top);
    const element = base.ref.current;
    if (element !== null) element.dataset["lock"] = saidOf(lock?.track.id, boxes);
    const bar =
      hover?.hit?.kind === "bar" && now.lanes.includes(hover.hit.lane) ? hover.hit.bar : -1;
    drawOverlay({
      context,
      locks: boxes,
      ink,
      scale: now.scale,
      height,
      filter: state.range,
      range: stage.drag.peek() ?? actions.prefs.selected,
      hints: stage.hints,
      end: stage.whole.to,
      notes: props.notes.shown.map(({ at }) => at),
      pointer: hover?.x ?? null,
      hovered:
        bar < 0
          ? null
          : {
              x: bars.x[bar] ?? 0,
              y: bars.y[bar] ?? 0,
              width: (bars.right[bar] ?? 0) - (bars.x[bar] ?? 0),
              height: bars.height[bar] ?? 0,
            },
      selected:
        selected === null || place === null
          ? null
          : boxOf(place, now.scale, top, selected.details.start, selected.details.end),
      arrows:
        selected === null ? [] : arrowsOf(rows, selected.side, selected.details, now.scale, top),
    });
  };
  const overlay = useLiveCanvas(
    drawOver,
    () => [stage.hover.value, stage.drag.value, stage.selected.value],
    [stage, rows, state.range, state.more, props.paints],
    true,
  );
  useGestures({ canvas: base.ref, scroller, scene, stage, actions });

  // The names are rendered anew after some way only; the canvas follows every pixel.
  const follow = (): void => {
    const element = scroller.current;
    if (element === null) return;
    const top = Math.floor(element.scrollTop / headsStep) * headsStep;
    const height = element.clientHeight;
    setScrolled((now) => (now.top === top && now.height === height ? now : { top, height }));
  };
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const measure = (): void => {
      follow();
      // What stands above the tracks ends where they end.
      const bar = element.offsetWidth - element.clientWidth;
      element.closest<HTMLElement>(".timeline")?.style.setProperty("--scrollbar", `${bar}px`);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const reveal = stage.reveal.value;
  useEffect(() => {
    const element = scroller.current;
    if (reveal === null || element === null) return;
    const place = placeOfTrack(rows, reveal.side, reveal.track, 0);
    if (place === null) return;
    const { top } = place.row;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (place.y + 40 > element.scrollTop + element.clientHeight) {
      element.scrollTop = Math.min(top, place.y + 60 - element.clientHeight / 2);
    }
  }, [reveal, rows]);

  const shown = rowsBetween(
    rows,
    scrolled.top - headsStep,
    scrolled.top + scrolled.height + 2 * headsStep,
  );
  const selected = stage.selected.value;
  return (
    <div
      class={`tl-pane is-${props.name}`}
      ref={scroller}
      style={props.name === "pinned" ? { height: `${total}px` } : undefined}
      onScroll={() => {
        follow();
        base.ask();
      }}
    >
      <div class="tl-heads" style={{ height: `${total}px` }}>
        {shown.map((row) => (
          <RowHead key={row.key} row={row} actions={actions} stage={stage} />
        ))}
      </div>
      <div class="tl-canvases" style={{ height: `${scrolled.height}px` }}>
        <canvas
          ref={base.ref}
          class="tl-canvas"
          role="application"
          aria-roledescription="timeline"
          aria-label={props.label}
          aria-describedby="tl-help"
          tabIndex={0}
          data-pane={props.name}
          data-selected={selected === null ? "" : state.event}
        >
          {selected === null
            ? "Nothing is selected."
            : `${selected.details.name}, ${durationText(selected.details.duration)}`}
        </canvas>
        <canvas ref={overlay.ref} class="tl-overlay" aria-hidden="true" />
      </div>
    </div>
  );
}

// "lock:10 held 2 waiting 1", for tests and tools.
function saidOf(track: string | undefined, boxes: readonly LockBox[]): string {
  if (track === undefined) return "";
  const counts = (["held", "contended", "waiting"] as const).map((role) => {
    const count = boxes.filter((box) => box.role === role).length;
    return count > 0 ? ` ${role} ${count}` : "";
  });
  return `${track}${counts.join("")}`;
}

// The tracks in view, and those of one screen above and below.
function wantedOf(rows: readonly Row[], scene: Scene, top: number) {
  const wanted: Record<Side, { tracks: string[]; near: string[] }> = {
    a: { tracks: [], near: [] },
    b: { tracks: [], near: [] },
  };
  const seen = new Set<string>();
  for (const { lane } of scene.lanes) {
    seen.add(`${lane.side}${lane.track.id}`);
    wanted[lane.side].tracks.push(lane.track.id);
  }
  for (const row of rowsBetween(rows, top - scene.height, top + scene.height * 2)) {
    for (const lane of row.lanes) {
      if (!seen.has(`${lane.side}${lane.track.id}`)) wanted[lane.side].near.push(lane.track.id);
    }
  }
  return wanted;
}
