// What lies under the pointer.

import { countText, valueText } from "../../base/format";
import { labelText } from "../../base/label";
import { sliceFlags } from "../../model/tile";
import { threadState } from "../../layout/styles";
import { lengthText, type Scene } from "../../layout/scene";
import { Tooltip } from "../../widgets/tooltip";
import { lockLines, lockUnder } from "./lit_lock";
import type { Hover, Stage } from "./stage";

const stateWords = {
  running: "runs",
  runnable: "waits for a CPU",
  blocked: "is blocked",
  locked: "waits for a lock",
  unknown: "what it did is not known",
} as const;

// Said of a hit in lines: the first is its name.
export function hitLines(scene: Scene, hover: Hover): readonly string[] {
  const { hit } = hover;
  if (hit === null) return [];
  const { row, lane } = hit.lane;
  if (hit.kind === "lane") return [];
  if (hit.kind === "value") {
    const { band, column } = hit;
    const unit = lane.track.unit ?? "";
    const text = (value: number): string => valueText(value, unit);
    const [min, max] = [band.min[column] ?? 0, band.max[column] ?? 0];
    const events = band.events[column] ?? 0;
    return [
      `${labelText(row.title, 80)}: ${text(band.last[column] ?? 0)}`,
      min === max ? "" : `between ${text(min)} and ${text(max)}`,
      events > 1 ? `${countText(events)} values here` : "",
    ].filter((line) => line !== "");
  }
  const { bars } = scene;
  const { bar } = hit;
  const name = bars.names[bar] ?? "";
  const count = bars.events[bar] ?? 1;
  const flags = bars.flags[bar] ?? 0;
  const length = lengthText(bars, bar);
  const { kind } = lane.track;
  const lines = [labelText(name === "" ? "(no name)" : name, 160)];
  if (kind === "lock") lines.push((bars.depth[bar] ?? 0) === 0 ? "holds it" : "waits for it");
  if (kind === "state") lines.push(stateWords[threadState(name)]);
  if (kind === "messages") {
    if (count > 1) lines.push(`and ${countText(count - 1)} more here`);
  } else if (kind === "samples" || kind === "core") {
    // A sample is a moment: how long it lasted nobody saw.
    lines.push(count === 1 ? "1 sample" : `${countText(count)} samples within ${length}`);
  } else if ((flags & sliceFlags.folded) !== 0 || count > 1) {
    const share = Math.round(((bars.busy[bar] ?? 255) / 255) * 100);
    lines.push(`${countText(count)} within ${length}, ${share}% of it; the longest is named`);
  } else lines.push(length);
  if ((flags & sliceFlags.over) !== 0) lines.push("over its target");
  if ((flags & sliceFlags.open) !== 0) lines.push("not over when the recording ended");
  lines.push(labelText(row.title, 60));
  return lines;
}

export function TimelineTip({
  stage,
  scenes,
}: {
  stage: Stage;
  scenes: readonly { current: Scene | null }[];
}) {
  const hover = stage.hover.value;
  const scene = scenes.find(({ current }) => {
    const lane = hover?.hit?.lane;
    return lane !== undefined && current?.lanes.includes(lane) === true;
  })?.current;
  if (hover === null || scene === undefined || scene === null) return null;
  const lock = lockUnder(stage, hover);
  const said = lock === null ? [] : lockLines(lock, hover.time);
  // On the lock's own track its name stands there already.
  const isOwn = lock !== null && hover.hit?.lane.lane.track.id === lock.track.id;
  const lines = [...hitLines(scene, hover).slice(0, isOwn ? -1 : undefined), ...said];
  if (lines.length === 0) return null;
  return (
    <Tooltip x={hover.clientX} y={hover.clientY}>
      {lines.map((line, i) => (
        <div key={i} class={i === 0 ? "tl-tip-name" : "soft"}>
          <bdi>{line}</bdi>
        </div>
      ))}
    </Tooltip>
  );
}
