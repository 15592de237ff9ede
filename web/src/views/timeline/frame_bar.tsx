// A bar for each frame of a set, with its target and how long most frames take.

import { useMemo, useState } from "preact/hooks";
import { countText, durationText } from "../../base/format";
import { labelText } from "../../base/label";
import { rangeOf } from "../../base/time";
import { drawFrames } from "../../draw/frames";
import { frameAt, type FrameColumns, type FrameRows, layoutFrames, slowFrame } from "../../layout/frame_columns";
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
  // Where the page keeps what the keys for slow frames need.
  readonly rows: { current: FrameRows | null };
}

// Frames that take longer than this are slow.
export function slowAbove(set: FrameSet): number {
  return set.target_ns !== null && set.target_ns > 0 ? set.target_ns : set.p95;
}

export function FrameBar({ data, set, stage, actions, paints, rows }: FrameBarProps) {
  const app = useApp();
  const answer = useColumns("frames", { a: data.id, set: set.set, pixels: askedPixels });
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
      const layout = frames === null ? null : layoutFrames(frames, width, target, set.p99);
      shown.layout = layout;
      const view = stage.view.peek();
      drawFrames({ context, ink, width, height, layout, frames, view, target, set });
      const element = canvas.ref.current;
      if (element !== null) element.dataset["rects"] = `${layout?.columns.length ?? 0}`;
    },
    () => [stage.view.value],
    [frames, set, paints],
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
        <FrameSets data={data} set={set} actions={actions} />
        <span class="tl-frame-numbers number">
          <abbr title="Half of the frames are no longer than this">P50</abbr> {durationText(set.p50)}{" "}
          <abbr title="19 of 20 frames are no longer than this">P95</abbr> {durationText(set.p95)}{" "}
          <abbr title="99 of 100 frames are no longer than this">P99</abbr> {durationText(set.p99)}
        </span>
        <span class="soft tl-frame-numbers">
          {countText(set.count)} frames
          {target !== null && typeof over === "number" && `, ${countText(over)} over ${durationText(target)}`}
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
