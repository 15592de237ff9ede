// The flame graph of a selected stretch, small: a click opens it on its own page, at that frame.

import { useMemo, useState } from "preact/hooks";
import { colorOf } from "../../base/palette";
import { durationText, percentText, valueText } from "../../base/format";
import { labelText } from "../../base/label";
import type { Range } from "../../base/time";
import type { Values } from "../../engine/client";
import { depthAt, drawFlame, frameHeight } from "../../draw/flame_draw";
import { hitFlame, layoutFlame } from "../../layout/flame_layout";
import { flameTree, has, keysTo, moduleOf, nameOf, nodeFlag } from "../../layout/flame_tree";
import { onPage, type State } from "../../model/state";
import { useApp } from "../../widgets/app_context";
import { useCanvas } from "../../widgets/canvas";
import { ProblemNote, Skeleton } from "../../widgets/states";
import { Tooltip } from "../../widgets/tooltip";
import { useColumns } from "../../widgets/use_answer";
import { useInks } from "../../widgets/use_inks";

const levelsMost = 60; // what is deeper is on the page of its own
const slackPixels = 2;
const askedPixels = 1_200;

export interface RangeFlameProps {
  readonly values: Values;
  readonly range: Range;
}

export function RangeFlame({ values, range }: RangeFlameProps) {
  const { store, theme } = useApp();
  const now = theme.value;
  const inks = useInks();
  const answer = useColumns("flame", { ...values, mode: "left", pixels: askedPixels });
  const [hover, setHover] = useState<{ row: number; x: number; y: number } | null>(null);
  const tree = useMemo(
    () => (answer.value === null ? null : flameTree(answer.value)),
    [answer.value],
  );
  const layout = useMemo(
    () =>
      tree === null ? null : layoutFlame(tree, 0, { side: "a", isShare: false, isTime: false }),
    [tree],
  );
  const levels = Math.min(levelsMost, layout?.levels.length ?? 1);
  const place = { isUp: false, skip: 0, contentHeight: levels * frameHeight };
  const hovered = hover?.row ?? -1;
  const canvas = useCanvas(
    (surface) => {
      if (layout === null || tree === null) return;
      const plain = { fill: inks.line, ink: inks.text };
      const paint = (row: number) =>
        row === 0 || has(tree, row, nodeFlag.folded)
          ? plain
          : { fill: colorOf(moduleOf(tree, row), nameOf(tree, row), now), ink: inks.text };
      const scene = { layout, paint, label: () => "", isMatch: null, selected: -1, hovered };
      const rects = drawFlame(surface, { ...scene, ...place, scroll: 0, inks });
      canvas.current?.setAttribute("data-rects", `${rects}`);
    },
    [layout, hovered, inks, now, levels],
  );
  if (answer.problem !== null) return <ProblemNote problem={answer.problem} again={answer.again} />;
  if (answer.value === null || tree === null) return <Skeleton rows={3} />;
  const total = tree.total[0] ?? 0;
  if (total === 0) return <p class="soft">No samples fell into this stretch.</p>;
  const unit = String(answer.value.json["unit"] ?? "ns");
  const open = (row: number): void => {
    const state = store.state.peek();
    const at = has(tree, row, nodeFlag.folded) ? (tree.parent[row] ?? 0) : row;
    const patch: Partial<State> = { range, root: keysTo(tree, at), transforms: [], mode: "" };
    store.set(onPage(state, "flame", patch));
  };
  const rowAt = (event: MouseEvent): number => {
    const box = canvas.current?.getBoundingClientRect();
    if (box === undefined || layout === null) return -1;
    const depth = depthAt(event.clientY - box.top, place);
    return hitFlame(layout, (event.clientX - box.left) / box.width, depth, slackPixels / box.width);
  };
  return (
    <>
      <button type="button" class="small" onClick={() => open(0)}>
        Flame graph of these {durationText(range.to - range.from)} on its page
      </button>{" "}
      <span class="soft">{valueText(total, unit)} of CPU time; a click opens a frame there.</span>
      <canvas
        ref={canvas}
        class="tl-flame"
        role="img"
        aria-label={`Flame graph of the selected stretch: ${tree.rows} frames. The button before it opens the one that keys walk.`}
        style={{ height: `${levels * frameHeight}px` }}
        onPointerMove={(event) => {
          const row = rowAt(event);
          setHover(row < 0 ? null : { row, x: event.clientX, y: event.clientY });
        }}
        onPointerLeave={() => setHover(null)}
        onClick={(event) => {
          const row = rowAt(event);
          if (row >= 0) open(row);
        }}
      />
      {hover !== null && (
        <Tooltip x={hover.x} y={hover.y}>
          <div class="tl-tip-name">
            <bdi>{labelText(nameOf(tree, hover.row), 160)}</bdi>
          </div>
          <div class="soft">
            {valueText(tree.total[hover.row] ?? 0, unit)} (
            {percentText((tree.total[hover.row] ?? 0) / total)})
          </div>
        </Tooltip>
      )}
    </>
  );
}
