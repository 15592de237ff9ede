// Where the cost lies in all of a file; a click goes there.

import { drawHeat } from "../../draw/heat_draw";
import { type CostKind, heatMarks, type LineCost } from "../../layout/hot_lines";
import { useCanvas } from "../../widgets/canvas";
import { useApp } from "../../widgets/app_context";
import { useInks } from "../../widgets/use_inks";

export interface HeatStripProps {
  readonly costs: readonly LineCost[];
  readonly kind: CostKind;
  readonly firstLine: number;
  readonly lines: number;
  readonly onGo: (line: number) => void;
}

export function HeatStrip(props: HeatStripProps) {
  const { keys } = useApp();
  const inks = useInks();
  const { costs, kind, firstLine, lines } = props;
  const canvas = useCanvas(
    (surface) => {
      const marks = heatMarks(costs, kind, firstLine, lines, surface.height);
      canvas.current?.setAttribute("data-rects", `${drawHeat(surface, marks, inks)}`);
    },
    [costs, kind, firstLine, lines, inks],
  );
  return (
    <canvas
      ref={canvas}
      class="heat-strip"
      role="img"
      aria-label="Where the cost lies in the file"
      data-view={`${lines} lines`}
      data-selected=""
      title={keys.hint(
        "Where the cost lies: a click goes there, a key to the next hot line",
        "line.next",
      )}
      onClick={(event) => {
        const area = event.currentTarget.getBoundingClientRect();
        props.onGo(firstLine + Math.floor(((event.clientY - area.top) / area.height) * lines));
      }}
    />
  );
}
