// A bar for each frame of a set, with its target and how long most frames take.

import { useMemo, useState } from "preact/hooks";
import { countText, durationText } from "../../base/format";
import { labelText } from "../../base/label";
import { rangeOf } from "../../base/time";
import { drawFrames } from "../../draw/frames";
import {
  frameAt,
  type FrameColumns,
  type FrameRows,
  layoutFrames,
  slowFrame,
} from "../../layout/frame_columns";
import type { FrameSet } from "../../model/timeline_types";
import { useApp } from "../../widgets/app_context";
import { useLiveCanvas } from "../../widgets/live_canvas";
import { useColumns } from "../../widgets/use_answer";
import type { Actions } from "./actions";
import type { SideData, Stage } from "./stage";
import type { Paints } from "./use_ink";

const askedPixels = 4_000; // finer than a bar, so that the bar folds and not the server

export interface FrameBarProps {
  readonly data: SideData;
  readonly set: FrameSet;
  readonly stage: Stage;
  readonly actions: Actions;
  readonly paints: () => Paints;
  readonly top: number; // ns at the top edge
  // Where the page keeps what the keys for slow frames need.
  readonly rows: { current: FrameRows | null };
}

// Frames that take longer than this are slow.
export function slowAbove(set: FrameSet): number {
  return set.target_ns !== null && set.target_ns > 0 ? set.target_ns : set.p95;
}

export function FrameBar({ data, set, stage, actions, paints, rows, top }: FrameBarProps) {
  const app = useApp();
  // By its track: a name of any bytes does not come back as it went out.
  const answer = useColumns("frames", { a: data.id, set: set.track, pixels: askedPixels });
  const frames = useMemo((): FrameRows | null => {
    const table = answer.value?.table("frames");
    if (table === undefined) return null;
    return {
      start: table.f64("start"),
      duration: table.f64("duration"),
      index: table.u32("index"),
      count: table.u32("count"),
    };
  }, [answer.value]);
  rows.current = frames;
  const [hint, setHint] = useState("");
  const shown = useMemo(() => ({ layout: null as FrameColumns | null }), []);
  const target = set.target_ns !== null && set.target_ns > 0 ? set.target_ns : null;
  const canvas = useLiveCanvas(
    ({ context, width, height }) => {
      const { ink } = paints();
      const layout = frames === null ? null : layoutFrames(frames, width, target);
      shown.layout = layout;
      const view = stage.view.peek();
      drawFrames({ context, ink, width, height, layout, frames, view, target, set, top });
      const element = canvas.ref.current;
      if (element !== null) element.dataset["rects"] = `${layout?.columns.length ?? 0}`;
    },
    () => [stage.view.value],
    [frames, set, top, paints],
  );
  const show = (row: number): void => {
    if (frames === null || row < 0) return;
    const start = frames.start[row] ?? 0;
    const duration = frames.duration[row] ?? 0;
    actions.fitRange(rangeOf(start, start + duration));
    app.say(`Frame ${countText(frames.index[row] ?? 0)}, ${durationText(duration)}`);
  };
  const over = frames === null ? null : (answer.value?.json["over"] as number | undefined);
  const name = labelText(set.set, 40);
  return (
    <div class="tl-line tl-frames">
      <div class="tl-line-head">
        <span class="tl-frame-name">
          {stage.sides.length > 1 && <b class="tl-side">{data.side.toUpperCase()}</b>}
          <FrameSets data={data} set={set} actions={actions} />
        </span>
        <span
          class="tl-frame-numbers number"
          title="Half, 19 of 20 and 99 of 100 frames are no longer than this"
        >
          {quantiles(set)}
        </span>
        <span class="soft tl-frame-numbers">
          {countText(set.count)} frames
          {target !== null &&
            typeof over === "number" &&
            `, ${countText(over)} over ${durationText(target)}`}
        </span>
      </div>
      <canvas
        ref={canvas.ref}
        role="application"
        aria-roledescription="frame bar"
        aria-label={`Frames of ${name}: ${countText(set.count)}, P95 ${durationText(set.p95)}. n goes to the next slow one.`}
        tabIndex={0}
        title={hint}
        onPointerMove={(event) => {
          const column = shown.layout === null ? null : frameAt(shown.layout, event.offsetX);
          if (column === null || frames === null) return setHint("");
          const index = frames.index[column.row] ?? 0;
          const more = column.count > 1 ? `, the longest of ${countText(column.count)}` : "";
          setHint(`Frame ${countText(index)}: ${durationText(column.duration)}${more}`);
        }}
        onClick={(event) => {
          const column = shown.layout === null ? null : frameAt(shown.layout, event.offsetX);
          if (column !== null) show(column.row);
        }}
        onKeyDown={(event) => {
          if (frames === null || (event.key !== "Enter" && event.key !== " ")) return;
          event.preventDefault();
          event.stopPropagation();
          const view = stage.view.peek();
          show(slowFrame(frames, (view.from + view.to) / 2, 1, slowAbove(set)));
        }}
      />
    </div>
  );
}

// "P50 31.1 P95 38.8 P99 46.2 ms": the unit once where it is the same.
function quantiles(set: FrameSet) {
  const texts = [set.p50, set.p95, set.p99].map(durationText);
  const units = texts.map((text) => text.slice(text.indexOf(" ")));
  const isOne = units.every((unit) => unit === units[0]);
  return ["P50", "P95", "P99"].map((name, i) => {
    const text = texts[i] ?? "";
    return (
      <span key={name}>
        <span class="soft">{name}</span>{" "}
        {isOne && i < 2 ? text.slice(0, text.indexOf(" ")) : text}{" "}
      </span>
    );
  });
}

function FrameSets({ data, set, actions }: { data: SideData; set: FrameSet; actions: Actions }) {
  const sets = data.timeline.frames;
  if (sets.length < 2) return <bdi class="tl-name">{labelText(set.set, 40)}</bdi>;
  return (
    <select
      aria-label="Which frames"
      value={set.set}
      onChange={(event) => actions.set({ frameSet: event.currentTarget.value })}
    >
      {sets.map((one) => (
        <option key={one.set} value={one.set}>
          {labelText(one.set, 40)}
        </option>
      ))}
    </select>
  );
}
