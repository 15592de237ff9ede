// The durations of a span over the recording's time. A click filters every page by that stretch.

import { useState } from "preact/hooks";
import { durationText } from "../../base/format";
import { rangeOf } from "../../base/time";
import { drawOverTime } from "../../draw/over_time_draw";
import { onPage } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { useCanvas } from "../../widgets/canvas";
import { Tooltip } from "../../widgets/tooltip";
import { useInks } from "../../widgets/use_inks";
import type { OverTime } from "./spans_answer";

export function OverTimeStrip({ over }: { over: OverTime }) {
  const app = useApp();
  const inks = useInks();
  const [cursor, setCursor] = useState(-1);
  const [hover, setHover] = useState<{ at: number; x: number; y: number } | null>(null);
  const count = over.max.length;
  const canvas = useCanvas(
    (surface) => {
      const rects = drawOverTime(surface, { ...over, cursor, inks });
      canvas.current?.setAttribute("data-rects", `${rects}`);
    },
    [over, cursor, inks],
  );
  const bucketAt = (event: MouseEvent): number => {
    const area = canvas.current?.getBoundingClientRect();
    if (area === undefined) return -1;
    return Math.max(
      0,
      Math.min(count - 1, Math.floor(((event.clientX - area.left) / area.width) * count)),
    );
  };
  const textAt = (at: number): string => {
    const median = over.p50[at] ?? null;
    const longest = over.max[at] ?? null;
    const when = `${durationText(over.edges_ns[at] ?? 0)} to ${durationText(over.edges_ns[at + 1] ?? 0)}`;
    if (longest === null) return `${when}: none`;
    return `${when}: median ${durationText(median ?? Number.NaN)}, longest ${durationText(longest)}`;
  };
  const show = (at: number): void => {
    const from = over.edges_ns[at];
    const to = over.edges_ns[at + 1];
    if (from === undefined || to === undefined) return;
    app.store.set(
      onPage(app.store.state.value, "timeline", { view: rangeOf(from, to), event: "" }),
    );
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step !== 0) {
      const next = Math.max(0, Math.min(count - 1, cursor + step));
      setCursor(next);
      app.say(textAt(next));
    } else if (event.key === "Enter" && cursor >= 0) show(cursor);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  if (count === 0) return null;
  return (
    <div class="over-time">
      <span class="soft">
        Over time: bars are the longest, the line is the median. A click shows that time on the
        timeline.
      </span>
      <div class="canvas-frame">
        <canvas
          ref={canvas}
          role="application"
          tabIndex={0}
          aria-label="Durations over time: arrows move, Enter shows that time on the timeline"
          data-view={`${count} stretches`}
          data-selected={cursor < 0 ? "" : `${cursor}`}
          onKeyDown={onKeyDown}
          onPointerMove={(event) =>
            setHover({ at: bucketAt(event), x: event.clientX, y: event.clientY })
          }
          onPointerLeave={() => setHover(null)}
          onClick={(event) => show(bucketAt(event))}
        />
      </div>
      {hover !== null && hover.at >= 0 && (
        <Tooltip x={hover.x} y={hover.y}>
          {textAt(hover.at)}
        </Tooltip>
      )}
    </div>
  );
}
